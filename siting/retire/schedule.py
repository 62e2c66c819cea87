"""Tonnes of turbines, blades, modules and batteries by the years they come out of service.

A plant comes out between the low and the high end of its life after it went into operation.
Every factor is an entry of ``factors.csv`` with its source; one without a source is asked from
the user, and what cannot be said is said not to be estimated.

References
----------
IRENA and IEA-PVPS (2016), End-of-Life Management: Solar Photovoltaic Panels, T12-06:2016.
Liu, P., Barlow, C. Y. (2017), Wind turbine blade waste in 2050, Waste Management 62, 229-240,
doi:10.1016/j.wasman.2017.02.007.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Literal, TypeAlias

from gis.errors import ConfigError
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.spec import Text

__all__ = [
    "ITEMS",
    "Factor",
    "Plant",
    "Retired",
    "YearTotal",
    "by_year",
    "factors",
    "retirement",
    "with_factors",
]

PlantKind: TypeAlias = Literal["wind", "pv", "storage"]
ITEMS: Mapping[PlantKind, tuple[str, ...]] = {
    "wind": ("turbines", "blades"),
    "pv": ("pv_modules",),
    "storage": ("batteries",),
}
"""What each kind of plant leaves."""


@dataclass(frozen=True)
class Factor:
    """A mass for one unit of capacity, or a life.

    Attributes
    ----------
    low, high
        Ends of its range; NaN where no source says.
    quality
        ``"secondary"``, ``"maker"``, ``"user"``, or ``"user input"`` while nobody gave it.
    """

    id: str
    low: float
    high: float
    unit: str
    quality: str
    date: str
    source: Text


@dataclass(frozen=True)
class Plant:
    """Something that went into operation.

    Attributes
    ----------
    size
        MW of wind, MWp (DC) of PV, MWh of storage; NaN where it is not known.
    commissioned
        ``2012-06-30``, ``2012-06``, ``2012``, or empty.
    """

    id: str
    name: str
    kind: PlantKind
    size: float
    commissioned: str


@dataclass(frozen=True)
class Retired:
    """One kind of equipment of one plant.

    Attributes
    ----------
    first, last
        Years between which it comes out; None where not estimated.
    low_t, high_t
        Mass [t]; NaN where that end is not known.
    why
        Why it is not estimated; None where it is.
    """

    plant: Plant
    item: str
    first: int | None
    last: int | None
    low_t: float
    high_t: float
    why: Sentence | None = None


@dataclass(frozen=True)
class YearTotal:
    """One kind of equipment of all plants, up to the end of a year.

    Attributes
    ----------
    low_t
        Come out at least [t]: plants whose last year is past, at the low end of their mass;
        NaN where that end is not known of one of them.
    high_t
        Come out at most [t]: plants whose first year is reached, at the high end.
    """

    year: int
    item: str
    low_t: float
    high_t: float


@cache
def factors() -> dict[str, Factor]:
    """Every factor by its id, as its source has it.

    Examples
    --------
    >>> f = factors()["blades"]
    >>> f.low, f.high, f.unit
    (10.0, 14.0, 't/MW')
    """
    import pandas as pd

    text = files("siting.retire").joinpath("factors.csv").read_text(encoding="utf-8")
    table = pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
    return {
        r["id"]: Factor(
            r["id"],
            float(r["low"] or "nan"),
            float(r["high"] or "nan"),
            r["unit"],
            r["quality"],
            r["date"],
            Text(zh=r["source_zh"], en=r["source_en"]),
        )
        for r in table.to_dict("records")
    }


def with_factors(given: Iterable[str]) -> dict[str, Factor]:
    """`factors` with those the user gives as ``ID=VALUE`` or ``ID=LOW..HIGH``.

    Raises
    ------
    ConfigError
        For an id there is not, a value that is none, and one that cannot be.

    Examples
    --------
    >>> with_factors(["turbines=120..140"])["turbines"].high
    140.0
    """
    out = dict(factors())
    for pair in given:
        key, _, text = (x.strip() for x in pair.partition("="))
        low, _, high = text.partition("..")
        try:
            ends = (float(low), float(high or low))
        except ValueError:
            ends = (math.nan, math.nan)
        if key not in out or not 0 < ends[0] <= ends[1] < math.inf:
            raise ConfigError(
                say("siting.retire.no_such_factor"),
                where="--factor",
                got=pair,
                expected=listed(f"{k}=.. [{f.unit}]" for k, f in out.items()),
            )
        least, most = read_toml("siting.retire", "limits.toml")["limits"][key]
        if not least <= ends[0] <= ends[1] <= most:
            raise ConfigError(
                say("siting.retire.factor_cannot_be"),
                where="--factor",
                got=pair,
                expected=f"{key}={least:g}..{most:g} [{out[key].unit}]",
            )
        own = Text(zh=say("siting.retire.of_user")("zh"), en=say("siting.retire.of_user")("en"))
        out[key] = Factor(key, *ends, out[key].unit, "user", "", own)
    return out


def retirement(
    plants: Iterable[Plant], known: Mapping[str, Factor] | None = None
) -> tuple[Retired, ...]:
    """What comes out of service, when, and how many tonnes, plant by plant.

    Parameters
    ----------
    plants : iterable of Plant
    known : mapping, optional
        In place of `factors`.

    Returns
    -------
    tuple of Retired
        By year, plant and item; what is not estimated last.

    Examples
    --------
    >>> found = retirement([Plant("W", "W", "wind", 49.5, "2012")])
    >>> [(r.item, r.first, r.last, r.low_t, r.high_t) for r in found if r.why is None]
    [('blades', 2032, 2037, 495.0, 693.0)]
    """
    book = factors() if known is None else known
    rows = [_row(p, item, book) for p in plants for item in ITEMS[p.kind]]
    return tuple(
        sorted(rows, key=lambda r: (r.first is None, r.first or 0, r.plant.id, r.item))
    )


def by_year(found: Iterable[Retired]) -> tuple[YearTotal, ...]:
    """What has come out by the end of each year in which that changes.

    Examples
    --------
    >>> found = retirement([Plant("W", "W", "wind", 10.0, "2012")])
    >>> [(t.year, t.low_t, t.high_t) for t in by_year(found)]
    [(2032, 0.0, 140.0), (2037, 100.0, 140.0)]
    """
    rows = [(r.first, r.last, r) for r in found if r.first is not None and r.last is not None]
    pairs = sorted({(year, r.item) for a, b, r in rows for year in (a, b)})
    return tuple(
        YearTotal(
            year,
            item,
            math.fsum(r.low_t for _, b, r in rows if r.item == item and b <= year),
            math.fsum(r.high_t for a, _, r in rows if r.item == item and a <= year),
        )
        for year, item in pairs
    )


def _row(plant: Plant, item: str, book: Mapping[str, Factor]) -> Retired:
    life, mass = book[f"life_{plant.kind}"], book[item]

    def open_(key: str) -> Retired:
        return Retired(plant, item, None, None, math.nan, math.nan, say(f"siting.retire.{key}"))

    if not plant.commissioned:
        return open_("no_date")
    if math.isnan(plant.size):
        return open_("no_size")
    if math.isnan(life.low):
        return open_("no_life")
    if math.isnan(mass.low) and math.isnan(mass.high):
        return open_("no_mass")
    began = int(plant.commissioned[:4])
    return Retired(
        plant,
        item,
        began + math.floor(life.low),
        began + math.ceil(life.high),
        plant.size * mass.low,
        plant.size * mass.high,
    )
