"""A run: the steps in order, then the summary, the exports, the map and the report."""

from __future__ import annotations

import errno
import json
import logging
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geoplan
from geoplan.inputs import Inputs, read_inputs, require_same
from geoplan.needs import memory_used_up, require_asked, require_room, room_for_two
from geoplan.progress.usual import note_run
from geoplan.register.feeding import with_register
from geoplan.steps import STEPS, Step, with_needs
from geoplan.summary import SCHEMA, RunSummary, plan_part, source_parts
from geoplan.workers.run_steps import run_steps
from geoplan.workers.second import Event, Second, second_process
from geoplan.workers.unchanged import former_steps, whole_result
from gis.errors import ConfigError, DataError
from gis.machine import give_back_memory
from gis.say import Sentence, listed, say
from layers.open.plan_layers import told_of
from layers.open.read_layer import let_go
from layers.plain_json import digest, write_json
from layers.plan.model import Plan
from layers.plan.reads import WHOLE, digests_of
from layers.provenance import code_digest
from layers.result import Progress, read_summary
from layers.run_documents import keep_edited, recorded_documents
from layers.run_folder import (
    RunFolder,
    adopt_step,
    check_steps,
    forget_step,
    publish,
    run_folder,
    seal,
    step_finished,
)
from layers.run_lock import Tell
from layers.run_record import read_digests, read_records

__all__ = ["default_out", "run_plan"]

_LOG = logging.getLogger(__name__)


def default_out(plan: Plan) -> Path:
    """Where a run of `plan` goes when nothing is said: ``out/<plan id>`` here."""
    return Path.cwd() / "out" / plan.plan.id


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
    # whatever the steps looked at, the reader learns what the layers are worth
    out["warnings"] = [w.as_dict() for w in told_of(plan)]
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
    out |= _answers(plan, out.pop("targets", None))
    return RunSummary.model_validate(out)


def _answers(plan: Plan, found: object) -> dict[str, object]:
    """Every target of the plan once, in its order, as the rooms answered it.

    A run of some steps says which targets it did not look at; none is left out.
    """
    if not isinstance(found, Mapping):
        return {}  # no step of this run looks at targets
    from layers.answers.answer import unanswered

    why = say("layers.answers.not_run")
    return {"targets": [found.get(t.id) or unanswered(t, why) for t in plan.targets]}


def _former(target: Path) -> tuple[str, str, tuple[str, ...]] | None:
    """Plan, key and steps of the finished run at `target`; of some no key is known."""
    try:
        found = read_digests(target)
        if found is not None:
            return found.plan, found.key, tuple(found.steps)
        body = json.loads((target / "summary.json").read_text(encoding="utf-8"))
        return body["plan"]["id"], "", tuple(body["run"]["steps"])
    except FileNotFoundError:
        return None
    except (DataError, OSError, ValueError, KeyError, TypeError):
        return "?", "", tuple(s.name for s in STEPS)  # damaged: it may hold any of them


def _kept(target: Path, steps: tuple[Step, ...], key: str) -> tuple[str, ...]:
    """Steps of the finished run at `target` that a run of only `steps` must not lose.

    Raises
    ------
    ConfigError
        When they were made from other inputs or by another program, so that they cannot
        stand beside the new.
    """
    former = _former(target)
    if former is None:
        return ()
    plan, former_key, names = former
    others = [n for n in names if n not in {s.name for s in steps}]
    if not others:
        return ()
    if former_key == key:
        return tuple(n for n in names if (target / "steps" / n).is_dir())
    raise ConfigError(
        say("geoplan.faults.results_would_be_lost"),
        where=str(target),
        got=say("geoplan.faults.plan_steps", plan=plan, steps=listed(others)),
        todo=say("geoplan.faults.run_all"),
    )


def _disk_full(err: OSError) -> bool:
    return err.errno in {errno.ENOSPC, errno.EDQUOT}


def _log(note: Sentence) -> None:
    _LOG.warning("%s", note)


def _map(work: Path, plan: Plan, lang: str, event: Event) -> None:
    """The map of a run, here or in the second process."""
    from geoplan.maps import write_map

    def told(*values: object) -> None:
        event("progress", values)

    write_map(work, work / "map.html", lang=lang, plan=plan, progress=told)


def _pictures(plan: Plan, work: Path, lang: str, event: Event) -> None:
    """The pictures of the report, in the second process."""
    from geoplan.documents import draw_pictures

    def told(*values: object) -> None:
        event("progress", values)

    draw_pictures(plan, work, lang=lang, progress=told)


def _finish(
    plan: Plan,
    run: RunFolder,
    steps: tuple[Step, ...],
    inputs: Inputs,
    lang: str | None,
    second: Second | None,
    progress: Progress,
) -> None:
    """Summary, record and, in `lang`, the documents; then everything is looked at again."""
    names = [s.name for s in steps]
    prov = inputs.provenance.as_dict()
    write_json(run.work / "summary.json", _summary(plan, steps, run.work, prov))
    seal(run, names, plan=plan.plan.id, run_id=inputs.provenance.id)
    if lang is not None:
        from geoplan.documents import write_documents

        let_go()  # documents are made of results, and need the room
        give_back_memory()

        def draw(told: Progress) -> None:
            asked, event = (run.work, plan, lang), _passed_on(told)
            if second is None or not second.call(_map, *asked, event=event):
                _map(*asked, event)

        def paint(told: Progress) -> bool:
            asked = (plan, run.work, lang)
            return second is not None and second.call(_pictures, *asked, event=_passed_on(told))

        write_documents(plan, run.work, lang=lang, draw=draw, paint=paint, progress=progress)
        made = recorded_documents(run.work)
        ids = {"plan": plan.plan.id, "run_id": inputs.provenance.id}
        seal(run, names, **ids, lang=lang, documents=made)
    try:
        require_same(inputs)
    except DataError:
        for name in names:  # nobody can tell which of them saw what
            forget_step(run, name)
        raise
    check_steps(run, names)


def _passed_on(told: Progress) -> Event:
    """What a document tells of itself, wherever it is made."""

    def event(_kind: str, values: tuple[Any, ...]) -> None:
        told(*values)

    return event


def _nothing_taken(_step: Step) -> bool:
    """No step of a former result is taken over."""
    return False


def _quiet(_name: str, _done: int, _total: int) -> None:
    """Nobody looks on."""


def run_plan(
    plan: Plan,
    out: Path | None = None,
    *,
    only: tuple[str, ...] = (),
    lang: str = "",
    progress: Progress = _quiet,
    documents: bool = True,
    afresh: bool = False,
    tell: Tell = _log,
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
        Told about every step: its name, how many are done, how many there are.
    documents : bool
        Write map, report and exports too.
    afresh : bool
        Compute every step, also those that the result at `out` holds as they would be now.
    tell : callable
        Told, in a sentence, what a person has to know of the run itself: a lock taken over,
        a step computed again because its file was damaged. Goes to the log when not given.

    Returns
    -------
    Path
        The folder of the finished run.

    Raises
    ------
    GeoplanError
        With the fault; the last good result is still in place, and the next run of the
        same inputs resumes after the last finished step. Also when another run holds the
        folder, the run does not fit this machine, or an input was replaced while it went on.
    """
    lang = lang or plan.plan.lang
    steps = with_needs(only) if only else STEPS
    plan = with_register(plan)
    inputs = read_inputs(plan)
    # the plan as it is asked, which may be another than its file says
    whole = digests_of(plan, {WHOLE}, inputs.sha256)
    key = digest(inputs.provenance.as_dict(), whole, inputs.made_by, code_digest("geoplan"))
    target = (out or default_out(plan)).resolve()
    names = tuple(s.name for s in steps)
    require_asked(plan, names, documents=documents)
    require_room(plan, names, target, documents=documents)
    two = room_for_two(plan, names, documents=documents)
    with run_folder(target, key, plan=plan.plan.id, tell=tell) as run:
        if not afresh and whole_result(target, key, names, lang if documents else None):
            require_same(inputs)
            if set(read_records(run.work)) <= set(names):  # else half of a run of more steps
                shutil.rmtree(run.work)
            tell(say("geoplan.faults.nothing_changed", folder=str(target)))
            progress("done", len(names), len(names))
            return target
        kept = _kept(target, steps, key)
        # a result that only had to be moved into place need not be computed again
        adopted = dict.fromkeys((*kept, *(s.name for s in steps if run.recovered)))
        for name in adopted:
            if not step_finished(run, name):
                adopt_step(run, name)
        steps = tuple(s for s in STEPS if s in steps or s.name in kept)
        total = len(steps) + (1 if documents else 0)
        try:
            with second_process() as second:
                beside = second if two else None
                take = _nothing_taken if afresh else former_steps(plan, run, steps, inputs)
                run_steps(plan, run, steps, inputs, progress, beside, total, take)
                if documents:
                    progress("step.documents", total - 1, total)
                _finish(plan, run, steps, inputs, lang if documents else None, beside, progress)
        except Exception as err:
            reason = _explained(err, run)
            if reason is None:
                raise
            raise reason from err
        if documents:
            keep_edited(target, run.work, tell)
        done = publish(run)
    note_run(plan, [s.name for s in steps])
    progress("done", total, total)
    return done


def _explained(err: Exception, run: RunFolder) -> DataError | None:
    """What `err` came from where the disk or the work folder is the reason."""
    if not run.work.is_dir():
        return DataError(
            say("geoplan.faults.work_folder_gone"),
            where=str(run.work),
            todo=say("geoplan.faults.run_once_more"),
        )
    if isinstance(err, OSError) and _disk_full(err):
        return DataError(
            say("geoplan.faults.disk_full_result_kept"),
            where=str(run.work),
            todo=say("geoplan.faults.free_space"),
        )
    return memory_used_up(err, run.work)
