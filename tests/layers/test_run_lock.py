"""One run in one folder: who holds it, who may take it over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gis.errors import ConfigError
from layers.run_lock import held, holder_of, still_held

WAIT = """
import sys, pathlib
from layers.run_lock import held
lock, target = map(pathlib.Path, sys.argv[1:])
with held(lock, target, plan="other", key="k" * 64, tell=print):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(lock: Path, **changed: object) -> None:
    """A lock file as a process leaves it that was killed."""
    body = {
        "pid": 1, "host": os.uname().nodename, "start": "another boot-1", "plan": "p",
        "key": "k" * 64, "began": datetime.now(UTC).isoformat(timespec="seconds"),
    } | changed  # fmt: skip
    lock.write_text(json.dumps(body), encoding="utf-8")


def take(tmp_path: Path, told: list) -> None:
    with held(tmp_path / "lock", tmp_path / "out", plan="p", key="k", tell=told.append):
        pass


@pytest.fixture
def other(tmp_path: Path):
    """Another process that holds the folder."""
    args = [sys.executable, "-c", WAIT, str(tmp_path / "lock"), str(tmp_path / "out")]
    child = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "held"
    yield child
    child.kill()
    child.communicate()


def test_a_second_process_is_refused_and_told_who_holds_the_folder(tmp_path, other):
    with pytest.raises(ConfigError) as caught:
        take(tmp_path, [])
    assert caught.value.exit_code == 2
    for lang, words in (("en", "another run is writing"), ("zh", "另一次运行正在写入")):
        text = caught.value.text(lang)
        assert words in text
        assert str(other.pid) in text
        assert "other" in text  # its plan
        assert "--out" in text
    assert len(caught.value.faults) == 1
    assert holder_of(tmp_path / "lock").pid == other.pid  # the lock is as it was


def test_within_one_process_too(tmp_path):
    def again():
        with held(tmp_path / "lock", tmp_path, plan="b", key="k", tell=print):
            pass

    with (
        held(tmp_path / "lock", tmp_path, plan="a", key="k", tell=print),
        pytest.raises(ConfigError, match="another run"),
    ):
        again()
    again()


def test_the_lock_of_a_killed_process_is_taken_over_with_a_note(tmp_path, other):
    other.kill()
    other.wait()
    told: list = []
    take(tmp_path, told)
    assert len(told) == 1
    assert str(other.pid) in told[0]
    assert "taken over" in told[0]
    assert "接管" in told[0]("zh")
    take(tmp_path, told)  # and is gone afterwards: nothing more to tell
    assert len(told) == 1
    assert not (tmp_path / "lock").exists()


def test_the_number_of_a_process_that_is_used_again_holds_nothing(tmp_path):
    # the process of that number lives, but it began at another time
    holder(tmp_path / "lock", pid=os.getppid())
    told: list = []
    take(tmp_path, told)
    assert len(told) == 1


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc")
def test_where_the_system_has_no_locks_the_living_process_decides(tmp_path):
    from layers.run_lock import _start_of

    holder(tmp_path / "lock", pid=os.getppid(), start=_start_of(os.getppid()))
    with pytest.raises(ConfigError, match=f"process {os.getppid()} "):
        take(tmp_path, [])


def test_another_machine_is_never_taken_over(tmp_path):
    began = datetime.now(UTC) - timedelta(hours=2, minutes=3)
    holder(tmp_path / "lock", host="server-7", began=began.isoformat(timespec="seconds"))
    with pytest.raises(ConfigError) as caught:
        take(tmp_path, [])
    text = str(caught.value)
    assert "server-7" in text
    assert "123 min" in text  # 2 h 3 min
    assert f"delete {tmp_path / 'lock'}" in text
    assert (tmp_path / "lock").exists()


@pytest.mark.parametrize("began", ["2999-01-01T00:00:00+00:00", "yesterday", "2026-01-01"])
def test_a_clock_that_jumped_ends_nothing(tmp_path, began):
    holder(tmp_path / "lock", host="server-7", began=began)
    with pytest.raises(ConfigError, match="server-7") as caught:
        take(tmp_path, [])
    assert began in str(caught.value)
    assert " min" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"pid": "x"}'])
def test_half_a_lock_holds_nothing(tmp_path, body):
    (tmp_path / "lock").write_bytes(body)
    told: list = []
    take(tmp_path, told)
    assert told == []


def test_a_lock_that_somebody_removed_is_noticed(tmp_path):
    lock = tmp_path / "lock"
    with held(lock, tmp_path, plan="a", key="k", tell=print) as one:
        assert still_held(one)
        lock.unlink()
        assert not still_held(one)
        with held(lock, tmp_path, plan="b", key="k", tell=print) as two:
            assert still_held(two)
            assert not still_held(one)
        lock.write_text("", encoding="utf-8")
    assert lock.exists()  # it was not ours to remove
