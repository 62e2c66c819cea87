"""The verb that prints how every target of a plan ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from geoplan.commands.options import Json, Lang, Out, PlanFile, door_of, emit, load, tell_of
from gis.say import say

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["targets"]

# steps that answer targets
_ANSWERING = ("targets", "energy")


def targets(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """How every target of the plan ends, with reason, gap and unit responsible."""
    from geoplan.answers.target_table import answer_lines
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import warning_lines

    loaded = load(ctx, plan, lang)
    done = _answered_run(loaded, out)
    if done is None:
        from geoplan.progress import shown_progress
        from geoplan.run import run_plan

        spoken = door_of(ctx)
        with shown_progress(spoken, quiet=as_json) as progress:
            done = run_plan(
                loaded,
                out,
                only=_ANSWERING,
                lang=spoken,
                progress=progress,
                tell=tell_of(ctx),
            )
    summary = read_run_summary(done)
    if as_json:
        emit({**summary.model_dump(by_alias=True), "folder": str(done)})
        return
    for line in answer_lines(summary.targets or (), door_of(ctx), short=False):
        typer.echo(line)
    if not summary.targets:
        typer.echo(say("geoplan.report.no_targets")(door_of(ctx)))
    for line in warning_lines([w.text for w in summary.warnings], door_of(ctx)):
        typer.echo(line)


def _answered_run(plan: Plan, out: Path | None) -> Path | None:
    """The finished run of these very inputs that answered all targets; None without one."""
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
    if not set(_ANSWERING) <= set(summary.run.steps):
        return None
    return folder if summary.run.id == read_inputs(plan).provenance.id else None
