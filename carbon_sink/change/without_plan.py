"""Carbon between two dates from whatever holds the classes, without a plan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.conversion import Period, Planted
from carbon_sink.change.transitions import (
    ClassChange,
    Classes,
    class_change,
    matrix_of,
)
from carbon_sink.change.two_dates import StockChange, stock_change, waterfall
from carbon_sink.stock.choice import with_ambiguous
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.stock.pools import ClimateZone, choose_densities, require_choice
from carbon_sink.stock.uncertainty import Estimate
from gis.cells.grid import Grid

__all__ = ["CarbonChange", "carbon_change"]


@dataclass(frozen=True)
class CarbonChange:
    """What land became between two dates, and what that did to its carbon.

    Attributes
    ----------
    land
        Transitions [ha] and footprints.
    stock
        The change by pool and by part with its interval, and what it is a bound of.
    by_transition
        The table of `waterfall`: what each transition added or took [tC].
    """

    land: ClassChange
    stock: StockChange
    by_transition: pd.DataFrame

    @property
    def matrix(self) -> pd.DataFrame:
        """Rows before, columns after, with sums [ha]."""
        return matrix_of(self.land.transitions)

    @property
    def change_tc(self) -> Estimate | None:
        """Change of all carriers over the period [tC]; None where none is estimated."""
        return self.stock.stock_difference.get("total")

    @property
    def change_tco2(self) -> float:
        """The same as CO2 taken from the air (negative) or given to it [tCO2]."""
        total = self.change_tc
        return -total.value * constants()["co2_per_c"] if total else math.nan


def carbon_change(
    before: Classes,
    after: Classes,
    *,
    years: float,
    to_year: int = 0,
    planted: Planted = "start",
    classes: str = "ecosystem",
    cell_ha: float | npt.NDArray[np.float64] | None = None,
    grid: Grid | None = None,
    key: str = "parcel_id",
    tolerance_m: float = 2.0,
    soc_depth_cm: int = 30,
    climate_zone: ClimateZone = "cool_temperate_dry",
    coefficients: Coefficients | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> CarbonChange:
    """Carbon gained and lost between two dates, without a plan.

    Parameters
    ----------
    before, after : DataFrame, ndarray of int or path
        Parcels with outlines and ``ecosystem`` or ``code`` (GeoDataFrame), or tables of the
        same parcels by `key` with ``area_m2``; the later one with ``age_years`` or
        ``planted_year`` and ``species`` where known; arrays of class values of the same cells;
        or two class rasters.
    years : float
        Between the dates.
    to_year : int
        The later date, where parcels have a ``planted_year``.
    planted : {"start", "even", "end"}
        When land whose age is not known was converted: right after the earlier date (the
        oldest it can be), evenly over the years, or at the later date.
    classes : str
        ``"ecosystem"``, or the vocabulary of the codes (``"worldcover2021"``, ``"dlbm"`` ...).
    cell_ha : float or ndarray, optional
        Area of a cell, or of each cell, of the arrays [ha].
    grid : Grid, optional
        Grid in planar metres the rasters are brought onto.
    tolerance_m : float
        A change of outlines narrower than this is a boundary drawn twice [m].
    soc_depth_cm : {30, 100}
        Soil layer.
    climate_zone : str
        IPCC climate zone of soil carbon.
    coefficients : Coefficients, optional
        The bundled table by default.
    draws, seed : int
        Of the Monte Carlo interval.

    Returns
    -------
    CarbonChange

    Raises
    ------
    ConfigError
        A depth, zone, unit or class nobody knows; arrays without a cell area.
    DataError
        Arrays of different shapes, class values the vocabulary does not have.
    ModelError
        Dates that do not lie apart.

    Examples
    --------
    100 ha of irrigated field (33.11 tC/ha of soil) became other grassland (43.0), half of it
    in 10 of the 20 years soil takes:

    >>> a = pd.DataFrame({"parcel_id": ["p"], "ecosystem": ["cropland_irrigated"],
    ...                   "area_m2": [1e6]})
    >>> c = carbon_change(a, a.assign(ecosystem="grass_other"), years=10)
    >>> round(c.stock.stock_difference["soc"].value, 6)
    494.5
    >>> c.matrix.loc["cropland_irrigated", "grass_other"]
    np.float64(100.0)

    Two arrays of WorldCover values (30 grass, 40 crops, 60 bare), cells of 2 ha; grass is of
    several kinds here, so its density is an interval:

    >>> b, a = np.array([[40, 30]]), np.array([[30, 30]])
    >>> c = carbon_change(b, a, years=5, classes="worldcover2021", cell_ha=2.0)
    >>> float(c.stock.converted_ha), float(c.stock.known_ha)
    (2.0, 4.0)
    """
    require_choice(soc_depth_cm, climate_zone)
    land = class_change(
        before,
        after,
        classes=classes,
        cell_ha=cell_ha,
        grid=grid,
        key=key,
        tolerance_m=tolerance_m,
    )
    table = load_coefficients() if coefficients is None else coefficients
    choice, table = with_ambiguous(
        choose_densities(table, depth_cm=(0, soc_depth_cm), zone=climate_zone),
        table,
        land.ambiguous,
    )
    found = stock_change(
        land.transitions,
        choice,
        table,
        years=years,
        to_year=to_year,
        planted=planted,
        ambiguous=land.ambiguous,
        draws=draws,
        seed=seed,
    )
    period = Period(years, to_year, planted, {}, land.ambiguous)
    by = waterfall(land.transitions, choice, table, period, draws=draws, seed=seed)
    return CarbonChange(land, found, by)
