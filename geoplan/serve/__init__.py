"""Live what-if on this machine: move a rule, see the land, capacity and sites change."""

from __future__ import annotations

import contextlib
import logging
import secrets
import sys
from pathlib import Path

from gis.errors import GeoplanError
from gis.say import Sentence, say
from layers.plan.model import Plan
from layers.run_folder import recover
from layers.run_lock import Tell

__all__ = ["serve_plan"]


def _log(note: Sentence) -> None:
    logging.getLogger(__name__).warning("%s", note)


def _shown_run(plan: Plan, run: Path | None, tell: Tell) -> Path | None:
    """The finished run whose layers and sites are shown; one that does not fit is told."""
    from geoplan.finished import finished_run
    from geoplan.run import default_out

    folder = (run or default_out(plan)).resolve()
    try:
        recover(folder, tell=tell)
        if run is None and not (folder / "summary.json").exists():
            return None
        return finished_run(plan, folder, tell=tell)
    except GeoplanError as err:
        tell(say("geoplan.serve.run_not_shown", reason=err.text))
        return None


def serve_plan(
    plan: Plan,
    run: Path | None = None,
    *,
    port: int = 0,
    register: Path | None = None,
    lang: str = "zh",
    tell: Tell = _log,
) -> None:
    """Serve the what-if page of `plan` until it is stopped.

    Parameters
    ----------
    plan : Plan
    run : path, optional
        Folder of a finished run of the plan: its layers and sites are shown too.
    port : int
        0 takes any free port.
    register : path, optional
        The register with the sign-off, where it is not the plan's own.
    lang : {"zh", "en"}
    tell : callable
        Told why a run is not shown; goes to the log when not given.

    Raises
    ------
    ConfigError
        When the port is taken.

    Notes
    -----
    Listens on 127.0.0.1 only, and the address printed holds the token that every request
    needs. It is written to standard output so that it can be opened by hand.
    """
    from geoplan.needs import require_room
    from geoplan.run import default_out
    from geoplan.serve.app import Planner, create_app
    from geoplan.serve.connection import listening_at, server_of

    require_room(plan, ("screen",), run or default_out(plan), documents=False)
    found = _shown_run(plan, run, tell)
    token = secrets.token_urlsafe(24)
    listening = listening_at(port)
    port = listening.getsockname()[1]
    planner = Planner(plan, found, lang, register)
    app = create_app(planner, token)
    planner.page(token)  # it takes seconds to write: begun before the browser asks
    sys.stdout.write(
        f"{say('geoplan.serve.note')(lang)}\nhttp://127.0.0.1:{port}/?token={token}\n"
    )
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt), listening:  # that is how it is stopped
        server_of(app, port).run(sockets=[listening])
