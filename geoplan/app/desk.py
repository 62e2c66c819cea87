"""What the page is told of projects and runs, and what it may start."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from typing_extensions import TypedDict

from geoplan.answers.compared import RunFigure, compared_figures
from geoplan.app.beside import (
    ImageryRow,
    boundary_mark,
    boundary_told,
    imagery_rows,
    weather_choices,
    weather_mark,
    weather_path,
)
from geoplan.app.bundle import is_bundle
from geoplan.app.edit import settings_of
from geoplan.app.entry import Words, refuse_unread
from geoplan.app.folders import FolderView, template_of
from geoplan.app.jobs import Job, job_of, jobs_of, start_job
from geoplan.app.messages import JobAsked, NewProject
from geoplan.app.parameters import ParameterRow, parameter_rows
from geoplan.app.remedies import page_error
from geoplan.app.table import Found, LayerRow, choices, findings_of, layer_rows
from geoplan.app.workspace import Project, Workspace
from geoplan.app.zones import ZoneRow, zone_rows
from geoplan.paper import paper_titles
from geoplan.plan_file import load_plan
from geoplan.steps import STEPS
from geoplan.summary import RunSummary, read_run_summary
from gis.errors import ConfigError, GeoplanError
from gis.say import LANGS, both, say
from layers.plan.model import Plan
from layers.recognise.counties import find_county

__all__ = ["ask_job", "begin_project", "files_of_run", "project_view", "run_rows", "space_view"]

_T = "geoplan.app"


class ProjectLine(TypedDict):
    """A project in the list of the workspace."""

    name: str
    title: Words
    adcode: str
    fault: Words | None
    runs: int
    running: list[Job]


class SpaceView(TypedDict):
    """The workspace."""

    folder: str
    roots: list[FolderView]
    projects: list[ProjectLine]


class RunRow(TypedDict):
    """A finished or unfinished run."""

    number: str
    title: str
    began: str
    job: Job | None
    finished: bool
    current: bool
    scenario: str
    figures: list[RunFigure]
    sites: list[dict[str, object]]


class ProjectView(TypedDict):
    """All the page shows of one project but its runs."""

    name: str
    title: Words
    adcode: str
    bounds_ll: list[float]
    fault: Words | None
    layers: list[LayerRow]
    choices: list[dict[str, str]]
    not_taken: dict[str, list[Found]]
    weather: dict[str, object]
    weather_choices: list[str]
    imagery: list[ImageryRow]
    parameters: list[ParameterRow]
    boundary: str
    boundary_table: str
    boundary_mark: str
    boundary_told: list[Words]
    zones: list[ZoneRow]
    steps: list[dict[str, object]]
    data_root: str
    settings: dict[str, str | float | None]
    scenarios: list[str]
    template: str


def _fault(err: GeoplanError) -> Words:
    return both(page_error(err).text)


def project_line(project: Project) -> ProjectLine:
    """A project as the list of the workspace has it."""
    title: Words = {"zh": project.name, "en": project.name}
    adcode, fault = "", None
    try:
        if project.plan.is_file():
            plan = load_plan(project.plan)
            title, adcode = plan.plan.title.model_dump(), plan.area.code
    except GeoplanError as err:
        fault = _fault(err)
    return {
        "name": project.name,
        "title": title,
        "adcode": adcode,
        "fault": fault,
        "runs": len(list(project.finished_runs())),
        "running": [j for j in jobs_of(project) if j["state"] == "running"],
    }


def space_view(space: Workspace) -> SpaceView:
    """The workspace: its projects, and where data may be looked for."""
    roots: list[FolderView] = [
        {"root": i, "path": "", "title": str(r), "folders": [], "data": 0, "more": 0}
        for i, r in enumerate(space.roots)
    ]
    return {
        "folder": str(space.folder),
        "roots": roots,
        "projects": [project_line(p) for p in space.projects() if not _unmade(p)],
    }


def begin_project(space: Workspace, asked: NewProject) -> tuple[Project, str]:
    """Make a project and start looking through its folder; the project, number of the job.

    Raises
    ------
    ConfigError
        When the county is not one, the folder lies outside, or the name cannot be used.
    """
    county = find_county(asked.county)
    folder: Path | None = None
    if asked.root is not None:
        folder = space.inside(asked.root, asked.path)
    elif asked.folder:
        folder = space.rooted(asked.folder)
    if asked.project:
        project = space.project(asked.project)
        folder = project.data if project.data.is_dir() else None
    else:
        name = asked.name.strip() or county.name
        _drop_unmade(space, name)
        project = space.new_project(name)
    body = {
        "county": county.adcode,
        "folder": "" if folder is None else str(folder),
        "lang": asked.lang,
    }
    try:
        project.jobs.mkdir(parents=True, exist_ok=True)
        return project, start_job(project, "new", body, space.projects())
    except (GeoplanError, OSError):
        if not asked.project:  # made a moment ago for this
            shutil.rmtree(project.folder, ignore_errors=True)
        raise


def _unmade(project: Project) -> bool:
    """Whether looking through a folder ended without a plan, and nothing was brought in."""
    ended = [j["state"] != "running" for j in jobs_of(project)]
    return not (project.plan.exists() or project.data.exists()) and any(ended) and all(ended)


def _drop_unmade(space: Workspace, name: str) -> None:
    """Remove what an attempt under this name left: the next one is not called "name 2"."""
    for project in space.projects():
        base = project.name.rsplit(" ", 1)
        if name in (project.name, base[0]) and _unmade(project):
            shutil.rmtree(project.folder, ignore_errors=True)


def project_view(project: Project) -> ProjectView:
    """A project with its table of layers.

    Raises
    ------
    ConfigError
        When its plan cannot be read.
    """
    from layers.open.county import county_boundary_ll

    plan = load_plan(project.plan)
    found = findings_of(project)
    one = found.get("zh", {})
    bounds: list[float] = []
    fault: Words | None = None
    try:
        bounds = [float(v) for v in county_boundary_ll(plan).bounds]
    except GeoplanError as err:
        fault = _fault(err)
    return {
        "name": project.name,
        "title": plan.plan.title.model_dump(),
        "adcode": plan.area.code,
        "bounds_ll": bounds,
        "fault": fault,
        "layers": layer_rows(project, plan),
        "choices": choices(project, plan),
        "not_taken": {k: list(v.get("not_taken", [])) for k, v in found.items()},
        "weather": _weather(plan, one),
        "weather_choices": weather_choices(project, plan),
        "imagery": imagery_rows(project, plan),
        "parameters": parameter_rows(project),
        "boundary": plan.area.boundary.path,
        "boundary_table": plan.area.boundary.layer,
        "boundary_mark": boundary_mark(plan),
        "boundary_told": [] if fault else boundary_told(plan),
        "zones": zone_rows(plan),
        "steps": [
            {"name": s.name, "title": both(say(f"geoplan.cli.step_{s.name}")), "needs": s.needs}
            for s in STEPS
        ],
        "data_root": str(plan.data_root),
        "scenarios": list(project.scenarios()),
        "settings": settings_of(plan),
        "template": "" if (own := template_of(project)) is None else own.name,
    }


def _weather(plan: Plan, found: Found) -> dict[str, object]:
    """The weather of the plan; how far it is away where it is what the folder gave."""
    path = weather_path(plan)
    own = dict(found.get("weather") or {})
    told = own if own.get("path") == path else {"path": path, "away_km": None}
    return {**told, "mark": weather_mark(plan)}


def ask_job(space: Workspace, project: Project, asked: JobAsked) -> str:
    """Start a job of a project; its number.

    Raises
    ------
    ConfigError
        When it is asked of a run that is not there, or goes on already.
    """
    body = asked.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    body["lang"] = asked.lang
    if asked.kind == "run":
        body["run"] = _run_number(project, asked.run, asked.scenario)
    elif asked.kind == "repair":
        n = 1
        while (into := space.folder / _repaired_name(project, n)).exists():
            n += 1
        body["into"] = str(into)
    elif asked.kind not in ("doctor", "register"):
        if asked.run not in set(project.finished_runs()):
            raise ConfigError(say(f"{_T}.no_such_run"), got=asked.run)
        if asked.kind == "pack" and not asked.site:
            raise ConfigError(say(f"{_T}.choose_site"))
        if asked.kind == "results" and not asked.formats:
            raise ConfigError(say(f"{_T}.choose_format"))
    try:
        return start_job(project, asked.kind, body, space.projects())
    except (GeoplanError, OSError):
        if asked.kind == "run" and not asked.run:  # its plan was kept a moment ago
            project.plan_of_run(str(body["run"])).unlink(missing_ok=True)
        raise


def _repaired_name(project: Project, n: int) -> str:
    word = say(f"{_T}.repaired_name", name=project.name)("zh")
    return word if n == 1 else f"{word} {n}"


def _run_number(project: Project, asked: str, scenario: str) -> str:
    """A new run with the plan as it is now, or the run that shall go on."""
    if asked:
        project.run(asked)
        for job in jobs_of(project):
            if job["kind"] == "run" and job["asked"].get("run") == asked:
                if job["state"] == "running":
                    raise ConfigError(say(f"{_T}.goes_on_already"), got=asked)
                break
        return asked
    plan = project.scenarios().get(scenario) if scenario else project.plan
    if plan is None:
        raise ConfigError(say(f"{_T}.no_such_scenario"), got=scenario)
    refuse_unread(project, load_plan(plan))
    text = plan.read_bytes()
    kept = [int(p.name[5:9]) for p in project.folder.glob(".run-[0-9][0-9][0-9][0-9].toml")]
    n = max(kept, default=0)
    while True:
        n += 1
        try:  # two people who begin at the same moment get two numbers
            with project.plan_of_run(f"{n:04d}").open("xb") as stream:
                stream.write(text)
        except FileExistsError:
            continue
        return f"{n:04d}"


def run_rows(project: Project) -> list[RunRow]:
    """The runs of a project, the newest first, with the figures that are compared."""
    last: dict[str, Job] = {}
    titles: dict[str, str] = {}
    for job in jobs_of(project):
        if job["kind"] == "run":
            number = str(job["asked"].get("run", ""))
            last.setdefault(number, job)
            titles[number] = str(job["asked"].get("title", "")) or titles.get(number, "")
    finished = set(project.finished_runs())
    plans = [p for p in (project.plan, *project.scenarios().values()) if p.is_file()]
    current = {p.read_bytes() for p in plans}
    out: list[RunRow] = []
    for number in sorted({*last, *finished}, reverse=True):
        kept = project.plan_of_run(number)
        figures: list[RunFigure] = []
        sites: list[dict[str, object]] = []
        if number in finished:
            with contextlib.suppress(GeoplanError):
                summary = read_run_summary(project.runs / number)
                figures, sites = compared_figures(summary), _sites(summary)
        newest = last.get(number)
        out.append(
            {
                "number": number,
                "title": titles.get(number, ""),
                "began": "" if newest is None else newest["created"],
                "job": newest,
                "finished": number in finished,
                "scenario": "" if newest is None else str(newest["asked"].get("scenario", "")),
                "current": kept.is_file() and kept.read_bytes() in current,
                "figures": figures,
                "sites": sites,
            }
        )
    return out


def _sites(summary: RunSummary) -> list[dict[str, object]]:
    """The sites a pack can be made of, the best first."""
    ranked = sorted(summary.sites or (), key=lambda s: (s.rank is None, s.rank or 0))
    return [
        {
            "id": s.site_id,
            "rank": s.rank,
            "capacity_mw": None if s.capacity_mw is None else round(s.capacity_mw, 1),
            "provisional": bool(s.provisional),
        }
        for s in ranked
    ]


def files_of_run(project: Project, number: str) -> list[dict[str, object]]:
    """Files of a run a person opens or sends on, with their sizes.

    Raises
    ------
    ConfigError
        For a run that is not there.
    """
    folder = project.run(number)
    names = read_names(folder)
    titles = {lang: paper_titles(folder, lang) for lang in LANGS}
    return [
        {
            "title": {lang: known.get(_below(p, folder), "") for lang, known in titles.items()},
            "path": p.relative_to(project.folder).as_posix(),
            "name": _below(p, folder),
            "bytes": _bytes(p),
        }
        for p in names
    ]


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def read_names(folder: Path) -> list[Path]:
    """The documents of a run folder; its steps and records are not among them."""
    suffixes = {
        *(".html", ".docx", ".pdf", ".xlsx", ".gpkg", ".qgz", ".zip", ".kml", ".kmz"),
        *(".dxf", ".txt", ".shp", ".png", ".svg", ".geojson", ".tif"),
    }
    out = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        known = path.suffix.lower() in suffixes or is_bundle(path)
        if known and parts[0] not in ("steps", "tables"):
            out.append(path)
    return out


def _bytes(path: Path) -> int:
    """Of a file, or of all files of a geodatabase."""
    parts = path.rglob("*") if path.is_dir() else (path,)
    return sum(p.stat().st_size for p in parts if p.is_file())


def job_with_log(project: Project, number: str) -> Job:
    """A job with the end of its log."""
    return job_of(project, number, log=True)
