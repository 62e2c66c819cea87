"""The map of each run, with what-if, explain and check, under the workspace's own address."""

from __future__ import annotations

import asyncio
import html
import threading
from collections import OrderedDict
from collections.abc import MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response

from geoplan.app.remedies import page_error
from geoplan.app.workspace import Workspace, next_number
from geoplan.finished import finished_run
from geoplan.plan_file import load_plan
from geoplan.register.store import place_of
from geoplan.serve.app import Planner, plan_app
from gis.errors import GeoplanError
from gis.say import say
from layers.plan.model import Plan

__all__ = ["Looks"]

_MOST = 3
_GOES_ON = "opened=1"
Scope = MutableMapping[str, Any]


def _told(lang: str, text: str, status: int = 200, head: str = "") -> HTMLResponse:
    """A page that says one thing."""
    title = html.escape(say("geoplan.app.title")(lang))
    return HTMLResponse(
        f'<!doctype html><html lang="{"en" if lang == "en" else "zh-CN"}"><head>'
        f'<meta charset="utf-8">{head}<link rel="icon" href="data:,"><title>{title}</title>'
        f'</head><body><p role="status">{html.escape(text)}</p></body></html>',
        status_code=status,
    )


def _waiting(lang: str, target: str) -> HTMLResponse:
    """What is seen until the map is written: browsers keep it while the target is asked."""
    again = f'<meta http-equiv="refresh" content="0;url={html.escape(target, quote=True)}">'
    return _told(lang, say("geoplan.app.opening_map")(lang), head=again)


def _new_folder(under: Path) -> Path:
    return under / next_number(under)


def _register_of(plan: Plan) -> Path | None:
    """The register file of a project; None where it is in a database."""
    place = place_of(plan)
    return None if place.dsn_env else place.path


class Looks:
    """ASGI: ``/look/PROJECT/RUN/...`` is the map of that run; the last few are kept.

    The apps are shared by everybody who looks, so this is behind a lock.
    """

    def __init__(self, space: Workspace, token: str, lang: str) -> None:
        self.space = space
        self.token = token
        self.lang = lang
        self._open: OrderedDict[tuple[str, str], FastAPI] = OrderedDict()
        self._lock = threading.Lock()

    def app_of(self, name: str, number: str) -> FastAPI:
        """The app of a run of a project.

        Raises
        ------
        ConfigError, DataError
            When there is no such run, or its files are not those it wrote.
        """
        with self._lock:
            found = self._open.get((name, number))
            if found is None:
                project = self.space.project(name)
                folder = project.run(number)
                plan = load_plan(project.plan_of_run(number))
                run = finished_run(plan, folder, tell=lambda _: None)
                base = f"/look/{name}/{number}"
                planner = Planner(
                    plan,
                    run,
                    self.lang,
                    # a run's plan is a copy: what is said of it belongs to the project
                    _register_of(load_plan(project.plan)),
                    address=base,
                    saved_beside=project.plan,
                    checks=partial(_new_folder, folder / "checks"),
                )
                found = plan_app(planner, self.token)
                self._open[(name, number)] = found
            self._open.move_to_end((name, number))
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
            return found

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401
        """Hand a request on to the app of its run, as if it stood at the root."""
        parts = scope["path"].split("/", 4)
        english = b"lang=en" in scope["query_string"] or (b"x-lang", b"en") in scope["headers"]
        lang = "en" if english else "zh"
        query = scope["query_string"].decode("latin-1")
        first = len(parts) == 5 and not parts[4] and tuple(parts[2:4]) not in self._open
        if first and _GOES_ON not in query.split("&"):
            await _waiting(lang, f"?{query}&{_GOES_ON}")(scope, receive, send)
            return
        try:
            if len(parts) < 5:
                raise IndexError
            app = await asyncio.to_thread(self.app_of, parts[2], parts[3])
        except IndexError:
            await JSONResponse({}, status_code=404)(scope, receive, send)
            return
        except GeoplanError as err:
            text = page_error(err).text(lang)
            answer: Response = JSONResponse({"error": text}, status_code=422)
            if not parts[4]:  # a person looks at it
                answer = _told(lang, text, 422)
            await answer(scope, receive, send)
            return
        path = f"/{parts[4]}"
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
