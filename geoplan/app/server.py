# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""The workspace over HTTP: pages, projects, jobs, files; the map of each run under it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from geoplan.app.assets import asset, page
from geoplan.app.beside import drop_imagery, take_boundary, take_imagery, take_weather
from geoplan.app.bundle import bundled, is_bundle
from geoplan.app.columns import columns_of, map_layer
from geoplan.app.desk import (
    ProjectView,
    RunRow,
    SpaceView,
    ask_job,
    begin_project,
    files_of_run,
    job_with_log,
    project_view,
    run_rows,
    space_view,
)
from geoplan.app.edit import set_up
from geoplan.app.entry import EntryTold
from geoplan.app.folders import (
    FolderView,
    drop_template,
    folder_view,
    put_piece,
    take_template,
)
from geoplan.app.forms.keep import EntryGiven, FormsView, drop, forms_view, keep
from geoplan.app.ground import Ground, ground_of
from geoplan.app.jobs import Job, ask_to_stop, jobs_of
from geoplan.app.look import Looks
from geoplan.app.messages import (
    ColumnsAsked,
    EntryAsked,
    FactsAsked,
    FileAsked,
    JobAsked,
    MappingAsked,
    NewProject,
    SettingsAsked,
    SourceAsked,
    ValueAsked,
    ZoneAsked,
)
from geoplan.app.parameters import set_parameter
from geoplan.app.registered import RegisterView, enter, register_view
from geoplan.app.remedies import page_error, remedied
from geoplan.app.table import say_absent, say_facts, take_file
from geoplan.app.weights import (
    PreferenceView,
    WeightsAsked,
    preference_view,
    save_pairs,
    weighed,
)
from geoplan.app.workspace import Workspace, below
from geoplan.app.zones import add_drawn, add_file, drop_zone, zone_faults_of, zone_shapes_ll
from geoplan.plan_file import load_plan
from geoplan.serve.gate import Gate, House
from geoplan.serve.refusals import say_refusals
from gis.say import both, say, texts_of
from gis.singular import forms_at_one
from layers.open.county import county_boundary_ll
from layers.recognise.counties import County, counties_like

__all__ = ["PIECE_BYTES", "create_app"]

PIECE_BYTES = 4 << 20
_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
# a document of a run is opened where the page is: it may send nothing anywhere
_DOCUMENT = "connect-src 'none'; form-action 'none'; frame-ancestors 'none'"
_SHOWN = {".html", ".pdf", ".png", ".svg", ".txt", ".json"}
Mark = Annotated[str, Query(max_length=40)]
Path1000 = Annotated[str, Query(max_length=1000)]
Scope = MutableMapping[str, Any]


def create_app(space: Workspace, token: str, lang: str) -> Gate:
    """The workspace app.

    Parameters
    ----------
    space : Workspace
    token : str
        Every request carries it.
    lang : {"zh", "en"}
        The language the page opens in.

    Returns
    -------
    Gate
    """
    app = FastAPI(title="geoplan", docs_url=None, redoc_url=None, openapi_url=None)
    places = {p for r in (space.folder, *space.roots) for p in (r, r.resolve())}
    say_refusals(app, lang, sorted(places, key=lambda p: -len(str(p))), page_error)
    looks = Looks(space, token, lang)
    _pages(app, token, lang)
    _space(app, space)
    _projects(app, space)
    _jobs(app, space)
    _files(app, space)

    async def whole(scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        # the map of a run is an app of its own
        handler = app
        if scope["type"] == "http" and scope["path"].startswith("/look/"):
            handler = looks
        await handler(scope, receive, send)

    house = House(body_bytes=PIECE_BYTES + (1 << 16), body_s=60.0)
    return Gate(whole, token=token, lang=lang, house=house)


def _pages(app: FastAPI, token: str, lang: str) -> None:
    @app.get("/")
    def front() -> HTMLResponse:
        return HTMLResponse(page(token, lang), headers={"content-security-policy": _PAGE})

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        found = asset(name)
        if found is None:
            return Response(status_code=404)
        body, kind = found
        return Response(body, media_type=kind)

    @app.get("/api/words")
    def words() -> dict[str, dict[str, str]]:
        texts = texts_of("geoplan.app")
        ones = forms_at_one({k: v["en"] for k, v in texts.items()})
        return texts | {
            k: {"zh": texts[k.partition("#")[0]]["zh"], "en": en} for k, en in ones.items()
        }


def _space(app: FastAPI, space: Workspace) -> None:
    @app.get("/api/space")
    def view() -> SpaceView:
        return space_view(space)

    @app.get("/api/counties")
    def counties(q: Annotated[str, Query(max_length=60)]) -> list[dict[str, str]]:
        return [_county(c) for c in counties_like(q)]

    @app.get("/api/folders")
    def folders(root: int, path: Path1000 = "") -> FolderView:
        return folder_view(space, root, path)

    @app.post("/api/projects")
    def new(asked: NewProject) -> dict[str, str]:
        project, job = begin_project(space, asked)
        return {"project": project.name, "job": job}

    @app.post("/api/empty")
    def empty(name: Annotated[str, Query(min_length=1, max_length=60)]) -> dict[str, str]:
        project = space.new_project(name)
        project.jobs.mkdir(parents=True)
        return {"project": project.name}


def _county(county: County) -> dict[str, str]:
    shown = say(
        "layers.recognise.county",
        adcode=county.adcode,
        name=county.name,
        city="" if county.city == county.province else county.city,
        province=county.province,
    )
    return {"adcode": county.adcode, "name": county.name, "zh": shown("zh"), "en": shown("en")}


def _projects(app: FastAPI, space: Workspace) -> None:
    @app.get("/api/projects/{name}")
    def view(name: str) -> ProjectView:
        return project_view(space.project(name))

    @app.put("/api/projects/{name}/data")
    async def bring(
        name: str,
        request: Request,
        path: Path1000,
        offset: Annotated[int, Query(ge=0)],
        total: Annotated[int, Query(ge=0)],
    ) -> dict[str, int]:
        piece = await request.body()
        return {"held": put_piece(space.project(name), path, offset, piece, total)}

    @app.put("/api/projects/{name}/template")
    async def template(
        name: str, request: Request, file: Annotated[str, Query(max_length=200)]
    ) -> dict[str, bool]:
        content = await request.body()
        await asyncio.to_thread(take_template, space.project(name), file, content)
        return {"done": True}

    @app.delete("/api/projects/{name}/template")
    def no_template(name: str) -> dict[str, bool]:
        drop_template(space.project(name))
        return {"done": True}

    @app.post("/api/projects/{name}/columns")
    def columns(name: str, asked: ColumnsAsked) -> JSONResponse:
        return JSONResponse(
            columns_of(space.project(name), asked.layer, asked.column, asked.field)
        )

    @app.post("/api/projects/{name}/layers/{layer}/mapping")
    def mapping(name: str, layer: str, asked: MappingAsked) -> EntryTold:
        return map_layer(space.project(name), layer, asked.fields, asked.values, asked.mark)

    @app.post("/api/projects/{name}/layers/{layer}/source")
    def source(name: str, layer: str, asked: SourceAsked) -> EntryTold:
        project = space.project(name)
        if asked.path:
            return take_file(project, layer, asked.path, asked.table, asked.mark)
        say_absent(project, layer, asked.absent.strip(), asked.mark)
        return {"faults": {}, "rest": [], "told": [], "written": True}

    @app.post("/api/projects/{name}/layers/{layer}/facts")
    def facts(name: str, layer: str, asked: FactsAsked) -> EntryTold:
        day, whole = asked.date.strip(), asked.complete
        told = say_facts(space.project(name), layer, day, complete=whole, mark=asked.mark)
        return {"faults": {}, "rest": [], "told": told, "written": True}

    @app.post("/api/projects/{name}/values")
    def value(name: str, asked: ValueAsked) -> dict[str, bool]:
        set_parameter(space.project(name), asked.key, asked.value, asked.was)
        return {"done": True}

    @app.post("/api/projects/{name}/boundary")
    def boundary(name: str, asked: SourceAsked) -> dict[str, bool]:
        take_boundary(space.project(name), asked.path, asked.table, asked.mark)
        return {"done": True}

    @app.post("/api/projects/{name}/weather")
    def weather(name: str, asked: FileAsked) -> dict[str, bool]:
        take_weather(space.project(name), asked.path, asked.mark)
        return {"done": True}

    @app.post("/api/projects/{name}/imagery")
    def imagery(name: str, asked: FileAsked) -> dict[str, bool]:
        take_imagery(space.project(name), asked.path)
        return {"done": True}

    @app.delete("/api/projects/{name}/imagery")
    def no_imagery(name: str, path: Path1000) -> dict[str, bool]:
        drop_imagery(space.project(name), path)
        return {"done": True}

    @app.post("/api/projects/{name}/settings")
    def settings(name: str, asked: SettingsAsked) -> dict[str, bool]:
        set_up(space.project(name), asked)
        return {"done": True}

    @app.get("/api/projects/{name}/preference")
    def preference(name: str) -> PreferenceView:
        return preference_view(load_plan(space.project(name).plan))

    @app.post("/api/projects/{name}/preference/weights")
    def weights(name: str, asked: WeightsAsked) -> JSONResponse:
        return JSONResponse(weighed(load_plan(space.project(name).plan), asked))

    @app.post("/api/projects/{name}/preference")
    def prefer(name: str, asked: WeightsAsked) -> dict[str, bool]:
        save_pairs(space.project(name), asked)
        return {"done": True}

    @app.get("/api/projects/{name}/forms")
    def lists(name: str) -> FormsView:
        return forms_view(space.project(name))

    @app.post("/api/projects/{name}/forms/{form}")
    def entry(name: str, form: str, asked: EntryGiven) -> EntryTold:
        return keep(space.project(name), form, asked)

    @app.delete("/api/projects/{name}/forms/{form}/{index}")
    def no_entry(name: str, form: str, index: int, mark: Mark) -> dict[str, bool]:
        drop(space.project(name), form, index, mark)
        return {"done": True}

    @app.get("/api/projects/{name}/shapes")
    def shapes(name: str) -> JSONResponse:
        import shapely

        plan = load_plan(space.project(name).plan)
        county = shapely.geometry.mapping(county_boundary_ll(plan))
        shown = {"county": county, "zones": zone_shapes_ll(plan)}
        return JSONResponse({**shown, "faults": zone_faults_of(plan)})

    @app.get("/api/projects/{name}/ground")
    def ground(name: str) -> Ground:
        project = space.project(name)
        return ground_of(project, load_plan(project.plan))

    @app.post("/api/projects/{name}/zones")
    def zone(name: str, asked: ZoneAsked) -> dict[str, str]:
        project = space.project(name)
        title, english = asked.title, asked.title_en.strip()
        if asked.file:
            return {"zone": add_file(project, title, asked.purpose, asked.file, english)}
        return {"zone": add_drawn(project, title, asked.purpose, asked.ring, english)}

    @app.delete("/api/projects/{name}/zones/{zone_id}")
    def no_zone(name: str, zone_id: str) -> dict[str, bool]:
        drop_zone(space.project(name), zone_id)
        return {"done": True}


def _jobs(app: FastAPI, space: Workspace) -> None:
    @app.get("/api/projects/{name}/jobs")
    def all_jobs(name: str) -> list[Job]:
        return jobs_of(space.project(name))

    @app.post("/api/projects/{name}/jobs")
    def start(name: str, asked: JobAsked) -> dict[str, str]:
        return {"job": ask_job(space, space.project(name), asked)}

    @app.get("/api/projects/{name}/jobs/{number}")
    def one(name: str, number: str) -> Job:
        return job_with_log(space.project(name), number)

    @app.post("/api/projects/{name}/jobs/{number}/stop")
    def stop(name: str, number: str) -> dict[str, bool]:
        ask_to_stop(space.project(name), number)
        return {"asked": True}

    @app.get("/api/projects/{name}/runs")
    def runs(name: str) -> list[RunRow]:
        return run_rows(space.project(name))

    @app.get("/api/projects/{name}/runs/{number}/files")
    def files(name: str, number: str) -> list[dict[str, object]]:
        return files_of_run(space.project(name), number)

    @app.get("/api/projects/{name}/register")
    def registered(name: str) -> RegisterView:
        return register_view(space.project(name))

    @app.post("/api/projects/{name}/register")
    def entry(name: str, asked: EntryAsked) -> dict[str, object]:
        written, told = enter(space.project(name), asked)
        return {"written": written, "told": [both(t) for t in told]}

    @app.get("/api/projects/{name}/doctor")
    def doctor(name: str) -> JSONResponse:
        project = space.project(name)
        out: dict[str, object] = {"found": None, "places": None}
        for key, path in (
            ("found", project.folder / "doctor" / "doctor.json"),
            ("places", project.own / "doctor_places.json"),
        ):
            if path.is_file():
                out[key] = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(out["found"], dict):
            out["found"] = remedied(out["found"], load_plan(project.plan))
        return JSONResponse(out)


def _files(app: FastAPI, space: Workspace) -> None:
    @app.get("/files/{name}/{path:path}")
    def file(name: str, path: str, save: bool = False) -> Response:  # noqa: FBT001, FBT002
        project = space.project(name)
        found = below(project.folder, path)
        hidden = any(p.startswith(".") for p in Path(path).parts)
        if hidden or not (found.is_file() or is_bundle(found)):
            return Response(status_code=404)
        if is_bundle(found):
            name = "".join(f"%{b:02X}" for b in f"{found.name}.zip".encode())
            kept = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
            return Response(bundled(found), media_type="application/zip", headers=kept)
        shown = found.suffix.lower() in _SHOWN and not save
        headers = {"content-security-policy": _DOCUMENT}
        return FileResponse(
            found,
            filename=found.name,
            content_disposition_type="inline" if shown else "attachment",
            headers=headers,
        )
