"""A second process: asked, told, and gone with the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from geoplan.workers.second import second_process
from gis.errors import DataError
from tests.geoplan.workers import calls


def _gone(pid: int) -> bool:
    for _ in range(100):
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_it_is_another_process_and_stays_for_the_next_call() -> None:
    heard = []
    with second_process() as second:
        for word in ("一", "二"):
            assert second.call(calls.told, word, event=lambda k, v: heard.append((k, *v)))
    (kind, first, pid), (_, other, again) = heard
    assert (kind, first, other) == ("said", "一", "二")
    assert pid == again != os.getpid()
    if sys.platform == "linux":
        assert _gone(pid)


def test_a_fault_is_a_fault_here() -> None:
    with second_process() as second:
        with pytest.raises(DataError) as err:
            second.call(calls.faulty, event=lambda *_: None)
        assert err.value.faults[0].where == "here"
        assert second.call(calls.told, "", event=lambda *_: None)  # it lives on


def test_an_unforeseen_error_and_a_death_leave_the_work_to_us() -> None:
    with second_process() as second:
        assert not second.call(calls.unforeseen, event=lambda *_: None)
        assert second.call(calls.told, "", event=lambda *_: None)
        assert not second.call(calls.dies, event=lambda *_: None)
        assert not second.call(calls.told, "", event=lambda *_: None)


def test_ended_while_it_is_at_work() -> None:
    with second_process() as second:
        began = threading.Event()
        answer: list[bool] = []

        def ask() -> None:
            answer.append(second.call(calls.lasts, event=lambda *_: began.set()))

        one = threading.Thread(target=ask)
        one.start()
        assert began.wait(30)
        second.end()
        one.join(10)
    assert answer == [False]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_killed_without_a_word_it_takes_the_second_with_it(tmp_path: Path) -> None:
    script = tmp_path / "user.py"  # without the guard that multiprocessing asks for
    script.write_text(
        "from geoplan.workers.second import second_process\n"
        "from tests.geoplan.workers import calls\n"
        "with second_process() as second:\n"
        "    second.call(calls.lasts, event=lambda _, v: print(*v, flush=True))\n"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(p or "." for p in sys.path)}
    user = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=env)
    assert user.stdout is not None
    pid = int(user.stdout.readline())
    user.send_signal(signal.SIGKILL)
    user.wait()
    user.stdout.close()
    assert _gone(pid)
