"""Net area of every parcel, and whether the parcels close on the county.

Class areas follow the yearbook: the net parcel area TBDLMJ where the survey gives it (field
ridges deducted and booked as ridges), else TBMJ, else the ellipsoidal area of the geometry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
import shapely

from gis.errors import DataError, Fault, raise_faults
from gis.say import say
from gis.types import F8
from layers.units import convert, unit_of

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "AreaSource",
    "Closure",
    "ParcelAreas",
    "close_on_county",
    "net_areas",
    "overlapping_pairs",
]

AreaSource = Literal["TBDLMJ", "TBMJ", "ellipsoidal"]
_UNIT_BAND = (0.8, 1.25)
"""A field whose ratio to the ellipsoidal area has its median outside is in another unit."""
_UNITS = {u: convert(1.0, "m2", u) for u in ("mu", "ha", "km2")}
"""Other units an area field may be in, and how many of each a square metre is."""


@dataclass(frozen=True)
class ParcelAreas:
    """Areas of the parcels [m2].

    Attributes
    ----------
    net_m2, gross_m2, ridge_m2 : ndarray, shape (n,)
        Area of the class, area of the outline, area deducted for field ridges;
        ``net + ridge = gross`` where the survey deducts.
    source
        Where `net_m2` comes from.
    """

    net_m2: F8
    gross_m2: F8
    ridge_m2: F8
    source: AreaSource


@dataclass(frozen=True)
class Closure:
    """Sum of the parcels against the county [m2]."""

    parcels_m2: float
    county_m2: float

    @property
    def difference_m2(self) -> float:
        """Parcels minus county; positive means overlap or parcels outside."""
        return self.parcels_m2 - self.county_m2

    @property
    def relative(self) -> float:
        """Difference over the county's area."""
        return self.difference_m2 / self.county_m2


def close_on_county(areas: ParcelAreas, county_m2: float) -> Closure:
    """Compare the sum of the outlines with the county's ellipsoidal area.

    Examples
    --------
    >>> a = np.array([60.0, 30.0])
    >>> close_on_county(ParcelAreas(a, a, a * 0, "TBMJ"), 100.0).relative
    -0.1
    """
    return Closure(float(areas.gross_m2.sum()), county_m2)


def _column(parcels: pd.DataFrame, name: str) -> F8 | None:
    if name not in parcels.columns:
        return None
    values = pd.to_numeric(parcels[name], errors="coerce").to_numpy(np.float64)
    return None if np.isnan(values).all() else values


def _check(values: F8, name: str, where: str) -> list[Fault]:
    faults = []
    negative = np.flatnonzero(values < 0)
    if len(negative):
        faults.append(
            Fault(
                say("carbon_sink.cover.negative_area"),
                where=f"{where} {name}",
                got=say(
                    "carbon_sink.cover.parcels_with_value",
                    count=len(negative),
                    row=negative[0],
                    value=values[negative[0]],
                ),
                todo=say("carbon_sink.cover.correct_survey_table"),
            )
        )
    missing = np.flatnonzero(~np.isfinite(values))
    if len(missing):
        faults.append(
            Fault(
                say("carbon_sink.cover.area_missing"),
                where=f"{where} {name}",
                got=say(
                    "carbon_sink.cover.parcels_at_row",
                    count=len(missing),
                    row=missing[0],
                ),
                expected=say("carbon_sink.cover.number_or_no_column"),
            )
        )
    return faults


def _check_unit(values: F8, ellipsoidal_m2: F8, name: str, where: str) -> list[Fault]:
    """The field must be in square metres, in every row."""
    ok = (ellipsoidal_m2 > 1.0) & (values > 0)
    if not ok.any():
        return []
    ratio = values[ok] / ellipsoidal_m2[ok]
    median = float(np.median(ratio))
    if not _UNIT_BAND[0] <= median <= _UNIT_BAND[1]:
        guess = min(_UNITS, key=lambda u: abs(np.log(median / _UNITS[u])))
        return [
            Fault(
                say("carbon_sink.cover.area_not_in_m2"),
                where=f"{where} {name}",
                got=say(
                    "carbon_sink.cover.times_the_outline",
                    median=median,
                    guess=unit_of(guess).title,
                ),
                expected="m2",
            )
        ]
    for unit, factor in _UNITS.items():
        odd = np.abs(np.log(ratio / factor)) < 0.2
        if odd.any():
            return [
                Fault(
                    say("carbon_sink.cover.two_units_in_one_column"),
                    where=f"{where} {name}",
                    got=say(
                        "carbon_sink.cover.parcels_in_another_unit",
                        count=int(odd.sum()),
                        unit=unit_of(unit).title,
                    ),
                    expected=say("carbon_sink.cover.m2_in_every_parcel"),
                )
            ]
    return []


def net_areas(
    parcels: pd.DataFrame, ellipsoidal_m2: F8, *, where: str = "land_parcels"
) -> ParcelAreas:
    """Area of each parcel for class sums.

    Parameters
    ----------
    parcels : DataFrame
        With ``tbdlmj_m2``, ``tbmj_m2`` and ``kcmj_m2`` when the survey has them.
    ellipsoidal_m2 : ndarray, shape (n,)
        Ellipsoidal area of each outline [m2].

    Returns
    -------
    ParcelAreas

    Raises
    ------
    DataError
        Negative or missing areas, a column in mu or hectares, two units in one column, net
        area over gross; all at once.

    Examples
    --------
    >>> t = pd.DataFrame({"tbmj_m2": [100.0], "tbdlmj_m2": [90.0]})
    >>> a = net_areas(t, np.array([100.0]))
    >>> a.net_m2, a.ridge_m2, a.source
    (array([90.]), array([10.]), 'TBDLMJ')
    """
    faults: list[Fault] = []
    net, gross = _column(parcels, "tbdlmj_m2"), _column(parcels, "tbmj_m2")
    for values, name in ((net, "TBDLMJ"), (gross, "TBMJ")):
        if values is not None:
            found = _check(values, name, where)
            faults += found or _check_unit(values, ellipsoidal_m2, name, where)
    if net is not None and gross is not None and not faults:
        over = np.flatnonzero(net > gross * (1 + 1e-9) + 0.01)
        if len(over):
            faults.append(
                Fault(
                    say("carbon_sink.cover.net_exceeds_gross"),
                    where=f"{where} TBDLMJ",
                    got=say(
                        "carbon_sink.cover.parcels_at_row",
                        count=len(over),
                        row=over[0],
                    ),
                )
            )
    raise_faults(DataError, faults)
    if net is not None:
        whole = gross if gross is not None else ellipsoidal_m2
        ridge = np.maximum(whole - net, 0.0) if gross is not None else np.zeros_like(net)
        return ParcelAreas(net, net + ridge, ridge, "TBDLMJ")
    if gross is not None:
        given = _column(parcels, "kcmj_m2")
        ridge = np.zeros_like(gross) if given is None else np.nan_to_num(given)
        raise_faults(DataError, _check(ridge, "KCMJ", where))
        return ParcelAreas(gross - ridge, gross, ridge, "TBMJ")
    area = np.asarray(ellipsoidal_m2, np.float64)
    return ParcelAreas(area, area, np.zeros_like(area), "ellipsoidal")


def overlapping_pairs(
    parcels: gpd.GeoDataFrame, *, tolerance_m2: float = 1.0
) -> list[tuple[int, int, float]]:
    """Pairs of parcels that overlap by more than `tolerance_m2`.

    A valid coverage (shared edges match vertex by vertex) has none and is recognised at
    once; only where it is not valid are pairs intersected.

    Returns
    -------
    list of (row, row, overlap in planar m2)

    Examples
    --------
    >>> import geopandas as gpd
    >>> g = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10), shapely.box(9, 0, 19, 10)])
    >>> overlapping_pairs(g)
    [(0, 1, 10.0)]
    """
    geoms = np.asarray(parcels.geometry.array)
    edges = shapely.coverage_invalid_edges(geoms)
    bad = np.flatnonzero(~shapely.is_empty(edges))
    if not len(bad):
        return []
    tree = shapely.STRtree(geoms[bad])
    left, right = tree.query(geoms[bad], predicate="intersects")
    keep = left < right
    left, right = bad[left[keep]], bad[right[keep]]
    area = shapely.area(shapely.intersection(geoms[left], geoms[right]))
    hit = np.flatnonzero(area > tolerance_m2)
    return [(int(left[k]), int(right[k]), float(area[k])) for k in hit]


def refuse_overlaps(
    parcels: gpd.GeoDataFrame, *, tolerance_m2: float = 1.0, where: str = "land_parcels"
) -> None:
    """Refuse parcels that overlap: their area would be counted twice.

    Raises
    ------
    DataError
        Naming the worst pair and the total overlap.
    """
    pairs = overlapping_pairs(parcels, tolerance_m2=tolerance_m2)
    if pairs:
        worst = max(pairs, key=lambda p: p[2])
        raise DataError(
            say("carbon_sink.cover.parcels_overlap"),
            where=where,
            got=say(
                "carbon_sink.cover.overlapping_pairs",
                pairs=len(pairs),
                total_m2=sum(p[2] for p in pairs),
                row=worst[0],
                other=worst[1],
                worst_m2=worst[2],
            ),
            todo=say("carbon_sink.cover.mend_topology"),
        )
