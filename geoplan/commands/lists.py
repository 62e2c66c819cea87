"""Verbs around a plan: rules, layers, a new plan file, its files, its faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geoplan.commands.options import Json, Lang, PlanFile, door_of, emit, load, progress_of

if TYPE_CHECKING:
    from layers.fetch.open_data import OpenData
    from layers.plan.model import Plan

__all__ = ["doctor", "fetch", "layers", "new", "rules"]

_O = "geoplan.options"


def doctor(
    ctx: typer.Context,
    plan: Annotated[
        Path | None, typer.Argument(help=f"{_O}.doctor_plan", metavar="[PLAN]")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help=f"{_O}.doctor_report", metavar="DIR")
    ] = None,
    repair: Annotated[
        Path | None, typer.Option(help=f"{_O}.doctor_repair", metavar="DIR")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(help=f"{_O}.doctor_sheet", metavar="XLSX")
    ] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help=f"{_O}.doctor_prepare")] = False,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Check plan, layers, weather and machine; list all faults."""
    if prepare:
        _prepared(ctx, lang, as_json=as_json)
    if plan is None:
        if prepare:
            return
        from gis.errors import ConfigError
        from gis.say import say

        raise ConfigError(
            say("geoplan.doctor.no_plan"),
            where="doctor",
            todo=say("geoplan.doctor.name_a_plan"),
        )
    from geoplan.checkup.lines import diagnosis_lines
    from geoplan.doctor import diagnose

    loaded = load(ctx, plan, lang)
    with progress_of(ctx, alone="doctor", as_json=as_json) as progress:
        found = diagnose(loaded, progress)
    if prepare:
        from layers.open.near import keep_layers

        keep_layers(loaded)
    if sheet is not None:
        from geoplan.datasheet.doors import checked_sheet
        from gis.say import say

        found, copy = checked_sheet(sheet, loaded, found, report, door_of(ctx))
        typer.echo(say("geoplan.datasheet.copy_written", path=copy)(door_of(ctx)), err=True)
    if report is not None:
        from geoplan.checkup.files import write_report
        from gis.say import listed, say

        files = write_report(found, loaded, report, door_of(ctx))
        text = say("geoplan.doctor.written", folder=report, files=listed(f.name for f in files))
        typer.echo(text(door_of(ctx)), err=True)
    if repair is not None:
        from geoplan.checkup.repair import REPAIR, repair_lines, repaired_copy

        with progress_of(ctx, steps=REPAIR, as_json=as_json) as progress:
            mended = repaired_copy(loaded, repair, door_of(ctx), progress)
        for line in repair_lines(mended, door_of(ctx)):
            typer.echo(line, err=True)
    if as_json:
        emit(found.as_dict(door_of(ctx)))
    else:
        for line in diagnosis_lines(found, door_of(ctx)):
            typer.echo(line)
    if found.faults or found.plan_refused:
        raise typer.Exit(2 if found.plan_refused else 3)


def _prepared(ctx: typer.Context, lang: str, *, as_json: bool) -> None:
    """Compile what has to be compiled once on this machine, and say so."""
    from geoplan.workers.prepare import prepare_machine
    from gis.say import say

    spoken = door_of(ctx, lang)
    typer.echo(say("geoplan.doctor.prepare_begins")(spoken), err=True)
    with progress_of(ctx, only=(), as_json=as_json) as progress:
        seconds = prepare_machine(progress)
    typer.echo(say("geoplan.doctor.prepared", n=round(seconds))(spoken), err=True)


def rules(
    ctx: typer.Context,
    applies_to: Annotated[
        str, typer.Option(help=f"{_O}.applies_to", metavar="pv|wind|afforest|wetland|grass")
    ] = "",
    search: Annotated[str, typer.Option(help=f"{_O}.search")] = "",
    export: Annotated[Path | None, typer.Option(help=f"{_O}.export")] = None,
    plan: Annotated[Path | None, typer.Option(help=f"{_O}.rules_plan", metavar="PLAN")] = None,
    as_of: Annotated[str, typer.Option("--as-of", help=f"{_O}.law_day", metavar="DAY")] = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """List, find and export rules."""
    if ctx.invoked_subcommand is not None:
        door_of(ctx, lang)
        _nothing_before(ctx)
        return
    from geoplan.law_lists import day_asked
    from geoplan.listing import show_rules

    door_of(ctx, lang)
    loaded = None if plan is None else load(ctx, plan)
    show_rules(
        applies_to,
        search,
        export,
        door_of(ctx),
        as_json=as_json,
        echo=typer.echo,
        plan=loaded,
        day=day_asked(as_of, "--as-of"),
    )


def _nothing_before(ctx: typer.Context) -> None:
    """Refuse options between a verb and the verb under it: they would not be looked at."""
    from gis.errors import ConfigError
    from gis.say import listed, say

    given = [
        p.opts[0]
        for p in ctx.command.params
        if p.name not in (None, "lang", "help")
        and getattr(ctx.get_parameter_source(p.name or ""), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise ConfigError(
            say("geoplan.law.options_after_verb"),
            where=f"{ctx.command_path} {ctx.invoked_subcommand}",
            got=listed(given),
            todo=say(
                "geoplan.usage.help.try_help",
                command=f"{ctx.command_path} {ctx.invoked_subcommand}",
            ),
        )


def layers(
    ctx: typer.Context,
    sheet: Annotated[
        Path | None, typer.Option(help=f"{_O}.layers_sheet", metavar="XLSX")
    ] = None,
    plan: Annotated[Path | None, typer.Option(help=f"{_O}.layers_plan", metavar="PLAN")] = None,
    county: Annotated[str, typer.Option(help=f"{_O}.county", metavar="COUNTY")] = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """List the layer catalogue."""
    from geoplan.listing import show_layers

    if sheet is not None:
        from geoplan.datasheet.doors import sheet_of_layers

        door_of(ctx, lang)
        loaded = None if plan is None else load(ctx, plan)
        said = sheet_of_layers(sheet, door_of(ctx), plan=loaded, county=county)
        typer.echo(said(door_of(ctx)))
        return
    if plan is not None or county:
        from gis.errors import ConfigError
        from gis.say import say

        door_of(ctx, lang)
        raise ConfigError(
            say("geoplan.datasheet.sheet_only"),
            where="--plan" if plan is not None else "--county",
        )
    show_layers(door_of(ctx, lang), as_json=as_json, echo=typer.echo)


def new(
    ctx: typer.Context,
    county: Annotated[str, typer.Argument(help=f"{_O}.county", metavar="COUNTY")],
    out: Annotated[Path, typer.Option("--out", "-o", help=f"{_O}.plan_out")] = Path(
        "plan.toml"
    ),
    sheet: Annotated[Path | None, typer.Option(help=f"{_O}.new_sheet", metavar="XLSX")] = None,
    folder: Annotated[
        Path | None, typer.Option("--from", help=f"{_O}.new_from", metavar="FOLDER")
    ] = None,
    like: Annotated[
        Path | None, typer.Option("--like", help=f"{_O}.new_like", metavar="PLAN")
    ] = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Write a plan file for a county."""
    from geoplan.new_plan import make_plan, new_plan

    spoken = door_of(ctx, lang)
    if sheet is not None:
        from geoplan.datasheet.doors import new_from_sheet

        def start(path: Path) -> Path:
            return new_plan(county, path, spoken, folder=folder, like=like)

        for said in new_from_sheet(sheet, out, start):
            typer.echo(said(spoken), err=True)
        typer.echo(out)
        return
    with progress_of(ctx, alone="new", as_json=as_json) as progress:
        made = make_plan(county, out, spoken, folder=folder, like=like, progress=progress)
    if as_json:
        from geoplan.newplan.found import found_as_dict

        found = {} if made.findings is None else found_as_dict(made.findings, spoken)
        emit({"plan": str(made.path), **found, "missing": list(made.missing)})
        return
    if made.findings is not None:
        from geoplan.newplan.found import told_of_found

        for line in told_of_found(made.findings, made.missing, spoken):
            typer.echo(line, err=True)
    typer.echo(made.path)


def fetch(
    ctx: typer.Context,
    plan: PlanFile,
    open_data: Annotated[bool, typer.Option("--open-data", help=f"{_O}.open_data")] = False,
    only_list: Annotated[bool, typer.Option("--list", help=f"{_O}.fetch_list")] = False,
    source: Annotated[
        list[str] | None, typer.Option("--source", help=f"{_O}.fetch_source", metavar="ID")
    ] = None,
    mirror: Annotated[
        list[str] | None, typer.Option("--mirror", help=f"{_O}.mirror", metavar="ID=URL")
    ] = None,
    from_folder: Annotated[
        Path | None, typer.Option("--from-folder", help=f"{_O}.from_folder", metavar="DIR")
    ] = None,
    stac: Annotated[
        str, typer.Option("--stac", help=f"{_O}.stac", metavar="ITEM", show_default=False)
    ] = "",
    asset: Annotated[
        list[str] | None, typer.Option("--asset", help=f"{_O}.asset", metavar="NAME")
    ] = None,
    layer: Annotated[
        str, typer.Option("--layer", help=f"{_O}.stac_layer", metavar="ID", show_default=False)
    ] = "",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Bring the files a plan names, or open data for what it lacks; the only network use."""
    from gis.say import say
    from layers.fetch import fetch as bring

    loaded = load(ctx, plan, lang)
    if stac or asset or layer:
        if open_data or not (stac and asset and layer):
            from gis.errors import ConfigError

            raise ConfigError(say("geoplan.fetching.stac_takes_three"), where="--stac")
        _fetch_stac(ctx, loaded, stac, asset, layer, as_json)
        return
    if open_data:
        _fetch_open_data(
            ctx, loaded, source or [], mirror or [], from_folder, only_list, as_json
        )
        return
    given = {"--list": only_list, "--source": source, "--mirror": mirror}
    for name, value in {**given, "--from-folder": from_folder}.items():
        if value:
            from gis.errors import ConfigError

            raise ConfigError(say("geoplan.fetching.needs_open_data"), where=name)
    with progress_of(ctx, as_json=as_json) as progress:
        found = bring(loaded, progress)
    if as_json:
        emit(found)
        return
    if not found:
        typer.echo(say("geoplan.cli.nothing_to_fetch")(door_of(ctx)))
    for path, checksum in found.items():
        typer.echo(f"{checksum}  {path}")


def _fetch_open_data(
    ctx: typer.Context,
    plan: Plan,
    asked: list[str],
    mirrors: list[str],
    stick: Path | None,
    only_list: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    from geoplan.commands import fetching
    from gis.say import in_lang, say
    from layers.fetch.open_data import fetch_open_data, wanted_data

    door, bases = door_of(ctx), fetching.mirrors_of(mirrors)
    if only_list:
        wanted = wanted_data(plan, asked, bases)
        if as_json:
            emit(fetching.list_as_dict(wanted))
            return
        for line in fetching.list_lines(wanted, plan):
            typer.echo(in_lang(line, door))
        return
    with progress_of(ctx, as_json=as_json) as progress:
        found = fetch_open_data(
            plan,
            progress,
            asked=asked,
            mirrors=bases,
            stick=stick,
            remark=say("geoplan.fetching.remark")(door),
        )
    _tell_fetched(found, door, as_json)


def _fetch_stac(
    ctx: typer.Context,
    plan: Plan,
    item: str,
    assets: list[str],
    layer: str,
    as_json: bool,  # noqa: FBT001
) -> None:
    from gis.say import say
    from layers.fetch.stac import fetch_stac

    door = door_of(ctx)
    with progress_of(ctx, as_json=as_json) as progress:
        remark = say("geoplan.fetching.remark_stac")(door)
        found = fetch_stac(plan, item, assets, layer, progress, remark=remark)
    _tell_fetched(found, door, as_json)


def _tell_fetched(found: OpenData, door: str, as_json: bool) -> None:  # noqa: FBT001
    from geoplan.commands import fetching
    from gis.errors import DataError, raise_faults

    if as_json:
        emit(fetching.fetched_as_dict(found, door))
    else:
        for line in fetching.fetched_lines(found):
            typer.echo(line(door))
    raise_faults(DataError, list(found.faults))
