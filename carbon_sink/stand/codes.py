"""Codes of the forest map in words: purpose, forest class, ownership, age, origin."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from carbon_sink.species import UNLISTED, species_coded, species_named
from gis.toml import read_toml
from layers.spec import Text

__all__ = [
    "classed",
    "code_titles",
    "growing_species",
    "plain_text",
    "species_ids",
    "stand_checks",
]


@cache
def _codes() -> Mapping[str, Any]:
    return read_toml("carbon_sink", "data/stand_codes.toml")


def stand_checks(part: str) -> Any:  # noqa: ANN401 - a table of data
    """A part of ``data/stand_checks.toml``."""
    return read_toml("carbon_sink", "data/stand_checks.toml")[part]


def code_titles(attribute: str) -> dict[str, Text]:
    """What the values of an attribute are called.

    Examples
    --------
    >>> code_titles("ownership")["state"]("zh")
    '国有'
    """
    values = _codes()[attribute]["values"]
    return {k: Text(**v["title"]) for k, v in values.items()}


def plain_text(given: pd.Series[Any]) -> pd.Series[str]:
    """A column as text, empty where it has no value."""
    held = given.astype("object")
    return held.where(held.notna(), "").astype(str)


def classed(attribute: str, given: pd.Series[Any]) -> pd.Series[str]:
    """An attribute's own spellings as its values; what is not known stays as it is spelled.

    Examples
    --------
    >>> classed("purpose", pd.Series(["防风固沙林", "111", "ours", None])).tolist()
    ['protection', 'protection', 'ours', '']
    """
    spec = _codes()[attribute]
    known = {s: k for k, v in spec["values"].items() for s in (k, *v["spellings"])}
    given_text = plain_text(given)
    out = {}
    for value in given_text.unique():
        text = value.strip()
        lengths = range(len(text), 1, -1) if spec.get("prefix") and text.isdigit() else ()
        near = (known[text[:n]] for n in lengths if text[:n] in known)
        out[value] = known.get(text) or next(near, text)
    return given_text.map(out)


def species_ids(given: pd.Series[Any]) -> pd.Series[str]:
    """Names and codes of species as ids of the tree table; empty where one is not in it.

    Examples
    --------
    >>> species_ids(pd.Series(["新疆杨", "柠条", None])).tolist()
    ['poplar', '', '']
    """
    known = {**species_coded(), **species_named()}
    text = plain_text(given)
    return text.map({v: known.get(v.strip().lower(), "") for v in text.unique()})


def growing_species(given: pd.Series[Any]) -> pd.Series[str]:
    """As `species_ids`; a species that is written and not in the table is `UNLISTED`.

    A species nobody has a line of must not grow along that of another.

    Examples
    --------
    >>> growing_species(pd.Series(["新疆杨", "530", None])).tolist()
    ['poplar', '?', '']
    """
    found = species_ids(given)
    written = plain_text(given).str.strip() != ""
    return found.mask((found == "") & written, UNLISTED)
