"""One table of units: what a plan may say, and how many of each a base unit is.

Land is counted in hectares inside; a plan says m2, ha, km2, mu (亩) or 万亩. Volumes, shares,
power and hours stand in the same table, so that a unit nobody knows is found out when a plan
is read and not in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal

from gis.constants import constants
from gis.errors import ConfigError
from gis.say import Listed, listed, say
from gis.toml import read_toml
from layers.spec import Text

__all__ = [
    "MU_PER_HA",
    "Quantity",
    "Unit",
    "convert",
    "from_ha",
    "known",
    "spelled",
    "to_figures",
    "to_ha",
    "unit_of",
    "units",
]

Quantity = Literal["area", "volume", "share", "power", "energy", "carbon", "time", "count"]

MU_PER_HA: float = (
    10_000.0 * constants("units")["mu_m2_denominator"] / constants("units")["mu_m2_numerator"]
)
"""Mu in a hectare, from the one place that holds it (``gis/constants.toml``)."""


@dataclass(frozen=True)
class Unit:
    """A unit.

    Attributes
    ----------
    id
        Its name in tables and results.
    quantity
        What it measures.
    per_base
        How many of it one base unit is (ha, m3, %, MW, MWh, tCO2, h).
    title
        For readers.
    spellings
        Other ways to write it.
    readers
        Language -> the unit its readers are shown a figure in, and the least figure of which.
    """

    id: str
    quantity: Quantity
    per_base: float
    title: Text
    spellings: tuple[str, ...] = ()
    readers: Mapping[str, tuple[str, float]] = field(default_factory=dict)


@cache
def units() -> Mapping[str, Unit]:
    """Every unit by its id.

    Examples
    --------
    >>> [u.id for u in units().values() if u.quantity == "area"]
    ['ha', 'm2', 'km2', 'mu', '万亩']
    """
    raw = read_toml("layers", "units.toml")
    found = {}
    for name, own in raw.items():
        quantity: Quantity = name  # type: ignore[assignment]
        for key, row in own.items():
            per_base = row["per_base"] if "per_base" in row else MU_PER_HA / row["mu"]
            shown = {
                k: (v["unit"], v.get("least", 0.0)) for k, v in row.get("readers", {}).items()
            }
            found[key] = Unit(
                key,
                quantity,
                per_base,
                Text(**row["title"]),
                tuple(row["spellings"]),
                MappingProxyType(shown),
            )
    return MappingProxyType(found)


@cache
def _spelled() -> Mapping[str, Unit]:
    out = {}
    for unit in units().values():
        for name in (unit.id, *unit.spellings):
            out[name.casefold()] = unit
    return out


def known(name: str) -> Unit | None:
    """The unit that `name` spells, or None.

    Examples
    --------
    >>> known("亩").id, known("hm²").id, known("furlong")
    ('mu', 'ha', None)
    """
    return _spelled().get(name.strip().casefold())


def unit_of(name: str, *, quantity: Quantity | None = None, where: str = "") -> Unit:
    """The unit that `name` spells.

    Parameters
    ----------
    quantity : str, optional
        What it has to measure.
    where : str
        File and key, for the message.

    Raises
    ------
    ConfigError
        A unit nobody knows, or of another quantity.

    Examples
    --------
    >>> unit_of("万亩").per_base  # 1 ha = 15 mu = 0.0015 times ten thousand mu
    0.0015
    """
    found = known(name)
    if found is None or quantity not in {None, found.quantity}:
        raise ConfigError(
            say("layers.units.no_such_unit"),
            where=where,
            got=name,
            expected=spelled(quantity),
        )
    return found


def spelled(quantity: Quantity | None) -> Listed:
    """The units of a quantity as a reader of either language can type them.

    In Chinese that is the id; in English a spelling of ASCII characters takes the place of
    an id that has others.

    Examples
    --------
    >>> row = spelled("volume")
    >>> row, row("zh")
    ('m3, 10000 m3', 'm3、万m3')
    """
    own = (u for u in units().values() if quantity in {None, u.quantity})
    return listed(Text(zh=u.id, en=_typed(u)) for u in own)


def _typed(unit: Unit) -> str:
    return next((s for s in (unit.id, *unit.spellings) if s.isascii()), unit.id)


def convert(value: float, unit: str, into: str) -> float:
    """`value` of one unit in another of the same quantity.

    Raises
    ------
    ConfigError
        A unit nobody knows, or two that do not measure the same.

    Examples
    --------
    >>> convert(55.5, "万亩", "ha"), convert(1.0, "km2", "亩")
    (37000.0, 1500.0)
    """
    source = unit_of(unit)
    return value / source.per_base * unit_of(into, quantity=source.quantity).per_base


def from_ha(area_ha: float, unit: str) -> float:
    """Hectares in a unit of land.

    Examples
    --------
    >>> from_ha(2.0, "亩"), from_ha(2.0, "m2")
    (30.0, 20000.0)
    """
    return area_ha * unit_of(unit, quantity="area").per_base


def to_ha(value: float, unit: str) -> float:
    """A value in a unit of land in hectares.

    Examples
    --------
    >>> to_ha(30.0, "mu"), to_ha(1.0, "km2")
    (2.0, 100.0)
    """
    return value / unit_of(unit, quantity="area").per_base


def to_figures(value: float, n: int = 4) -> float:
    """A value rounded to `n` figures, for readers.

    Examples
    --------
    >>> to_figures(4631.758), to_figures(0.0123456)
    (4632.0, 0.01235)
    """
    return float(f"{value:.{n}g}")
