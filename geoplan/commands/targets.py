"""The verb that prints how every target of a plan ends."""

from __future__ import annotations

import typer

from geoplan.commands.answered import run_of_steps
from geoplan.commands.options import Json, Lang, Out, PlanFile, door_of, emit, load
from gis.say import say

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
    done = run_of_steps(ctx, loaded, out, _ANSWERING, quiet=as_json)
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
