"""What the machine still has to give, as the system tells it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gis import machine
from gis.machine import disk_free, give_back_memory, lacks_memory, memory_free

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system of files: memory available, and the control groups of the process."""
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (groups / "job" / "step").mkdir(parents=True)
    (proc / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    8000000 kB\n", "ascii")
    (proc / "self" / "cgroup").write_text("0::/job/step\n", "ascii")
    monkeypatch.setattr(machine, "_PROC", proc)
    monkeypatch.setattr(machine, "_GROUPS", groups)
    monkeypatch.setattr(machine, "address_space", lambda: None)
    return tmp_path


def group(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text + "\n", "ascii")


@LINUX
def test_the_system_says_what_is_available(system):
    assert memory_free() == 8_000_000 * 1024


@LINUX
def test_a_container_leaves_its_limit_less_what_it_uses(system):
    # 3 GB allowed, 1 GB used, of which 0.4 GB are pages of files that are given back
    group(
        system / "cgroup" / "job",
        memory_max="3000000000",
        memory_current="1000000000",
        memory_stat="anon 1\ninactive_file 400000000",
    )
    group(system / "cgroup" / "job" / "step", memory_max="max", memory_current="5")
    assert memory_free() == 2_400_000_000


@LINUX
def test_the_older_control_groups_too(system):
    (system / "proc" / "self" / "cgroup").write_text("9:memory:/job\n1:cpu:/\n", "ascii")
    folder = system / "cgroup" / "memory" / "job"
    folder.mkdir(parents=True)
    group(folder, memory_limit_in_bytes="2000000000", memory_usage_in_bytes="500000000")
    group(folder.parent, memory_limit_in_bytes=str(2**63 - 4096), memory_usage_in_bytes="7")
    assert memory_free() == 1_500_000_000


@LINUX
@pytest.mark.parametrize("text", ["", "garbage", "0::", ":::::"])
def test_what_is_not_understood_limits_nothing(system, text):
    (system / "proc" / "self" / "cgroup").write_text(text, "utf-8")
    assert memory_free() == 8_000_000 * 1024


@LINUX
def test_ulimit_is_a_limit():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))\n"
        "from gis.machine import address_space, memory_free\n"
        "print(address_space(), memory_free())"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    space, free = map(int, out.stdout.split())
    assert space == 10**9
    assert 0 < free < 10**9


def test_the_disk_of_a_folder_that_is_not_there_yet(tmp_path):
    import shutil

    free = disk_free(tmp_path / "a" / "b")
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)


def test_errors_that_come_of_want_of_memory():
    def within(err: BaseException) -> BaseException:
        try:
            try:
                raise err
            except BaseException as inner:
                raise ValueError("outer") from inner
        except ValueError as outer:
            return outer

    for err in (
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
        ImportError("libx.so: failed to map segment from shared object"),
    ):
        assert lacks_memory(err)
        assert lacks_memory(within(err))
    assert not lacks_memory(OSError(28, "No space left on device"))
    assert not lacks_memory(None)


def test_memory_is_given_back_where_it_can_be(monkeypatch):
    give_back_memory()  # nothing to see: no answer depends on it
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "ctypes", None)  # would not be imported
    give_back_memory()
