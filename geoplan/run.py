"""A run: the steps in order, then the summary, the exports, the map and the report."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import geoplan
from geoplan.steps import STEPS, Step, step_function, with_needs
from geoplan.summary import SCHEMA, RunSummary, plan_part, source_parts
from gis.errors import ConfigError, DataError, Fault, GeoplanError, raise_faults
from gis.say import say
from layers.open.plan_file import plan_file
from layers.plain_json import digest, write_json
from layers.plan.model import Plan
from layers.provenance import provenance
from layers.result import (
    Progress,
    adopt_step,
    finish_step,
    open_run,
    publish,
    read_summary,
    save_step,
    step_finished,
)

__all__ = ["default_out", "input_files", "run_plan"]


def default_out(plan: Plan) -> Path:
    """Where a run of `plan` goes when nothing is said: ``out/<plan id>`` here."""
    return Path.cwd() / "out" / plan.plan.id


def _paths_in(value: Any, name: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if isinstance(value, BaseModel):
        value = {k: getattr(value, k) for k in type(value).model_fields}
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, str) and item and (key == "path" or key.endswith("_path")):
                yield f"{name}.{key}", item
            else:
                yield from _paths_in(item, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _paths_in(item, f"{name}[{i}]")


def input_files(plan: Plan) -> dict[str, Path]:
    """Every file the plan names, by the key that names it.

    Raises
    ------
    DataError
        Listing all files that are not there.
    """
    found = {"plan": plan.path}
    found |= {k: plan_file(plan, p) for k, p in _paths_in(plan.area, "area")}
    for zone in plan.zones:
        found |= {k: plan_file(plan, p) for k, p in _paths_in(zone, f"zones.{zone.id}")}
    for key, source in sorted(plan.layers.items()):
        if source.path:
            found[f"layers.{key}"] = plan_file(plan, source.path)
    for name, section in sorted(plan.sections.items()):
        found |= {k: plan_file(plan, p) for k, p in _paths_in(section, name)}

    raise_faults(
        DataError,
        [
            Fault(
                say("geoplan.faults.file_missing"),
                where=f"{plan.path.name} [{key}]",
                got=str(path),
                todo=say("geoplan.faults.correct_path"),
            )
            for key, path in found.items()
            if not path.exists()
        ],
    )
    return found


def _merge(into: dict[str, object], part: Mapping[str, object]) -> None:
    for key, value in part.items():
        known = into.get(key)
        if isinstance(value, Mapping) and isinstance(known, dict):
            _merge(known, value)
        else:
            into[key] = value


def _summary(
    plan: Plan, steps: tuple[Step, ...], work: Path, prov: Mapping[str, Any]
) -> RunSummary:
    out: dict[str, Any] = {
        "schema": SCHEMA,
        "plan": plan_part(plan),
        "sources": source_parts(plan),
        "run": {
            "id": prov["run_id"],
            "geoplan": geoplan.__version__,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "steps": [s.name for s in steps],
        },
        "warnings": [],
        "rasters": {},
        "provenance": dict(prov),
    }
    for step in steps:
        part = read_summary(work, step.name)
        _merge(out, part["summary"])
        # the sentence belongs to it: two columns of one file are two warnings
        known = {(w["code"], w["where"], w["text"]["en"]) for w in out["warnings"]}
        out["warnings"] += [
            {**w, "step": step.name}
            for w in part["warnings"]
            if (w["code"], w["where"], w["text"]["en"]) not in known
        ]
        out["rasters"] |= part["rasters"]
    return RunSummary.model_validate(out)


def _kept(target: Path, steps: tuple[Step, ...], prov: Mapping[str, Any]) -> tuple[str, ...]:
    """Steps of the finished run at `target` that a run of only `steps` must not lose.

    Raises
    ------
    ConfigError
        When they were made from other inputs, so that they cannot stand beside the new.
    """
    if not (target / "summary.json").exists():
        return ()
    former = json.loads((target / "summary.json").read_text(encoding="utf-8"))
    others = [n for n in former["run"]["steps"] if n not in {s.name for s in steps}]
    if not others:
        return ()
    if former["run"]["id"] == prov["run_id"]:
        return tuple(n for n in former["run"]["steps"] if (target / "steps" / n).is_dir())
    raise ConfigError(
        say("geoplan.faults.results_would_be_lost"),
        where=str(target),
        got=say(
            "geoplan.faults.plan_steps", plan=former["plan"]["id"], steps=", ".join(others)
        ),
        todo=say("geoplan.faults.run_all"),
    )


def _disk_full(err: OSError) -> bool:
    return err.errno in {errno.ENOSPC, errno.EDQUOT}


def run_plan(
    plan: Plan,
    out: Path | None = None,
    *,
    only: tuple[str, ...] = (),
    lang: str = "",
    progress: Progress,
    documents: bool = True,
) -> Path:
    """Run `plan` and put the finished folder at `out`.

    Parameters
    ----------
    plan : Plan
        A loaded plan.
    out : Path, optional
        Folder of the result; `default_out` when not given. A former result there stays
        untouched until the new one is complete.
    only : tuple of str
        Names of steps; with what they need. Empty means all.
    lang : str
        ``"zh"`` or ``"en"`` for map and report; the plan's when empty.
    progress : callable
        Told about every step.
    documents : bool
        Write map, report and exports too.

    Returns
    -------
    Path
        The folder of the finished run.

    Raises
    ------
    GeoplanError
        With the fault; the last good result is still in place, and the next run of the
        same inputs resumes after the last finished step.
    """
    from siting.rules import rule_book_versions
    from siting.screen.screening import book_paths

    lang = lang or plan.plan.lang
    steps = with_needs(only) if only else STEPS
    files = input_files(plan)
    parameters = {"sections": {k: v.model_dump(mode="json") for k, v in plan.sections.items()}}
    prov = provenance(files, rule_book_versions(book_paths(plan)), parameters).as_dict()
    key = digest(prov, plan.sha256, str(plan.data_root))
    target = (out or default_out(plan)).resolve()
    kept = _kept(target, steps, prov)
    run = open_run(target, key)
    for name in kept:
        if not step_finished(run, name):
            adopt_step(run, name)
    steps = tuple(s for s in STEPS if s in steps or s.name in kept)
    total = len(steps) + (1 if documents else 0)
    try:
        for i, step in enumerate(steps):
            progress(f"step.{step.name}", i, total)
            if not step_finished(run, step.name):
                result = step_function(step)(plan, run.work, progress)
                save_step(run, step.name, result)
        summary = _summary(plan, steps, run.work, prov)
        write_json(run.work / "summary.json", summary)
        if documents:
            progress("step.documents", total - 1, total)
            from geoplan.documents import write_documents

            write_documents(plan, run.work, lang=lang)
            finish_step(run, "documents")
    except GeoplanError:
        raise
    except OSError as err:
        if _disk_full(err):
            raise DataError(
                say("geoplan.faults.disk_full_result_kept"),
                where=str(run.work),
                todo=say("geoplan.faults.free_space"),
            ) from err
        raise
    done = publish(run)
    progress("done", total, total)
    return done
