"""What the whole of a drawn area would yield: PV at its middle, turbines in rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from geoplan.lender.energy_lines import assessment_lines
from gis.cells.area import polygon_area_m2, to_ha
from gis.errors import ConfigError
from gis.say import Lang, Sentence, say
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from layers.result import Warn
from layers.units import MU_PER_HA, to_figures
from siting.pv.study.one_site import MOST_MW, SiteChoice, assess_one
from siting.sites.section import SitesSection
from siting.wind.greenfield.area import in_county
from siting.wind.machine.generic import machine_words
from siting.wind.section import WindSection
from siting.wind.site_yields import area_yield

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["DrawnYield", "drawn_yield"]

_T = "geoplan.serve"
_GWH = 1000.0
_LEAST_HA = 0.01  # the least area the page can print
_NO_FIGURES = ("turbine", "turbines", "capacity_mw", "p50_mwh_yr", "p90_mwh_yr")


@dataclass(frozen=True, eq=False)
class DrawnYield:
    """The answer for a drawn area.

    Attributes
    ----------
    area_ha
        What was counted: the part in the county.
    """

    lines: tuple[Sentence, ...]
    warnings: tuple[Warn, ...]
    area_ha: float


def drawn_yield(plan: Plan, drawn: BaseGeometry, tech: str, lang: Lang) -> DrawnYield:
    """What the part of a drawn area that lies in the county would yield, built on as a whole.

    Parameters
    ----------
    plan : Plan
    drawn : geometry
        Longitude and latitude.
    tech : str
        ``pv`` or ``wind``.
    lang : {"zh", "en"}
        Of the name the area has in a refusal.

    Raises
    ------
    ConfigError
        For a use that is no power, an area outside the county, too small or too large.
    """
    import geopandas as gpd

    by_use: Callable[[Plan, BaseGeometry, Sentence, float, str], _Told]
    if tech == "pv":
        by_use = _pv_yield
    elif tech == "wind":
        by_use = _wind_yield
    else:
        raise ConfigError(say(f"{_T}.no_yield"), todo=say(f"{_T}.choose_power"))
    crs = plan_crs(plan)
    whole = gpd.GeoSeries([drawn], crs="EPSG:4490").to_crs(crs).iloc[0]
    if whole.intersection(county_boundary(plan)).area <= 0:
        raise ConfigError(say(f"{_T}.yield_outside"), todo=say(f"{_T}.yield_draw_inside"))
    name = say(f"{_T}.drawn_area")(lang)
    cut, _ = in_county(plan, whole, name)  # what was cut off stands in the head
    drawn_ha, area_ha = (to_ha(float(m2)) for m2 in polygon_area_m2([whole, cut], crs))
    if area_ha < _LEAST_HA:
        raise ConfigError(
            say(f"{_T}.yield_small", ha=_LEAST_HA), todo=say("siting.wind.draw_larger")
        )
    lost_ha = drawn_ha - area_ha
    land = (
        say(f"{_T}.yield_land", ha=area_ha)
        if lost_ha < _LEAST_HA
        else say(
            f"{_T}.yield_land_cut",
            drawn=drawn_ha,
            ha=area_ha,
            lost=lost_ha,
            share=lost_ha / drawn_ha,
        )
    )
    lines, warnings = by_use(plan, cut, land, area_ha, name)
    return DrawnYield(lines, warnings, area_ha)


_Told = tuple[tuple[Sentence, ...], tuple[Warn, ...]]


def _pv_yield(
    plan: Plan, area: BaseGeometry, land: Sentence, area_ha: float, name: str
) -> _Told:
    import geopandas as gpd

    mu_per_mw = plan.section(SitesSection).mu_per_mw
    mw = area_ha * MU_PER_HA / mu_per_mw
    if mw > MOST_MW:
        raise ConfigError(
            say(f"{_T}.yield_large", ha=area_ha, mw=mw),
            expected=say(
                f"{_T}.yield_most", ha=MOST_MW * mu_per_mw / MU_PER_HA, mw=MOST_MW, mu=mu_per_mw
            ),
            todo=say(f"{_T}.yield_draw_smaller"),
        )
    middle = (
        gpd.GeoSeries([area.representative_point()], crs=plan_crs(plan)).to_crs(4326).iloc[0]
    )
    choice = SiteChoice(lonlat=(middle.x, middle.y), capacity_mw=mw)
    # a place of the county to the study, an area somebody drew to the reader
    found = replace(assess_one(plan, choice)[0], name=name)
    head = say(f"{_T}.yield_head", land=land, mu=mu_per_mw)
    return (head, *assessment_lines(found), say(f"{_T}.yield_note")), tuple(found.warnings)


def _wind_yield(
    plan: Plan,
    area: BaseGeometry,
    land: Sentence,
    area_ha: float,  # noqa: ARG001 - as of PV
    name: str,
) -> _Told:
    found = area_yield(plan, area, name)
    section, machine, own = plan.section(WindSection), found.machine, found.row()
    levels = found.result.levels.life
    count = (
        say(f"{_T}.wind_count", n=found.turbines)
        if found.held <= found.turbines
        else say(f"{_T}.wind_count_most", held=found.held, n=found.turbines)
    )
    head = say(
        f"{_T}.wind_head",
        land=land,
        count=count,
        mw=found.capacity_mw,
        machine=machine_words(machine.id),
        each_mw=machine.rated_kw / 1000.0,
        rotor_m=machine.rotor_m,
        hub_m=machine.hub_m,
        along=section.site_spacing_main_d,
        across=section.site_spacing_cross_d,
    )
    figures = say(
        f"{_T}.wind_yield",
        p50=to_figures(levels[50] / _GWH),
        p90=to_figures(levels[90] / _GWH),
        **{k: v for k, v in own.items() if k not in _NO_FIGURES},
    )
    return (head, figures, say(f"{_T}.wind_note")), found.warnings
