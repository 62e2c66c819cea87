"""One way to compile a kernel: cached on disk, releasing the GIL, exact floating point."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.dispatcher import Dispatcher

__all__ = ["kernel", "kernel_with"]

F = TypeVar("F", bound=Callable[..., Any])

_DIGEST = hashlib.sha256().digest_size


class _CheckedFile(IndexDataCacheFile):  # type: ignore[misc]
    """Files of the cache under their sha256: what is damaged is compiled again.

    The library reads whatever is there, so that half a file ends a run with its own words,
    and one changed byte of machine code computes something else.
    """

    def _dump(self, obj: object) -> bytes:
        body: bytes = super()._dump(obj)
        return hashlib.sha256(body).digest() + body

    def _load_index(self) -> dict[Any, Any]:
        try:
            with Path(self._index_path).open("rb") as stream:
                version = pickle.load(stream)  # noqa: S301 - a cache of this user, as the library does
                found = _checked(stream.read()) if version == self._version else None
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is written anew
            return {}
        if found is None or found[0] != self._source_stamp:
            return {}
        return cast("dict[Any, Any]", found[1])

    def _load_data(self, name: str) -> Any:  # noqa: ANN401 - of the library
        found = _checked(Path(self._data_path(name)).read_bytes())
        if found is None:
            raise OSError(name)  # as if it were not there
        return found


def _checked(data: bytes) -> Any:  # noqa: ANN401 - of the library
    """What was kept; None when it is not what was written."""
    body = data[_DIGEST:]
    if hashlib.sha256(body).digest() != data[:_DIGEST]:
        return None
    return pickle.loads(body)  # noqa: S301 - its digest was checked


class _CheckedCache(FunctionCache):  # type: ignore[misc]
    def __init__(self, py_func: Callable[..., Any]) -> None:
        super().__init__(py_func)
        self._cache_file = _CheckedFile(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=_sources(py_func),
        )


@lru_cache(maxsize=256)
def _source(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _sources(py_func: Callable[..., Any]) -> str:
    """Digest of the files of a kernel and of every kernel it calls.

    The library asks for time and size of the kernel's own file: wheels give every file the
    same time, and a kernel it calls may stand in another file.
    """

    def files(one: Any, seen: set[int]) -> Iterator[str]:  # noqa: ANN401 - a function
        seen.add(id(one))
        yield one.__code__.co_filename
        names = one.__code__.co_names
        known = [one.__globals__.get(n) for n in names]
        known += [
            getattr(m, n, None) for m in known if isinstance(m, ModuleType) for n in names
        ]
        for called in known:
            if isinstance(called, Dispatcher) and id(called.py_func) not in seen:
                yield from files(called.py_func, seen)

    found = sorted(set(files(py_func, set())))
    return hashlib.sha256("".join(map(_source, found)).encode()).hexdigest()


def kernel(fn: F) -> F:
    """Compile `fn` with numba.

    No fast-math: the compiler may neither reorder sums nor fuse multiply and add, so a
    distance comes out as the same bits GEOS computes.
    """
    return kernel_with()(fn)


def kernel_with(**options: Any) -> Callable[[F], F]:  # noqa: ANN401 - the library's
    """As `kernel`, with options of the compiler (``fastmath`` where sums may be reordered)."""

    def compiled(fn: F) -> F:
        found = njit(nogil=True, **options)(fn)
        found._cache = _CheckedCache(fn)  # what cache=True does, but checked
        return cast("F", found)

    return compiled
