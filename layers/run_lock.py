"""One run at a time in one folder: a lock that says who holds it.

The system's own file lock decides between processes of one machine and is gone with its
process. What the file says (process, machine, plan, since when) decides where the system's
lock does not reach: another machine on a shared folder, or a file system without locks.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from gis.errors import ConfigError
from gis.say import Sentence, say

__all__ = ["Holder", "Tell", "held", "holder_of", "leave_lost", "still_held"]

Tell = Callable[[Sentence], None]
"""Called with what a person has to know of the run itself, not of its result."""

# The byte the system locks lies beyond what is written, so that others can read the file.
_BYTE = 1 << 20
_LONGEST = 4096


@dataclass(frozen=True)
class Holder:
    """Who holds a folder.

    Attributes
    ----------
    pid, host
        Process and machine.
    start
        When the process began, as the system counts it: a number of a process is used again.
    plan, key
        Id of the plan, and the digest of plan and inputs.
    began
        When the lock was taken (UTC, ISO 8601).
    """

    pid: int
    host: str
    start: str
    plan: str
    key: str
    began: str


def _start_of(pid: int) -> str:
    """When a process began, in a form that no later process of the same number has."""
    try:
        ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return f"{boot}-{ticks.split()[19]}"
    except (OSError, IndexError):
        return ""


def _alive(holder: Holder) -> bool:
    """Whether the process of a lock on this machine still runs."""
    if holder.pid == os.getpid():
        return False  # ours, and not held: the system's lock was asked before
    if Path("/proc/self/stat").exists():
        return bool(holder.start) and _start_of(holder.pid) == holder.start
    if sys.platform == "win32":
        return False  # the system's lock has answered already
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _lock(fd: int) -> bool:
    """Take the system's lock of an open file; False when another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(fd, _BYTE, os.SEEK_SET)
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # no locks on this file system; on Windows a refusal is this error too
        return sys.platform != "win32"
    return True


def _read(fd: int) -> Holder | None:
    os.lseek(fd, 0, os.SEEK_SET)
    return _parsed(os.read(fd, _LONGEST))


def _parsed(body: bytes) -> Holder | None:
    try:
        found = json.loads(body)
        return Holder(
            pid=int(found["pid"]),
            **{k: str(found[k]) for k in ("host", "start", "plan", "key", "began")},
        )
    except (ValueError, TypeError, KeyError):
        return None  # killed while it was written: nobody holds it


def holder_of(lock: Path) -> Holder | None:
    """Who wrote a lock file; None when there is none or it is not whole."""
    try:
        with lock.open("rb") as stream:
            return _parsed(stream.read(_LONGEST))
    except OSError:
        return None


def leave_lost(lock: Path) -> None:
    """Remove the lock file of another machine; one of this machine stays."""
    holder = holder_of(lock)
    if holder is not None and holder.host != socket.gethostname():
        with contextlib.suppress(OSError):
            lock.unlink()


def _since(holder: Holder) -> Sentence:
    """Who holds the folder and for how long, in words."""
    one = say(
        "layers.run.holder",
        pid=holder.pid,
        host=holder.host,
        plan=holder.plan,
        run_key=holder.key[:12],
        began=holder.began,
    )
    try:
        passed = datetime.now(UTC) - datetime.fromisoformat(holder.began)
    except (ValueError, TypeError):
        return one
    # negative where the clock was set back
    minutes = int(passed.total_seconds() // 60)
    return one if minutes < 0 else say("layers.run.holder_age", holder=one, minutes=minutes)


def _refused(lock: Path, target: Path, holder: Holder | None, todo: Sentence) -> ConfigError:
    elsewhere = holder is not None and holder.host != socket.gethostname()
    return ConfigError(
        say("layers.run.another_run_writes_here"),
        where=str(target),
        got=_since(holder) if holder is not None else say("layers.run.holder_unknown"),
        todo=say("layers.run.remove_lock_if_ended", lock=str(lock)) if elsewhere else todo,
    )


def _same_file(lock: Path, fd: int) -> bool:
    try:
        there, ours = lock.stat(), os.fstat(fd)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def _opened(lock: Path, target: Path, todo: Sentence) -> int:
    """The open, locked file: a lock removed by its holder in the meantime is made anew."""
    for _ in range(100):
        fd = os.open(lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        if not _lock(fd):
            os.close(fd)
            raise _refused(lock, target, holder_of(lock), todo)
        if _same_file(lock, fd):
            return fd
        os.close(fd)
    raise _refused(lock, target, holder_of(lock), todo)


@dataclass(frozen=True)
class _Held:
    lock: Path
    fd: int


def still_held(one: _Held) -> bool:
    """Whether the lock is the one that was taken: somebody may have removed the file."""
    return _same_file(one.lock, one.fd)


@contextmanager
def held(
    lock: Path, target: Path, *, plan: str, key: str, tell: Tell, todo: Sentence | None = None
) -> Iterator[_Held]:
    """Hold `target` for this process while the block runs.

    Parameters
    ----------
    lock : Path
        The lock file.
    target : Path
        The folder it is about, for messages.
    plan, key : str
        Id of the plan and digest of its inputs, for others to read.
    tell : callable
        Told when the lock of a process that has ended is taken over.
    todo : Sentence, optional
        What to do while a process of this machine holds it.

    Raises
    ------
    ConfigError
        When another process holds it, or a process of another machine may.
    """
    todo = todo or say("layers.run.wait_or_other_folder")
    fd = _opened(lock, target, todo)
    try:
        former = _read(fd)
        if former is not None:
            if former.host != socket.gethostname() or _alive(former):
                raise _refused(lock, target, former, todo)
            tell(say("layers.run.lock_taken_over", pid=former.pid, folder=str(target)))
        mine = Holder(
            pid=os.getpid(),
            host=socket.gethostname(),
            start=_start_of(os.getpid()),
            plan=plan,
            key=key,
            began=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, json.dumps(asdict(mine)).encode())
    except BaseException:
        os.close(fd)
        raise
    one = _Held(lock, fd)
    try:
        yield one
    finally:
        # emptied first: where an open file cannot be removed, an empty one holds nobody
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            if still_held(one) and sys.platform != "win32":
                lock.unlink()
        os.close(fd)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                lock.unlink()
