"""How much land hangs on each layer, by a finished run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from layers.result import optional_table, read_table

__all__ = ["LayerLand", "layer_land"]

_HIT = ("hard", "conditional")


@dataclass(frozen=True)
class LayerLand:
    """Land that hangs on a layer [km2].

    Attributes
    ----------
    taken_km2
        Land that rules reading it forbid or bind to conditions; 0 where it is not there.
    decides_km2
        Land whose state would be decided if it came and no other layer; 0 where it is there.
    """

    taken_km2: float
    decides_km2: float


def _km2(area_ha: float) -> float:
    """Square kilometres of hectares.

    Examples
    --------
    >>> _km2(250.0)
    2.5
    """
    return area_ha * 1e4 / 1e6


def _taken_ha(work: Path, tech: str, layers: Mapping[str, str]) -> dict[str, float]:
    codes = read_table(work, f"codes_{tech}")
    out: dict[str, float] = {}
    texts = codes[list(_HIT)].fillna("").agg(";".join, axis=1)
    for text, area in zip(texts, codes["area_ha"], strict=True):
        names = {n for i in text.split(";") for n in layers.get(i, "").split(", ") if n}
        for name in names:
            out[name] = out.get(name, 0.0) + float(area)
    return out


def layer_land(work: Path, techs: Iterable[str]) -> dict[str, LayerLand]:
    """Layer id -> land that hangs on it.

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
    taken: dict[str, float] = {}
    own = {tech: optional_table(work, f"rules_{tech}") for tech in techs}
    if own and all(table is None for table in own.values()):
        read_table(work, f"rules_{next(iter(own))}")  # says that the step has not been run
    for tech, rules in own.items():
        if rules is None:
            continue
        layers = dict(zip(rules["rule_id"], rules["layer"].fillna(""), strict=True))
        for name, ha in _taken_ha(work, tech, layers).items():
            taken[name] = max(taken.get(name, 0.0), ha)
    decides: dict[str, float] = {}
    table = optional_table(work, "next_layers")
    if table is not None:
        for name, ha in zip(table["layer"], table["alone_ha"], strict=True):
            decides[name] = max(decides.get(name, 0.0), float(ha))
    return {
        name: LayerLand(_km2(taken.get(name, 0.0)), _km2(decides.get(name, 0.0)))
        for name in sorted({*taken, *decides})
    }
