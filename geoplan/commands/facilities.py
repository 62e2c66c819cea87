"""The verb of facilities: where to build, who is reached."""

from __future__ import annotations

from typing import Annotated

import typer

from geoplan.commands.options import Json, Lang, Out, PlanFile, door_of, emit, load
from geoplan.commands.runs import step_command

__all__ = ["facilities"]

_O = "geoplan.options"


def facilities(
    ctx: typer.Context,
    plan: PlanFile,
    case: Annotated[str, typer.Option(help=f"{_O}.facility_case", metavar="ID")] = "",
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Where to build facilities by the cases of the plan, and who is reached."""
    from gis.errors import ConfigError
    from gis.say import say
    from siting.facilities.section import FacilitiesSection

    loaded = load(ctx, plan, lang)
    if not loaded.section(FacilitiesSection).cases:
        raise ConfigError(
            say("siting.facilities.no_cases"),
            where=loaded.path.name,
            todo=say("siting.facilities.no_cases_todo"),
        )
    if not case:
        step_command("facilities")(ctx, plan, out, lang=lang, as_json=as_json)
        return
    if out is not None:
        raise ConfigError(say("siting.facilities.case_without_folder"), where="--out")
    from geoplan.answers.facility_part import facility_lines
    from geoplan.summary_text import warning_lines
    from layers.sample import make_sample
    from siting.facilities.step_facilities import facility_answers

    make_sample(loaded)
    found = facility_answers(loaded, case)
    for err in found.refused.values():  # nothing else was asked
        raise err
    if as_json:
        one = found.answers[0].model_dump(mode="json")
        emit(one | {"warnings": [w.as_dict() for w in found.warnings]})
        return
    door = door_of(ctx)
    for line in facility_lines(found.answers, door):
        typer.echo(line)
    for line in warning_lines(found.warnings, door):
        typer.echo(line)
