# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""Questions asked on the map: why here, what a boundary takes, what a drawn area yields."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NotRequired

from fastapi import FastAPI, Query, Request
from pydantic import Field
from typing_extensions import TypedDict

from geoplan.api.brought import written
from geoplan.report.overlap import overlap_lines, write_overlap
from geoplan.serve.drawn_yield import drawn_yield
from geoplan.serve.working import Working
from gis.errors import ConfigError
from gis.say import Lang, say
from layers.open.contradiction import refuse_contradictions
from layers.open.county import plan_crs
from layers.plain_json import JsonObject
from layers.plan.model import Plan
from layers.spec import Frozen
from siting.check.boundary import check_boundary
from siting.check.explain import explain_point, explanation_lines

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

__all__ = ["answer_questions"]

_T = "geoplan.serve"
_AT_ONCE = 2
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
    outline
        Of a boundary that was brought in: GeoJSON in longitude and latitude, to be drawn.
    """

    lines: list[str]
    warnings: list[str]
    area_ha: float | None
    files: NotRequired[list[str]]
    outline: NotRequired[JsonObject]


def _shape(asked: RingAsked) -> Polygon:
    """The area that was drawn.

    Raises
    ------
    ConfigError
        When its sides cross or it has no area.
    """
    import shapely

    shape = shapely.Polygon(asked.ring)
    if shape.is_empty or not shape.is_valid or shape.area == 0:
        raise ConfigError(say(f"{_T}.no_ring"), todo=say(f"{_T}.draw_again"))
    return shape


def _ring(asked: RingAsked) -> JsonObject:
    """The area as a GeoJSON feature."""
    import shapely

    shape = _shape(asked)
    found: JsonObject = {
        "type": "Feature",
        "properties": {},
        "geometry": json.loads(shapely.to_geojson(shape)),
    }
    return found


def _drawn(land: BaseGeometry, plan: Plan) -> JsonObject:
    """A boundary as the map draws it: GeoJSON, WGS 84."""
    import geopandas as gpd
    import shapely

    shape = gpd.GeoSeries([land], crs=plan_crs(plan)).to_crs(4326).iloc[0]
    found: JsonObject = json.loads(shapely.to_geojson(shape))
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
        told: Told = {
            "lines": lines,
            "warnings": [],
            "area_ha": found.area_m2 / 1e4,
            "files": files,
        }
        if not drawn:
            told["outline"] = _drawn(found.outline.land, plan)
        return told

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
            found = drawn_yield(plan, _shape(asked), asked.tech, lang)
        return {
            "lines": [line(lang) for line in found.lines],
            "warnings": [w.text(lang) for w in found.warnings],
            "area_ha": found.area_ha,
        }
