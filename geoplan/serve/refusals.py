# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""How the local pages are told what went wrong: in their own language, with a status."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from geoplan.api.brought import without_folder
from gis.errors import Fault, GeoplanError
from gis.say import LANGS, Lang, Sentence, listed, say, sentences
from layers.model_faults import told_error

__all__ = ["Refused", "refused", "say_refusals", "spoken"]

_YEAR = re.compile(r"\d{4}")


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered with a status and a sentence."""

    def __init__(self, status: int, text: Sentence) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def refused(status: int, key: str, **values: int) -> Refused:
    """The refusal said as `key` of ``serve.toml``."""
    return Refused(status, say(f"geoplan.serve.{key}", **values))


def spoken(request: Request, lang: Lang) -> Lang:
    """The language the page is in; `lang` when it does not say."""
    asked = request.headers.get("x-lang", "")
    return asked if asked in LANGS else lang


def _told(e: Mapping[str, Any], lang: Lang) -> str:
    """What is wrong with a field that people fill in; empty for one they do not."""
    steps, known = [str(x) for x in e["loc"][1:]], sentences("geoplan")
    names = [s for s in steps if not s.isdigit()]
    # a field within another may be called otherwise; numbers count rows, or are years
    ends = ["_".join(names[i:]) for i in range(len(names))]
    name = next((k for end in ends if (k := f"geoplan.serve.field_{end}") in known), "")
    if not name:
        return ""
    year = next((s for s in steps if _YEAR.fullmatch(s)), "")
    field = say(name)(lang)
    where = say("geoplan.serve.of_year", title=field, year=year)(lang) if year else field
    what, got, expected = told_error(e)
    return Fault(what, where=where, got=got, expected=expected).text(lang)


def say_refusals(
    app: FastAPI,
    lang: Lang,
    folders: Sequence[Path] = (),
    plain: Callable[[GeoplanError], GeoplanError] = lambda err: err,
) -> None:
    """Answer faults and bad requests to `app` in words; in `lang` where none is asked for.

    Parameters
    ----------
    app : FastAPI
    lang : {"zh", "en"}
    folders : sequence of Path
        Their files are called by where they lie in them: pages know no other place.
    plain : callable, optional
        A fault as the pages call its place and remedy.
    """

    @app.exception_handler(GeoplanError)
    async def _fault(request: Request, err: GeoplanError) -> JSONResponse:
        err, own = plain(err), spoken(request, lang)
        kept = getattr(request.state, "kept", None)

        def clean(text: str) -> str:
            # a file that was sent is called by its name, not by where it was kept
            for folder in folders:
                text = text.replace(f"{folder}{os.sep}", "")
            return text if kept is None else without_folder(text, kept)

        faults = [{k: clean(str(v)) for k, v in f.as_dict(own).items()} for f in err.faults]
        return JSONResponse({"error": clean(err.text(own)), "faults": faults}, status_code=422)

    @app.exception_handler(Refused)
    async def _refused(request: Request, err: Refused) -> JSONResponse:
        return JSONResponse({"error": err.text(spoken(request, lang))}, status_code=err.status)

    @app.exception_handler(RequestValidationError)
    async def _unread(request: Request, err: RequestValidationError) -> JSONResponse:
        named = {".".join(map(str, e["loc"][1:])) for e in err.errors()} - {""}
        # a name may hold half a character
        keys = sorted(k.encode("utf-8", "replace").decode() for k in named)
        text = say("geoplan.serve.not_understood", keys=listed(keys or ["-"]))
        own = spoken(request, lang)
        told = [_told(e, own) for e in err.errors()]
        # a field of a page is called as the page calls it, with what it may hold
        said = text(own) if "" in told or not told else "\n".join(dict.fromkeys(told))
        return JSONResponse({"error": said, "detail": keys}, status_code=422)

    @app.exception_handler(HTTPException)
    async def _other(request: Request, err: HTTPException) -> JSONResponse:
        # brackets without end, a number of thousands of digits
        if err.status_code == 400:
            text = say("geoplan.serve.not_understood", keys="-")(spoken(request, lang))
            return JSONResponse({"error": text, "detail": []}, status_code=422)
        return JSONResponse({"error": str(err.detail)}, status_code=err.status_code)
