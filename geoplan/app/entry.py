"""An entry of the plan as a page shows it: whether it changed, what is said of it, and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from typing_extensions import TypedDict

from geoplan.app.workspace import Project
from gis.errors import ConfigError, Fault
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.plan.model import LayerSource, Plan
from layers.spec import Text

__all__ = [
    "EntryTold",
    "Words",
    "keep_unread",
    "layer_mark",
    "mark_of",
    "refuse_unread",
    "unread_of",
]

_T = "geoplan.app"
_UNREAD = "unread.json"

Words = dict[str, str]  # language -> text


class EntryTold(TypedDict):
    """What is said of an entry as it was filled in.

    Attributes
    ----------
    faults
        Field -> what is wrong with its answer.
    rest
        What is wrong beside the fields.
    told
        What may be meant otherwise.
    written
        Whether it stands in the plan now.
    """

    faults: dict[str, Words]
    rest: list[Words]
    told: list[Words]
    written: bool


def mark_of(entry: str) -> str:
    """What tells an entry, written out, from the same one after somebody changed it.

    Examples
    --------
    >>> mark_of("cell_m = 30") == mark_of("cell_m = 40")
    False
    """
    return hashlib.sha256(entry.encode()).hexdigest()[:16]


def layer_mark(source: LayerSource | None) -> str:
    """What tells an entry of the plan from the same one after somebody changed it."""
    return mark_of("" if source is None else source.model_dump_json())


# ------------------------------------- files that were taken, columns that cannot be read yet
class _Unread(TypedDict):
    """What is wrong with columns of a layer, and the mark of the entry it is said of."""

    mark: str
    faults: dict[str, Words]


def _kept(project: Project) -> dict[str, _Unread]:
    try:
        found = json.loads((project.own / _UNREAD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def keep_unread(
    project: Project, plan: Plan, layer_id: str, faults: Mapping[str, Words]
) -> None:
    """Keep what is wrong with columns of a layer as it stands in the plan now."""
    kept = _kept(project)
    kept.pop(layer_id, None)
    if faults:
        mark = layer_mark(plan.layers.get(layer_id))
        kept[layer_id] = {"mark": mark, "faults": dict(faults)}
    project.own.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    (project.own / _UNREAD).write_text(text, encoding="utf-8")


def unread_of(project: Project, plan: Plan) -> dict[str, dict[str, Words]]:
    """Layer -> field -> what is wrong with it; of layers nobody changed since."""
    return {
        k: v["faults"]
        for k, v in _kept(project).items()
        if k in plan.layers and v.get("mark") == layer_mark(plan.layers[k])
    }


def refuse_unread(project: Project, plan: Plan) -> None:
    """Refuse a run that would fail at a layer whose columns cannot be read.

    Raises
    ------
    ConfigError
        That names each layer, its fields, and where they are said.
    """
    faults = []
    for layer_id, fields in unread_of(project, plan).items():
        spec = layer_of(layer_id)
        titles = {f.name: f.title for f in spec.fields}
        for name, words in fields.items():
            at = say(f"{_T}.field_of_layer", title=spec.title, field=titles.get(name, name))
            what = say(f"{_T}.column_unread", told=Text(**words))
            faults.append(Fault(what, where=at, todo=say(f"{_T}.do_unread")))
    if faults:
        raise ConfigError(faults)
