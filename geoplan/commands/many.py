"""The verbs that run a plan, where it is one of many counties."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from geoplan.commands.options import Door, door_of, emit, tell_of
from geoplan.language import lang_in_file
from gis.say import say

__all__ = ["run_many_shown"]


def run_many_shown(
    ctx: typer.Context,
    path: Path,
    out: Path | None,
    only: tuple[str, ...],
    scheduler: str,
    workers: int | None,
    *,
    as_json: bool,
    afresh: bool,
) -> None:
    """Run all counties of a plan, say how each ends, and what they come to.

    Raises
    ------
    ConfigError
        When the plan is faulty or there is no such scheduler.
    DataError
        When counties failed, each named; what the others come to is written all the same.
    """
    from geoplan.counties.result import failed_faults, many_lines, run_many
    from geoplan.counties.work import Outcome
    from gis.errors import DataError, raise_faults
    from siting.screen.how import require_engine

    door: Door = ctx.find_root().obj
    door.lang = door.asked or lang_in_file(path) or door.lang
    require_engine(scheduler)

    def told(one: Outcome, done: int, of: int) -> None:
        if door.quiet or as_json:
            return
        values = {"done": done, "of": of, "name": one.task.county.title}
        line = (
            say("geoplan.counties.progress_done", seconds=one.seconds, **values)
            if one.done
            else say(
                "geoplan.counties.progress_failed",
                n=one.tries,
                why=one.faults[0].what,
                **values,
            )
        )
        sys.stderr.write(line(door.lang) + "\n")
        sys.stderr.flush()

    result = run_many(
        path,
        out,
        only=only,
        engine=scheduler,
        workers=workers,
        lang=door_of(ctx),
        afresh=afresh,
        told=told,
        tell=tell_of(ctx),
    )
    if as_json:
        emit(result.as_dict())
    else:
        for line in many_lines(result, door.lang):
            typer.echo(line)
    raise_faults(DataError, failed_faults(result))
