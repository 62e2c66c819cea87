"""Yield of wind sites and of a drawn area: one turbine type in rows, with its wakes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.errors import DataError, ModelError
from gis.prepared import points_inside, prepared
from gis.say import say
from layers.plan.model import Plan
from layers.result import Warn, read_layer
from siting.screen.section import ScreeningSection
from siting.wind.farm import farm_rose, farm_yield
from siting.wind.greenfield.area import in_county
from siting.wind.inputs import distinct, plan_weather, user_turbines
from siting.wind.machine.generic import machine_words
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.hub import hub_series
from siting.wind.resource.sources import sources_at, wind_source_spread_frac
from siting.wind.section import WindSection
from siting.wind.terrain import flow_of

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.weather import Weather
    from siting.wind.farm import FarmYield

__all__ = ["RowsYield", "area_yield", "rows_in", "site_yields"]

Float = NDArray[np.float64]

_SHIFTS = 4  # places of the first turbine that are tried, along each axis
_MOST = 150
_SAME_M = 0.5  # sizes are written in whole metres


def rows_in(
    shape: BaseGeometry, along_m: float, across_m: float, direction_deg: float
) -> tuple[Float, Float]:
    """Places in rows inside a shape, the most of several shifts of the pattern.

    Parameters
    ----------
    along_m, across_m
        Distances along and across the main wind [m].
    direction_deg
        Where the main wind comes from.

    Returns
    -------
    x_m, y_m : (n,) float
        Every second row stands half a step aside.

    Examples
    --------
    >>> x, y = rows_in(shapely.box(0, 0, 1000, 1000), 500.0, 300.0, 270.0)
    >>> len(x)
    7
    """
    centre = shapely.get_coordinates(shape.centroid)[0]
    turn = np.deg2rad(270.0 - direction_deg)
    c, s = np.cos(turn), np.sin(turn)
    west, south, east, north = shape.bounds
    reach = float(np.hypot(east - west, north - south)) / 2
    rows, columns = int(reach / along_m) + 2, int(reach / across_m) + 2
    i, j = np.meshgrid(np.arange(-rows, rows + 1), np.arange(-columns, columns + 1))
    a0 = i.ravel() * along_m
    b0 = (j.ravel() + 0.5 * (i.ravel() % 2)) * across_m
    shape = prepared(shape)
    best = (np.zeros(0), np.zeros(0))
    for da in np.arange(_SHIFTS) / _SHIFTS * along_m:
        for db in np.arange(_SHIFTS) / _SHIFTS * across_m:
            a, b = a0 + da, b0 + db
            x = centre[0] + a * c - b * s
            y = centre[1] + a * s + b * c
            inside = points_inside(shape, x, y)
            if int(inside.sum()) > len(best[0]):
                best = (x[inside], y[inside])
    return best


@dataclass(frozen=True, eq=False)
class RowsYield:
    """Turbines of one type in staggered rows on a piece of land, and what they yield.

    Attributes
    ----------
    turbines
        Their number.
    held
        How many would stand in rows there; of more than are computed, some are left out.
    warnings
        Of the wind there, of the farm, and of land that was left out.
    """

    machine: Turbine
    turbines: int
    result: FarmYield
    warnings: tuple[Warn, ...] = ()
    held: int = 0

    @property
    def capacity_mw(self) -> float:
        """Rated power of all of them [MW]."""
        return self.turbines * self.machine.rated_kw / 1000.0

    def row(self) -> dict[str, object]:
        """Figures of the plant, as the table of the sites has them."""
        p50 = self.result.levels.life[50]
        return {
            "turbine": self.machine.id,
            "turbines": self.turbines,
            "capacity_mw": self.capacity_mw,
            "mean_speed_m_s": float(self.result.speed_m_s.mean()),
            "wake_loss_frac": self.result.farm_wake_loss_frac,
            "p50_mwh_yr": p50,
            "p90_mwh_yr": self.result.levels.life[90],
            "full_load_hours_h": p50 / self.capacity_mw,
        }


def _rows(
    section: WindSection, machine: Turbine, direction_deg: float, shape: BaseGeometry
) -> tuple[Float, Float]:
    # a piece of land the rotor does not fit above holds no turbine
    if shape.area < np.pi / 4 * machine.rotor_m**2:
        return np.zeros(0), np.zeros(0)
    return rows_in(
        shape,
        section.site_spacing_main_d * machine.rotor_m,
        section.site_spacing_cross_d * machine.rotor_m,
        direction_deg,
    )


def _yield_at(
    plan: Plan,
    section: WindSection,
    weather: Weather,
    machine: Turbine,
    xy: tuple[Float, Float],
) -> RowsYield:
    means, faster, more = flow_of(plan, section, weather, *xy, machine.hub_m)
    spread = wind_source_spread_frac(sources_at(plan, section, weather, machine, *xy))
    result = farm_yield(
        *xy, machine, weather, section,
        mean_speed_m_s=means, speedups=faster, source_spread_frac=spread,
    )  # fmt: skip
    return RowsYield(machine, len(xy[0]), result, (*more, *result.warnings))


def _thinned(x: Float, y: Float, n: int) -> tuple[Float, Float]:
    keep = np.linspace(0, len(x) - 1, n).round().astype(int)
    return x[keep], y[keep]


def area_yield(plan: Plan, area: BaseGeometry, where: str) -> RowsYield:
    """What turbines in rows on the whole of an area would yield, in seconds.

    The same sketch as of the sites of a run; the rules are not asked, so nothing is screened.

    Parameters
    ----------
    area : geometry
        In the plan CRS.
    where : str
        What the area is called in a refusal.

    Raises
    ------
    DataError
        When the plan has no wind or names no turbine.
    ModelError
        When the area lies outside the county or holds no turbine.
    """
    section = plan.section(WindSection)
    name = section.site_turbine or section.map_turbine
    weather = plan_weather(plan, section)
    if weather is None or not name:
        raise DataError(say("siting.wind.no_weather"), where="[wind.weather]")
    cut, told = in_county(plan, area, where)
    machine = library_turbine(name, user_turbines(plan, section))
    rose, _ = farm_rose(hub_series(weather, machine.hub_m, section))
    x, y = _rows(section, machine, rose.main_direction_deg, cut)
    if not len(x):
        raise ModelError(
            say("siting.wind.area_too_small", rotor_m=machine.rotor_m),
            where=where,
            todo=say("siting.wind.draw_larger"),
        )
    held = len(x)
    if held > _MOST:
        text = say("siting.wind.area_holds_more", n=held, most=_MOST)
        told = [*told, Warn("wind_area_most", text, where)]
        x, y = _thinned(x, y, _MOST)
    found = _yield_at(plan, section, weather, machine, (x, y))
    warnings = tuple(distinct([*told, *other_machine(plan, machine), *found.warnings]))
    return RowsYield(machine, found.turbines, found.result, warnings, held)


def other_machine(plan: Plan, machine: Turbine) -> list[Warn]:
    """That the yield is of another machine than the one distances are kept for.

    The plan gives hub height and rotor of a turbine for the distances of the law; without its
    power curve these yield nothing, so a machine of the library stands in for it.
    """
    meant = plan.section(ScreeningSection)
    hub, rotor = meant.hub_height_m, meant.rotor_diameter_m
    if hub is None or rotor is None:
        return []
    if abs(hub - machine.hub_m) < _SAME_M and abs(rotor - machine.rotor_m) < _SAME_M:
        return []
    text = say(
        "siting.wind.other_machine",
        hub_m=hub,
        rotor_m=rotor,
        machine=machine_words(machine.id),
        own_hub_m=machine.hub_m,
        own_rotor_m=machine.rotor_m,
    )
    return [Warn("wind_other_machine", text)]


def site_yields(
    plan: Plan, section: WindSection, weather: Weather | None, work: Path
) -> tuple[pd.DataFrame, list[Warn]]:
    """P50 and P90 of every wind site an earlier step left in `work`.

    A sketch for ranking: turbines of one type in staggered rows within the site, no more
    than its capacity where it has one (screening gives PV sites alone a capacity by their
    area), local wind of the atlas, wakes of every hour; no noise, no roads.

    Returns
    -------
    table, warnings
        Empty without sites, weather or a turbine.
    """
    sites = _sites(work)
    name = section.site_turbine or section.map_turbine
    if sites is None or not len(sites):
        return pd.DataFrame(), []
    if weather is None or not name:
        return pd.DataFrame(), [Warn("wind_sites_no_weather", say("siting.wind.sites_bare"))]
    machine = library_turbine(name, user_turbines(plan, section))
    rose, _ = farm_rose(hub_series(weather, machine.hub_m, section))
    rows: list[dict[str, object]] = []
    warnings = other_machine(plan, machine)
    small: list[str] = []
    for site in sites.itertuples(index=False):
        x, y = _rows(section, machine, rose.main_direction_deg, site.geometry)
        held = min(len(x), _most(float(site.capacity_mw), machine.rated_kw))
        n = min(held, _MOST)
        if n < 1:
            small.append(str(site.site_id))
            continue
        if held > n:
            where = str(site.site_id)
            text = say("siting.wind.site_holds_more", site=where, n=held, most=_MOST)
            warnings.append(Warn("wind_site_most", text, where))
        made = _yield_at(plan, section, weather, machine, _thinned(x, y, n))
        warnings += made.warnings
        rows.append({"site_id": str(site.site_id), **made.row()})
    if rows:
        warnings.append(
            Warn(
                "wind_sites_rows",
                say(
                    "siting.wind.sites_in_rows", n=len(rows), turbine=machine_words(machine.id)
                ),
            )
        )
    if small:
        text = say(
            "siting.wind.sites_too_small", n=len(small), turbine=machine_words(machine.id)
        )
        warnings.append(Warn("wind_sites_small", text))
    return pd.DataFrame(rows), warnings


def _most(capacity_mw: float, rated_kw: float) -> int:
    """Turbines of a capacity; of a site that has none stated, no limit."""
    if not capacity_mw > 0:
        return sys.maxsize
    return int(capacity_mw * 1000.0 / rated_kw + 1e-9)


def _sites(work: Path) -> gpd.GeoDataFrame | None:
    """Wind sites of the run; None where no step has looked for any."""
    if not (work / "steps" / "sites").is_dir():
        return None
    sites = read_layer(work, "sites")
    return sites[sites["tech"] == "wind"]
