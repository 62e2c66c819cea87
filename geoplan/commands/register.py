"""Verbs of the register of projects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geoplan.commands.options import (
    Json,
    Lang,
    PlanFile,
    door_of,
    emit,
    finished_run,
    load,
    progress_of,
    run_at,
)

if TYPE_CHECKING:
    from geoplan.register.ledger import Ledger
    from geoplan.register.store import Place
    from layers.plan.model import Plan

__all__ = [
    "add",
    "check",
    "expansion",
    "export",
    "impact",
    "import_",
    "list_",
    "register",
    "retire",
    "year",
]

_O = "geoplan.options"
Register = Annotated[
    Path | None, typer.Option("--register", help=f"{_O}.register", metavar="FILE")
]
DsnEnv = Annotated[str, typer.Option("--dsn-env", help=f"{_O}.register_dsn", metavar="NAME")]
Schema = Annotated[str, typer.Option("--schema", help=f"{_O}.register_schema", metavar="NAME")]
Who = Annotated[str, typer.Option("--who", help=f"{_O}.who", metavar="NAME")]


def register(ctx: typer.Context, lang: Lang = "") -> None:
    """The register of projects: add, check again, see what changed and why."""
    door_of(ctx, lang)
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _place(plan: Plan, path: Path | None, dsn_env: str, schema: str) -> Place:
    from geoplan.register.store import place_of

    return place_of(plan, path, dsn_env, schema)


def _tell(ledger: Ledger, lang: str) -> None:
    """What is to be known of the register itself, beside the answer."""
    for text in ledger.told:
        typer.echo(text(lang), err=True)


def _run_id(plan: Plan, out: Path | None = None) -> str:
    """Id of the finished run of this very plan; empty where there is none."""
    from geoplan.finished import finished_run as found
    from geoplan.summary import read_run_summary
    from gis.errors import GeoplanError

    try:
        folder = found(plan, run_at(out), tell=lambda _: None)
        return read_run_summary(folder).run.id
    except GeoplanError:
        return ""


def add(
    ctx: typer.Context,
    plan: PlanFile,
    project_id: Annotated[str, typer.Option("--id", help=f"{_O}.project_id", metavar="ID")],
    name: Annotated[str, typer.Option(help=f"{_O}.project_name")] = "",
    kind: Annotated[str, typer.Option(help=f"{_O}.project_kind", metavar="KIND")] = "",
    unit: Annotated[str, typer.Option(help=f"{_O}.project_unit")] = "",
    stage: Annotated[str, typer.Option(help=f"{_O}.project_stage", metavar="STAGE")] = "",
    section: Annotated[str, typer.Option(help=f"{_O}.project_section")] = "",
    year: Annotated[int | None, typer.Option(help=f"{_O}.project_year")] = None,
    capacity_mw: Annotated[float | None, typer.Option(help=f"{_O}.project_capacity")] = None,
    energy_mwh: Annotated[float | None, typer.Option(help=f"{_O}.project_energy")] = None,
    area_ha: Annotated[float | None, typer.Option(help=f"{_O}.project_area")] = None,
    commissioned: Annotated[
        str, typer.Option(help=f"{_O}.project_commissioned", metavar="DAY")
    ] = "",
    document: Annotated[
        list[str] | None, typer.Option(help=f"{_O}.project_document", metavar="PATH")
    ] = None,
    boundary: Annotated[
        Path | None, typer.Option(help=f"{_O}.project_boundary", metavar="FILE")
    ] = None,
    point: Annotated[
        tuple[float, float] | None, typer.Option(help=f"{_O}.project_point", metavar="LON LAT")
    ] = None,
    layer: Annotated[str, typer.Option(help=f"{_O}.layer")] = "",
    crs: Annotated[str, typer.Option(help=f"{_O}.crs", metavar="EPSG:CODE")] = "",
    who: Who = "",
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Add one project, or change what is given of it."""
    from geoplan.register.reading import Brought, Telling, land_of_file, point_of
    from gis.errors import ConfigError
    from gis.say import say

    loaded = load(ctx, plan, lang)
    if boundary is not None and point is not None:
        raise ConfigError(say("geoplan.register.option_add"), where="--boundary --point")
    values: dict[str, Any] = {
        "id": project_id, "name": name, "kind": kind, "unit": unit, "stage": stage,
        "section": section, "year": year, "capacity_mw": capacity_mw, "energy_mwh": energy_mwh,
        "area_ha": area_ha,
        "commissioned": commissioned, "documents": tuple(document or ()),
    }  # fmt: skip
    given = {k: v for k, v in values.items() if v not in ("", None, ())}
    where = say("geoplan.register.of_command_line")
    land: Any = None
    told: tuple[Telling, ...] = ()
    if boundary is not None:
        land, told = land_of_file(boundary, loaded, layer=layer, crs=crs)
    elif point is not None:
        land = point_of(*point, loaded, where)
    place = _place(loaded, path, dsn_env, schema)
    _write(ctx, loaded, [Brought(where, given, land, told=told)], place, who, as_json=as_json)


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help=f"{_O}.register_file", metavar="FILE")],
    plan: PlanFile,
    layer: Annotated[str, typer.Option(help=f"{_O}.layer")] = "",
    crs: Annotated[str, typer.Option(help=f"{_O}.crs", metavar="EPSG:CODE")] = "",
    encoding: Annotated[str, typer.Option(help=f"{_O}.encoding", metavar="NAME")] = "",
    kind: Annotated[str, typer.Option(help=f"{_O}.import_kind", metavar="KIND")] = "",
    who: Who = "",
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Add all projects of a file."""
    from geoplan.register.reading import read_brought, with_kind

    loaded = load(ctx, plan, lang)
    found = read_brought(file, loaded, layer=layer, crs=crs, encoding=encoding)
    place = _place(loaded, path, dsn_env, schema)
    _write(ctx, loaded, with_kind(found, kind), place, who, as_json=as_json)


def _write(
    ctx: typer.Context,
    plan: Plan,
    brought: list[Any],
    place: Place,
    who: str,
    *,
    as_json: bool,
) -> None:
    from geoplan.register.adding import add_projects, added_lines, stamp_of
    from gis.say import say

    done = add_projects(place, plan, brought, stamp_of(plan, who, _run_id(plan)))
    if as_json:
        emit(done.as_dict())
        return
    typer.echo(
        say(
            "geoplan.register.added",
            added=len(done.added),
            changed=len(done.changed),
            same=len(done.same),
            file=place.name,
        )(door_of(ctx))
    )
    for line in added_lines(done):
        typer.echo(line(door_of(ctx)))


def list_(
    ctx: typer.Context,
    plan: PlanFile,
    project_id: Annotated[
        str, typer.Option("--id", help=f"{_O}.project_id", metavar="ID")
    ] = "",
    stage: Annotated[str, typer.Option(help=f"{_O}.project_stage", metavar="STAGE")] = "",
    history: Annotated[bool, typer.Option("--history", help=f"{_O}.register_history")] = False,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Projects as they stand, or every entry of their history."""
    from geoplan.register.adding import epsg_of
    from geoplan.register.listing import entries_as_list, entry_lines, history_lines
    from geoplan.register.project import stage_of
    from geoplan.register.store import opened

    loaded = load(ctx, plan, lang)
    wanted = stage_of(stage) if stage else ""
    place = _place(loaded, path, dsn_env, schema)
    with opened(place, epsg_of(loaded)) as ledger:
        found = ledger.shown(project_id, history=history)
    _tell(ledger, door_of(ctx))
    found = [e for e in found if wanted in ("", e.project.stage)]
    if as_json:
        emit(entries_as_list(found))
        return
    lines = history_lines if history else entry_lines
    for line in lines(found, door_of(ctx)):
        typer.echo(line)


def check(
    ctx: typer.Context,
    plan: PlanFile,
    project_id: Annotated[str, typer.Option("--id", help=f"{_O}.check_one", metavar="ID")] = "",
    who: Who = "",
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """All boundaries against today's layers and law, and what changed since the last time."""
    from geoplan.register.adding import stamp_of
    from geoplan.register.checking import check_register
    from geoplan.register.listing import checked_as_dict, checked_lines

    loaded = load(ctx, plan, lang)
    place = _place(loaded, path, dsn_env, schema)
    stamp = stamp_of(loaded, who, _run_id(loaded))
    with progress_of(ctx, alone="register", as_json=as_json) as show:
        found = check_register(place, loaded, stamp, only=project_id, progress=show)
    if as_json:
        emit(checked_as_dict(found, door_of(ctx)))
        return
    for line in checked_lines(found, door_of(ctx)):
        typer.echo(line)


def impact(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help=f"{_O}.impact_name", metavar="RULE|BOOK|LAW")],
    plan: PlanFile,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Projects a rule touches, and what its coming into force or its end does to them."""
    from geoplan.register.checking import impact_of
    from geoplan.register.listing import impact_as_dict, impact_lines

    loaded = load(ctx, plan, lang)
    found = impact_of(_place(loaded, path, dsn_env, schema), loaded, name)
    if as_json:
        emit(impact_as_dict(found))
        return
    for line in impact_lines(found, name, loaded.plan.as_of.isoformat(), door_of(ctx)):
        typer.echo(line)


def export(
    ctx: typer.Context,
    plan: PlanFile,
    file: Annotated[Path, typer.Argument(help=f"{_O}.register_export", metavar="FILE")],
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
) -> None:
    """Write the register as a workbook with its history, a table or a GeoPackage."""
    from geoplan.register.adding import epsg_of
    from geoplan.register.exporting import export_register, left_out
    from geoplan.register.store import opened
    from gis.errors import ConfigError
    from gis.say import say

    loaded = load(ctx, plan, lang)
    place = _place(loaded, path, dsn_env, schema)
    if not place.dsn_env and file.resolve() == place.path.resolve():
        raise ConfigError(say("geoplan.register.export_onto_itself"), where=str(file))
    with opened(place, epsg_of(loaded)) as ledger:
        epsg, entries = ledger.epsg, ledger.current()
        history, last = ledger.history(), ledger.last_check()
    _tell(ledger, door_of(ctx))
    typer.echo(export_register(file, entries, history, last, epsg, door_of(ctx)))
    if note := left_out(file, entries.values()):
        typer.echo(note(door_of(ctx)), err=True)


def year(
    ctx: typer.Context,
    number: Annotated[
        int, typer.Argument(help=f"{_O}.year_number", metavar="YEAR", min=1900, max=2200)
    ],
    plan: PlanFile,
    run: Annotated[
        Path | None, typer.Option("--run", help=f"{_O}.year_run", metavar="DIR")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=f"{_O}.year_out", metavar="DIR")
    ] = None,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """The assessment of a year as a workbook and a Word file, with links into the run."""
    from geoplan.finished import read_whole
    from geoplan.register.adding import epsg_of
    from geoplan.register.feeding import not_counted_notes
    from geoplan.register.store import opened
    from geoplan.register.yearly import assessment, assessment_as_dict, write_assessment
    from geoplan.summary import read_run_summary

    loaded = load(ctx, plan, lang)
    spoken = door_of(ctx)
    folder = finished_run(ctx, loaded, run)
    with opened(_place(loaded, path, dsn_env, schema), epsg_of(loaded)) as ledger:
        entries, last = list(ledger.current().values()), ledger.last_check()
    _tell(ledger, spoken)
    target = out or loaded.path.with_name(f"{loaded.path.stem}_{number}")
    with read_whole(folder):
        summary = read_run_summary(folder)
        more = not_counted_notes(loaded, summary, entries, ledger.epsg)
        found = assessment(number, summary, entries, last, spoken, more)
        # JSON alone writes no file unless a folder for them is given
        written = () if as_json and out is None else write_assessment(found, folder, target)
    if as_json:
        emit(assessment_as_dict(found))
    for file in written:
        typer.echo(file, err=as_json)


def retire(
    ctx: typer.Context,
    plan: PlanFile,
    factor: Annotated[
        list[str] | None,
        typer.Option("--factor", help=f"{_O}.retire_factor", metavar="ID=VALUE"),
    ] = None,
    export: Annotated[Path | None, typer.Option("--export", help=f"{_O}.export")] = None,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Turbines, blades, modules and batteries by the years they come out of service."""
    from geoplan.register.adding import epsg_of
    from geoplan.register.retiring import (
        registered_plants,
        retired_as_json,
        retired_lines,
        write_retired,
    )
    from geoplan.register.store import opened
    from siting.retire.schedule import retirement, with_factors

    loaded = load(ctx, plan, lang)
    known = with_factors(factor or ())
    with opened(_place(loaded, path, dsn_env, schema), epsg_of(loaded)) as ledger:
        entries, epsg = list(ledger.current().values()), ledger.epsg
    _tell(ledger, door_of(ctx))
    found = retirement(registered_plants(loaded, entries, epsg), known)
    spoken = door_of(ctx)
    if export is not None:
        typer.echo(write_retired(found, export, spoken))
    elif as_json:
        emit(retired_as_json(found, spoken))
    else:
        for line in retired_lines(found, known, spoken):
            typer.echo(line)


def expansion(
    ctx: typer.Context,
    plan: PlanFile,
    until: Annotated[
        int, typer.Option(help=f"{_O}.expansion_until", min=1900, max=2200)
    ] = 2035,
    path: Register = None,
    dsn_env: DsnEnv = "",
    schema: Schema = "",
    lang: Lang = "",
) -> None:
    """Capacity by year with the projects of the register, each counted once."""
    from geoplan.register.adding import epsg_of
    from geoplan.register.feeding import expansion_lines
    from geoplan.register.store import opened

    loaded = load(ctx, plan, lang)
    with opened(_place(loaded, path, dsn_env, schema), epsg_of(loaded)) as ledger:
        entries, epsg = list(ledger.current().values()), ledger.epsg
    _tell(ledger, door_of(ctx))
    for line in expansion_lines(loaded, entries, epsg, until, door_of(ctx)):
        typer.echo(line)
