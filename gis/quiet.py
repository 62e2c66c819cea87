"""Lines a library in C prints on stdout by itself, kept from whoever reads it."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

__all__ = ["SOLVER_LINES", "without_lines"]

SOLVER_LINES = "Highs"
"""How lines start that HiGHS prints past its own log (a mixed-integer search of 1.12)."""

_STDOUT = 1
_LOCK = threading.Lock()  # the stream is the process's: one at a time turns it away


def _flushed() -> None:
    """What Python and the C library have not yet written goes where the stream points now."""
    if sys.stdout is not None:
        with suppress(ValueError):  # it is closed
            sys.stdout.flush()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)


@contextmanager
def _turned(own: int, kept: IO[bytes]) -> Iterator[None]:
    os.dup2(kept.fileno(), _STDOUT)
    try:
        yield
    finally:
        _flushed()
        os.dup2(own, _STDOUT)


@contextmanager
def without_lines(start: str) -> Iterator[None]:
    """Within it, lines on stdout that begin with `start` are left out; all others follow.

    Parameters
    ----------
    start : str
        Of the lines that are left out.

    Examples
    --------
    >>> with without_lines(SOLVER_LINES):
    ...     pass
    """
    with _LOCK:
        try:
            own = os.dup(_STDOUT)
        except OSError:  # there is no such stream: nobody reads it
            yield
            return
        try:
            _flushed()
            with tempfile.TemporaryFile() as kept:
                with _turned(own, kept):
                    yield
                kept.seek(0)
                for line in kept:
                    if not line.startswith(start.encode()):
                        os.write(own, line)
        finally:
            os.close(own)
