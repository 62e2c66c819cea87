"""Live what-if on this machine: move a rule, see the land, capacity and sites change."""

from __future__ import annotations

import secrets
import socket
import sys
import threading
from pathlib import Path

from gis.say import say
from layers.plan.model import Plan

__all__ = ["serve_plan"]


def _free_port(port: int) -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", port))
        found: int = s.getsockname()[1]
        return found


def serve_plan(plan: Plan, run: Path | None = None, *, port: int = 0, lang: str = "zh") -> None:
    """Serve the what-if page of `plan` until it is stopped.

    Parameters
    ----------
    plan : Plan
    run : path, optional
        Folder of a finished run of the plan: its layers and sites are shown too.
    port : int
        0 takes any free port.
    lang : {"zh", "en"}

    Notes
    -----
    Listens on 127.0.0.1 only, and the address printed holds the token that every request
    needs. It is written to standard output so that it can be opened by hand.
    """
    import uvicorn  # heavy

    from geoplan.run import default_out
    from geoplan.serve.app import Planner, create_app

    run = run or default_out(plan)
    found = run if (run / "summary.json").exists() else None
    token = secrets.token_urlsafe(24)
    port = _free_port(port)
    planner = Planner(plan, found, lang)
    app = create_app(planner, token)
    # the page takes seconds to write: start before the browser asks
    threading.Thread(target=planner.page, args=(token,), daemon=True).start()
    sys.stdout.write(
        f"{say('geoplan.serve.note')(lang)}\nhttp://127.0.0.1:{port}/?token={token}\n"
    )
    sys.stdout.flush()
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False,
        timeout_keep_alive=10, limit_concurrency=64,
    )  # fmt: skip
