"""Verbs that show: maps, report, approval pack, one place, one boundary."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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
    progress_of,
    tell_of,
)
from geoplan.commands.register import Register

if TYPE_CHECKING:
    from gis.say import Sentence
    from layers.plan.model import Plan

__all__ = ["check", "explain", "export", "map_", "report"]

_O = "geoplan.options"


def _warned(ctx: typer.Context, folder: Path, plan: Plan, site: str = "") -> None:
    """Say to stderr what is to be known of a run, or of a site; stdout is the files."""
    from geoplan.inputs import changed_since
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import site_warning_lines, warning_lines
    from layers.result import Warn

    summary = read_run_summary(folder)
    changed = changed_since(plan, summary.provenance.inputs)
    spoken = door_of(ctx)
    moved = [Warn("inputs_changed", t) for t in changed]
    if site:
        lines = [
            *warning_lines(moved, spoken),
            *site_warning_lines(plan, summary, folder, site, spoken),
        ]
    else:
        lines = [*warning_lines([*moved, *summary.warnings], spoken)]
    for line in lines:
        typer.echo(line, err=True)


def _folder(option: str) -> Callable[[str], Path]:
    """Reads the folder an option names: an empty text would be the one the caller is in."""

    def read(text: str) -> Path:
        from geoplan.export.ask import given

        given(option, text)
        return Path(text)

    return read


_OF_PACK = frozenset({"--pack", "--province", "--substation-ha", "--register"})
_OF_DATABASE = frozenset({"--dsn-env", "--schema"})
_OF_FILES = frozenset({"--to"})
_OF_RESULTS = _OF_DATABASE | _OF_FILES | {"--layers", "--crs", "--encoding"}


def _fitting_options(given: Collection[str], formats: Sequence[str]) -> None:
    """Refuse an option that what is asked for has no use for; no formats mean the pack.

    Raises
    ------
    ConfigError
    """
    from gis.errors import ConfigError
    from gis.say import listed, say

    wrong = sorted(set(given) & (_OF_PACK if formats else _OF_RESULTS))
    if wrong:
        key = "format_without_pack" if formats else "pack_without_format"
        raise ConfigError(say(f"geoplan.export.{key}"), where=" ".join(wrong))
    only = set(formats) == {"postgis"}
    for options, useless in ((_OF_DATABASE, "postgis" not in formats), (_OF_FILES, only)):
        unused = sorted(set(given) & options) if formats and useless else []
        if unused:
            raise ConfigError(
                say("geoplan.export.option_unused"),
                where=" ".join(unused),
                got=say("geoplan.export.option_of", formats=listed(formats)),
                todo=say("geoplan.export.option_unused_todo"),
            )


def _alone(ctx: typer.Context, option: str) -> None:
    """Refuse what is given beside an option that is a question of its own.

    Raises
    ------
    ConfigError
    """
    from gis.errors import ConfigError
    from gis.say import say

    free = ("lang", "quiet", option.removeprefix("--").replace("-", "_"))
    given = [
        p.opts[0] if p.param_type_name == "option" else str(p.name).upper()
        for p in ctx.command.params
        if p.name not in free
        and getattr(ctx.get_parameter_source(p.name or ""), "name", "") == "COMMANDLINE"
    ]
    if given:
        raise ConfigError(
            say("geoplan.export.plugin_alone", option=option), where=" ".join(given)
        )


def _once(tell: Callable[[Sentence], None]) -> Callable[[Sentence], None]:
    """Says each sentence the first time only."""
    said: set[str] = set()

    def tell_new(note: Sentence) -> None:
        if note not in said:
            said.add(note)
            tell(note)

    return tell_new


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
    from geoplan.documents import whole_of
    from geoplan.finished import read_whole
    from geoplan.maps import write_map
    from geoplan.paper import paper_titles, write_paper
    from layers.run_documents import keep_edited, record_documents

    loaded = load(ctx, plan, lang)
    spoken = door_of(ctx)
    folder = finished_run(ctx, loaded, out)
    if paper or book:
        with read_whole(folder), progress_of(ctx, alone="documents") as show:
            sheets = write_paper(
                *(folder, paper or "A3", theme, kind, book),
                lang=spoken,
                review_number=review_number,
                plan=loaded,
                progress=whole_of(show, "paper"),
            )
        titles = paper_titles(folder, spoken)
        for path in sheets:
            typer.echo(path)
            if title := titles.get(f"print/{path.name}"):
                typer.echo(f"  {title}", err=True)
        _warned(ctx, folder, loaded)
        return
    path = folder / "map.html"
    keep_edited(folder, folder, tell_of(ctx), [path.name])
    with read_whole(folder), progress_of(ctx, alone="documents") as show:
        write_map(
            folder,
            path,
            lang=spoken,
            display_only=display_only,
            base_maps=tuple(base_map or ()),
            review_number=review_number,
            plan=loaded,
            progress=whole_of(show, "map"),
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
    found = explain_point(loaded, lon, lat, tell=tell_of(ctx))
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
    template: Annotated[
        Path | None, typer.Option("--template", help=f"{_O}.template", metavar="FILE")
    ] = None,
) -> None:
    """The report of a finished run, or of one of its plants, HTML and Word."""
    from geoplan.documents import REPORTS, whole_of, write_report
    from geoplan.finished import read_whole
    from geoplan.lender.write import lender_files, write_lender_report
    from layers.run_documents import keep_edited

    loaded = load(ctx, plan, lang)
    folder = finished_run(ctx, loaded, out)
    names = lender_files(plant).values() if plant else REPORTS
    keep_edited(folder, folder, tell_of(ctx), names)
    lacking = {k for k, asked in (("word", docx or pdf), ("pdf", pdf)) if not asked}
    with read_whole(folder), progress_of(ctx, alone="documents") as show:
        told = whole_of(show, "report", lacking)
        if plant:
            written = write_lender_report(
                loaded, folder, plant, lang=door_of(ctx), docx=docx, pdf=pdf, template=template
            )
        else:
            written = write_report(
                loaded,
                folder,
                lang=door_of(ctx),
                docx=docx,
                pdf=pdf,
                template=template,
                progress=told,
            )
    for path in written:
        typer.echo(path)
    _warned(ctx, folder, loaded)


def export(
    ctx: typer.Context,
    plan: Annotated[
        Path | None, typer.Argument(help=f"{_O}.plan_or_plugin", metavar="[PLAN]")
    ] = None,
    site: Annotated[str | None, typer.Option(help=f"{_O}.export_site", metavar="ID")] = None,
    out: Out = None,
    kinds: Annotated[
        list[str] | None, typer.Option("--format", help=f"{_O}.export_format", metavar="NAME")
    ] = None,
    layers: Annotated[
        list[str] | None, typer.Option(help=f"{_O}.export_layers", metavar="NAME")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help=f"{_O}.export_to", metavar="DIR", parser=_folder("--to"))
    ] = None,
    crs: Annotated[
        str | None, typer.Option(help=f"{_O}.export_crs", metavar="EPSG:CODE")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help=f"{_O}.export_encoding", metavar="gbk|utf-8")
    ] = None,
    dsn_env: Annotated[str | None, typer.Option(help=f"{_O}.dsn_env", metavar="NAME")] = None,
    schema: Annotated[str | None, typer.Option(help=f"{_O}.schema", metavar="NAME")] = None,
    pack: Annotated[
        Path | None, typer.Option(help=f"{_O}.pack", metavar="DIR", parser=_folder("--pack"))
    ] = None,
    province: Annotated[str | None, typer.Option(help=f"{_O}.province", metavar="NAME")] = None,
    substation_ha: Annotated[
        float | None, typer.Option(min=0.01, help=f"{_O}.substation_ha")
    ] = None,
    register: Register = None,
    qgis_plugin: Annotated[
        Path | None,
        typer.Option(
            "--qgis-plugin",
            help=f"{_O}.qgis_plugin",
            metavar="DIR",
            parser=_folder("--qgis-plugin"),
        ),
    ] = None,
    lang: Lang = "",
) -> None:
    """Results in other formats, the approval pack of one site, or the plugin for QGIS."""
    if qgis_plugin is not None:
        from geoplan.export.qgis_plugin import write_qgis_plugin

        door_of(ctx, lang)
        _alone(ctx, "--qgis-plugin")
        typer.echo(write_qgis_plugin(qgis_plugin))
        return
    from geoplan.documents import whole_of
    from geoplan.export.ask import given, wanted
    from geoplan.export.database import check_target, to_database
    from geoplan.export.write import write_results
    from geoplan.finished import read_whole
    from geoplan.report.pack import write_pack
    from gis.errors import ConfigError
    from gis.say import say

    door_of(ctx, lang)
    if plan is None:
        raise ConfigError(say("geoplan.export.plan_needed"), where="PLAN")
    texts = {"--site": site, "--crs": crs, "--encoding": encoding, "--dsn-env": dsn_env,
             "--schema": schema, "--province": province}  # fmt: skip
    for option, text in texts.items():
        given(option, text)
    for option, many in (("--format", kinds), ("--layers", layers)):
        given(option, *(many or ()))
    if not kinds and not site:
        raise ConfigError(say("geoplan.export.site_or_format"), where="--site --format")
    options = {**texts, "--to": to, "--layers": layers, "--pack": pack,
               "--substation-ha": substation_ha, "--register": register}  # fmt: skip
    ask = wanted(
        kinds or [],
        layers=layers,
        **({"crs": crs, "encoding": encoding, "site": site} if kinds else {}),
    )
    _fitting_options({k for k, v in options.items() if v not in (None, [])}, ask.formats)
    loaded = load(ctx, plan, lang)
    folder = finished_run(ctx, loaded, out)
    spoken = door_of(ctx)
    tell = _once(tell_of(ctx))
    with read_whole(folder):
        if not kinds:
            with progress_of(ctx, alone="documents") as show:
                made = write_pack(
                    loaded,
                    folder,
                    site or "",
                    pack or folder / "packs" / (site or ""),
                    province=province or "",
                    lang=spoken,
                    substation_ha=substation_ha,
                    register=register,
                    progress=whole_of(show, "pack"),
                )
            written: list[object] = [*made]
        else:
            written = []
            target = (dsn_env or "", schema or "geoplan")
            if "postgis" in ask.formats:
                check_target(*target)
            if set(ask.formats) != {"postgis"}:
                with progress_of(ctx, alone="results") as show:
                    written += write_results(
                        loaded, folder, ask, to, lang=spoken, tell=tell, progress=show
                    )
            if "postgis" in ask.formats:
                told = to_database(loaded, folder, ask, *target, tell=tell)
                written += [line(spoken) for line in told]
    for path in written:
        typer.echo(path)
    _warned(ctx, folder, loaded, "" if kinds else site or "")


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
        boundary,
        loaded,
        tech,
        layer=layer,
        crs=crs,
        encoding=encoding,
        project=project,
        tell=tell_of(ctx),
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
