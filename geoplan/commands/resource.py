"""Verbs about light and wind themselves, before any plant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geoplan.commands.options import Json, Lang, PlanFile, door_of, emit, load

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["long_term"]

_O = "geoplan.options"


def long_term(
    ctx: typer.Context,
    plan: PlanFile,
    method: Annotated[str, typer.Option(help=f"{_O}.long_term_method", metavar="NAME")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=f"{_O}.long_term_out", metavar="DIR")
    ] = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """A short measured series corrected by a long reference."""
    from geoplan.resource.long_term import corrections, long_term_lines, write_long_term

    loaded = load(ctx, plan, lang)
    spoken = door_of(ctx)
    if method:
        loaded = _by_method(loaded, method)
    found = corrections(loaded)
    if out is not None:
        for path in write_long_term(found, loaded, out, lang=spoken):
            typer.echo(path, err=as_json)  # stdout holds the JSON alone
    if as_json:
        emit(found.answer().model_dump())
        return
    for line in long_term_lines(found, spoken):
        typer.echo(line)


def _by_method(plan: Plan, method: str) -> Plan:
    """The plan with another method of correction.

    Raises
    ------
    ConfigError
        For a method that does not exist.
    """
    from gis.errors import ConfigError
    from gis.say import listed, say
    from siting.resource.plan_series import resource_section
    from siting.resource.relation import METHODS

    if method not in METHODS:
        raise ConfigError(
            say("geoplan.long_term.no_such_method"),
            where="--method",
            got=method,
            expected=listed(METHODS),
        )
    section = resource_section(plan)
    settings = section.long_term.model_copy(update={"method": method})
    changed = section.model_copy(update={"long_term": settings})
    return plan.with_sections(resource=changed)
