# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""Questions of other programs to one plan: check, explain, sites, targets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.responses import Response
from fastapi.security import HTTPBearer

from geoplan.api.brought import KINDS, kind_of, written
from geoplan.api.desk import Desk
from geoplan.api.faults import ApiFault, RefusedRequest, say_faults
from geoplan.serve.gate import Gate, House
from geoplan.summary import PlanPart, RunPart, WarningPart
from gis.say import listed, say
from layers.answers.answer import TargetAnswer
from layers.open.contradiction import refuse_contradictions
from layers.plain_json import to_json
from layers.spec import Outcome
from siting.check.boundary import check_boundary
from siting.check.explain import Explanation, explain_point
from siting.check.reports import CheckReport

__all__ = ["BODY_BYTES", "create_api"]

BODY_BYTES = 8 << 20  # 100,000 corners as text are 5 MB
_T = "geoplan.api"
_AT_ONCE = 2
_PATIENCE_S = 60.0

Tech = Literal["pv", "wind", "afforest", "wetland", "grass"]
Project = Literal["", "new", "expansion", "repower", "village"]
Word = Annotated[str, Query(max_length=60, pattern=r"^[A-Za-z0-9:_.-]*$")]
# a file's name in any script, and never a path
Name = Annotated[str, Query(max_length=60, pattern=r"^[\w（）() .-]*$")]
SiteId = Annotated[str, Path(max_length=60)]


class PlanAnswer(Outcome):
    """What is asked about."""

    plan: PlanPart
    run: RunPart
    warnings: tuple[WarningPart, ...] = ()


class TargetsAnswer(PlanAnswer):
    """Every target of the plan in its order."""

    targets: tuple[TargetAnswer, ...]


class SitesAnswer(PlanAnswer):
    """Sites as a GeoJSON FeatureCollection (RFC 7946) with what they rest on."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: tuple[dict[str, Any], ...]


class Boundary(Outcome):
    """What was sent."""

    body: bytes
    kind: str


def _language(lang: Literal["", "zh", "en"] = "") -> str:
    """The language asked for in the address; every address takes it."""
    return lang


async def _boundary(request: Request) -> Boundary:
    """The body of a request, when it may be a boundary."""
    named = request.headers.get("content-type", "")
    kind = kind_of(named)
    if kind is None:
        todo = say(f"{_T}.kinds", kinds=listed(list(KINDS)))
        raise RefusedRequest(415, say(f"{_T}.no_kind"), got=named[:60], todo=todo)
    body = await request.body()
    if not body.strip():
        raise RefusedRequest(422, say(f"{_T}.no_body"))
    return Boundary(body=body, kind=kind)


def _text(value: Any) -> Response:  # noqa: ANN401 - whatever JSON can hold
    """The very text the command line writes."""
    body = json.dumps(to_json(value), ensure_ascii=False, indent=1) + "\n"
    return Response(body, media_type="application/json")


def create_api(desk: Desk, token: str, lang: str, house: House | None = None) -> Gate:
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
        dependencies=[Depends(HTTPBearer(auto_error=False)), Depends(_language)],
    )
    say_faults(app, lang)
    _answers(app, desk, lang)
    house = house or House(link=False, per_minute=120, body_bytes=BODY_BYTES, body_s=30.0)
    return Gate(app, token=token, lang=lang, house=house)


def _answers(app: FastAPI, desk: Desk, lang: str) -> None:
    room = threading.BoundedSemaphore(_AT_ONCE)

    @contextmanager
    def computing() -> Iterator[None]:
        if not room.acquire(timeout=_PATIENCE_S):
            raise RefusedRequest(503, say(f"{_T}.busy"))
        try:
            yield
        finally:
            room.release()

    def head() -> PlanAnswer:
        found = desk.run().summary
        return PlanAnswer(plan=found.plan, run=found.run, warnings=found.warnings)

    def sites_of(site_id: str = "") -> Response:
        frame = desk.sites()
        if frame is None:
            raise RefusedRequest(404, say(f"{_T}.no_sites"))
        if site_id:
            frame = frame[frame["site_id"].astype(str) == site_id]
            if frame.empty:
                raise RefusedRequest(404, say(f"{_T}.no_such_site"), got=site_id)
        found = json.loads(frame.to_json(drop_id=True, na="null"))["features"]
        return _text(SitesAnswer(**dict(head()), features=tuple(found)))

    @app.get("/v1/plan", **_described("plan", PlanAnswer, lang))
    def plan() -> Response:
        return _text(head())

    @app.post("/v1/check", **_described("check", CheckReport, lang, 413, 415, body=True))
    def check(
        request: Request,
        sent: Annotated[Boundary, Depends(_boundary)],
        tech: Tech = "pv",
        project: Project = "",
        crs: Word = "",
        encoding: Word = "",
        name: Name = "",
    ) -> Response:
        with written(sent.body, sent.kind, name) as path, computing():
            request.state.kept = path
            found = check_boundary(
                path, desk.plan(), tech, crs=crs, encoding=encoding, project=project
            )
            return _text(found.as_dict())

    @app.get("/v1/explain", **_described("explain", Explanation, lang))
    def explain(
        lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
        lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    ) -> Response:
        with computing():
            plan = desk.plan()
            refuse_contradictions(plan)
            return _text(explain_point(plan, lon, lat).as_dict())

    @app.get("/v1/sites", **_described("sites", SitesAnswer, lang, 404))
    def sites() -> Response:
        return sites_of()

    @app.get("/v1/sites/{site_id}", **_described("site", SitesAnswer, lang, 404))
    def site(site_id: SiteId) -> Response:
        return sites_of(site_id)

    @app.get("/v1/targets", **_described("targets", TargetsAnswer, lang))
    def targets() -> Response:
        return _text(TargetsAnswer(**dict(head()), targets=desk.run().summary.targets or ()))


_WORDS: Mapping[int, str] = MappingProxyType(
    {
        401: "bad_token",
        403: "bad_host",
        404: "not_there",
        413: "too_large",
        415: "wrong_kind",
        422: "bad_request",
        429: "too_many",
        500: "bug",
        503: "busy",
    }
)
_ALWAYS = (401, 403, 422, 429, 500, 503)


def _described(
    name: str, model: type[Outcome], lang: str, *more: int, body: bool = False
) -> Mapping[str, object]:
    """What the description says of an address: words, answers, body."""
    out: dict[str, object] = {
        "summary": say(f"{_T}.ask_{name}")(lang),
        "description": say(f"{_T}.about_{name}")(lang),
        "responses": {
            200: {"model": model},
            **{
                s: {"model": ApiFault, "description": say(f"{_T}.{_WORDS[s]}")(lang)}
                for s in sorted({*_ALWAYS, *more})
            },
        },
    }
    if body:
        content = {k: {"schema": {"type": "string", "format": "binary"}} for k in KINDS}
        out["openapi_extra"] = {"requestBody": {"required": True, "content": content}}
    return out
