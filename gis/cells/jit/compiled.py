"""One way to compile a kernel: cached on disk, releasing the GIL, exact floating point.

The compiler is loaded with the first kernel that is called: a question at one place, which
calls none, does not wait for it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache, update_wrapper
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

__all__ = ["for_few", "for_long", "kernel", "kernel_with"]

_FEW = 2_500
"""Cells gone through in 0.05 s where the first kernel of all takes 0.5 s to load."""

_LONG = 25_000_000
"""Cells that numpy counts in the time the compiler takes to load."""

F = TypeVar("F", bound=Callable[..., Any])


class _Kernel:
    """A function that is compiled at its first call, for each kind of arguments once."""

    def __init__(self, fn: FunctionType, options: Mapping[str, object]) -> None:
        update_wrapper(self, fn)
        self.py_func = fn
        self._options = options
        self.spared = 0  # cells a twin went through

    def __call__(self, *args: Any) -> Any:  # noqa: ANN401 - what the function takes and gives
        return self.compiled(*args)

    @property
    def called(self) -> dict[str, _Kernel]:
        """Kernels of the names in its code."""
        known = {n: self.py_func.__globals__.get(n) for n in self.py_func.__code__.co_names}
        return {n: k for n, k in known.items() if isinstance(k, _Kernel) and k is not self}

    @cached_property
    def compiled(self) -> Any:  # noqa: ANN401 - of the library
        """The library's own, with the kernels it calls in place of their names."""
        from numba import njit

        from gis.cells.jit.kept import CheckedCache

        own = _with(self.py_func, {n: k.compiled for n, k in self.called.items()})
        found = njit(nogil=True, **self._options)(own)
        found._cache = CheckedCache(own, _sources(self))  # what cache=True does, but checked
        return found

    @cached_property
    def interpreted(self) -> Callable[..., Any]:
        return _with(self.py_func, {n: k.interpreted for n, k in self.called.items()})


def _with(fn: FunctionType, names: Mapping[str, object]) -> FunctionType:
    """The same function where some names mean something else."""
    found = FunctionType(
        fn.__code__, {**fn.__globals__, **names}, fn.__name__, fn.__defaults__, fn.__closure__
    )
    update_wrapper(found, fn)
    return found


@lru_cache(maxsize=256)
def _source(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _sources(one: _Kernel) -> str:
    """Digest of the files of a kernel and of every kernel it calls.

    The library asks for time and size of the kernel's own file: wheels give every file the
    same time, and a kernel it calls may stand in another file.
    """

    def files(k: _Kernel) -> Iterator[str]:
        yield k.py_func.__code__.co_filename
        for called in k.called.values():
            yield from files(called)

    return hashlib.sha256("".join(map(_source, sorted(set(files(one))))).encode()).hexdigest()


def for_few(fn: F, n: int) -> F:
    """A kernel as plain Python where it has so few cells that loading it takes longer.

    Both give the same bits, kernels of fast-math (`kernel_with`) apart.

    Parameters
    ----------
    fn : kernel
    n : int
        Cells it goes through.

    Examples
    --------
    >>> half = kernel(lambda x: x / 2.0)
    >>> for_few(half, 1)(3.0)
    1.5
    """
    return cast("F", cast("_Kernel", fn).interpreted) if n <= _FEW else fn


def for_long(fn: F, twin: F, n: int) -> F:
    """A kernel once its twin went through as many cells as loading the compiler takes.

    Parameters
    ----------
    fn : kernel
    twin : callable
        The same in numpy, to the last bit.
    n : int
        Cells about to be gone through.

    Examples
    --------
    >>> double, twin = kernel(lambda x: x + x), lambda x: 2 * x
    >>> for_long(double, twin, 10) in (double, twin)
    True
    """
    known = cast("_Kernel", fn)
    if "numba" in sys.modules or known.spared > _LONG:
        return fn
    known.spared += n
    return twin


def kernel(fn: F) -> F:
    """Compile `fn` with numba when it is first called.

    No fast-math: the compiler may neither reorder sums nor fuse multiply and add, so a
    distance comes out as the same bits GEOS computes.
    """
    return kernel_with()(fn)


def kernel_with(**options: Any) -> Callable[[F], F]:  # noqa: ANN401 - the library's
    """As `kernel`, with options of the compiler (``fastmath`` where sums may be reordered)."""

    def known(fn: F) -> F:
        return cast("F", _Kernel(cast("FunctionType", fn), options))

    return known
