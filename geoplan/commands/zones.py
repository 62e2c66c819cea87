"""The verb that prints the sheet of each zone and park of a plan."""

from __future__ import annotations

from typing import Annotated

import typer

from geoplan.commands.answered import run_of_steps
from geoplan.commands.options import Json, Lang, Out, PlanFile, door_of, emit, load

__all__ = ["zones"]

_STEPS = ("zones",)


def zones(
    ctx: typer.Context,
    plan: PlanFile,
    zone: Annotated[str, typer.Option("--zone", help="geoplan.options.zone")] = "",
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """What each zone and industrial park holds, and its balance by the hour."""
    from geoplan.answers.zone_lines import plus_lines, sheets_asked, zone_lines
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import warning_lines
    from layers.result import optional_table

    loaded = load(ctx, plan, lang)
    done = run_of_steps(ctx, loaded, out, _STEPS, as_json=as_json)
    summary = read_run_summary(done)
    asked = sheets_asked(summary.zones or (), zone)
    plus = optional_table(done, "pv_plus_areas")
    told = summary.warnings
    if as_json:
        emit(
            {
                "zones": [s.model_dump(mode="json") for s in asked],
                "pv_plus": [] if plus is None else plus.to_dict("records"),
                "warnings": [w.model_dump(mode="json") for w in told],
                "folder": str(done),
            }
        )
        return
    spoken = door_of(ctx)
    for line in zone_lines(asked, spoken):
        typer.echo(line)
    if not zone:
        for line in plus_lines(plus, spoken):
            typer.echo(line)
    for line in warning_lines(told, spoken):
        typer.echo(line)
