"""Net area of every parcel, and whether the parcels close on the county.

Class areas follow the yearbook: the net parcel area TBDLMJ where the survey gives it (field
ridges deducted and booked as ridges), else TBMJ, else the ellipsoidal area of the geometry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import DataError, Fault, raise_faults
from gis.say import say
from gis.toml import read_toml
from gis.types import F8
from layers.units import convert, unit_of

__all__ = [
    "AreaSource",
    "Closure",
    "ParcelAreas",
    "close_on_county",
    "net_areas",
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

    def of(self, rows: npt.NDArray[np.bool_]) -> ParcelAreas:
        """The areas of some of the outlines."""
        return ParcelAreas(
            self.net_m2[rows], self.gross_m2[rows], self.ridge_m2[rows], self.source
        )

    def scaled(self, share: F8) -> ParcelAreas:
        """The areas of a share of each outline, 0 to 1."""
        return ParcelAreas(
            self.net_m2 * share, self.gross_m2 * share, self.ridge_m2 * share, self.source
        )


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


def without_negatives(parcels: pd.DataFrame, ellipsoidal_m2: F8) -> pd.DataFrame:
    """The table with the area of the outline where a few areas are negative.

    More than a few are a wrong column, which `net_areas` refuses. Acceptance names the parcels.

    Examples
    --------
    >>> t = pd.DataFrame({"tbmj_m2": [100.0] * 30 + [-1.0]})
    >>> float(without_negatives(t, np.full(31, 99.0))["tbmj_m2"].iloc[30])
    99.0
    """
    given = {n: _column(parcels, n) for n in ("tbmj_m2", "tbdlmj_m2", "kcmj_m2")}
    known = {n: v for n, v in given.items() if v is not None}
    wrong = np.zeros(len(parcels), dtype=bool)
    for values in known.values():
        wrong |= values < 0
    most = read_toml("layers.open", "acceptance.toml")["negative"]["few_frac"]
    if not wrong.any() or wrong.sum() > most * len(parcels):
        return parcels
    out = parcels.copy()
    for name, values in known.items():
        out[name] = np.where(wrong, 0.0 if name == "kcmj_m2" else ellipsoidal_m2, values)
    return out


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
