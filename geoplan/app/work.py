"""What jobs do: each kind calls what the command line calls, in the job's own process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

from geoplan.app.watch import Watch
from geoplan.app.workspace import Project
from gis.say import Lang, say
from layers.plain_json import write_json

if TYPE_CHECKING:
    from geoplan.app.table import Found
    from geoplan.doctor import Diagnosis
    from layers.plan.model import Plan

__all__ = ["KINDS", "do"]

Asked = Mapping[str, Any]
"""What ``job.json`` holds."""
_T = "geoplan.app"
_OF_QGIS = (".qgz", ".gpkg", ".tif")


def _lang(asked: Asked) -> Lang:
    return "en" if asked.get("lang") == "en" else "zh"


def _new(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """A plan of what a folder holds, and what was found for the page."""
    from geoplan.new_plan import make_plan
    from geoplan.newplan.found import found_as_dict

    watch.say(say(f"{_T}.looking_through"))
    folder = Path(asked["folder"]) if asked.get("folder") else None
    watch.set_steps({"new": ()})
    lang = _lang(asked)
    made = make_plan(
        asked["county"], project.plan, lang, folder=folder, progress=watch.progress
    )
    if made.findings is not None:
        both = {k: found_as_dict(made.findings, k) for k in ("zh", "en")}
        write_json(project.own / "findings.json", both)
    return [made.path]


def _doctor(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """The doctor's report, and the places of its findings for the map."""
    from geoplan.doctor import diagnose
    from geoplan.plan_file import load_plan

    watch.say(say(f"{_T}.looking_at_data"))
    plan = load_plan(project.plan)
    watch.set_steps({"doctor": (), "documents": ("doctor",)})
    watch.weights = {"doctor": 1.0, "documents": 1.0}
    watch.progress("step.doctor", 0, 2)
    found = diagnose(plan, watch.progress)
    watch.progress("step.documents", 1, 2)
    return _doctor_files(project, plan, found, _lang(asked))


def _doctor_files(project: Project, plan: Plan, found: Diagnosis, lang: Lang) -> list[Path]:
    """What the doctor found, as its page reads it, and the places for the map."""
    from geoplan.checkup.files import fault_layer, write_report

    files = write_report(found, plan, project.folder / "doctor", lang)
    table = fault_layer(found.findings, plan)
    places: dict[str, object] = {"type": "FeatureCollection", "features": []}
    if table is not None:
        kept = table[["number", "severity", "feature", "text_zh", "text_en", "geometry"]]
        places = json.loads(kept.to_crs("EPSG:4326").to_json(drop_id=True, na="null"))
    write_json(project.own / "doctor_places.json", places)
    return files


def _repair(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """The repaired copy, as a project of its own beside this one."""
    from geoplan.app.workspace import PLAN
    from geoplan.checkup.repair import REPAIR, repair_lines, repaired_copy
    from geoplan.plan_file import load_plan

    lang = _lang(asked)
    folder = Path(asked["into"])
    watch.set_steps(REPAIR)
    found = repaired_copy(load_plan(project.plan), folder, lang, watch.progress)
    for line in repair_lines(found, lang):
        print(line)  # noqa: T201 - the log of the job
    if found.copy.plan.name != PLAN:
        found.copy.plan.replace(folder / PLAN)
    made = Project(folder)
    made.own.mkdir(exist_ok=True)
    write_json(made.own / "findings.json", _found_again(project, made.plan))
    _doctor_files(made, load_plan(made.plan), found.again, lang)
    watch.say(say(f"{_T}.repaired", name=folder.name))
    return [folder / PLAN, *sorted(folder.glob("changes*"))]


def _found_again(project: Project, plan_path: Path) -> dict[str, Found]:
    """What was found of the original, of the files the copy reads instead."""
    from geoplan.app.table import findings_of, same_file
    from geoplan.plan_file import load_plan

    copied, original = load_plan(plan_path), load_plan(project.plan)
    out: dict[str, Found] = {}
    for lang, found in findings_of(project).items():
        layers = dict(found.get("layers", {}))
        for key, one in layers.items():
            now, was = copied.layers.get(key), original.layers.get(key)
            if now is None or was is None or now.path == was.path or not same_file(one, was):
                continue
            told = say(f"{_T}.made_by_repair", file=PurePath(was.path).name)
            remarks = [told(_lang({"lang": lang})), *one.get("remarks", [])]
            own = {"path": now.path, "layer": now.layer, "remarks": remarks}
            layers[key] = {**one, **own}
        out[lang] = {**found, "layers": layers}
    return out


def _run(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """A run of the plan as it was when the run was begun; one that was cut off goes on."""
    from geoplan.plan_file import load_plan
    from geoplan.progress.usual import size_of_run
    from geoplan.run import run_plan
    from geoplan.steps import steps_of_run
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import summary_lines

    number, lang = str(asked["run"]), _lang(asked)
    only = tuple(asked.get("only") or ())
    plan = load_plan(project.plan_of_run(number))
    watch.set_steps(steps_of_run(only), size_of_run(plan))
    project.runs.mkdir(exist_ok=True)
    done = run_plan(
        plan,
        project.runs / number,
        only=only,
        lang=lang,
        progress=watch.progress,
        tell=watch.say,
    )
    for line in summary_lines(read_run_summary(done), done, lang):
        print(line)  # noqa: T201 - the log of the job
    names = ("map.html", "report.html", "results.qgz", "results.gpkg", "tables.xlsx")
    return [done / n for n in names if (done / n).is_file()]


def _of_run(project: Project, asked: Asked) -> tuple[Any, Path]:
    from geoplan.finished import finished_run
    from geoplan.plan_file import load_plan

    number = str(asked["run"])
    plan = load_plan(project.plan_of_run(number))
    return plan, finished_run(plan, project.run(number), tell=lambda _: None)


def _report(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """The report of a run, as a page and in Word; as PDF where this machine can make it."""
    from geoplan.app.folders import template_of
    from geoplan.documents import write_report
    from geoplan.finished import read_whole
    from geoplan.report.pdf import office

    watch.say(say(f"{_T}.writing_report"))
    plan, folder = _of_run(project, asked)
    pdf = office() is not None
    told = watch.documents("report", () if pdf else ("pdf",))
    with read_whole(folder):
        return write_report(
            plan,
            folder,
            lang=_lang(asked),
            docx=True,
            pdf=pdf,
            template=template_of(project),
            progress=told,
        )


def _pack(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """The approval pack of a site, and all of it as one archive."""
    from geoplan.finished import read_whole
    from geoplan.report.pack import write_pack
    from geoplan.summary import read_run_summary
    from geoplan.summary_text import site_warning_lines

    site = str(asked["site"])
    watch.say(say(f"{_T}.writing_pack", site=site))
    plan, folder = _of_run(project, asked)
    into = folder / "packs" / site
    with read_whole(folder):
        files = write_pack(
            *(plan, folder, site, into),
            province="",
            lang=_lang(asked),
            progress=watch.documents("pack"),
        )
    lang = _lang(asked)
    for line in site_warning_lines(plan, read_run_summary(folder), folder, site, lang):
        print(line)  # noqa: T201 - the log of the job
    whole = shutil.make_archive(str(into), "zip", root_dir=into)
    return [Path(whole), *files]


def _map(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """The map of a run as one file, written anew in the language of the page."""
    from geoplan.finished import read_whole
    from geoplan.maps import write_map
    from layers.run_documents import record_documents

    watch.say(say(f"{_T}.writing_map"))
    plan, folder = _of_run(project, asked)
    told = watch.documents("map")
    with read_whole(folder):
        path = write_map(
            folder, folder / "map.html", lang=_lang(asked), plan=plan, progress=told
        )
    record_documents(folder, [path.name])
    return [path]


def _paper(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """Maps on paper."""
    from geoplan.finished import read_whole
    from geoplan.paper import write_paper

    watch.say(say(f"{_T}.writing_paper"))
    plan, folder = _of_run(project, asked)
    with read_whole(folder):
        return list(
            write_paper(
                *(folder, "A3", "", "pdf", ""),
                lang=_lang(asked),
                review_number="",
                plan=plan,
                progress=watch.documents("paper"),
            )
        )


def _qgis(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """The QGIS project with all it shows, as one archive to hand on."""
    from geoplan.finished import read_whole

    watch.say(say(f"{_T}.writing_qgis"))
    _, folder = _of_run(project, asked)
    path = folder / "qgis.zip"
    part = path.with_suffix(".part")
    watch.set_steps({"qgis": ()})
    with read_whole(folder), ZipFile(part, "w", ZIP_DEFLATED) as whole:
        found = sorted(p for p in folder.iterdir() if p.suffix in _OF_QGIS)
        size, held = sum(p.stat().st_size for p in found), 0
        for one in found:
            watch.progress("qgis", held, size)
            whole.write(one, one.name)
            held += one.stat().st_size
    part.replace(path)
    return [path]


def _results(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """Results in the formats asked for, the workbook and the QGIS project among them."""
    from geoplan.export.ask import wanted
    from geoplan.export.write import write_results
    from geoplan.finished import read_whole

    plan, folder = _of_run(project, asked)
    ask = wanted(list(asked["formats"]))
    watch.set_steps({"results": ()})
    with read_whole(folder):
        return list(
            write_results(
                *(plan, folder, ask, None),
                lang=_lang(asked),
                tell=watch.say,
                progress=watch.progress,
            )
        )


def _register(project: Project, asked: Asked, watch: Watch) -> list[Path]:
    """All boundaries of the register against today's layers and law."""
    from geoplan.app.registered import check_all

    watch.say(say(f"{_T}.checking_register"))
    watch.set_steps({"register": ()})
    lines, files = check_all(project, _lang(asked), watch.progress)
    for line in lines:
        print(line)  # noqa: T201 - the log of the job
    return files


KINDS: Mapping[str, Callable[[Project, Asked, Watch], list[Path]]] = MappingProxyType(
    {
        "new": _new,
        "doctor": _doctor,
        "repair": _repair,
        "run": _run,
        "report": _report,
        "pack": _pack,
        "map": _map,
        "paper": _paper,
        "qgis": _qgis,
        "results": _results,
        "register": _register,
    }
)
"""Kind of a job -> what does it."""


def do(folder: Path, watch: Watch) -> list[str]:
    """Do the job in `folder`; the files it made, below the workspace.

    Raises
    ------
    GeoplanError
        As what is called raises it.
    """
    asked = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    project = Project(folder.parents[2])
    files = KINDS[asked["kind"]](project, asked, watch)
    return [f.resolve().relative_to(project.folder.resolve().parent).as_posix() for f in files]
