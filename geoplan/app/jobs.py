"""Work that outlives the server: each job is a process of its own whose state is in files.

A folder of a job holds ``job.json`` (what is asked), ``progress.json`` (how far it is),
``log.txt``, ``alive`` (touched while it computes), ``cancel`` (when somebody asks it to stop)
and, when it has ended, ``outcome.json``. A server that is started again reads them.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from geoplan.app import child
from geoplan.app.workspace import Project, next_number
from gis.errors import ConfigError
from gis.say import both, say
from gis.toml import read_toml
from layers.plain_json import JsonObject, write_json

__all__ = ["Job", "JobState", "ask_to_stop", "job_of", "jobs_of", "running_jobs", "start_job"]

_T = "geoplan.app"
_LOG_BYTES = 40_000
JobState = Literal["running", "done", "failed", "cancelled", "interrupted"]


class Job(TypedDict):
    """A job as the page sees it.

    Attributes
    ----------
    progress
        ``label`` in both languages, ``share`` (0 to 1), ``elapsed_s`` and, as soon as it can
        be told, ``remaining_s`` and ``remaining_range_s``.
    outcome
        ``files`` below the project, or ``error``.
    """

    number: str
    kind: str
    asked: JsonObject
    created: str
    state: JobState
    progress: JsonObject
    outcome: JsonObject
    log: NotRequired[str]


# processes this server began: asked first, since they tell of their end at once
_OWN: dict[Path, subprocess.Popen[bytes]] = {}


def _read(path: Path) -> JsonObject:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _state(folder: Path, outcome: Mapping[str, object]) -> JobState:
    if outcome:
        if outcome.get("cancelled"):
            return "cancelled"
        return "failed" if outcome.get("error") else "done"
    own = _OWN.get(folder)
    if own is not None:
        return "running" if own.poll() is None else "interrupted"
    silent = float(read_toml("geoplan.app", "limits.toml")["jobs"]["silent_s"])
    try:
        heard = time.time() - (folder / "alive").stat().st_mtime
    except OSError:
        return "interrupted"
    return "running" if heard < silent else "interrupted"


def job_of(project: Project, number: str, *, log: bool = False) -> Job:
    """The job of that number as its files say now.

    Raises
    ------
    ConfigError
        When there is none.
    """
    folder = project.jobs / number
    asked = _read(folder / "job.json") if number.isdecimal() else {}
    if not asked:
        raise ConfigError(say(f"{_T}.no_such_job"), got=number[:20])
    state = _state(folder, _read(folder / "outcome.json"))
    # read after: a job that ends in between has written it before it ended
    outcome = _read(folder / "outcome.json")
    found: Job = {
        "number": number,
        "kind": str(asked["kind"]),
        "asked": asked,
        "created": str(asked["created"]),
        "state": _state(folder, outcome) if outcome else state,
        "progress": _read(folder / "progress.json"),
        "outcome": outcome,
    }
    if log:
        found["log"] = _tail(folder / "log.txt")
    return found


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _LOG_BYTES))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def jobs_of(project: Project) -> list[Job]:
    """All jobs of a project, the newest first."""
    numbers = [p.name for p in project.jobs.iterdir()] if project.jobs.is_dir() else []
    out = []
    for number in sorted(numbers, reverse=True):
        with contextlib.suppress(ConfigError):  # its folder was made a moment ago
            out.append(job_of(project, number))
    return out


def running_jobs(projects: list[Project]) -> Iterator[tuple[Project, Job]]:
    """Jobs that compute at this moment."""
    for project in projects:
        for job in jobs_of(project):
            if job["state"] == "running":
                yield project, job


def start_job(
    project: Project, kind: str, asked: Mapping[str, object], others: list[Project]
) -> str:
    """Start a job and give its number.

    Parameters
    ----------
    kind : str
        A kind of `geoplan.app.work`.
    asked : mapping
        What it is asked, with ``lang``.
    others : list of Project
        The projects of the workspace.

    Raises
    ------
    ConfigError
        When as many jobs as this workspace may have compute already.
    """
    most = int(read_toml("geoplan.app", "limits.toml")["jobs"]["at_once"])
    if sum(1 for _ in running_jobs(others)) >= most:
        raise ConfigError(say(f"{_T}.too_many_jobs", n=most), todo=say(f"{_T}.wait_or_cancel"))
    number = next_number(project.jobs)
    folder = project.jobs / number
    (folder / "alive").touch()
    body = {**asked, "kind": kind, "created": datetime.now(UTC).isoformat(timespec="seconds")}
    write_json(folder / "job.json", body)
    words = both(say(f"{_T}.job_begun", kind=say(f"{_T}.kind_{kind}")))
    with (folder / "log.txt").open("wb") as log:
        # the job's own process takes seconds until it says a word
        log.write(f"{words['zh']} / {words['en']}\n".encode())
        log.flush()
        # no shell, its own group: a stopped server, or Ctrl-C in its window, leaves it alone
        _OWN[folder] = subprocess.Popen(
            [sys.executable, "-m", child.__name__, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
            | getattr(subprocess, "CREATE_NO_WINDOW", 0),
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
    return number


def ask_to_stop(project: Project, number: str) -> None:
    """Ask a job to stop; what it has finished is kept.

    Raises
    ------
    ConfigError
        When there is no such job.
    """
    job_of(project, number)
    (project.jobs / number / "cancel").touch()
