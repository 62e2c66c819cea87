"""What a run wrote, by sha256: the record of each step, and of a finished result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import TypeIs

from gis.errors import DataError, Fault, raise_faults
from gis.foreign import foreign_reason
from gis.say import say
from layers.plain_json import JsonObject, digest, write_json
from layers.provenance import file_sha256

__all__ = [
    "DIGESTS",
    "RECORDS",
    "Digests",
    "StepRecord",
    "changed_files",
    "check_result",
    "check_summary",
    "read_digests",
    "read_records",
    "write_digests",
    "write_records",
]

DIGESTS = "digests.json"
"""Record of a finished folder: what was written, by sha256."""

RECORDS = ".steps.json"
"""Record of the steps of a run under way."""

_SCHEMA = 1


@dataclass(frozen=True)
class StepRecord:
    """What a finished step left.

    Attributes
    ----------
    key
        Of the run.
    files
        Path below the folder -> sha256.
    needs
        Step it read from -> digest of that step's files.
    made_by
        Digest of the code that computed it; empty where it is not known.
    reads
        Part of the plan it read, with the files behind it -> digest.
    """

    key: str
    files: Mapping[str, str]
    needs: Mapping[str, str] = field(default_factory=dict)
    made_by: str = ""
    reads: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Names the files and their content."""
        return digest(self.files)

    def as_dict(self) -> JsonObject:
        """For the record on disk."""
        return {
            "key": self.key,
            "files": dict(self.files),
            "needs": dict(self.needs),
            "made_by": self.made_by,
            "reads": dict(self.reads),
        }


@dataclass(frozen=True)
class Digests:
    """The record of a folder.

    Attributes
    ----------
    plan, run_id
        Id of the plan and of the run.
    key
        Of the run.
    summary
        sha256 of ``summary.json``.
    steps
        Step -> its record.
    lang
        Language of the documents; empty without any.
    documents
        Path below the folder -> sha256, as the run wrote them.
    """

    plan: str
    run_id: str
    key: str
    summary: str
    steps: Mapping[str, StepRecord]
    lang: str = ""
    documents: Mapping[str, str] = field(default_factory=dict)


def _record(found: object) -> StepRecord | None:
    if not isinstance(found, dict):
        return None
    key, files, needs = (found.get(k) for k in ("key", "files", "needs"))
    made_by, reads = found.get("made_by", ""), found.get("reads", {})
    if not (isinstance(key, str) and isinstance(made_by, str)):
        return None
    if not (_of_digests(files) and _of_digests(needs) and _of_digests(reads)):
        return None
    return (
        None if any(map(_leads_out, files)) else StepRecord(key, files, needs, made_by, reads)
    )


def _of_digests(found: object) -> TypeIs[dict[str, str]]:
    return isinstance(found, dict) and all(isinstance(v, str) for v in found.values())


def _leads_out(path: str) -> bool:
    """Whether a recorded path is not one below its folder."""
    return Path(path).is_absolute() or ".." in Path(path).parts


def read_records(work: Path) -> dict[str, StepRecord]:
    """Records of the finished steps in a work folder; what is damaged is left out."""
    try:
        found = json.loads((work / RECORDS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    out = {str(k): _record(v) for k, v in found.items()}
    return {k: v for k, v in out.items() if v is not None}


def write_records(work: Path, records: Mapping[str, StepRecord]) -> None:
    """Write the records of the finished steps."""
    write_json(work / RECORDS, {k: v.as_dict() for k, v in records.items()})


def changed_files(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Files that are missing or differ from their record."""
    return tuple(
        name
        for name, was in files.items()
        if not (folder / name).is_file() or file_sha256(folder / name) != was
    )


def write_digests(folder: Path, one: Digests) -> None:
    """Write the record of a result, itself under a digest."""
    body = {
        "schema": _SCHEMA,
        "plan": one.plan,
        "run_id": one.run_id,
        "key": one.key,
        "summary": one.summary,
        "steps": {n: s.as_dict() for n, s in one.steps.items()},
        "lang": one.lang,
        "documents": dict(one.documents),
    }
    write_json(folder / DIGESTS, {**body, "digest": digest(body)})


def read_digests(folder: Path) -> Digests | None:
    """The record of a finished folder; None when it has none.

    Raises
    ------
    DataError
        When the record itself was changed or is not whole.
    """
    path = folder / DIGESTS
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as err:
        raise _unreadable(path, foreign_reason(err)) from err
    try:
        found = json.loads(text)
        own = found.pop("digest")
        steps = {str(k): _record(v) for k, v in found["steps"].items()}
        heads = [found[k] for k in ("plan", "run_id", "key", "summary")]
        lang, documents = str(found.get("lang", "")), found.get("documents", {})
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as err:
        raise _unreadable(path, foreign_reason(err)) from err
    if (
        digest(found) != own
        or None in steps.values()
        or not _of_digests(documents)
        or any(map(_leads_out, documents))
    ):
        raise _unreadable(path, say("layers.run.digest_differs"))
    plan, run_id, key, summary = map(str, heads)
    whole = {k: v for k, v in steps.items() if v is not None}
    return Digests(plan, run_id, key, summary, whole, lang, documents)


def _unreadable(path: Path, reason: str) -> DataError:
    return DataError(
        say("layers.run.digests_damaged"),
        where=str(path),
        got=reason,
        todo=say("layers.run.restore_or_run_again"),
    )


def check_summary(folder: Path) -> None:
    """Refuse a ``summary.json`` that was edited after the run.

    A folder without a record passes: `check_result` asks for one.

    Raises
    ------
    DataError
    """
    found = read_digests(folder)
    path = folder / "summary.json"
    if found is not None and path.is_file() and file_sha256(path) != found.summary:
        raise DataError(
            say("layers.run.result_file_changed"),
            where=str(path),
            todo=say("layers.run.restore_or_run_again"),
        )


def check_result(folder: Path) -> None:
    """Refuse a finished folder whose files are not those the run wrote.

    Raises
    ------
    DataError
        Without a record; else listing every file that is missing or was changed.
    """
    found = read_digests(folder)
    if found is None and not (folder / "summary.json").exists():
        raise DataError(
            say("layers.run.not_a_finished_run"),
            where=str(folder),
            todo=say("layers.run.run_to_folder"),
        )
    if found is None:
        raise DataError(
            say("layers.run.no_digests"),
            where=str(folder),
            expected=DIGESTS,
            todo=say("layers.run.run_again_for_digests"),
        )
    files = {"summary.json": found.summary}
    for one in found.steps.values():
        files |= one.files
    raise_faults(
        DataError,
        [
            Fault(
                say("layers.run.result_file_changed")
                if (folder / name).exists()
                else say("layers.run.result_file_missing"),
                where=str(folder / name),
                todo=say("layers.run.restore_or_run_again"),
            )
            for name in changed_files(folder, files)
        ],
    )
