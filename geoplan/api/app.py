# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""Questions of other programs to one plan: check, explain, sites, targets."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from pydantic import Field

from geoplan.api import work
from geoplan.api.address import (
    COMPUTED,
    Ask,
    Boundary,
    Name,
    Word,
    asker,
    described,
    json_text,
    language,
    only_known,
    sent_boundary,
)
from geoplan.api.body import JsonRoute
from geoplan.api.brought import written
from geoplan.api.desk import Desk
from geoplan.api.faults import RefusedRequest, say_faults
from geoplan.api.places import Places
from geoplan.api.register import register_answers
from geoplan.serve.gate import Gate, House
from geoplan.summary import PlanPart, RunPart, WarningPart
from gis.say import say
from layers.answers.answer import TargetAnswer
from layers.spec import Outcome
from siting.check.explain import Explanation
from siting.check.reports import CheckReport
from siting.connection.capacity import Capacity

__all__ = ["BODY_BYTES", "create_api"]

BODY_BYTES = 8 << 20  # 100,000 corners as text are 5 MB
_T = "geoplan.api"

Tech = Literal["pv", "wind", "afforest", "wetland", "grass"]
Project = Literal["", "new", "expansion", "repower", "village"]
SiteId = Annotated[str, Path(max_length=60)]


class PlanAnswer(Outcome):
    """What is asked about."""

    plan: PlanPart
    run: RunPart
    warnings: tuple[WarningPart, ...] = ()
    capacity: Capacity | None = Field(
        None, description="of all sites: unconditional, with approvals, with grid; AC and DC"
    )


class TargetsAnswer(PlanAnswer):
    """Every target of the plan in its order."""

    targets: tuple[TargetAnswer, ...]


class SitesAnswer(PlanAnswer):
    """Sites as a GeoJSON FeatureCollection (RFC 7946) with what they rest on."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[dict[str, Any], ...]


def create_api(
    desk: Desk,
    token: str,
    lang: str,
    house: House | None = None,
    writing: str = "",
    *,
    places: Places,
) -> Gate:
    """The service of one plan.

    Parameters
    ----------
    desk : Desk
    token : str
        Every request carries it in a header; compared in constant time.
    lang : {"zh", "en"}
        Of the description, and of answers to those who ask for no language (``lang`` in the
        address, or the header ``Accept-Language``).
    house : House, optional
        Who is let in; requests to this machine, 120 a minute, when not given.
    writing : str
        The token of those who may also write into the register; nobody may when empty.
    places : Places
        Where is computed; ended by the caller.

    Returns
    -------
    Gate

    Raises
    ------
    ConfigError
        When the plan cannot be read.
    """
    plan = desk.plan().plan
    about = [say(f"{_T}.about")(lang)]
    if plan.synthetic:
        about.append(say(f"{_T}.synthetic")(lang))
    app = FastAPI(
        title=say(f"{_T}.title", plan=plan.title(lang))(lang),
        description=" ".join(about),
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        # the gate has looked at the token already: here it is described
        dependencies=[
            Depends(HTTPBearer(auto_error=False)),
            Depends(language),
            Depends(only_known),
        ],
    )
    app.router.route_class = JsonRoute
    say_faults(app, lang)
    ask = asker(places, work.Home(desk.path, desk.out, desk.register))
    _answers(app, desk, lang, ask)
    register_answers(app, desk, lang, ask)
    house = house or House(link=False, per_minute=120, body_bytes=BODY_BYTES, body_s=30.0)
    return Gate(app, token=token, lang=lang, house=house, writing=writing)


def _answers(app: FastAPI, desk: Desk, lang: str, ask: Ask) -> None:
    def head() -> PlanAnswer:
        found = desk.run().summary
        return PlanAnswer(
            plan=found.plan,
            run=found.run,
            warnings=found.warnings,
            capacity=None if found.connection is None else found.connection.capacity,
        )

    def sites_of(site_id: str = "") -> Response:
        frame = desk.sites()
        if frame is None:
            raise RefusedRequest(404, say(f"{_T}.no_sites"))
        if site_id:
            frame = frame[frame["site_id"].astype(str) == site_id]
            if frame.empty:
                raise RefusedRequest(404, say(f"{_T}.no_such_site"), got=site_id)
        found = json.loads(frame.to_json(drop_id=True, na="null"))["features"]
        return json_text(SitesAnswer(**dict(head()), features=tuple(found)))

    @app.get("/v1/plan", **described("plan", PlanAnswer, lang))
    def plan() -> Response:
        return json_text(head())

    @app.post(
        "/v1/check",
        **described("check", CheckReport, lang, 413, 415, COMPUTED, body=True),
    )
    def check(
        request: Request,
        sent: Annotated[Boundary, Depends(sent_boundary)],
        tech: Tech = "pv",
        project: Project = "",
        crs: Word = "",
        encoding: Word = "",
        name: Name = "",
    ) -> Response:
        with written(sent.body, sent.kind, name) as path:
            request.state.kept = (path,)
            return ask(work.check, path, tech, crs, encoding, project)

    @app.get("/v1/explain", **described("explain", Explanation, lang, COMPUTED))
    def explain(
        lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
        lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    ) -> Response:
        return ask(work.explain, lon, lat)

    @app.get("/v1/sites", **described("sites", SitesAnswer, lang, 404))
    def sites() -> Response:
        return sites_of()

    @app.get("/v1/sites/{site_id}", **described("site", SitesAnswer, lang, 404))
    def site(site_id: SiteId) -> Response:
        return sites_of(site_id)

    @app.get("/v1/targets", **described("targets", TargetsAnswer, lang))
    def targets() -> Response:
        return json_text(
            TargetsAnswer(**dict(head()), targets=desk.run().summary.targets or ())
        )
