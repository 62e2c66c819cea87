"""The map of each run, with what-if, explain and check, under the workspace's own address."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from geoplan.app.workspace import Workspace
from geoplan.finished import finished_run
from geoplan.plan_file import load_plan
from geoplan.serve.app import Planner, plan_app
from gis.errors import GeoplanError
from gis.say import LANGS

__all__ = ["Looks"]

_MOST = 3
Scope = MutableMapping[str, Any]


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
                planner = Planner(plan, run, self.lang, address=base, saved_beside=project.plan)
                found = plan_app(planner, self.token)
                self._open[(name, number)] = found
            self._open.move_to_end((name, number))
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
            return found

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401
        """Hand a request on to the app of its run, as if it stood at the root."""
        parts = scope["path"].split("/", 4)
        try:
            if len(parts) < 5:
                raise IndexError
            app = await asyncio.to_thread(self.app_of, parts[2], parts[3])
        except IndexError:
            await JSONResponse({}, status_code=404)(scope, receive, send)
            return
        except GeoplanError as err:
            asked = dict(scope["headers"]).get(b"x-lang", b"").decode("latin-1")
            text = err.text("en" if asked == "en" and asked in LANGS else "zh")
            await JSONResponse({"error": text}, status_code=422)(scope, receive, send)
            return
        path = f"/{parts[4]}"
        await app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
