"""The run a question is answered from: one that is finished, or the steps it takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geoplan.commands.options import door_of, tell_of

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["finished_run", "run_of_steps"]


def run_of_steps(
    ctx: typer.Context, plan: Plan, out: Path | None, steps: Sequence[str], *, quiet: bool
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
    quiet : bool
        Show no progress.
    """
    done = finished_run(plan, out, steps)
    if done is not None:
        return done
    from geoplan.progress import shown_progress
    from geoplan.run import run_plan

    spoken = door_of(ctx)
    with shown_progress(spoken, quiet=quiet) as progress:
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
