"""Verbs of the reviewer's sign-off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geoplan.commands.options import (
    Json,
    Lang,
    Out,
    PlanFile,
    door_of,
    emit,
    finished_run,
    load,
    tell_of,
)
from geoplan.commands.register import DsnEnv, Register, Schema, Who

if TYPE_CHECKING:
    from geoplan.register.signing import Present
    from layers.plan.model import Plan

__all__ = ["add", "export", "list_", "review"]

_O = "geoplan.options"
Of = Annotated[str, typer.Option("--of", help=f"{_O}.review_of", metavar="site|project")]
OneId = Annotated[str, typer.Option("--id", help=f"{_O}.review_id", metavar="ID")]
History = Annotated[bool, typer.Option("--history", help=f"{_O}.review_history")]


def review(ctx: typer.Context, lang: Lang = "") -> None:
    """The reviewer's sign-off of sites, projects and findings, stored with the run id."""
    door_of(ctx, lang)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _present(ctx: typer.Context, plan: Plan, out: Path | None, *, told: bool) -> Present:
    """The finished run of this very plan; where there is none, the rule books alone.

    That there is none is told, unless a folder was asked for: then it is a fault.
    """
    from geoplan.maps.contents import run_contents
    from geoplan.register.signing import present_of
    from gis.errors import GeoplanError
    from gis.say import say

    try:
        return present_of(plan, run_contents(finished_run(ctx, plan, out)))
    except GeoplanError as err:
        if out is not None:
            raise
        if told:
            tell_of(ctx)(say("geoplan.review.run_not_used", reason=err.text))
        return present_of(plan, None)


def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=f"{_O}.review_subject", metavar="ID")],
    plan: PlanFile,
    state: Annotated[str, typer.Option("--state", help=f"{_O}.review_state", metavar="STATE")],
    comment: Annotated[str, typer.Option(help=f"{_O}.review_comment")] = "",
    rule: Annotated[str, typer.Option(help=f"{_O}.review_rule", metavar="RULE")] = "",
    of: Of = "site",
    who: Who = "",
    out: Out = None,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """What a reviewer says of a site of the run, a project, or one finding of it."""
    from geoplan.register.signed import review_as_dict, review_line
    from geoplan.register.signing import add_review
    from geoplan.register.store import place_of
    from gis.say import say

    loaded = load(ctx, plan, lang)
    spoken = door_of(ctx)
    values = {"subject": of, "id": name, "rule": rule, "state": state, "comment": comment}
    found = add_review(
        place_of(loaded, path, dsn_env, schema),
        loaded,
        values,
        who,
        _present(ctx, loaded, out, told=of == "site"),
        say("geoplan.review.of_command_line")(spoken),
    )
    if as_json:
        emit(review_as_dict(found, spoken))
        return
    line = review_line(found)
    typer.echo(say("geoplan.review.written", seq=found.review.seq, line=line)(spoken))


def list_(
    ctx: typer.Context,
    plan: PlanFile,
    name: OneId = "",
    of: Of = "",
    history: History = False,
    out: Out = None,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """What reviewers said, and whether it was of this run."""
    from geoplan.register.signed import review_lines, reviews_as_list
    from geoplan.register.signing import standing_reviews
    from geoplan.register.store import place_of

    loaded = load(ctx, plan, lang)
    found = standing_reviews(
        place_of(loaded, path, dsn_env, schema),
        loaded,
        _present(ctx, loaded, out, told=True),
        subject=of,
        name=name,
        history=history,
    )
    if as_json:
        emit(reviews_as_list(found, door_of(ctx)))
        return
    for line in review_lines(found, door_of(ctx)):
        typer.echo(line)


def export(
    ctx: typer.Context,
    plan: PlanFile,
    file: Annotated[Path, typer.Argument(help=f"{_O}.review_export", metavar="FILE")],
    out: Out = None,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
) -> None:
    """Every review as a workbook, a table or JSON."""
    from geoplan.register.signed import export_reviews
    from geoplan.register.signing import standing_reviews
    from geoplan.register.store import place_of

    loaded = load(ctx, plan, lang)
    place = place_of(loaded, path, dsn_env, schema)
    found = standing_reviews(place, loaded, _present(ctx, loaded, out, told=True))
    typer.echo(export_reviews(file, found, door_of(ctx)))
