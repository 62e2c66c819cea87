"""What a call would be refused for, as a list."""

from __future__ import annotations

from collections.abc import Callable

from gis.errors import Fault, GeoplanError

__all__ = ["refusals"]


def refusals(call: Callable[[], object]) -> list[Fault]:
    """Faults `call` raises; empty where it raises none.

    Examples
    --------
    >>> refusals(lambda: None)
    []
    """
    try:
        call()
    except GeoplanError as err:
        return list(err.faults)
    return []
