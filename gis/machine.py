"""What this machine still has to give to this process: memory, address space, disk."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = [
    "address_space",
    "cache_path",
    "cores",
    "disk_free",
    "give_back_memory",
    "lacks_memory",
    "memory_free",
    "stamp_of",
]

# Controllers write "no limit" as a number near 2**63, or as the word max.
_NO_LIMIT = 1 << 60
_PROC = Path("/proc")
_GROUPS = Path("/sys/fs/cgroup")

# How libraries and the system say that no memory was to be had.
_WORDS = re.compile(
    r"can't start new thread|failed to map segment|[Cc]annot allocate memory|[Oo]ut of memory"
    r"|Unable to allocate"
)


def lacks_memory(err: BaseException | None) -> bool:
    """Whether an error, or what it came from, says that memory was used up.

    Examples
    --------
    >>> lacks_memory(MemoryError()), lacks_memory(RuntimeError("can't start new thread"))
    (True, True)
    >>> lacks_memory(ValueError("no such thread"))
    False
    """
    while err is not None:
        if isinstance(err, MemoryError) or getattr(err, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(err, RuntimeError | ImportError | OSError) and _WORDS.search(str(err)):
            return True
        err = err.__cause__ or err.__context__
    return False


def cache_path() -> Path:
    """Where a user's data are kept, made or not: ``GEOPLAN_CACHE``, else the system's place."""
    named = os.environ.get("GEOPLAN_CACHE", "")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "geoplan"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "geoplan"
    return Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "geoplan"


def stamp_of(path: Path) -> tuple[int, int, int, int]:
    """What the system says of a file; it differs once a file is replaced, whatever its time."""
    found = path.stat()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size


def cores() -> int:
    """Cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _number(path: Path, key: str = "") -> int | None:
    """The number in a file of the system, or the one behind `key`; None when not there."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    words = text.split()
    if key:
        words = words[words.index(key) + 1 :] if key in words else []
    return int(words[0]) if words and words[0].isdigit() else None


def _system() -> int | None:
    """Memory the machine can give without taking any from others."""
    if sys.platform == "win32":
        return _windows()
    kibibytes = _number(_PROC / "meminfo", "MemAvailable:")
    if kibibytes is not None:
        return kibibytes * 1024
    try:  # macOS names no free memory: what it has in all
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *(
                (name, ctypes.c_ulonglong)
                for name in ("total", "free", "c", "d", "e", "f", "g")
            ),
        ]

    status = Status()
    status.length = ctypes.sizeof(Status)
    windll = getattr(ctypes, "windll", None)
    if windll is None or not windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.free)


def _groups() -> Iterator[int]:
    """What the control groups of this process (containers, batch systems) leave it."""
    try:
        lines = (_PROC / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, below = (*line.split(":", 2), "", "")[:3]
        if not controllers:
            root, limit, used = _GROUPS, "memory.max", "memory.current"
            cache = "inactive_file"
        elif "memory" in controllers.split(","):
            root, limit = _GROUPS / "memory", "memory.limit_in_bytes"
            used, cache = "memory.usage_in_bytes", "total_inactive_file"
        else:
            continue
        place = root / below.strip("/")
        for folder in (place, *place.parents):
            most = _number(folder / limit)
            now = _number(folder / used)
            if most is not None and now is not None and most < _NO_LIMIT:
                # pages of files are given back when somebody needs the room
                given_back = _number(folder / "memory.stat", cache) or 0
                yield max(most - now + given_back, 0)
            if folder == root:
                break


def address_space() -> int | None:
    """The address space this process may have [bytes]; None where there is no limit.

    As set by ``ulimit -v``: libraries end with a message of their own, or none, when it is
    used up.
    """
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else int(soft)


def memory_free() -> int | None:
    """Memory this process may still take [bytes], by machine, container and ``ulimit -v``.

    None where the system does not say.
    """
    found = [x for x in (_system(), *_groups()) if x is not None]
    most = address_space()
    if most is not None:
        pages = _number(_PROC / "self" / "statm") or 0
        found.append(max(most - pages * os.sysconf("SC_PAGE_SIZE"), 0))
    return min(found) if found else None


def give_back_memory() -> None:
    """Hand memory this process no longer uses back to the system, where that can be asked.

    The C library keeps what many small objects leave behind between those that stay: 300 MB
    after half a million parcels were read, and Arrow as much. No answer depends on it.
    """
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    if sys.platform != "linux":
        return
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in every C library
    if trim is not None:
        trim(0)


def disk_free(folder: Path) -> int | None:
    """Room on the disk of `folder`, or of the nearest folder above it that is there [bytes]."""
    for place in (folder, *folder.resolve().parents):
        if place.is_dir():
            try:
                found = shutil.disk_usage(place)
            except OSError:
                return None
            return found.free if found.total else None  # not a disk (/proc)
    return None
