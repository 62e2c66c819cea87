"""What a plan is computed from, and whether it stayed the same while it was computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from geoplan.register.section import RegisterSection, register_section
from gis.errors import DataError, Fault, GeoplanError, raise_faults
from gis.say import Sentence, listed, say
from layers.open.plan_file import plan_file, plan_files
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.provenance import (
    Provenance,
    code_digest,
    file_sha256,
    file_stamp,
    provenance,
)
from siting.connection.registered import REGISTER_INPUT, Registered

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "Inputs",
    "changed_since",
    "input_files",
    "read_inputs",
    "require_same",
    "seen_again",
]


_FILE_KEYS = frozenset({"path", "file", "pools", "polygon"})
_FILE_ENDS = ("_path", "_csv")
_COMPUTING = ("gis", "layers", "siting", "carbon_sink")  # rooms that hold steps


def _names_file(key: str) -> bool:
    """Whether a key of a section names a file; a test holds it against what steps open."""
    return key in _FILE_KEYS or key.endswith(_FILE_ENDS)


def _paths_in(value: Any, name: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if isinstance(value, BaseModel):
        value = {k: getattr(value, k) for k in type(value).model_fields}
    if isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(item, str) and item and _names_file(key):
                yield f"{name}.{key}", item
            else:
                yield from _paths_in(item, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _paths_in(item, f"{name}[{i}]")


def _named(plan: Plan) -> dict[str, Path]:
    found = {"plan": plan.path}
    found |= {k: plan_file(plan, p) for k, p in _paths_in(plan.area, "area")}
    for zone in plan.zones:
        found |= {k: plan_file(plan, p) for k, p in _paths_in(zone, f"zones.{zone.id}")}
    for key, source in sorted(plan.layers.items()):
        if source.path:
            files = plan_files(plan, source)
            found[f"layers.{key}"] = files[0]
            found |= {f"layers.{key}.{i}": f for i, f in enumerate(files[1:], 2)}
    for name, section in sorted(plan.sections.items()):
        if isinstance(section, RegisterSection):
            continue  # what a run reads of it is hashed by itself
        found |= {k: plan_file(plan, p) for k, p in _paths_in(section, name)}
    return found


def changed_since(plan: Plan, recorded: Mapping[str, str]) -> list[Sentence]:
    """What must be said when files of a plan are no longer those a run was computed from.

    Parameters
    ----------
    plan : Plan
    recorded : mapping
        Key -> SHA-256 of the run.
    """
    files = {k: p for k, p in _named(plan).items() if k in recorded}
    gone = [k for k, p in files.items() if not p.exists()]
    other = [k for k, p in files.items() if k not in gone and file_sha256(p) != recorded[k]]
    if register_section(plan).named and _register_now(plan) != recorded.get(REGISTER_INPUT):
        other.append(REGISTER_INPUT)
    if not (gone or other):
        return []
    return [say("geoplan.faults.inputs_changed_since_run", keys=listed(sorted(gone + other)))]


def _register(plan: Plan) -> dict[str, str]:
    """Digest of the projects of the register a plan was given; of nothing else it holds.

    Reviews and checks written since make no other run.
    """
    found = next((s for s in plan.sections.values() if isinstance(s, Registered)), None)
    return {} if found is None else {REGISTER_INPUT: found.sha256}


def _register_now(plan: Plan) -> str | None:
    from geoplan.register.feeding import with_register

    try:
        return _register(with_register(plan))[REGISTER_INPUT]
    except GeoplanError:
        return ""  # it cannot be read any more


def input_files(plan: Plan) -> dict[str, Path]:
    """Every file the plan names, by the key that names it.

    Raises
    ------
    DataError
        Listing all files that are not there.
    """
    found = _named(plan)
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


@dataclass(frozen=True)
class Inputs:
    """The inputs of a run as they were when it began.

    Attributes
    ----------
    files
        Key of the plan -> file; the plan's own rule books are among them.
    sha256, stamps
        By the same keys: the content, and what the system said of the file.
    provenance
        What the result is computed from.
    made_by
        Digest of the code that computes steps, and of the packages it stands on.
    """

    files: Mapping[str, Path]
    sha256: Mapping[str, str]
    stamps: Mapping[str, tuple[tuple[object, ...], ...]]
    provenance: Provenance
    made_by: str = ""


def _databases(plan: Plan) -> dict[str, str]:
    """Digest of every layer and survey in a database, whatever the order of its rows.

    It is read once in a process: all steps of a run see what is hashed here.
    """
    from carbon_sink.section import CarbonSection
    from carbon_sink.survey.opened import surveys_in_database
    from layers.open.plan_layers import open_features

    found: list[tuple[str, gpd.GeoDataFrame | None]] = [
        (f"layers.{key}", open_features(plan, key))
        for key, source in sorted(plan.layers.items())
        if source.in_database
    ]
    for section in plan.sections.values():
        if isinstance(section, CarbonSection):
            found += surveys_in_database(plan, section)
    out = {}
    for key, table in found:
        if table is None:
            continue
        fields = table.drop(columns=table.geometry.name).itertuples(index=False, name=None)
        rows = (
            hashlib.sha256(wkb + repr(row).encode()).digest()
            for wkb, row in zip(table.geometry.to_wkb(), fields, strict=True)
        )
        out[key] = hashlib.sha256(b"".join(sorted(rows))).hexdigest()
    return out


def read_inputs(plan: Plan) -> Inputs:
    """Hash everything the plan names.

    Raises
    ------
    DataError
        When a file is not there, or the plan file is no longer the one that was read.
    """
    from siting.rules import rule_book_versions
    from siting.screen.screening import book_paths

    named = input_files(plan)
    own = {f"screening.books {b}": Path(b) for b in book_paths(plan) if b.endswith(".toml")}
    # before the hash: a file replaced between the two is seen
    stamps = {k: file_stamp(p) for k, p in (named | own).items()}
    # how and where tiles are run never changes a bit of the result
    sections = {
        k: v.model_dump(mode="json", exclude=set(getattr(type(v), "HOW", ())))
        for k, v in plan.sections.items()
    }
    prov = provenance(named, rule_book_versions(book_paths(plan)), {"sections": sections})
    prov = replace(prov, inputs={**prov.inputs, **_databases(plan), **_register(plan)})
    sha256 = dict(prov.inputs) | {k: file_sha256(p) for k, p in own.items() if p.exists()}
    if plan.sha256 and sha256["plan"] != plan.sha256:
        raise DataError(
            say("geoplan.faults.plan_changed_since_read"),
            where=str(plan.path),
            todo=say("geoplan.faults.run_once_more"),
        )
    made_by = digest(code_digest(*_COMPUTING), prov.versions)
    return Inputs(named | own, sha256, stamps, prov, made_by)


def _replaced(inputs: Inputs, keys: Mapping[str, Sentence]) -> None:
    raise_faults(
        DataError,
        [
            Fault(
                what,
                where=f"[{key}] {inputs.files[key]}",
                todo=say("geoplan.faults.run_once_more"),
            )
            for key, what in keys.items()
        ],
    )


def _faults(inputs: Inputs, keys: list[str]) -> dict[str, Sentence]:
    out = {}
    for key in keys:
        path = inputs.files[key]
        if not path.exists():
            out[key] = say("geoplan.faults.input_removed")
        elif file_sha256(path) != inputs.sha256.get(key):
            out[key] = say("geoplan.faults.input_replaced")
    return out


def seen_again(inputs: Inputs) -> Inputs:
    """The inputs as the system sees them now, asking it only; cheap, around every step.

    Returns
    -------
    Inputs
        The very same object when no file was touched. Another one when files were written
        anew with the content they had: what was read in between is not known.

    Raises
    ------
    DataError
        Listing every file that was replaced or removed.
    """
    now = {k: file_stamp(p) for k, p in inputs.files.items()}
    moved = [k for k, stamp in now.items() if stamp != inputs.stamps[k]]
    _replaced(inputs, _faults(inputs, moved))
    return replace(inputs, stamps=now) if moved else inputs


def require_same(inputs: Inputs) -> None:
    """Refuse when an input does not have the content it had when the run began.

    Raises
    ------
    DataError
        Listing every file that was replaced or removed.
    """
    _replaced(inputs, _faults(inputs, list(inputs.files)))
