"""The verb that prints what the grid takes of the sites, and by when targets are met."""

from __future__ import annotations

import typer

from geoplan.commands.answered import answered
from geoplan.commands.options import Json, Lang, Out, PlanFile, load

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

    answered(ctx, load(ctx, plan, lang), out, _STEPS, connection_lines, as_json=as_json)
