# mypy: disable-error-code="untyped-decorator"
"""Why a request has no answer: the same words as on the command line, with a status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.exceptions import HTTPException

from geoplan.api.body import BodyFault
from geoplan.api.brought import without_folder
from gis.errors import GeoplanError
from gis.say import LANGS, Sentence, in_lang, listed, say
from layers.model_faults import told_error
from layers.spec import Outcome

__all__ = ["ApiFault", "RefusedRequest", "say_faults", "spoken"]

_BODY = {
    "model_attributes_type": "body_no_object",
    "dict_type": "body_no_object",
    "missing": "body_missing",
}
_UNREAD = 400
_LOG = logging.getLogger(__name__)


class OneFault(Outcome):
    """One thing that is wrong."""

    where: str = Field("", description="file, key or feature")
    what: str
    got: str = ""
    expected: str = ""
    todo: str = Field("", description="what to do")


class ApiFault(Outcome):
    """Why there is no answer."""

    error: str = Field(description="all of it in words")
    kind: str = Field(description="ConfigError, DataError, ModelError, Refused or Bug")
    faults: tuple[OneFault, ...] = ()


class RefusedRequest(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with a status and sentences."""

    def __init__(
        self, status: int, what: Sentence, *, got: str = "", todo: Sentence | str = ""
    ) -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.got = got
        self.todo = todo


def spoken(request: Request, own: str) -> str:
    """The language a request asks for, in its address or a header; `own` when it does not."""
    asked = request.query_params.get("lang", "")
    wanted = [
        p.strip()[:2].lower() for p in request.headers.get("accept-language", "").split(",")
    ]
    return next((x for x in (asked, *wanted) if x in LANGS), own)


def _in(lang: str, told: Mapping[str, str]) -> dict[str, str]:
    """Words in a language; what was sent may hold half a character."""
    said = {k: str(in_lang(v, lang)) for k, v in told.items()}
    return {k: v[:200].encode("utf-8", "replace").decode() for k, v in said.items()}


def _todo(where: str, lang: str) -> str:
    return say("geoplan.api.see_description")(lang) if where else ""


def _answer(
    status: int,
    kind: str,
    error: str,
    faults: list[dict[str, str]],
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = {"error": error, "kind": kind, "faults": faults}
    return JSONResponse(body, status_code=status, headers=headers)


def say_faults(app: FastAPI, own: str) -> None:
    """Answer whatever goes wrong in `app` in words; `own` is its language."""

    @app.exception_handler(GeoplanError)
    async def _fault(request: Request, err: GeoplanError) -> JSONResponse:
        lang = spoken(request, own)
        kept: tuple[Path, ...] = getattr(request.state, "kept", ())

        def clean(text: str) -> str:
            for path in kept:
                text = without_folder(text, path)
            return text

        faults = [{k: clean(str(v)) for k, v in f.as_dict(lang).items()} for f in err.faults]
        return _answer(422, type(err).__name__, clean(err.text(lang)), faults)

    @app.exception_handler(RefusedRequest)
    async def _refused(request: Request, err: RefusedRequest) -> JSONResponse:
        lang = spoken(request, own)
        what, todo = err.what(lang), err.todo(lang) if isinstance(err.todo, Sentence) else ""
        fault = OneFault(what=what, got=err.got, todo=todo).model_dump()
        again = {"Retry-After": "5"} if err.status == 503 else None
        return _answer(err.status, "Refused", what, [fault], again)

    @app.exception_handler(RequestValidationError)
    async def _unread(request: Request, err: RequestValidationError) -> JSONResponse:
        lang = spoken(request, own)
        faults: list[dict[str, str]] = []
        for e in err.errors():
            # a name may hold half a character
            at = e["loc"][1:]
            where = ".".join(map(str, at)).encode("utf-8", "replace").decode()
            what, got, expected = told_error(e)
            if e["type"] in _BODY and not at:
                what = say(f"geoplan.api.{_BODY[e['type']]}")
                expected = say("geoplan.api.body_object", example='{"id": "G1"}')
            told = {"what": what, "got": got, "expected": expected}
            faults.append({"where": where, **_in(lang, told), "todo": _todo("body", lang)})
        names = sorted({f["where"] for f in faults} - {""})
        error = (
            say("geoplan.serve.not_understood", keys=listed(names))(lang)
            if names
            else faults[0]["what"]
        )
        return _answer(422, "Refused", error, faults)

    @app.exception_handler(HTTPException)
    async def _other(request: Request, err: HTTPException) -> JSONResponse:
        lang, faults = spoken(request, own), []
        if isinstance(err, BodyFault):
            said = {"what": err.what, "got": err.got, "expected": err.expected}
            told_body = {"where": err.where, **_in(lang, said), "todo": _todo("body", lang)}
            return _answer(err.status_code, "Refused", told_body["what"], [told_body])
        keys = {400: "body_unread", 404: "no_such_way", 405: "no_such_method"}
        what = say(f"geoplan.api.{keys.get(err.status_code, 'bad_request')}")(lang)
        if err.status_code == _UNREAD:  # bytes that are no text, brackets without end
            told = OneFault(
                what=what,
                expected=say("geoplan.api.body_expected")(lang),
                todo=say("geoplan.api.see_description")(lang),
            )
            faults = [told.model_dump()]
        return _answer(err.status_code, "Refused", what, faults, getattr(err, "headers", None))

    @app.exception_handler(Exception)
    async def _bug(request: Request, err: Exception) -> JSONResponse:
        _LOG.error("", exc_info=err)
        what = say("geoplan.api.bug")(spoken(request, own))
        return _answer(500, "Bug", what, [])
