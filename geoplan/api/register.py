# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""The register of projects and the sign-off over HTTP: the answers of their verbs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Query, Request
from fastapi import Path as InAddress
from fastapi.responses import Response

from geoplan.api import work
from geoplan.api.address import (
    COMPUTED,
    Ask,
    Boundary,
    Name,
    Word,
    described,
    json_text,
    may_write,
    sent_boundary,
)
from geoplan.api.answers import (
    AddedAnswer,
    CheckedAnswer,
    ImpactAnswer,
    ProjectAnswer,
    ReviewAnswer,
    SentCheck,
    SentProject,
    YearAnswer,
)
from geoplan.api.brought import written
from geoplan.api.desk import Desk
from geoplan.api.faults import RefusedRequest, spoken
from geoplan.register.adding import epsg_of
from geoplan.register.feeding import not_counted_notes
from geoplan.register.ledger import Entry
from geoplan.register.listing import entries_as_list
from geoplan.register.project import stage_of
from geoplan.register.reviews import SentReview
from geoplan.register.signed import review_as_dict, reviews_as_list
from geoplan.register.signing import add_review, present_of, standing_reviews
from geoplan.register.store import opened
from geoplan.register.yearly import assessment, assessment_as_dict
from gis.say import say

__all__ = ["register_answers"]

_T = "geoplan.api"
_LOG = logging.getLogger(__name__)
Id = Annotated[str, Query(alias="id", max_length=64)]
Stage = Annotated[str, Query(max_length=40)]
Who = Annotated[str, Query(max_length=100)]
Writer = Depends(may_write)


def _hide(request: Request, desk: Desk, *more: Any) -> None:  # noqa: ANN401
    """Where the register and the body are kept is nobody's business."""
    request.state.kept = (*more, desk.place().path)


def register_answers(app: FastAPI, desk: Desk, lang: str, ask: Ask) -> None:
    """Put the addresses of register and sign-off into `app`."""
    _projects(app, desk, lang, ask)
    _judged(app, desk, lang, ask)
    _reviews(app, desk, lang)


def _entries(desk: Desk, name: str, stage: str, *, history: bool) -> list[Entry]:
    wanted = stage_of(stage, "stage") if stage else ""
    with opened(desk.place(), epsg_of(desk.plan())) as ledger:
        found = ledger.shown(name, history=history)
    for text in ledger.told:  # a list has no room for it
        _LOG.warning("%s", text)
    return [e for e in found if wanted in ("", e.project.stage)]


def _projects(app: FastAPI, desk: Desk, lang: str, ask: Ask) -> None:
    @app.get("/v1/register/projects", **described("projects", list[ProjectAnswer], lang))
    def projects(
        request: Request, *, project_id: Id = "", stage: Stage = "", history: bool = False
    ) -> Response:
        _hide(request, desk)
        return json_text(entries_as_list(_entries(desk, project_id, stage, history=history)))

    @app.get(
        "/v1/register/projects/{project_id:path}",
        **described("project", list[ProjectAnswer], lang, 404),
    )
    def project(
        request: Request,
        *,
        project_id: Annotated[str, InAddress(max_length=64)],
        history: bool = False,
    ) -> Response:
        _hide(request, desk)
        found = _entries(desk, project_id, "", history=history)
        if not found:
            what = say("geoplan.review.no_such_project")
            raise RefusedRequest(404, what, got=project_id)
        return json_text(entries_as_list(found))

    @app.post(
        "/v1/register/projects",
        dependencies=[Writer],
        **described("add", AddedAnswer, lang, 413, COMPUTED),
    )
    def add(request: Request, sent: SentProject) -> Response:
        _hide(request, desk)
        given = sent.model_dump(exclude_none=True, exclude={"geometry", "who"})
        values = {k: v for k, v in given.items() if v not in ("", ())}
        with _land(sent) as land:
            _hide(request, desk, *([land] if isinstance(land, Path) else ()))
            return ask(work.add, values, land, sent.who)

    @app.post(
        "/v1/register/import",
        dependencies=[Writer],
        **described("import", AddedAnswer, lang, 413, 415, COMPUTED, body=True),
    )
    def bring(
        request: Request,
        sent: Annotated[Boundary, Depends(sent_boundary)],
        crs: Word = "",
        encoding: Word = "",
        name: Name = "",
        who: Who = "",
    ) -> Response:
        with written(sent.body, sent.kind, name) as path:
            _hide(request, desk, path)
            return ask(work.bring, path, crs, encoding, who)


@contextmanager
def _land(sent: SentProject) -> Iterator[Path | tuple[float, float] | None]:
    """The land of a project that was sent: a file that is gone after the block, or a point."""
    shape = sent.geometry
    if shape is None:
        yield None
        return
    place = shape.get("coordinates")
    if shape.get("type") == "Point":
        if not (
            isinstance(place, list)
            and len(place) >= 2
            and all(isinstance(c, int | float) and not isinstance(c, bool) for c in place[:2])
        ):
            raise RefusedRequest(422, say(f"{_T}.no_point"), got=json.dumps(place)[:60])
        yield float(place[0]), float(place[1])
        return
    body = {"type": "Feature", "properties": {}, "geometry": shape}
    text = json.dumps({"type": "FeatureCollection", "features": [body]})
    with written(text.encode(), "geojson") as path:
        yield path


def _judged(app: FastAPI, desk: Desk, lang: str, ask: Ask) -> None:
    @app.post("/v1/register/check", **described("check_all", CheckedAnswer, lang, COMPUTED))
    def check(
        request: Request, sent: SentCheck | None = None, project_id: Id = "", who: Who = ""
    ) -> Response:
        _hide(request, desk)
        if sent is not None:
            project_id, who = sent.id or project_id, sent.who or who
        if not project_id:  # what was found is written down
            may_write(request)
        return ask(work.check_all, project_id, who, spoken(request, lang))

    @app.get("/v1/register/impact", **described("impact", ImpactAnswer, lang, COMPUTED))
    def impact(request: Request, name: Annotated[str, Query(max_length=100)]) -> Response:
        _hide(request, desk)
        return ask(work.impact, name)

    @app.get("/v1/register/year/{year}", **described("year", YearAnswer, lang))
    def year(request: Request, year: Annotated[int, InAddress(ge=1900, le=2200)]) -> Response:
        _hide(request, desk)
        summary = desk.run().summary
        with opened(desk.place(), epsg_of(desk.plan())) as ledger:
            entries, last = list(ledger.current().values()), ledger.last_check()
        more = not_counted_notes(desk.plan(), summary, entries, ledger.epsg)
        found = assessment(year, summary, entries, last, spoken(request, lang), more)
        return json_text(assessment_as_dict(found))


def _reviews(app: FastAPI, desk: Desk, lang: str) -> None:
    @app.get("/v1/reviews", **described("reviews", list[ReviewAnswer], lang))
    def reviews(
        request: Request,
        *,
        subject: Literal["", "site", "project"] = "",
        name: Id = "",
        history: bool = False,
    ) -> Response:
        _hide(request, desk)
        plan = desk.plan()
        found = standing_reviews(
            desk.place(),
            plan,
            present_of(plan, desk.last_run()),
            subject=subject,
            name=name,
            history=history,
        )
        return json_text(reviews_as_list(found, spoken(request, lang)))

    @app.post(
        "/v1/reviews", dependencies=[Writer], **described("review", ReviewAnswer, lang, 413)
    )
    def review(request: Request, sent: SentReview) -> Response:
        _hide(request, desk)
        plan, own = desk.plan(), spoken(request, lang)
        values = sent.model_dump(exclude={"who"})
        run = desk.run() if sent.subject == "site" else desk.last_run()
        where = say("geoplan.review.of_body")(own)
        found = add_review(desk.place(), plan, values, sent.who, present_of(plan, run), where)
        return json_text(review_as_dict(found, own))
