# mypy: disable-error-code="misc"
# (fastapi is not followed by mypy here)
"""The JSON body of a request, read so that nothing of it is lost in silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from gis.json_once import TwiceError, json_once
from gis.say import Sentence, say

__all__ = ["BodyFault", "JsonRoute"]

_SHOWN = 60


class BodyFault(HTTPException):
    """A body that is not taken: what, what was found, where in it, what is expected."""

    def __init__(
        self, what: Sentence, got: str | Sentence, expected: Sentence, where: str = ""
    ) -> None:
        super().__init__(422)
        self.what = what
        self.got = got
        self.expected = expected
        self.where = where


class _JsonRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        if not hasattr(self, "_json"):
            self._json = _value(await self.body())
        return self._json


def _value(body: bytes) -> Any:  # noqa: ANN401
    """What a body holds; text that is no UTF-8 and brackets without end are told elsewhere."""
    try:
        return json_once(body)
    except TwiceError as err:
        what = say("geoplan.api.body_key_twice", name=err.key[:_SHOWN])
        expected = say("geoplan.api.body_key_once")
        raise BodyFault(what, f'"{err.key[:_SHOWN]}"', expected, err.key[:_SHOWN]) from err
    except json.JSONDecodeError as err:
        got = say("geoplan.api.body_begins", text=err.doc.strip()[:_SHOWN], at=err.pos + 1)
        what, expected = say("geoplan.api.body_no_json"), say("geoplan.api.body_expected")
        raise BodyFault(what, got, expected) from err


class JsonRoute(APIRoute):
    """A way whose body is read by `_JsonRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the framework, given a request that reads strictly."""
        own = super().get_route_handler()

        async def handle(request: Request) -> Response:
            answer: Response = await own(_JsonRequest(request.scope, request.receive))
            return answer

        return handle
