"""What a change of class is called, and what a disturbance is: both are data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from carbon_sink.ecosystems import ecosystems
from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import read_toml
from layers.spec import Frozen, Text

__all__ = [
    "ChangeKind",
    "Disturbance",
    "change_kinds",
    "disturbance_of",
    "disturbances",
    "kind_of",
]

Overrides = Mapping[str, str]


class ChangeKind(Frozen):
    """A kind of change, what it means and where the meaning is from."""

    id: str
    title: Text
    definition: Text
    source: Text


class Disturbance(Frozen):
    """A kind of disturbance and the words registers use for it."""

    id: str
    title: Text
    spellings: tuple[str, ...]


@cache
def change_kinds() -> Mapping[str, ChangeKind]:
    """Every kind of change, in the order of a report.

    Examples
    --------
    >>> list(change_kinds())
    ['land_take', 'afforestation', 'degradation', 'restoration', 'other']
    """
    raw = read_toml("carbon_sink", "data/change_kinds.toml")["kind"]
    return MappingProxyType({k: ChangeKind(id=k, **row) for k, row in raw.items()})


@cache
def disturbances() -> Mapping[str, Disturbance]:
    """Every kind of disturbance."""
    raw = read_toml("carbon_sink", "data/change_kinds.toml")["disturbance"]
    return MappingProxyType({k: Disturbance(id=k, **row) for k, row in raw.items()})


def disturbance_of(word: str) -> str:
    """The kind a register's word means; empty where nobody knows it.

    Examples
    --------
    >>> disturbance_of("森林火灾"), disturbance_of(" Fire "), disturbance_of("雪")
    ('fire', 'fire', '')
    """
    wanted = word.strip().casefold()
    for d in disturbances().values():
        if wanted in {s.casefold() for s in d.spellings}:
            return d.id
    return ""


@cache
def _rules() -> Mapping[tuple[str, str], str]:
    out: dict[tuple[str, str], str] = {}
    for rule in read_toml("carbon_sink", "data/change_kinds.toml")["rule"]:
        for a in rule["from"]:
            for b in rule["to"]:
                out.setdefault((a, b), rule["kind"])
    return MappingProxyType(out)


def kind_of(before: str, after: str, overrides: Overrides | None = None) -> str:
    """The kind of a change between two ecosystems.

    Parameters
    ----------
    before, after : str
        Ecosystems.
    overrides : mapping, optional
        ``"from>to"`` -> kind, of groups or ecosystems; the plan's own.

    Examples
    --------
    >>> kind_of("grass_other", "forest_arbor"), kind_of("forest_arbor", "built")
    ('afforestation', 'land_take')
    >>> kind_of("forest_arbor", "sand"), kind_of("saline", "marsh"), kind_of("sand", "sand")
    ('degradation', 'restoration', '')
    >>> kind_of("cropland_irrigated", "orchard", {"cropland>orchard": "restoration"})
    'restoration'
    """
    if before == after:
        return ""
    own = overrides or {}
    known = ecosystems()
    pair = tuple(known[e].group if e in known else "other" for e in (before, after))
    for key in (f"{before}>{after}", f"{pair[0]}>{pair[1]}"):
        if key in own:
            return own[key]
    return _rules().get((pair[0], pair[1]), "other")


def check_overrides(overrides: Overrides) -> None:
    """Refuse kinds, and classes or groups, nobody knows.

    Raises
    ------
    ConfigError
    """
    groups = dict.fromkeys(e.group for e in ecosystems().values())
    known = {*ecosystems(), *groups}
    for key, kind in overrides.items():
        where = f"[carbon.survey] kinds {key}"
        if kind not in change_kinds() or key.count(">") != 1:
            raise ConfigError(
                say("carbon_sink.survey.no_such_kind"),
                where=where,
                got=kind,
                expected=listed(change_kinds()),
            )
        if strange := [x for x in key.split(">") if x not in known]:
            raise ConfigError(
                say("carbon_sink.survey.no_such_class"),
                where=where,
                got=listed(strange),
                expected=listed([*groups, *ecosystems()]),
            )
