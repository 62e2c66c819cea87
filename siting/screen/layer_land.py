"""How much land hangs on each layer, by a finished screening."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gis.cells.area import HA_PER_KM2
from gis.errors import DataError
from layers.result import read_table

__all__ = ["layer_land_km2"]

_COLUMNS = ("hard", "conditional", "unknown")


def _of_tech(work: Path, tech: str, layers: Mapping[str, str]) -> dict[str, float]:
    """Layer id -> land its rules take, bind to conditions or cannot decide [ha]."""
    codes = read_table(work, f"codes_{tech}")
    out: dict[str, float] = {}
    texts = codes[list(_COLUMNS)].fillna("").agg(";".join, axis=1)
    for text, area in zip(texts, codes["area_ha"], strict=True):
        for layer in {
            name
            for rule_id in text.split(";")
            for name in layers.get(rule_id, "").split(", ")
            if name
        }:
            out[layer] = out.get(layer, 0.0) + float(area)
    return out


def layer_land_km2(work: Path, techs: Iterable[str]) -> dict[str, float]:
    """Layer id -> land on which a rule that reads it has a say [km2].

    Parameters
    ----------
    work : Path
        Folder of a finished run, with the step ``screen``.
    techs : iterable of str
        Of several technologies the largest counts: the same land must not count twice.

    Raises
    ------
    DataError
        When the run has no screening of any of them.
    """
    found: dict[str, float] = {}
    none = True
    for tech in techs:
        try:
            rules = read_table(work, f"rules_{tech}")
        except DataError:
            continue
        none = False
        layers = dict(zip(rules["rule_id"], rules["layer"].fillna(""), strict=True))
        for layer, area_ha in _of_tech(work, tech, layers).items():
            found[layer] = max(found.get(layer, 0.0), area_ha / HA_PER_KM2)
    if none:
        read_table(work, "rules_")  # says that the step has not been run
    return found
