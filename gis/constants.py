"""The numbers the room works with, read once from ``constants.toml``."""

from __future__ import annotations

from typing import Any

from gis.toml import read_toml

__all__ = ["constants"]


def constants(section: str) -> dict[str, Any]:
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
    return dict(read_toml("gis", "constants.toml")[section])
