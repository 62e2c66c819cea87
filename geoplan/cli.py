"""The command line: one verb per question a user has."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gis.say import os_reason, say

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["app"]

# system errors that are about the user's files, not about our code
_NO_BUG = frozenset(
    (
        *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EEXIST),
        *(errno.ENOTDIR, errno.EISDIR, errno.ENOENT, errno.EDQUOT, errno.ENAMETOOLONG),
    )
)

app = typer.Typer(
    name="geoplan",
    help="县域选址、发电量与碳汇规划 · Siting, yield and carbon sinks for a county.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

PlanFile = Annotated[Path, typer.Argument(help="规划文件 · plan file (TOML)", metavar="PLAN")]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="结果文件夹 · result folder [out/<plan id>]")
]
Lang = Annotated[str, typer.Option("--lang", help="zh | en [plan]", metavar="zh|en")]
Scheduler = Annotated[
    str,
    typer.Option(
        help="并行方式 · where tiles run: serial threads processes dask tcp://host:port [plan]"
    ),
]
Workers = Annotated[
    int | None, typer.Option(help="并行数 · threads or processes [plan]", min=1, max=256)
]
Json = Annotated[bool, typer.Option("--json", help="机器可读输出 · machine-readable output")]


def _lang(lang: str, plan: Plan | None = None) -> str:
    from gis.errors import ConfigError

    if not lang:
        return plan.plan.lang if plan else "zh"
    if lang not in {"zh", "en"}:
        raise ConfigError(
            say("geoplan.faults.no_such_language"),
            where="--lang",
            got=lang,
            expected=say("geoplan.faults.zh_or_en"),
        )
    return lang


def _load(path: Path) -> Plan:
    from geoplan.plan_file import load_plan

    return load_plan(path)


def _emit(value: Any) -> None:  # noqa: ANN401
    from layers.plain_json import to_json

    sys.stdout.write(json.dumps(to_json(value), ensure_ascii=False, indent=1) + "\n")


def _run(
    plan: Plan, out: Path | None, only: tuple[str, ...], lang: str, *, as_json: bool
) -> Path:
    from geoplan.progress import shown_progress
    from geoplan.run import run_plan

    with shown_progress(lang, quiet=as_json) as progress:
        done = run_plan(plan, out, only=only, lang=lang, progress=progress)
    _show(done, lang, as_json=as_json)
    return done


def _show(done: Path, lang: str, *, as_json: bool) -> None:
    from geoplan.summary_text import summary_lines

    summary = json.loads((done / "summary.json").read_text(encoding="utf-8"))
    if as_json:
        _emit({**summary, "folder": str(done)})
        return
    for line in summary_lines(summary, done, lang):
        typer.echo(line)


@app.command()
def demo(
    out: Out = None,
    size: Annotated[str, typer.Option(help="tiny | demo | full")] = "demo",
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """在内嵌的合成示例县上运行全部步骤 · run everything on the embedded synthetic county."""
    from geoplan.demo import sample_plan

    lang = _lang(lang)
    plan = sample_plan(size)
    _run(plan, out or Path.cwd() / "out" / "demo", (), lang, as_json=as_json)


def _scheduled(plan: Plan, scheduler: str, workers: int | None) -> Plan:
    if not scheduler and workers is None:
        return plan
    from siting.screen.step_screen import with_options

    return with_options(plan, engine=scheduler, workers=workers)


@app.command()
def run(
    plan: PlanFile,
    out: Out = None,
    scheduler: Scheduler = "",
    workers: Workers = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """运行规划的全部步骤 · run all steps of a plan."""
    loaded = _scheduled(_load(plan), scheduler, workers)
    _run(loaded, out, (), _lang(lang, loaded), as_json=as_json)


@app.command()
def screen(
    plan: PlanFile,
    out: Out = None,
    scheduler: Scheduler = "",
    workers: Workers = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """土地适宜性筛查与场址 · screen land, find sites."""
    loaded = _scheduled(_load(plan), scheduler, workers)
    _run(loaded, out, ("screen", "sites"), _lang(lang, loaded), as_json=as_json)


def _step_command(name: str, steps: tuple[str, ...], text: str) -> None:
    def command(
        plan: PlanFile, out: Out = None, lang: Lang = "", as_json: Json = False
    ) -> None:
        loaded = _load(plan)
        _run(loaded, out, steps, _lang(lang, loaded), as_json=as_json)

    command.__doc__ = text
    app.command(name=name)(command)


_step_command("rooftop", ("rooftop",), "屋顶光伏 · rooftop PV.")
_step_command("carbon", ("carbon",), "碳储量 · carbon stock by pool.")
_step_command(
    "targets", ("targets",), "与规划目标对照 · indicators against the plan's targets."
)
_step_command("potential", ("potential",), "增汇潜力与项目库 · sink potential and projects.")


@app.command()
def pv(
    plan: PlanFile,
    site: Annotated[str, typer.Option(help="场址编号 · site id", metavar="ID")] = "",
    lonlat: Annotated[
        tuple[float, float] | None, typer.Option(help="经度 纬度 · a point", metavar="LON LAT")
    ] = None,
    mounting: Annotated[str, typer.Option(help="fixed | tracker [plan]")] = "",
    capacity_mw: Annotated[float | None, typer.Option(help="容量 · capacity [MW]")] = None,
    hourly: Annotated[
        bool, typer.Option("--hourly", help="同时写逐时序列 · hourly series too")
    ] = False,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """光伏发电量：全部、一个场址或一个点 · PV yield of all sites, one site or a point."""
    from geoplan.run import default_out
    from gis.errors import ConfigError

    loaded = _load(plan)
    lang = _lang(lang, loaded)
    if not site and lonlat is None:
        if mounting or capacity_mw is not None or hourly:
            raise ConfigError(
                say("geoplan.faults.for_one_place"),
                where="geoplan pv",
                todo=say("geoplan.faults.name_a_place"),
            )
        _run(loaded, out, ("pv",), lang, as_json=as_json)
        return
    from geoplan.report.pv_workbook import pv_report
    from siting.pv.study.one_site import SiteChoice

    racks: dict[str, Literal["", "fixed", "tracker"]] = {
        "": "",
        "fixed": "fixed",
        "tracker": "tracker",
    }
    if mounting not in racks:
        raise ConfigError(
            say("geoplan.faults.no_such_mounting"),
            got=mounting,
            expected=say("geoplan.faults.fixed_or_tracker"),
        )
    choice = SiteChoice(site, lonlat, racks[mounting], capacity_mw)
    work = _finished(loaded, None) if site else None
    folder = out or default_out(loaded) / "pv"
    found = pv_report(loaded, folder, choice, work=work, lang=lang, hourly=hourly)
    if as_json:
        _emit({k: str(v) for k, v in found.files.items()})
        return
    for path in found.files.values():
        typer.echo(path)


_step_command("wind", ("wind",), "风电发电量 · wind yield.")


@app.command()
def repower(
    plan: PlanFile,
    turbine: Annotated[
        list[str] | None, typer.Option(help="候选机型，可重复 · candidate turbine, repeatable")
    ] = None,
    keep_capacity: Annotated[
        bool, typer.Option("--keep-capacity", help="等容 · keep the capacity")
    ] = False,
    largest: Annotated[
        bool, typer.Option("--max", help="增容至土地所能容纳 · as much as the land takes")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="随机种子 · seed of the layout")] = None,
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """以大代小：资格、布机、前后对比 · repowering: eligibility, layout, before and after."""
    from gis.errors import ConfigError
    from siting.wind.repower.step_repower import with_options

    if keep_capacity and largest:
        raise ConfigError(say("geoplan.faults.choose_one"), where="--keep-capacity, --max")
    loaded = _load(plan)
    mode: Literal["", "keep_capacity", "max"] = "keep_capacity" if keep_capacity else ""
    chosen = with_options(
        loaded, turbine=tuple(turbine or ()), mode="max" if largest else mode, seed=seed
    )
    _run(chosen, out, ("repower",), _lang(lang, loaded), as_json=as_json)


def _finished(plan: Plan, out: Path | None) -> Path:
    from geoplan.run import default_out
    from gis.errors import ConfigError

    folder = (out or default_out(plan)).resolve()
    if not (folder / "summary.json").exists():
        raise ConfigError(
            say("geoplan.faults.no_finished_run"),
            where=str(folder),
            todo=say("geoplan.faults.run_first"),
        )
    found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["plan"]
    if found["id"] != plan.plan.id or found["sha256"] != plan.sha256:
        other = found["id"] != plan.plan.id
        raise ConfigError(
            say("geoplan.faults.other_plan") if other else say("geoplan.faults.plan_changed"),
            where=str(folder),
            got=say("geoplan.faults.run_of", id=found["id"]),
            expected=say("geoplan.faults.run_of", id=plan.plan.id),
            todo=say("geoplan.faults.run_again"),
        )
    return folder


@app.command(name="map")
def map_(
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    display_only: Annotated[
        bool, typer.Option("--display-only", help="简化几何、少字段 · simplified, few fields")
    ] = False,
    base_map: Annotated[
        list[str] | None, typer.Option(help="联网底图 tianditu|osm，可重复 · online base map")
    ] = None,
    review_number: Annotated[str, typer.Option(help="审图号 · map review number")] = "",
    paper: Annotated[
        str, typer.Option("--print", help="另出正式图 A4|A3|A0 · a formal map on paper")
    ] = "",
    theme: Annotated[str, typer.Option(help="纸图主题 · theme of the paper map")] = "",
    kind: Annotated[str, typer.Option("--format", help="pdf | png | svg")] = "pdf",
    book: Annotated[str, typer.Option(help="图册 township|site · map book")] = "",
) -> None:
    """由已完成的运行生成地图：网页、纸图、图册 · the maps of a finished run."""
    from geoplan.maps import write_map
    from geoplan.paper import write_paper

    loaded = _load(plan)
    lang = _lang(lang, loaded)
    folder = _finished(loaded, out)
    if paper or book:
        for path in write_paper(
            folder, paper or "A3", theme, kind, book, lang=lang, review_number=review_number
        ):
            typer.echo(path)
        return
    path = folder / "map.html"
    write_map(
        folder,
        path,
        lang=lang,
        display_only=display_only,
        base_maps=tuple(base_map or ()),
        review_number=review_number,
    )
    typer.echo(path)


@app.command()
def explain(
    lon: float, lat: float, plan: PlanFile, lang: Lang = "", as_json: Json = False
) -> None:
    """为什么此处可用或不可用 · why this place is in or out."""
    from siting.check.explain import explain_point, explanation_lines

    loaded = _load(plan)
    lang = _lang(lang, loaded)
    found = explain_point(loaded, lon, lat)
    if as_json:
        _emit(found.as_dict())
        return
    for line in explanation_lines(found, lang):
        typer.echo(line)


@app.command()
def report(
    plan: PlanFile,
    out: Out = None,
    lang: Lang = "",
    docx: Annotated[bool, typer.Option(help="同时写 Word 文件 · also as Word file")] = True,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="另存 PDF（需 LibreOffice）· PDF too, by LibreOffice")
    ] = False,
) -> None:
    """由已完成的运行生成报告（HTML 与 Word）· report of a finished run, HTML and Word."""
    from geoplan.documents import write_report

    loaded = _load(plan)
    folder = _finished(loaded, out)
    for path in write_report(loaded, folder, lang=_lang(lang, loaded), docx=docx, pdf=pdf):
        typer.echo(path)


@app.command()
def export(
    plan: PlanFile,
    site: Annotated[str, typer.Option(help="场址编号 · site id", metavar="ID")],
    out: Out = None,
    pack: Annotated[
        Path | None, typer.Option(help="报件文件夹 · folder of the approval pack")
    ] = None,
    province: Annotated[str, typer.Option(help="材料清单 · material list")] = "ningxia",
    substation_ha: Annotated[
        float | None, typer.Option(min=0.01, help="升压站面积 · area of the substation [ha]")
    ] = None,
    lang: Lang = "",
) -> None:
    """生成一个场址的报件材料 · the approval pack of one site."""
    from geoplan.report.pack import write_pack

    loaded = _load(plan)
    folder = _finished(loaded, out)
    target = pack or folder / "packs" / site
    for path in write_pack(
        loaded,
        folder,
        site,
        target,
        province=province,
        lang=_lang(lang, loaded),
        substation_ha=substation_ha,
    ):
        typer.echo(path)


@app.command()
def check(
    boundary: Annotated[
        Path, typer.Argument(help="项目红线 · SHP GDB GPKG GeoJSON KML DXF TXT XLSX")
    ],
    plan: PlanFile,
    tech: Annotated[str, typer.Option(help="pv | wind")] = "pv",
    layer: Annotated[str, typer.Option(help="文件中的图层 · layer of the file")] = "",
    crs: Annotated[str, typer.Option(help="文件未写明的坐标系 · CRS it does not say")] = "",
    encoding: Annotated[str, typer.Option(help="文字编码 · encoding of texts")] = "",
    out: Out = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """项目红线压占分析 · overlap analysis of a project boundary."""
    from geoplan.report.overlap import overlap_lines, write_overlap
    from siting.check.boundary import check_boundary

    loaded = _load(plan)
    lang = _lang(lang, loaded)
    found = check_boundary(boundary, loaded, tech, layer=layer, crs=crs, encoding=encoding)
    if out is not None:
        for path in write_overlap(found, loaded, out, lang=lang):
            typer.echo(path)
    if as_json:
        _emit(found.as_dict())
        return
    for line in overlap_lines(found, lang):
        typer.echo(line)


@app.command()
def serve(
    plan: PlanFile,
    out: Out = None,
    port: Annotated[int, typer.Option(help="0 = 自动选择 · any free port")] = 0,
    lang: Lang = "",
) -> None:
    """本机实时调整界面 · local what-if app, 127.0.0.1 only."""
    from geoplan.serve import serve_plan

    loaded = _load(plan)
    serve_plan(loaded, out, port=port, lang=_lang(lang, loaded))


@app.command()
def doctor(plan: PlanFile, lang: Lang = "", as_json: Json = False) -> None:
    """检查规划、图层、气象与本机 · check plan, layers, weather and machine; list all faults."""
    from geoplan.doctor import diagnose, diagnosis_lines

    loaded = _load(plan)
    lang = _lang(lang, loaded)
    found = diagnose(loaded)
    if as_json:
        _emit(found)
    else:
        for line in diagnosis_lines(found, lang):
            typer.echo(line)
    if found["faults"]:
        raise typer.Exit(3)


@app.command()
def rules(
    applies_to: Annotated[str, typer.Option(help="pv|wind|afforest|wetland|grass")] = "",
    search: Annotated[str, typer.Option(help="在标题、条文、引文中查找 · text to find")] = "",
    export: Annotated[Path | None, typer.Option(help="CSV / XLSX")] = None,
    plan: Annotated[
        Path | None,
        typer.Option(help="只列在该规划所在地施行的规则 · rules in force where the plan lies"),
    ] = None,
    lang: Lang = "",
    as_json: Json = False,
) -> None:
    """列出、查找、导出规则 · list, find and export rules."""
    from geoplan.listing import show_rules

    loaded = None if plan is None else _load(plan)
    show_rules(
        applies_to,
        search,
        export,
        _lang(lang, loaded),
        as_json=as_json,
        echo=typer.echo,
        plan=loaded,
    )


@app.command()
def layers(lang: Lang = "", as_json: Json = False) -> None:
    """图层目录 · the layer catalogue."""
    from geoplan.listing import show_layers

    show_layers(_lang(lang), as_json=as_json, echo=typer.echo)


@app.command()
def new(
    adcode: Annotated[
        str, typer.Argument(help="六位行政区划代码 · county code", metavar="ADCODE")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="规划文件 · plan file")] = Path(
        "plan.toml"
    ),
) -> None:
    """为一个县生成规划文件 · write a plan file for a county."""
    from geoplan.new_plan import new_plan

    typer.echo(new_plan(adcode, out))


@app.command()
def fetch(plan: PlanFile, lang: Lang = "", as_json: Json = False) -> None:
    """下载规划列出的文件（唯一联网的命令）· bring the plan's files (the only network use)."""
    from geoplan.progress import shown_progress
    from layers.fetch import fetch as bring

    loaded = _load(plan)
    with shown_progress(_lang(lang, loaded), quiet=as_json) as progress:
        found = bring(loaded, progress)
    if as_json:
        _emit(found)
        return
    for path, checksum in found.items():
        typer.echo(f"{checksum}  {path}")


def report_error(err: Exception, *, as_json: bool) -> int:
    """Write `err` for a person or a machine and give the exit code.

    Parameters
    ----------
    err : Exception
        What ended the command.
    as_json : bool
        Write one JSON object to stderr instead of text.

    Returns
    -------
    int
        2, 3 or 4 for an error raised on purpose, 130 for an interruption, 1 for a bug.
    """
    from gis.errors import DataError, GeoplanError

    if isinstance(err, OSError) and err.errno in _NO_BUG:
        err = DataError(
            say("geoplan.faults.disk_full")
            if err.errno == errno.ENOSPC
            else say("geoplan.faults.not_written"),
            where=str(err.filename or ""),
            got=os_reason(err),
            todo=say("geoplan.faults.check_path_and_rights"),
        )
    if isinstance(err, GeoplanError):
        code, kind = err.exit_code, type(err).__name__
        faults = [f.as_dict() for f in err.faults]
        text = f"错误 · {kind}: {err}"
    else:
        import traceback

        code, kind = 1, type(err).__name__
        faults = [{"what": str(err)}]
        text = "程序内部错误 · a bug in geoplan:\n" + "".join(traceback.format_exception(err))
    if as_json:
        text = json.dumps(
            {"error": {"kind": kind, "exit_code": code, "faults": faults}}, ensure_ascii=False
        )
    sys.stderr.write(text + "\n")
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the command line and give the exit code.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; those of the process when not given.
    """
    args = sys.argv[1:] if argv is None else argv
    for stream in (sys.stdout, sys.stderr):
        # a GBK or ASCII terminal must not end a run because of one character
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    command = typer.main.get_command(app)
    try:
        result = command.main(args=args, prog_name="geoplan", standalone_mode=False)
    except KeyboardInterrupt:
        sys.stderr.write("已中断 · interrupted; the last complete result is untouched\n")
        return 130
    except Exception as err:  # noqa: BLE001 - the one place where every error becomes a message
        show: Callable[[], None] | None = getattr(err, "show", None)
        if show is not None:  # a usage error of the command line library
            show()
            return 2
        if type(err).__name__ == "Abort":
            return 130
        return report_error(err, as_json="--json" in args)
    return result if isinstance(result, int) else 0
