"""One way to compile a kernel: cached on disk, releasing the GIL, exact floating point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(fn: F) -> F:
    """Compile `fn` with numba.

    No fast-math: the compiler may neither reorder sums nor fuse multiply and add, so a
    distance comes out as the same bits GEOS computes.
    """
    return cast("F", njit(cache=True, nogil=True)(fn))
