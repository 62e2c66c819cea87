"""Verbs that show: maps, report, approval pack, one place, one boundary, the local app."""

from __future__ import annotations

from collections.abc import Callable
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

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["check", "explain", "export", "map_", "report", "serve"]

_O = "geoplan.options"


def _warned(ctx: typer.Context, folder: Path, plan: Plan) -> None:
    """Say to stderr what is to be known of a run's data; stdout is the files."""
    from geoplan.inputs import changed_since
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import warning_lines

    summary = read_run_summary(folder)
    told: list[Callable[[str], str]] = [
        *changed_since(plan, summary.provenance.inputs),
        *(w.text for w in summary.warnings),
    ]
    for line in warning_lines(told, door_of(ctx)):
        typer.echo(line, err=True)


def map_(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    display_only: Annotated[
        bool, typer.Option("--display-only", help=f"{_O}.display_only")
    ] = False,
    base_map: Annotated[
        list[str] | None, typer.Option(help=f"{_O}.base_map", metavar="tianditu|osm")
    ] = None,
    review_number: Annotated[str, typer.Option(help=f"{_O}.review_number")] = "",
    paper: Annotated[str, typer.Option("--print", help=f"{_O}.print", metavar="A4|A3|A0")] = "",
    theme: Annotated[str, typer.Option(help=f"{_O}.theme")] = "",
    kind: Annotated[
        str, typer.Option("--format", help=f"{_O}.format", metavar="pdf|png|svg")
    ] = "pdf",
    book: Annotated[str, typer.Option(help=f"{_O}.book", metavar="township|site")] = "",
) -> None:
    """The maps of a finished run: page, paper, book."""
    from geoplan.finished import read_whole
    from geoplan.maps import write_map
    from geoplan.paper import write_paper
    from layers.run_documents import keep_edited, record_documents

    loaded = load(ctx, plan, lang)
    spoken = door_of(ctx)
    folder = finished_run(ctx, loaded, out)
    if paper or book:
        with read_whole(folder):
            sheets = write_paper(
                *(folder, paper or "A3", theme, kind, book),
                lang=spoken,
                review_number=review_number,
            )
        for path in sheets:
            typer.echo(path)
        _warned(ctx, folder, loaded)
        return
    path = folder / "map.html"
    keep_edited(folder, folder, tell_of(ctx), [path.name])
    with read_whole(folder):
        write_map(
            folder,
            path,
            lang=spoken,
            display_only=display_only,
            base_maps=tuple(base_map or ()),
            review_number=review_number,
        )
    record_documents(folder, [path.name])
    typer.echo(path)
    _warned(ctx, folder, loaded)


def explain(
    ctx: typer.Context,
    lon: Annotated[float, typer.Argument(help=f"{_O}.lon", metavar="LON")],
    lat: Annotated[float, typer.Argument(help=f"{_O}.lat", metavar="LAT")],
    plan: PlanFile,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Why this place is in or out."""
    from layers.open.contradiction import refuse_contradictions
    from siting.check.explain import explain_point, explanation_lines

    loaded = load(ctx, plan, lang)
    refuse_contradictions(loaded)
    found = explain_point(loaded, lon, lat)
    if as_json:
        emit(found.as_dict())
        return
    for line in explanation_lines(found, door_of(ctx)):
        typer.echo(line)


def report(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    docx: Annotated[bool, typer.Option(help=f"{_O}.docx")] = True,
    pdf: Annotated[bool, typer.Option("--pdf", help=f"{_O}.pdf")] = False,
    plant: Annotated[str, typer.Option(help=f"{_O}.plant", metavar="ID")] = "",
) -> None:
    """The report of a finished run, or of one of its plants, HTML and Word."""
    from geoplan.documents import REPORTS, write_report
    from geoplan.finished import read_whole
    from geoplan.lender.write import lender_files, write_lender_report
    from layers.run_documents import keep_edited

    loaded = load(ctx, plan, lang)
    folder = finished_run(ctx, loaded, out)
    names = lender_files(plant).values() if plant else REPORTS
    keep_edited(folder, folder, tell_of(ctx), names)
    with read_whole(folder):
        if plant:
            written = write_lender_report(
                loaded, folder, plant, lang=door_of(ctx), docx=docx, pdf=pdf
            )
        else:
            written = write_report(loaded, folder, lang=door_of(ctx), docx=docx, pdf=pdf)
    for path in written:
        typer.echo(path)
    _warned(ctx, folder, loaded)


def export(
    ctx: typer.Context,
    plan: PlanFile,
    site: Annotated[str, typer.Option(help=f"{_O}.export_site", metavar="ID")] = "",
    out: Out = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--format", help=f"{_O}.export_format", metavar="NAME")
    ] = None,
    layers: Annotated[
        list[str] | None, typer.Option(help=f"{_O}.export_layers", metavar="NAME")
    ] = None,
    to: Annotated[Path | None, typer.Option(help=f"{_O}.export_to", metavar="DIR")] = None,
    crs: Annotated[str, typer.Option(help=f"{_O}.export_crs", metavar="EPSG:CODE")] = "",
    encoding: Annotated[
        str, typer.Option(help=f"{_O}.export_encoding", metavar="gbk|utf-8")
    ] = "",
    dsn_env: Annotated[str, typer.Option(help=f"{_O}.dsn_env", metavar="NAME")] = "",
    schema: Annotated[str, typer.Option(help=f"{_O}.schema", metavar="NAME")] = "geoplan",
    pack: Annotated[Path | None, typer.Option(help=f"{_O}.pack")] = None,
    province: Annotated[str, typer.Option(help=f"{_O}.province", metavar="NAME")] = "",
    substation_ha: Annotated[
        float | None, typer.Option(min=0.01, help=f"{_O}.substation_ha")
    ] = None,
    lang: Lang = "",
) -> None:
    """Results in other formats, or the approval pack of one site."""
    from geoplan.export.ask import wanted
    from geoplan.export.database import to_database
    from geoplan.export.write import write_results
    from geoplan.finished import read_whole
    from geoplan.report.pack import write_pack
    from gis.errors import ConfigError
    from gis.say import say

    door_of(ctx, lang)
    if not kinds and not site:
        raise ConfigError(say("geoplan.export.site_or_format"), where="--site --format")
    if kinds and (pack is not None or province or substation_ha is not None):
        raise ConfigError(say("geoplan.export.format_without_pack"), where="--format")
    ask = wanted(
        kinds or [], layers=layers or [], crs=crs, encoding=encoding, site=site if kinds else ""
    )
    loaded = load(ctx, plan, lang)
    folder = finished_run(ctx, loaded, out)
    spoken = door_of(ctx)
    with read_whole(folder):
        if not kinds:
            written: list[object] = [
                *write_pack(
                    loaded,
                    folder,
                    site,
                    pack or folder / "packs" / site,
                    province=province,
                    lang=spoken,
                    substation_ha=substation_ha,
                )
            ]
        else:
            written = []
            if set(ask.formats) != {"postgis"}:
                written += write_results(
                    loaded, folder, ask, to, lang=spoken, tell=tell_of(ctx)
                )
            if "postgis" in ask.formats:
                told = to_database(loaded, folder, ask, dsn_env, schema)
                written += [line(spoken) for line in told]
    for path in written:
        typer.echo(path)
    _warned(ctx, folder, loaded)


def check(
    ctx: typer.Context,
    boundary: Annotated[Path, typer.Argument(help=f"{_O}.boundary", metavar="BOUNDARY")],
    plan: PlanFile,
    tech: Annotated[str, typer.Option(help=f"{_O}.tech", metavar="pv|wind")] = "pv",
    layer: Annotated[str, typer.Option(help=f"{_O}.layer")] = "",
    crs: Annotated[str, typer.Option(help=f"{_O}.crs", metavar="EPSG:CODE")] = "",
    encoding: Annotated[str, typer.Option(help=f"{_O}.encoding", metavar="NAME")] = "",
    project: Annotated[str, typer.Option(help=f"{_O}.project", metavar="KIND")] = "",
    out: Out = None,
    points: Annotated[
        Path | None, typer.Option("--points", help=f"{_O}.points", metavar="DIR")
    ] = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """Overlap analysis of a project boundary."""
    from geoplan.export.points import write_boundary_points
    from geoplan.report.overlap import overlap_lines, write_overlap
    from siting.check.boundary import check_boundary

    loaded = load(ctx, plan, lang)
    spoken = door_of(ctx)
    found = check_boundary(
        boundary, loaded, tech, layer=layer, crs=crs, encoding=encoding, project=project
    )
    if out is not None:
        for path in write_overlap(found, loaded, out, lang=spoken):
            typer.echo(path, err=as_json)  # stdout holds the JSON alone
    if points is not None:
        for path in write_boundary_points(found, loaded, points, lang=spoken):
            typer.echo(path, err=as_json)
    if as_json:
        emit(found.as_dict())
        return
    for line in overlap_lines(found, spoken):
        typer.echo(line)


def serve(
    ctx: typer.Context,
    plan: PlanFile,
    out: Out = None,
    port: Annotated[int, typer.Option(help=f"{_O}.port", min=0, max=65535)] = 0,
    lang: Lang = "",
) -> None:
    """The local what-if app."""
    from geoplan.serve import serve_plan

    loaded = load(ctx, plan, lang)
    serve_plan(loaded, out, port=port, lang=door_of(ctx), tell=tell_of(ctx))
