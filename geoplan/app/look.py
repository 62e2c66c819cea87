"""The map of each run, with what-if, explain and check, under the workspace's own address."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from geoplan.app.jobs import jobs_of
from geoplan.app.remedies import page_error
from geoplan.app.workspace import Project, Workspace, next_number
from geoplan.finished import finished_run
from geoplan.plan_file import load_plan
from geoplan.register.store import place_of
from geoplan.serve.app import Planner, plan_app
from geoplan.serve.opening import PATIENCE_S, Opening, told_page, waiting_page
from geoplan.serve.run_page import result_mark
from gis.errors import GeoplanError
from layers.plan.model import Plan
from layers.result import Progress

__all__ = ["Looks"]

_MOST = 3
Scope = MutableMapping[str, Any]


def _new_folder(under: Path) -> Path:
    return under / next_number(under)


def _title(project: Project, number: str) -> str:
    """What a run was called when it was begun; empty for those that were not."""
    asked = (j["asked"] for j in jobs_of(project) if j["kind"] == "run")
    titles = (str(a.get("title", "")) for a in asked if a.get("run") == number)
    return next(filter(None, titles), "")


def _register_of(plan: Plan) -> Path | None:
    """The register file of a project; None where it is in a database."""
    place = place_of(plan)
    return None if place.dsn_env else place.path


@dataclass(frozen=True)
class _Shown:
    """A run that is shown: the app, its folder, and the mark of the result it shows."""

    app: FastAPI
    run: Path
    mark: str


class Looks:
    """ASGI: ``/look/PROJECT/RUN/...`` is the map of that run; the last few are kept.

    The apps are shared by everybody who looks, so this is behind a lock.
    """

    def __init__(self, space: Workspace, token: str, lang: str) -> None:
        self.space = space
        self.token = token
        self.lang = lang
        self._open: OrderedDict[tuple[str, str], Opening[_Shown]] = OrderedDict()
        self._lock = threading.Lock()

    def opening(self, name: str, number: str, *, anew: bool) -> Opening[_Shown]:
        """The app of a run of a project, begun where nobody asked for it yet.

        Parameters
        ----------
        name, number : str
            Of project and run.
        anew : bool
            The page itself is asked for: the app of a former result is not the one.
        """
        with self._lock:
            found = self._open.get((name, number))
            if found is not None and anew and (found.failed or self._former(found)):
                found = None
            if found is None:
                work = partial(self._shown, name, number)
                found = self._open[(name, number)] = Opening(work)
            self._open.move_to_end((name, number))
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
            return found

    def _former(self, opening: Opening[_Shown]) -> bool:
        """Whether the folder holds another result by now."""
        shown = opening.result(0)
        return shown is not None and result_mark(shown.run) != shown.mark

    def _shown(self, name: str, number: str, progress: Progress) -> _Shown:
        """Open a run.

        Raises
        ------
        ConfigError, DataError
            When there is no such run, or its files are not those it wrote.
        """
        progress("documents run", 0, 1)
        project = self.space.project(name)
        folder = project.run(number)
        plan = load_plan(project.plan_of_run(number))
        run = finished_run(plan, folder, tell=lambda _: None)
        planner = Planner(
            plan,
            run,
            self.lang,
            # a run's plan is a copy: what is said of it belongs to the project
            _register_of(load_plan(project.plan)),
            address=f"/look/{name}/{number}",
            saved_beside=project.plan,
            checks=partial(_new_folder, folder / "checks"),
            run_name=f"{number} {_title(project, number)}".strip(),
        )
        return _Shown(plan_app(planner, self.token), run, planner.mark)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401
        """Hand a request on to the app of its run, as if it stood at the root."""
        parts = scope["path"].split("/", 4)
        if len(parts) < 5:
            await JSONResponse({}, status_code=404)(scope, receive, send)
            return
        english = b"lang=en" in scope["query_string"] or (b"x-lang", b"en") in scope["headers"]
        lang = "en" if english else "zh"
        page = not parts[4]  # a person looks at it
        opening = await asyncio.to_thread(self.opening, parts[2], parts[3], anew=page)
        try:
            found = await asyncio.to_thread(opening.result, PATIENCE_S if page else None)
        except GeoplanError as err:
            text = page_error(err).text(lang)
            answer: Response = JSONResponse({"error": text}, status_code=422)
            if page:
                answer = told_page(lang, text, 422)
            await answer(scope, receive, send)
            return
        if found is None:
            await waiting_page(opening.pace, lang)(scope, receive, send)
            return
        path = f"/{parts[4]}"
        await found.app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
