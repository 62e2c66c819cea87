"""Verbs that run steps: everything, screening, yields, carbon, targets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from geoplan.commands.options import (
    Afresh,
    Json,
    Lang,
    MaybePlan,
    Out,
    PlanFile,
    Scheduler,
    Shared,
    Workers,
    door_of,
    emit,
    finished_run,
    load,
    plant_folder,
    progress_of,
    run_at,
    tell_of,
)
from geoplan.commands.polygon import PolygonAsked, by_option, polygon_plant, set_values
from gis.say import Sentence, both, listed, say

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = [
    "demo",
    "mrv",
    "pv",
    "repower",
    "run",
    "screen",
    "step_command",
    "wind",
]

_O = "geoplan.options"
_NO_ANSWER = 3
_HOURLY: tuple[Literal["csv", "parquet", "sam"], ...] = ("csv", "parquet", "sam")


def _go(
    ctx: typer.Context,
    plan: Plan,
    out: Path | None,
    only: tuple[str, ...],
    *,
    json_: bool,
    afresh: bool = False,
) -> None:
    from geoplan.run import run_plan
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import summary_lines

    lang = door_of(ctx)
    notes: list[Sentence] = []
    tell = notes.append if json_ else tell_of(ctx)
    with progress_of(ctx, only=only, plan=plan, as_json=json_) as progress:
        done = run_plan(
            plan, out, only=only, lang=lang, progress=progress, afresh=afresh, tell=tell
        )
    summary = read_run_summary(done)
    if json_:
        told = [both(n) for n in notes]
        emit({**summary.model_dump(by_alias=True), "folder": str(done), "notes": told})
    else:
        for line in summary_lines(summary, done, lang):
            typer.echo(line)
    cases = summary.facilities or ()
    if only == ("facilities",) and cases and all(a.refused is not None for a in cases):
        raise typer.Exit(_NO_ANSWER)  # what was asked for has none; why is told above


def _scheduled(plan: Plan, scheduler: str, workers: int | None, shared: str) -> Plan:
    if not scheduler and workers is None and not shared:
        return plan
    from siting.screen.how import with_options

    return with_options(plan, engine=scheduler, workers=workers, shared=shared)


def _many(
    ctx: typer.Context,
    plan: Path,
    out: Path | None,
    only: tuple[str, ...],
    scheduler: str,
    workers: int | None,
    lang: str,
    *,
    as_json: bool,
    afresh: bool,
) -> bool:
    """Run a plan of many counties; False where it is of one."""
    from geoplan.plan_file import is_of_many

    door_of(ctx, lang)
    if not is_of_many(plan):
        return False
    from geoplan.commands.many import run_many_shown

    run_many_shown(ctx, plan, out, only, scheduler, workers, as_json=as_json, afresh=afresh)
    return True


def demo(
    ctx: typer.Context,
    out: Out = None,
    size: Annotated[str, typer.Option(help=f"{_O}.size", metavar="tiny|demo|full")] = "demo",
    afresh: Afresh = False,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Run everything on the embedded synthetic county."""
    from geoplan.demo import sample_plan

    door_of(ctx, lang)
    folder = out or Path.cwd() / "out" / "demo"
    _go(ctx, sample_plan(size), folder, (), json_=as_json, afresh=afresh)


def run(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    scheduler: Scheduler = "",
    workers: Workers = None,
    shared: Shared = "",
    afresh: Afresh = False,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Run all steps of a plan."""
    if _many(ctx, plan, out, (), scheduler, workers, lang, as_json=as_json, afresh=afresh):
        return
    loaded = _scheduled(load(ctx, plan, lang), scheduler, workers, shared)
    _go(ctx, loaded, out, (), json_=as_json, afresh=afresh)


def screen(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    scheduler: Scheduler = "",
    workers: Workers = None,
    shared: Shared = "",
    afresh: Afresh = False,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Screen the land and find sites."""
    only = ("screen", "sites")
    if _many(ctx, plan, out, only, scheduler, workers, lang, as_json=as_json, afresh=afresh):
        return
    loaded = _scheduled(load(ctx, plan, lang), scheduler, workers, shared)
    _go(ctx, loaded, out, only, json_=as_json, afresh=afresh)


def step_command(*steps: str) -> Callable[..., None]:
    """A verb that runs `steps` and what they need."""

    def command(
        ctx: typer.Context,
        plan: PlanFile,
        out: Out = None,
        afresh: Afresh = False,
        lang: Lang = "",
        as_json: Json = False,
    ) -> None:
        loaded = load(ctx, plan, lang)
        _go(ctx, loaded, out, steps, json_=as_json, afresh=afresh)

    return command


def mrv(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Monitoring and MRV: series, trends, targets by year, workbook, parcels."""
    from carbon_sink.section import CarbonSection
    from geoplan.mrv.book import write_mrv_book
    from geoplan.mrv.parcels import write_parcels, write_stands
    from geoplan.run import default_out
    from geoplan.summary import read_run_summary
    from layers.result import optional_layer, optional_table

    loaded = load(ctx, plan, lang)
    _go(ctx, loaded, out, ("monitor",), json_=as_json)
    run_folder = (out or default_out(loaded)).resolve()
    spoken = door_of(ctx)
    summary = read_run_summary(run_folder)
    # beside the run: what a run wrote stays as it was written
    folder = run_folder.with_name(f"{run_folder.name}_mrv")
    if optional_table(run_folder, "mrv_activity") is not None:
        path = folder / f"mrv_{spoken}.xlsx"
        typer.echo(write_mrv_book(path, summary, run_folder, lang=spoken), err=as_json)
    if optional_layer(run_folder, "ecosystem") is not None:
        year = loaded.section(CarbonSection).year
        sent = write_parcels(folder, summary, run_folder, year=year)
        stands = write_stands(folder, summary, run_folder, year=year) or ()
        for path in (*sent, *stands):
            typer.echo(path, err=as_json)


def pv(
    ctx: typer.Context,
    plan: MaybePlan = None,
    site: Annotated[str, typer.Option(help=f"{_O}.site", metavar="ID")] = "",
    lonlat: Annotated[
        tuple[float, float] | None, typer.Option(help=f"{_O}.lonlat", metavar="LON LAT")
    ] = None,
    mounting: Annotated[str, typer.Option(help=f"{_O}.mounting", metavar="RACK")] = "",
    capacity_mw: Annotated[float | None, typer.Option(help=f"{_O}.capacity_mw")] = None,
    tilt: Annotated[float | None, typer.Option(help=f"{_O}.tilt")] = None,
    azimuth: Annotated[float | None, typer.Option(help=f"{_O}.azimuth")] = None,
    gcr: Annotated[float | None, typer.Option(help=f"{_O}.gcr")] = None,
    dc_ac: Annotated[float | None, typer.Option(help=f"{_O}.dc_ac")] = None,
    module: Annotated[
        str | None, typer.Option(help=f"{_O}.module", metavar="ID|FILE|FILE#ROW")
    ] = None,
    inverter: Annotated[
        str | None, typer.Option(help=f"{_O}.inverter", metavar="ID|FILE|FILE#ROW")
    ] = None,
    preset: Annotated[str | None, typer.Option(help=f"{_O}.preset", metavar="ID")] = None,
    hourly: Annotated[bool, typer.Option("--hourly", help=f"{_O}.hourly")] = False,
    layout: Annotated[bool, typer.Option("--layout", help=f"{_O}.layout")] = False,
    polygon: Annotated[Path | None, typer.Option(help=f"{_O}.polygon", metavar="FILE")] = None,
    crs: Annotated[str, typer.Option(help=f"{_O}.polygon_crs", metavar="EPSG:CODE")] = "",
    weather: Annotated[
        Path | None, typer.Option(help=f"{_O}.polygon_weather", metavar="FILE")
    ] = None,
    dem: Annotated[Path | None, typer.Option(help=f"{_O}.polygon_dem", metavar="FILE")] = None,
    no_go: Annotated[Path | None, typer.Option(help=f"{_O}.no_go", metavar="FILE")] = None,
    connection: Annotated[
        tuple[float, float] | None, typer.Option(help=f"{_O}.connection", metavar="LON LAT")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help=f"{_O}.set", metavar="KEY=VALUE")
    ] = None,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """PV yield of all sites, of one site or of a point; the plant of a polygon."""
    from gis.errors import ConfigError

    given = {
        "preset": preset,
        "tilt_deg": tilt,
        "azimuth_deg": azimuth,
        "gcr": gcr,
        "dc_ac_ratio": dc_ac,
        "module": module,
        "inverter": inverter,
    }
    changes: dict[str, object] = {k: v for k, v in given.items() if v is not None}
    files = (polygon, crs, weather, dem, no_go, connection)
    if plan is None or polygon is not None or layout:
        door_of(ctx, lang)
        _refuse_mixed(site, lonlat, capacity_mw, polygon)
        changes |= {"mounting": mounting} if mounting else {}
        changes |= set_values(set_ or ())
        asked = PolygonAsked(plan, site, *files, changed=changes, hourly=hourly)
        polygon_plant(ctx, asked, out, lang, as_json=as_json)
        return
    loaded = load(ctx, plan, lang)
    if set_ or any(v not in (None, "") for v in files):
        raise ConfigError(
            say("geoplan.faults.for_a_polygon"),
            where="pv",
            todo=say("geoplan.faults.name_polygon_or_layout"),
        )
    if not site and lonlat is None:
        if mounting or capacity_mw is not None or hourly or changes:
            raise ConfigError(
                say("geoplan.faults.for_one_place"),
                where="pv",
                todo=say("geoplan.faults.name_a_place"),
            )
        _go(ctx, loaded, out, ("pv",), json_=as_json)
        return
    from geoplan.array.pv_files import pv_report
    from geoplan.lender.energy_lines import assessment_lines, assessment_record
    from geoplan.summary_text import warning_line
    from siting.pv.study.one_site import SiteChoice

    racks: dict[str, Literal["", "fixed", "tracker", "two_axis"]] = {
        "": "",
        "fixed": "fixed",
        "tracker": "tracker",
        "two_axis": "two_axis",
    }
    if mounting not in racks:
        raise ConfigError(
            say("geoplan.faults.no_such_mounting"),
            where="--mounting",
            got=mounting,
            expected=say("geoplan.faults.fixed_or_tracker"),
        )
    choice = SiteChoice(site, lonlat, racks[mounting], capacity_mw, changes)
    work = finished_run(ctx, loaded, run_at(out)) if site else None
    folder = plant_folder(loaded, out)
    spoken = door_of(ctx)
    with by_option():
        found = pv_report(loaded, folder, choice, work=work, lang=spoken, hourly=hourly)
    if as_json:
        told = [w.as_dict() for w in found.assessment.warnings]
        written = {k: str(v) for k, v in found.files.items()}
        emit({**written, "assessment": assessment_record(found.assessment), "warnings": told})
        return
    for line in assessment_lines(found.assessment):
        typer.echo(line(spoken))
    for warning in found.assessment.warnings:
        typer.echo(f"! {warning_line(warning, spoken)}")
    for path in found.files.values():
        typer.echo(path)


def wind(
    ctx: typer.Context,
    plan: PlanFile,
    hourly: Annotated[
        list[str] | None,
        typer.Option("--hourly", help=f"{_O}.wind_hourly", metavar="csv|parquet|sam"),
    ] = None,
    zone: Annotated[str, typer.Option(help=f"{_O}.wind_zone", metavar="ID")] = "",
    polygon: Annotated[
        Path | None, typer.Option(help=f"{_O}.wind_polygon", metavar="FILE")
    ] = None,
    turbine: Annotated[
        list[str] | None, typer.Option(help=f"{_O}.wind_turbine", metavar="ID")
    ] = None,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Wind yield of the turbines, plants and sites of a plan."""
    from geoplan.run import default_out
    from gis.errors import ConfigError

    loaded = load(ctx, plan, lang)
    forms = [f for f in _HOURLY if f in (hourly or ())]
    unknown = sorted(set(hourly or ()) - set(_HOURLY))
    if unknown:
        raise ConfigError(
            say("geoplan.faults.no_such_hourly"),
            where="--hourly",
            got=listed(unknown),
            expected=listed(_HOURLY),
        )
    if zone or polygon is not None:
        from siting.wind.greenfield.step_greenfield import with_area

        if zone and polygon is not None:
            raise ConfigError(say("geoplan.faults.choose_one"), where="--zone, --polygon")
        outline = "" if polygon is None else str(polygon.absolute())
        asked = with_area(loaded, zone=zone, polygon=outline, turbine=tuple(turbine or ()))
        # beside the run of the plan: its results stand
        usual = default_out(loaded)
        own = usual.with_name(f"{usual.name}_{zone or Path(outline).stem}")
        _go(ctx, asked, out or own, ("greenfield",), json_=as_json)
        return
    if turbine:
        raise ConfigError(
            say("geoplan.faults.for_one_place"),
            where="--turbine",
            todo=say("geoplan.faults.name_land_for_turbine"),
        )
    _go(ctx, loaded, out, ("wind",), json_=as_json)
    if not forms:
        return
    from siting.wind.plan_farm import wind_hours

    folder = (out or default_out(loaded)).with_name(f"{(out or default_out(loaded)).name}_wind")
    for path in wind_hours(loaded, folder, forms).values():
        typer.echo(path, err=as_json)


def _refuse_mixed(
    site: str,
    lonlat: tuple[float, float] | None,
    capacity_mw: float | None,
    polygon: Path | None,
) -> None:
    """Refuse a plant of two places, or a polygon whose capacity is typed."""
    from gis.errors import ConfigError

    places = (("--site", site), ("--lonlat", lonlat), ("--polygon", polygon))
    given = [name for name, value in places if value not in (None, "")]
    if lonlat is not None or len(given) != 1:
        raise ConfigError(
            say("geoplan.faults.one_polygon"),
            where="pv",
            got=listed(given),
            todo=say("geoplan.faults.name_plan_or_polygon"),
        )
    if capacity_mw is not None:
        raise ConfigError(
            say("geoplan.faults.capacity_of_polygon"),
            where="--capacity-mw",
            got=f"{capacity_mw:g}",
            todo=say("geoplan.faults.leave_capacity"),
        )


def repower(
    ctx: typer.Context,
    plan: PlanFile,
    turbine: Annotated[
        list[str] | None, typer.Option(help=f"{_O}.turbine", metavar="ID")
    ] = None,
    keep_capacity: Annotated[
        bool, typer.Option("--keep-capacity", help=f"{_O}.keep_capacity")
    ] = False,
    largest: Annotated[bool, typer.Option("--max", help=f"{_O}.max")] = False,
    seed: Annotated[int | None, typer.Option(help=f"{_O}.seed")] = None,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Repowering: eligibility, layout, before and after."""
    from gis.errors import ConfigError
    from siting.wind.repower.step_repower import with_options

    door_of(ctx, lang)
    if keep_capacity and largest:
        raise ConfigError(say("geoplan.faults.choose_one"), where="--keep-capacity, --max")
    loaded = load(ctx, plan, lang)
    mode: Literal["", "keep_capacity", "max"] = "keep_capacity" if keep_capacity else ""
    chosen = with_options(
        loaded, turbine=tuple(turbine or ()), mode="max" if largest else mode, seed=seed
    )
    _go(ctx, chosen, out, ("repower",), json_=as_json)
