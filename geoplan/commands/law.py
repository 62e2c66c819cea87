"""Verbs about the law itself: is it right, and what changes from one day to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geoplan.commands.options import Json, Lang, door_of, load

__all__ = ["audit", "diff"]

_O = "geoplan.options"
AsOf = Annotated[str, typer.Option("--as-of", help=f"{_O}.law_day", metavar="DAY")]


def audit(
    ctx: typer.Context,
    texts: Annotated[Path | None, typer.Option(help=f"{_O}.texts", metavar="DIR")] = None,
    as_of: AsOf = "",
    years: Annotated[float, typer.Option(help=f"{_O}.audit_years", min=0.0)] = 5.0,
    plan: Annotated[Path | None, typer.Option(help=f"{_O}.audit_plan", metavar="PLAN")] = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Compare quotes with articles, and laws with the calendar."""
    from geoplan.law_lists import show_audit

    door_of(ctx, lang)
    loaded = None if plan is None else load(ctx, plan, lang)
    clean = show_audit(
        texts,
        as_of,
        years,
        door_of(ctx),
        as_json=as_json,
        echo=typer.echo,
        plan=loaded,
    )
    if not clean:
        raise typer.Exit(3)


def diff(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(help=f"{_O}.first_day", metavar="DAY")],
    second: Annotated[str, typer.Argument(help=f"{_O}.second_day", metavar="DAY")],
    plan: Annotated[Path | None, typer.Option(help=f"{_O}.diff_plan", metavar="PLAN")] = None,
    applies_to: Annotated[
        str, typer.Option(help=f"{_O}.applies_to", metavar="pv|wind|afforest|wetland|grass")
    ] = "",
    projects: Annotated[
        Path | None, typer.Option(help=f"{_O}.diff_projects", metavar="FILE")
    ] = None,
    export: Annotated[Path | None, typer.Option(help=f"{_O}.export")] = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Rules that come, go and change between two days, and the land each moves."""
    from geoplan.law_diff_list import show_diff

    door_of(ctx, lang)
    loaded = None if plan is None else load(ctx, plan, lang)
    show_diff(
        first,
        second,
        applies_to,
        export,
        door_of(ctx),
        as_json=as_json,
        echo=typer.echo,
        plan=loaded,
        projects=projects,
    )
