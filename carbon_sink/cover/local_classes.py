"""Land whose densities are its own: a label of its class for each set of them.

A density of ``[[carbon.densities]]`` may be of some townships, or of some parcels of the land
survey. Land it is of keeps its class; what it stores is looked up under ``class#2+3``, the
class and the numbers of the densities that hold there.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from carbon_sink.cover.land import County
from carbon_sink.section import CarbonSection
from carbon_sink.section_values import UserDensity
from gis.errors import ConfigError
from gis.say import listed, say
from layers.result import Warn

__all__ = [
    "class_of_label",
    "density_warnings",
    "marks_of_townships",
    "not_in_change",
    "numbers_of_label",
    "refuse_beside_volume",
    "with_local_classes",
]

_MARK = "#"
_LIVING = {"agb", "bgb", "biomass"}
_SHOWN = 8
_ROUNDING_HA = 1e-9


def class_of_label(label: str) -> str:
    """Ecosystem of a label.

    Examples
    --------
    >>> class_of_label("grass_other#2+3"), class_of_label("grass_other")
    ('grass_other', 'grass_other')
    """
    return label.partition(_MARK)[0]


def numbers_of_label(label: str) -> tuple[int, ...]:
    """Numbers of the plan's densities that hold under a label, counted from 1.

    Examples
    --------
    >>> numbers_of_label("grass_other#2+3"), numbers_of_label("grass_other")
    ((2, 3), ())
    """
    rest = label.partition(_MARK)[2]
    return tuple(int(n) for n in rest.split("+")) if rest else ()


def _holds(d: UserDensity, land: pd.DataFrame) -> pd.Series[bool]:
    """Where a density of some land holds: rows of its class, townships and parcels."""
    here = land["ecosystem"] == d.ecosystem
    if d.townships:
        here &= land["township"].astype(str).isin(d.townships)
    if d.parcels:
        ids = land["parcel_id"] if "parcel_id" in land.columns else pd.Series("", land.index)
        here &= ids.astype(str).isin(d.parcels)
    return here


def _labels(section: CarbonSection, land: pd.DataFrame) -> pd.Series[str]:
    out = land["ecosystem"].astype(str).copy()
    for number, d in enumerate(section.densities, 1):
        if d.of_some_land and d.year in {0, section.year}:
            here = _holds(d, land)
            joint = out[here].map(lambda x: "+" if _MARK in x else _MARK)
            out[here] = out[here] + joint + str(number)
    return out


def refuse_beside_volume(section: CarbonSection) -> None:
    """Refuse living biomass of tree forest of some land beside a volume of the whole county.

    Raises
    ------
    ConfigError
    """
    if section.stock_volume and any(
        d.of_some_land and d.ecosystem == "forest_arbor" and d.pool in _LIVING
        for d in section.densities
    ):
        raise ConfigError(
            say("carbon_sink.stock.local_density_beside_volume"),
            where="[[carbon.densities]] forest_arbor",
            todo=say("carbon_sink.stock.local_density_beside_volume_todo"),
        )


def with_local_classes(county: County, section: CarbonSection) -> County:
    """`county` with labels in place of classes where the plan has densities of some land.

    Parameters
    ----------
    county : County
        Of `carbon_sink.cover.land.county_land`.
    section : CarbonSection

    Returns
    -------
    County
        The same land; areas by label add up to those by class.

    Raises
    ------
    ConfigError
        Living biomass of tree forest of some land beside a stock volume of the whole county:
        nothing says how much of the volume stands there.
    """
    own = [d for d in section.densities if d.of_some_land]
    if not own:
        return county
    refuse_beside_volume(section)
    if county.parcels is None:
        areas = county.areas.assign(ecosystem=_labels(section, county.areas))
        return replace(county, areas=areas)
    keys = ["township", "code", "ecosystem", "group"]
    parcels = county.parcels.copy()
    rows = pd.DataFrame(parcels.rename(columns={"dlbm": "code"})[[*keys, "area_m2"]])
    rows["area_ha"] = rows.pop("area_m2") / 1e4
    # ridges are land of no parcel: what the parcels leave of each row
    of_parcels = rows.groupby(keys)["area_ha"].sum()
    left = county.areas.set_index(keys)["area_ha"].sub(of_parcels, fill_value=0.0)
    rest = pd.DataFrame(left[left > _ROUNDING_HA].reset_index())
    parcels["ecosystem"] = rows["ecosystem"] = _labels(section, parcels)
    rest["ecosystem"] = _labels(section, rest)
    areas = pd.concat([rows, rest], ignore_index=True)
    sums = areas.groupby(keys)["area_ha"].sum().reset_index()
    return replace(county, areas=pd.DataFrame(sums), parcels=parcels)


def density_warnings(county: County, section: CarbonSection, *, changes: bool) -> list[Warn]:
    """Densities that are of no land of the plan, and what the change does without.

    Parameters
    ----------
    county : County
        With its classes, not labels.
    section : CarbonSection
    changes : bool
        Whether a change between two dates is computed.
    """
    out = []
    land = county.areas if county.parcels is None else county.parcels
    surveys = [s.year for s in (section.survey_before, section.survey_after) if s is not None]
    years = {0, section.year, section.base_year, *surveys}
    idle = [
        say("carbon_sink.stock.density_number", n=n, eco=d.ecosystem, pool=d.pool)
        for n, d in enumerate(section.densities, 1)
        if d.year not in years or (d.of_some_land and not _holds(d, land).any())
    ]
    if idle:
        told = say("carbon_sink.stock.densities_of_no_land", rows=listed(idle, _SHOWN))
        out.append(Warn("densities_of_no_land", told, "[[carbon.densities]]"))
    for key, column in (("parcels", "parcel_id"), ("townships", "township")):
        named = {x for d in section.densities for x in getattr(d, key)}
        if not named:
            continue
        there = set(land[column].astype(str)) if column in land.columns else set()
        if gone := sorted(named - there):
            told = say(f"carbon_sink.stock.densities_of_no_{key}", names=listed(gone, _SHOWN))
            out.append(Warn(f"densities_of_no_{key}", told, "[[carbon.densities]]"))
    return out + (not_in_change(section) if changes else [])


def marks_of_townships(section: CarbonSection, year: int) -> dict[str, str]:
    """Township -> mark of the densities of `year` that are of it; none of named parcels.

    Examples
    --------
    >>> own = {"ecosystem": "sand", "pool": "litter", "value_tc_ha": 1, "source": "plots"}
    >>> section = CarbonSection(densities=[own, own | {"townships": ["A", "B"]}])
    >>> marks_of_townships(section, 2023)
    {'A': '#2', 'B': '#2'}
    """
    out: dict[str, str] = {}
    for number, d in enumerate(section.densities, 1):
        if d.townships and not d.parcels and d.year in {0, year}:
            for name in d.townships:
                out[name] = f"{out[name]}+{number}" if name in out else f"{_MARK}{number}"
    return out


def not_in_change(section: CarbonSection, first: int = 0, last: int = 0) -> list[Warn]:
    """Densities a change between two dates does without: of parcels, of the later date.

    Parameters
    ----------
    section : CarbonSection
    first, last : int
        Years of the change; the plan's where 0.
    """
    where = "[[carbon.densities]]"
    base, later = first or section.base_year, last or section.year
    out = []
    if any(d.parcels for d in section.densities):
        told = say("carbon_sink.stock.parcel_densities_not_in_change")
        out.append(Warn("parcel_densities_not_in_change", told, where))
    dated = sorted({d.year for d in section.densities if d.year not in {0, base}})
    if later in dated:
        told = say("carbon_sink.stock.later_densities_not_in_change", first=base, last=later)
        out.append(Warn("later_densities_not_in_change", told, where))
    return out
