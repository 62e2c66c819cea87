# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""Questions asked on the map: why here, what a boundary takes, what a drawn area yields."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NotRequired

from fastapi import FastAPI, Query, Request
from pydantic import Field
from typing_extensions import TypedDict

from geoplan.api.brought import written
from geoplan.lender.energy_lines import assessment_lines
from geoplan.report.overlap import overlap_lines, write_overlap
from geoplan.serve.working import Working
from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError
from gis.say import Lang, Sentence, say
from layers.open.contradiction import refuse_contradictions
from layers.open.county import plan_crs
from layers.plain_json import JsonObject
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Frozen
from layers.units import MU_PER_HA
from siting.check.boundary import check_boundary
from siting.check.explain import explain_point, explanation_lines
from siting.pv.study.one_site import MOST_MW, SiteChoice, assess_one
from siting.sites.section import SitesSection
from siting.wind.greenfield.area import in_county
from siting.wind.machine.generic import machine_words
from siting.wind.section import WindSection
from siting.wind.site_yields import area_yield

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["answer_questions"]

_T = "geoplan.serve"
_AT_ONCE = 2
_DIGITS = 4  # of the energy of a sketch, which is uncertain by tens of per cent
_NO_FIGURES = ("turbine", "turbines", "capacity_mw")
Degree = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
Corner = tuple[
    Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)],
    Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)],
]
Kind = Literal["kml", "kmz", "geojson", "txt", "zip", "dxf", "gpkg", "xlsx", "csv"]
Tech = Literal["pv", "wind", "afforest", "wetland", "grass"]


class RingAsked(Frozen):
    """An area that was drawn: longitude and latitude of its corners, WGS 84."""

    ring: Annotated[list[Corner], Field(min_length=3, max_length=5000)]
    tech: Tech = "pv"


class Told(TypedDict):
    """An answer in lines, in the language of the page.

    Attributes
    ----------
    warnings
        What is to be known of the data behind it.
    files
        Of a check that is kept: below the folder of the run.
    """

    lines: list[str]
    warnings: list[str]
    area_ha: float | None
    files: NotRequired[list[str]]


def _ring(asked: RingAsked) -> JsonObject:
    """The area as a GeoJSON feature.

    Raises
    ------
    ConfigError
        When its sides cross or it has no area.
    """
    import shapely

    shape = shapely.Polygon(asked.ring)
    if shape.is_empty or not shape.is_valid or shape.area == 0:
        raise ConfigError(say(f"{_T}.no_ring"), todo=say(f"{_T}.draw_again"))
    found: JsonObject = {
        "type": "Feature",
        "properties": {},
        "geometry": json.loads(shapely.to_geojson(shape)),
    }
    return found


def answer_questions(
    app: FastAPI,
    plan: Plan,
    spoken: Callable[[Request], str],
    kept: Callable[[], Path] | None = None,
    working: Working | None = None,
) -> None:
    """Put the addresses of the questions into `app`.

    Parameters
    ----------
    app : FastAPI
    plan : Plan
    spoken : callable
        The language of a request.
    kept : callable, optional
        Makes the folder the files of one check are kept in, two levels below that of the run.
    working : Working, optional
        Is told what goes on.
    """
    works = working or Working()
    room = threading.BoundedSemaphore(_AT_ONCE)

    @contextmanager
    def computing(what: str) -> Iterator[None]:
        with works.at(say(f"{_T}.work_{what}")), room:
            yield

    @app.get("/api/explain")
    def explain(request: Request, lon: Degree, lat: Degree) -> Told:
        with computing("explain"):
            refuse_contradictions(plan)
            found = explain_point(plan, lon, lat)
        lines = explanation_lines(found, spoken(request), clear=False)
        return {"lines": lines, "warnings": [], "area_ha": None}

    def checked(
        request: Request, body: bytes, kind: str, name: str, tech: str, *, drawn: bool = False
    ) -> Told:
        with written(body, kind, name) as path, computing("check"):
            request.state.kept = path
            found = check_boundary(path, plan, tech, on_our_map=drawn)
            lines = list(overlap_lines(found, spoken(request)))
            files: list[str] = []
            if kept is not None:
                folder = kept()
                made = write_overlap(found, plan, folder, lang=spoken(request))
                files = [p.relative_to(folder.parents[1]).as_posix() for p in made]
        return {
            "lines": lines,
            "warnings": [],
            "area_ha": found.area_m2 / 1e4,
            "files": files,
        }

    @app.post("/api/check")
    async def check(
        request: Request,
        kind: Kind,
        tech: Tech = "pv",
        name: Annotated[str, Query(max_length=60, pattern=r"^[\w（）() .-]*$")] = "",
    ) -> Told:
        body = await request.body()
        return await asyncio.to_thread(checked, request, body, kind, name, tech)

    @app.post("/api/check-ring")
    def check_ring(request: Request, asked: RingAsked) -> Told:
        body = json.dumps({"type": "FeatureCollection", "features": [_ring(asked)]}).encode()
        name = say(f"{_T}.drawn_area")(spoken(request))
        return checked(request, body, "geojson", name, asked.tech, drawn=True)

    @app.post("/api/yield")
    def yields(request: Request, asked: RingAsked) -> Told:
        lang: Lang = "en" if spoken(request) == "en" else "zh"
        with computing("yield"):
            return _yield(plan, asked, lang)


def _yield(plan: Plan, asked: RingAsked, lang: Lang) -> Told:
    """What the whole of a drawn area would yield: PV at its middle, turbines in rows.

    Raises
    ------
    ConfigError
        For a use that is no power.
    """
    import geopandas as gpd
    import shapely

    if asked.tech not in ("pv", "wind"):
        raise ConfigError(say(f"{_T}.no_yield"), todo=say(f"{_T}.choose_power"))
    shape = shapely.from_geojson(json.dumps(_ring(asked)["geometry"]))
    drawn = gpd.GeoSeries([shape], crs="EPSG:4490").to_crs(plan_crs(plan)).iloc[0]
    where = say(f"{_T}.drawn_area")(lang)
    # of both uses the land in the county alone is counted
    inside, told = in_county(plan, drawn, where)
    shape = gpd.GeoSeries([inside], crs=plan_crs(plan)).to_crs("EPSG:4490").iloc[0]
    area_ha = float(polygon_area_m2([shape], "EPSG:4490")[0]) / 1e4
    if asked.tech == "wind":
        head, warnings = _wind_yield(plan, inside, area_ha, where)
    else:
        head, warnings = _pv_yield(plan, shape, area_ha, where)
    return {
        "lines": [line(lang) for line in head],
        "warnings": [w.text(lang) for w in (*told, *warnings)],
        "area_ha": area_ha,
    }


def _pv_yield(
    plan: Plan, shape: BaseGeometry, area_ha: float, where: str
) -> tuple[list[Sentence], Iterable[Warn]]:
    section = plan.section(SitesSection)
    middle = shape.representative_point()
    mw = area_ha * MU_PER_HA / section.mu_per_mw
    if mw > MOST_MW:
        raise ConfigError(
            say(f"{_T}.area_too_large"),
            where=where,
            got=say(f"{_T}.area_as_mw", ha=area_ha, mw=mw),
            expected=say(f"{_T}.most_mw", mw=MOST_MW),
            todo=say(f"{_T}.draw_smaller"),
        )
    choice = SiteChoice(lonlat=(middle.x, middle.y), capacity_mw=mw)
    # a place of the county to the study, an area somebody drew to the reader
    found = replace(assess_one(plan, choice)[0], name=where)
    head = say(f"{_T}.yield_head", ha=area_ha, mu=section.mu_per_mw)
    return [head, *assessment_lines(found), say(f"{_T}.yield_note")], found.warnings


def _wind_yield(
    plan: Plan, area: BaseGeometry, area_ha: float, where: str
) -> tuple[list[Sentence], Iterable[Warn]]:
    found = area_yield(plan, area, where)
    section, machine = plan.section(WindSection), found.machine
    figures = {k: v for k, v in found.row().items() if k not in _NO_FIGURES}
    for k in ("p50_mwh_yr", "p90_mwh_yr"):
        figures[k] = float(f"{figures[k]:.{_DIGITS}g}")
    return [
        say(
            f"{_T}.wind_head",
            ha=area_ha,
            n=found.turbines,
            mw=found.capacity_mw,
            machine=machine_words(machine.id),
            each_mw=machine.rated_kw / 1000.0,
            rotor_m=machine.rotor_m,
            hub_m=machine.hub_m,
            along=section.site_spacing_main_d,
            across=section.site_spacing_cross_d,
        ),
        say(f"{_T}.wind_yield", **figures),
        say(f"{_T}.wind_note"),
    ], found.warnings
