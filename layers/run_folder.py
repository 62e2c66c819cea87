"""The folder of a run: who may write it, what each step wrote, how it becomes the result.

A run writes into a work folder beside its target and moves it into place when complete. Each
step is recorded with the key of the run, the sha256 of every file it wrote and what it read
from earlier steps; files that differ from their record are not used. The finished folder
carries the same record in ``digests.json``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from gis.errors import DataError, Fault, raise_faults
from gis.foreign import foreign_reason
from gis.say import say
from layers.provenance import file_sha256
from layers.run_aside import ASIDE, KEY
from layers.run_lock import Tell, held, leave_lost, still_held
from layers.run_record import (
    DIGESTS,
    RECORDS,
    Digests,
    StepRecord,
    changed_files,
    check_result,
    read_digests,
    read_records,
    write_digests,
    write_records,
)
from layers.written import write_through

__all__ = [
    "RunFolder",
    "adopt_step",
    "check_steps",
    "finish_step",
    "forget_step",
    "open_run",
    "publish",
    "recover",
    "run_folder",
    "seal",
    "step_finished",
    "take_from_lost",
]

_COMPLETE = ".complete"
# folders beside the steps that are no part of a run: files of single plants, which stay
_KEPT = ("pv",)
# what a work folder holds beside the files of steps
_OWN = frozenset({RECORDS, KEY, _COMPLETE, ASIDE, DIGESTS, "summary.json"})


def _quiet(_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class RunFolder:
    """A run under way: `work` is written to, `target` is where it goes when complete.

    Attributes
    ----------
    key
        Digest of plan and inputs; steps of another key are not this run's.
    tell
        Told what a person has to know of the run itself.
    mine
        Whether the lock of the folder is still this run's.
    recovered
        Whether `target` is a complete result of this key that was only now put into place.
    """

    target: Path
    work: Path
    key: str = ""
    tell: Tell = field(default=_quiet, compare=False, repr=False)
    mine: Callable[[], bool] = field(default=lambda: True, compare=False, repr=False)
    recovered: bool = False


def _files(work: Path) -> Iterator[tuple[str, Path]]:
    """Files of steps in a work folder, by path below it."""
    for path in sorted(work.rglob("*")):
        below = path.relative_to(work)
        if below.parts[0] not in _OWN and path.is_file() and not path.is_symlink():
            yield below.as_posix(), path


def _names(target: Path) -> tuple[Path, Path, Path]:
    """Work folder, former result and lock that belong to a target."""
    parent, name = target.parent, target.name
    return parent / f".{name}.partial", parent / f".{name}.old", parent / f".{name}.lock"


@contextmanager
def run_folder(target: Path, key: str, *, plan: str, tell: Tell) -> Iterator[RunFolder]:
    """Hold `target` for one run: start it or resume it.

    Parameters
    ----------
    target : Path
        Folder of the finished run.
    key : str
        Digest of plan and inputs; a work folder with another key is started afresh.
    plan : str
        Id of the plan, for whoever asks who holds the folder.
    tell : callable
        Told what was taken over, restored or thrown away.

    Raises
    ------
    ConfigError
        When another run holds the folder.
    DataError
        When the target holds files that are not a run.
    """
    target = target.resolve()
    lock = _names(target)[2]
    lock.parent.mkdir(parents=True, exist_ok=True)
    with held(lock, target, plan=plan, key=key, tell=tell) as one:
        published = _recover(target, tell)
        run = open_run(target, key, tell=tell)
        found = read_digests(target) if published else None
        yield replace(
            run,
            mine=partial(still_held, one),
            recovered=found is not None and found.key == key,
        )


def take_from_lost(target: Path) -> None:
    """Let go of the lock on `target` of a machine whoever asks knows to be lost."""
    leave_lost(_names(target.resolve())[2])


def open_run(target: Path, key: str, *, tell: Tell = _quiet) -> RunFolder:
    """Start or resume the run that will replace `target`; `run_folder` holds the lock too.

    Parameters
    ----------
    target : Path
        Folder of the finished run.
    key : str
        Digest of plan and inputs; a work folder with another key is started afresh.
    tell : callable
        See `RunFolder`.
    """
    target = target.resolve()
    if target.exists() and not target.is_dir():
        raise DataError(say("layers.room.output_file_not_folder"), where=str(target))
    others = target.is_dir() and any(p.name not in _KEPT for p in target.iterdir())
    if others and not (target / "summary.json").exists():
        raise DataError(
            say("layers.room.output_folder_holds_files_not"),
            where=str(target),
            todo=say("layers.room.choose_empty_new_folder_out"),
        )
    work = _names(target)[0]
    marker = work / KEY
    if work.is_symlink():
        work.unlink()
    elif work.exists() and not (marker.is_file() and marker.read_bytes() == key.encode()):
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    marker.write_bytes(key.encode())
    run = RunFolder(target=target, work=work, key=key, tell=tell)
    # what no finished step wrote is half a step, or somebody else's
    known = {name for one in read_records(work).values() for name in one.files}
    for name, path in list(_files(work)):
        if name not in known:
            path.unlink()
    for name in (_COMPLETE, DIGESTS, "summary.json"):
        (work / name).unlink(missing_ok=True)
    return run


def step_finished(run: RunFolder, name: str) -> bool:
    """Whether step `name` of this very run was finished before and its files are whole.

    A step that was finished and cannot be used is told: it will be computed again.
    """
    records = read_records(run.work)
    one = records.get(name)
    if one is None:
        return False
    if one.key != run.key:
        run.tell(say("layers.run.step_of_another_run", step=name))
        return False
    changed = changed_files(run.work, one.files)
    if changed:
        run.tell(say("layers.run.step_file_changed", step=name, file=changed[0]))
        return False
    for need, was in one.needs.items():
        if need not in records or records[need].digest != was:
            run.tell(say("layers.run.step_needs_changed", step=name, need=need))
            return False
    return True


def finish_step(
    run: RunFolder,
    name: str,
    needs: Iterable[str] = (),
    *,
    made_by: str = "",
    reads: Mapping[str, str] | None = None,
) -> None:
    """Record that step `name` is finished, with the digests of what it wrote.

    Parameters
    ----------
    run : RunFolder
    name : str
    needs : iterable of str
        Steps it read from.
    made_by, reads
        Of its `StepRecord`; a step without them is computed again in the next run.
    """
    records = read_records(run.work)
    records.pop(name, None)
    taken = {path for one in records.values() for path in one.files}
    files = {p: file_sha256(path) for p, path in _files(run.work) if p not in taken}
    read = {n: records[n].digest for n in needs if n in records}
    records[name] = StepRecord(run.key, files, read, made_by, dict(reads or {}))
    write_records(run.work, records)


def forget_step(run: RunFolder, name: str) -> None:
    """Take back that step `name` is finished, and remove what it wrote."""
    records = read_records(run.work)
    one = records.pop(name, None)
    if one is None:
        return
    write_records(run.work, records)
    for path in one.files:
        (run.work / path).unlink(missing_ok=True)


def check_steps(run: RunFolder, names: Iterable[str]) -> None:
    """Refuse when a finished step is not as it was written.

    Raises
    ------
    DataError
        Listing every file that is missing or was changed while the run went on.
    """
    records = read_records(run.work)
    faults = []
    for name in names:
        one = records.get(name)
        if one is None or one.key != run.key:
            faults.append(
                Fault(
                    say("layers.run.step_record_gone"),
                    where=str(run.work),
                    got=name,
                    todo=say("layers.run.run_again_resumes"),
                )
            )
            continue
        faults += [
            Fault(
                say("layers.run.file_changed_under_run"),
                where=str(run.work / path),
                todo=say("layers.run.run_again_resumes"),
            )
            for path in changed_files(run.work, one.files)
        ]
    raise_faults(DataError, faults)


def adopt_step(run: RunFolder, name: str) -> bool:
    """Take the finished step `name` over from the target of the run, which stays as it is.

    Returns
    -------
    bool
        False when it is not there as it was written; it has to be computed again.
    """
    found = read_digests(run.target)
    one = found.steps.get(name) if found is not None else None
    if one is None:
        return False
    changed = changed_files(run.target, one.files)
    if changed:
        run.tell(say("layers.run.step_file_changed", step=name, file=changed[0]))
        return False
    for path in one.files:
        copy = run.work / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(run.target / path, copy)
    records = read_records(run.work)
    records[name] = replace(one, key=run.key)
    write_records(run.work, records)
    return True


def seal(
    run: RunFolder,
    names: Iterable[str],
    *,
    plan: str,
    run_id: str,
    lang: str = "",
    documents: Mapping[str, str] | None = None,
) -> None:
    """Write the record of the result, for whoever reads it later.

    Parameters
    ----------
    run : RunFolder
        With ``summary.json`` in place.
    names : iterable of str
        Its steps.
    plan, run_id : str
        Ids of the plan and of the run.
    lang, documents
        Language of the documents, and path below the folder -> sha256; none without.
    """
    records = read_records(run.work)
    summary = file_sha256(run.work / "summary.json")
    steps = {n: records[n] for n in names}
    one = Digests(plan, run_id, run.key, summary, steps, lang, dict(documents or {}))
    write_digests(run.work, one)


def _is_whole(work: Path) -> bool:
    """Whether a work folder is a complete result that only had to be moved."""
    if not (work / _COMPLETE).exists():
        return False
    try:
        check_result(work)
    except DataError:
        return False
    return True


def _clean(folder: Path) -> None:
    """Remove from a finished folder what only its run needed."""
    for name in (KEY, RECORDS, _COMPLETE):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / ASIDE, ignore_errors=True)


def _recover(target: Path, tell: Tell) -> bool:
    """Finish what a run did not live to finish; whether its complete result was published."""
    work, old, _ = _names(target)
    published = False
    if not target.exists():
        if _is_whole(work):
            os.replace(work, target)  # noqa: PTH105 - same volume, one call
            published = True
            tell(say("layers.run.complete_result_published", folder=str(target)))
        elif old.exists():
            os.replace(old, target)  # noqa: PTH105
            tell(say("layers.run.former_result_restored", folder=str(target)))
    if target.is_dir() and (target / _COMPLETE).exists():
        _clean(target)
    if old.exists() and target.exists():
        _keep(old, target, tell)
        shutil.rmtree(old, ignore_errors=True)
    return published


def _keep(old: Path, target: Path, tell: Tell) -> None:
    """Files of single plants stay when another result takes the place of theirs."""
    for name in _KEPT:
        if (old / name).is_dir() and not (target / name).exists():
            os.replace(old / name, target / name)  # noqa: PTH105 - same volume, one call
            tell(say("layers.run.plants_kept", folder=str(target / name)))


def recover(target: Path, *, tell: Tell) -> None:
    """Bring back the result of a run that was killed while it was put into place.

    For whoever reads a result. Does nothing where nothing has to be done.

    Raises
    ------
    ConfigError
        When a run is at it at this moment.
    """
    target = target.resolve()
    work, old, lock = _names(target)
    if target.exists() or not (old.exists() or (work / _COMPLETE).exists()):
        return
    with held(lock, target, plan="", key="", tell=tell):
        _recover(target, tell)


def publish(run: RunFolder) -> Path:
    """Move the finished run into place; the former result goes only after that.

    Killed at any moment, the next start finds the former result or the new one whole; after
    a power cut too, since what was written is on the disk before anything is moved.

    Raises
    ------
    DataError
        When the system does not let the folder be moved; nothing is lost.
    """
    target, work = run.target, run.work
    old = _names(target)[1]
    if not run.mine():
        raise DataError(
            say("layers.run.lock_lost"),
            where=str(target),
            todo=say("layers.run.run_again_resumes"),
        )
    (work / _COMPLETE).write_text(run.key, encoding="utf-8")
    write_through(work)
    try:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
            os.replace(target, old)  # noqa: PTH105 - same volume, one call
        try:
            os.replace(work, target)  # noqa: PTH105
        except OSError:
            if old.exists():
                with contextlib.suppress(OSError):
                    os.replace(old, target)  # noqa: PTH105
            raise
    except OSError as err:
        raise DataError(
            say("layers.run.not_moved_into_place"),
            where=str(target),
            got=foreign_reason(err),
            todo=say("layers.run.complete_result_lies_in", folder=str(work)),
        ) from err
    write_through(target)
    _clean(target)
    try:
        _keep(old, target, run.tell)
    except OSError:
        return target  # the next start finds them in the former result
    shutil.rmtree(old, ignore_errors=True)
    return target
