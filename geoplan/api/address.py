"""What the addresses of the service share: bodies, answers, descriptions, questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from fastapi.responses import Response

from geoplan.api.brought import KINDS, kind_of
from geoplan.api.faults import ApiFault, RefusedRequest
from geoplan.api.places import Places
from geoplan.api.work import Home, Question
from geoplan.serve.gate import WRITES
from gis.say import listed, say
from layers.plain_json import printed_json
from layers.spec import Outcome

__all__ = [
    "COMPUTED",
    "Ask",
    "Boundary",
    "Name",
    "Word",
    "asker",
    "described",
    "json_text",
    "language",
    "may_write",
    "only_known",
    "sent_boundary",
]

_T = "geoplan.api"
COMPUTED = 504
"""Status of what took too long, for the description of what is computed."""

Word = Annotated[str, Query(max_length=60, pattern=r"^[A-Za-z0-9:_.-]*$")]
# a file's name in any script, and never a path
Name = Annotated[str, Query(max_length=60, pattern=r"^[\w（）() .-]*$")]
Ask = Callable[..., Response]
"""A question of `geoplan.api.work` with its values, computed where it can be stopped."""


def language(lang: Literal["", "zh", "en"] = "") -> str:
    """The language asked for in the address; every address takes it."""
    return lang


def only_known(request: Request) -> None:
    """Refuse a word in the address that nobody reads: an answer without it is another one."""
    ways = request.app.openapi()["paths"][request.scope["route"].path_format]
    described_ = ways[request.method.lower()].get("parameters", ())
    known = {p["name"] for p in described_ if p["in"] == "query"}
    odd = sorted(set(request.query_params) - known)
    if odd:
        names = listed([n.encode("utf-8", "replace").decode()[:60] for n in odd[:8]])
        todo = say(f"{_T}.words_known", names=listed(sorted(known)))
        raise RefusedRequest(422, say("geoplan.serve.not_understood", keys=names), todo=todo)
    twice = sorted(k for k in known if len(request.query_params.getlist(k)) > 1)
    if twice:
        what = say(f"{_T}.word_twice", names=listed(twice))
        raise RefusedRequest(422, what, todo=say(f"{_T}.word_once"))


def may_write(request: Request) -> None:
    """Refuse a request whose token may only read."""
    if not request.scope.get(WRITES):
        todo = say(f"{_T}.no_right_todo")
        raise RefusedRequest(403, say(f"{_T}.no_right"), todo=todo)


def asker(places: Places, home: Home) -> Ask:
    """How the addresses have their questions to the plan of `home` computed."""

    def ask(question: Question, *args: object) -> Response:
        return _as_json(places.ask(home, question, *args))

    return ask


class Boundary(Outcome):
    """What was sent."""

    body: bytes
    kind: str


async def sent_boundary(request: Request) -> Boundary:
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


def json_text(value: Any) -> Response:  # noqa: ANN401 - whatever JSON can hold
    """The very text the command line writes."""
    return _as_json(printed_json(value))


def _as_json(text: str) -> Response:
    return Response(text, media_type="application/json")


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
        504: "too_long",
    }
)
_ALWAYS = (401, 403, 422, 429, 500, 503)


def described(
    name: str, model: object, lang: str, *more: int, body: bool = False
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
