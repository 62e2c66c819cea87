"""Finished runs as the commands read them: of this plan, whole, and the same to the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from geoplan.run import default_out
from gis.errors import ConfigError, DataError
from gis.say import Sentence, listed, say
from layers.plan.model import Plan
from layers.run_documents import changed_documents
from layers.run_folder import recover
from layers.run_lock import Tell
from layers.run_record import DIGESTS, check_result

__all__ = ["finished_run", "read_whole"]


def finished_run(plan: Plan, out: Path | None, *, tell: Tell) -> Path:
    """The folder of a finished run of `plan`, as the run wrote it.

    Parameters
    ----------
    plan : Plan
    out : Path, optional
        `default_out` when not given.
    tell : callable
        Told when the result of an interrupted run had to be put into place first, and which
        documents were changed after they were written.

    Raises
    ------
    ConfigError
        When there is none, or it is another plan's.
    DataError
        When its files are not those the run wrote.
    """
    from geoplan.summary import read_run_summary

    folder = (out or default_out(plan)).resolve()
    recover(folder, tell=tell)
    if not (folder / "summary.json").exists():
        raise ConfigError(
            say("geoplan.faults.no_finished_run"),
            where=str(folder),
            todo=say("geoplan.faults.run_first"),
        )
    found = read_run_summary(folder).plan
    if found.id != plan.plan.id or found.sha256 != plan.sha256:
        other = found.id != plan.plan.id
        raise ConfigError(
            say("geoplan.faults.other_plan") if other else say("geoplan.faults.plan_changed"),
            where=str(folder),
            got=_run_of(found.id, "" if other else found.sha256),
            expected=_run_of(plan.plan.id, "" if other else plan.sha256),
            todo=say("geoplan.faults.run_again"),
        )
    check_result(folder)
    edited = changed_documents(folder)
    if edited:
        tell(say("layers.run.document_edited", names=listed(edited)))
    return folder


def _run_of(plan_id: str, sha256: str) -> Sentence:
    """Whose run it is; of one plan the text, of two the id tells them apart."""
    if not sha256:
        return say("geoplan.faults.run_of", id=plan_id)
    return say("geoplan.faults.run_of_text", id=plan_id, sha256=sha256[:12])


def _record(folder: Path) -> bytes:
    try:
        return (folder / DIGESTS).read_bytes()
    except OSError:
        return b""


@contextmanager
def read_whole(folder: Path) -> Iterator[None]:
    """Read a finished run in the block: what was written from two results is refused.

    A run that goes on at the same time may put its result into place at any moment.

    Raises
    ------
    DataError
        When the result was replaced in the meantime.
    """
    before = _record(folder)
    try:
        yield
    finally:
        replaced = _record(folder) != before
    if replaced:
        raise DataError(
            say("geoplan.faults.result_replaced"),
            where=str(folder),
            todo=say("geoplan.faults.command_again"),
        )
