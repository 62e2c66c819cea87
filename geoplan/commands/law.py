"""Verbs about the law itself: is it right, and what changes from one day to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geoplan.commands.options import Json, Lang, door_of, load

__all__ = ["audit"]

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
