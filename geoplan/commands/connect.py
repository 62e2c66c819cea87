"""The verb that prints what the grid takes of the sites, and by when targets are met."""

from __future__ import annotations

import typer

from geoplan.commands.answered import run_of_steps
from geoplan.commands.options import Json, Lang, Out, PlanFile, door_of, emit, load

__all__ = ["connect"]

_STEPS = ("connection",)


def connect(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """What the grid takes of the sites, station by station and year by year."""
    from geoplan.answers.connection_lines import connection_lines
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import warning_lines

    loaded = load(ctx, plan, lang)
    spoken = door_of(ctx)
    done = run_of_steps(ctx, loaded, out, _STEPS, quiet=as_json)
    summary = read_run_summary(done)
    if as_json:
        emit({**summary.model_dump(by_alias=True), "folder": str(done)})
        return
    for line in connection_lines(summary, done, spoken):
        typer.echo(line)
    for line in warning_lines([w.text for w in summary.warnings], spoken):
        typer.echo(line)
