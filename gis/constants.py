"""The numbers the room works with, read once from ``constants.toml``."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["constants"]


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, Any]]:
    text = files("gis").joinpath("constants.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


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
    return dict(_table()[section])
