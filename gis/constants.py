"""The numbers the room works with, read once from ``constants.toml``."""

from __future__ import annotations

from gis.toml import FrozenDict, read_toml

__all__ = ["constants"]


def constants(section: str) -> FrozenDict:
    """One section of ``constants.toml``.

    Raises
    ------
    KeyError
        When there is no such section.

    Examples
    --------
    >>> constants("cgcs2000")["semi_major_m"]
    6378137.0
    """
    found: FrozenDict = read_toml("gis", "constants.toml")[section]
    return found
