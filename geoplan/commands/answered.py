"""The run a question is answered from: one that is finished, or the steps it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geoplan.commands.options import door_of, emit, progress_of, tell_of

if TYPE_CHECKING:
    from geoplan.summary import RunSummary
    from layers.plan.model import Plan

__all__ = ["answered", "finished_run", "run_of_steps"]


def answered(
    ctx: typer.Context,
    plan: Plan,
    out: Path | None,
    steps: Sequence[str],
    lines: Callable[[RunSummary, Path, str], Iterable[str]],
    *,
    as_json: bool,
) -> None:
    """Print what `lines` say of a run that has finished `steps`, and what must be known of it.

    Parameters
    ----------
    ctx : Context
    plan : Plan
    out : Path or None
        Folder of the run; the plan's usual one when None.
    steps : sequence of str
    lines : callable
        Of the summary, the folder and the language.
    as_json : bool
        Print the whole summary for machines.
    """
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import warning_lines

    spoken = door_of(ctx)
    done = run_of_steps(ctx, plan, out, steps, as_json=as_json)
    summary = read_run_summary(done)
    if as_json:
        emit({**summary.model_dump(by_alias=True), "folder": str(done)})
        return
    for line in lines(summary, done, spoken):
        typer.echo(line)
    for line in warning_lines(summary.warnings, spoken):
        typer.echo(line)


def run_of_steps(
    ctx: typer.Context, plan: Plan, out: Path | None, steps: Sequence[str], *, as_json: bool
) -> Path:
    """Folder of a run that has finished `steps` on these very inputs; run where there is none.

    Parameters
    ----------
    ctx : Context
        Of the command; its words are those the progress is told in.
    plan : Plan
    out : Path or None
        Folder of the run; the plan's usual one when None.
    steps : sequence of str
    as_json : bool
        Progress as events for another program.
    """
    done = finished_run(plan, out, steps)
    if done is not None:
        return done
    from geoplan.run import run_plan

    spoken = door_of(ctx)
    with progress_of(ctx, only=steps, as_json=as_json) as progress:
        return run_plan(
            plan, out, only=tuple(steps), lang=spoken, progress=progress, tell=tell_of(ctx)
        )


def finished_run(plan: Plan, out: Path | None, steps: Sequence[str]) -> Path | None:
    """The finished run of these very inputs that has all of `steps`; None without one."""
    from geoplan.inputs import read_inputs
    from geoplan.run import default_out
    from geoplan.summary import read_run_summary
    from gis.errors import GeoplanError

    folder = (out or default_out(plan)).resolve()
    if not (folder / "summary.json").exists():
        return None
    try:
        summary = read_run_summary(folder)
    except GeoplanError:
        return None  # of another version, or damaged: computed anew
    if not set(steps) <= set(summary.run.steps):
        return None
    return folder if summary.run.id == read_inputs(plan).provenance.id else None
