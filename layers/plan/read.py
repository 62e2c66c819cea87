"""How a plan file is read: every fault of it at once.

Sections of other rooms (``[screening]``, ``[pv]``, ``[carbon]`` ...) are validated by the
models those rooms pass to `read_plan`, so that one message reports the faults of the whole
file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from gis.errors import ConfigError, Fault
from gis.files.given import given_bytes, given_file
from gis.say import listed, os_reason, say
from gis.toml import parse_toml
from layers.model_faults import model_faults
from layers.plan.model import Plan
from layers.plan.target import (
    TargetKind,
    completed_targets,
    readable_targets,
    target_faults,
)
from layers.vocabulary import vocabularies

__all__ = ["read_plan"]

_ITEM = re.compile(r" ?\[[^.\]]+\.(\d+)\.?(.*)\]$")
_OWN = ("plan", "area", "data", "zones", "layers", "targets", "plants")


def _table(doc: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of the file; empty where it is none, which its model tells."""
    found = doc.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _by_id(faults: list[Fault], head: str, given: list[Any]) -> list[Fault]:
    """Faults of a list of tables, each where its writer finds it: by the table's id."""
    for fault in faults:
        at = _ITEM.match(fault.where)
        if at is None:
            fault.where = head
            continue
        number, key = int(at[1]), at[2]
        own = given[number].get("id") if isinstance(given[number], Mapping) else None
        fault.where = f"{head} {own if isinstance(own, str) and own else f'#{number + 1}'}"
        fault.where += f" [{key}]" if key else ""
    return faults


def read_plan(
    path: Path | str,
    sections: Mapping[str, type[BaseModel]],
    layer_ids: frozenset[str],
    indicators: Mapping[str, TargetKind] | None = None,
) -> Plan:
    """Read and check a plan file; every fault of it is reported at once.

    Parameters
    ----------
    path : path
        A TOML file.
    sections : mapping
        Name of a top-level table -> the model that reads it. A section that is absent is
        built from its defaults.
    layer_ids : frozenset of str
        Ids of the layer catalogue; other ids under ``[layers]`` are faults.
    indicators : mapping, optional
        What the rooms know about indicators, by id; targets about others, and targets whose
        unit or caliber does not fit, are faults. Not checked by default.

    Returns
    -------
    Plan

    Raises
    ------
    ConfigError
        When the file cannot be read, or with all its faults together.
    """
    path = given_file(path, ConfigError).resolve()
    name = path.name
    try:
        raw = given_bytes(path, ConfigError)
    except OSError as err:
        raise ConfigError(
            say("layers.plan.plan_file_cannot_read"),
            where=str(path),
            got=os_reason(err),
            todo=say("layers.plan.check_path"),
        ) from err
    doc = parse_toml(raw, name)
    if not doc:
        raise ConfigError(
            say("layers.plan.plan_file_empty"),
            where=name,
            got=say("layers.plan.bytes_without_key", n=len(raw)),
            expected="[plan], [area]",
            todo=say("layers.plan.plan_file_empty_todo"),
        )

    faults: list[Fault] = []
    known = {*_OWN, *sections}
    faults += [
        Fault(
            say("layers.plan.unknown_section"),
            where=f"{name} [{k}]",
            expected=listed(sorted(known)),
        )
        for k in doc
        if k not in known
    ]
    faults += [
        Fault(
            say("layers.plan.no_such_layer"),
            where=f"{name} [layers.{k}]",
            todo=say("layers.plan.see_geoplan_layers_catalogue"),
        )
        for k in _table(doc, "layers")
        if k not in layer_ids
    ]
    built: dict[str, BaseModel] = {}
    # where the files of a section start; what is wrong with [data] is told below
    root = _table(doc, "data").get("root", ".")
    context = {
        "base": path.parent / (root if isinstance(root, str) else "."),
        # layers of the sample lie elsewhere; files of its plan stay beside it
        "beside": bool(_table(doc, "data").get("sample")),
    }
    for key, model in sections.items():
        try:
            built[key] = model.model_validate(doc.get(key, {}), context=context)
        except ValidationError as err:
            given = doc.get(key)
            if isinstance(given, list):
                faults += _by_id(model_faults(err, ""), f"{name} [[{key}]]", given)
            else:
                faults += model_faults(err, name, (key,))
    plan: Plan | None = None
    try:
        plan = Plan.model_validate({k: doc[k] for k in _OWN if k in doc})
    except ValidationError as err:
        faults += model_faults(err, name)
    if plan is not None:
        for label, items in (("zones", plan.zones), ("targets", plan.targets)):
            ids = [i.id for i in items]
            faults += [
                Fault(
                    say("layers.plan.id_used_twice"),
                    where=f"{name} [{label}]",
                    got=i,
                    expected=say("layers.plan.id_once"),
                    todo=say("layers.plan.id_todo"),
                )
                for i in sorted({i for i in ids if ids.count(i) > 1})
            ]
        faults += [
            Fault(
                say("layers.vocabulary.no_such_vocabulary"),
                where=f"{name} [layers.{layer_id}.vocabulary]",
                got=source.vocabulary,
                expected=listed(vocabularies()),
            )
            for layer_id, source in plan.layers.items()
            if source.vocabulary and source.vocabulary not in vocabularies()
        ]
    if indicators is not None:
        faults += target_faults(readable_targets(doc), indicators, name)
    if faults or plan is None:
        raise ConfigError(faults)
    folder = given_file(path.parent / plan.data.root, ConfigError)
    return plan.model_copy(
        update={
            "sections": built,
            "path": path,
            "sha256": hashlib.sha256(raw).hexdigest(),
            "base": folder.resolve(),
            "targets": completed_targets(plan.targets, indicators or {}),
        }
    )
