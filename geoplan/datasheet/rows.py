"""The rows of the data sheet: what is asked for, in which order, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geoplan.checkup.words import step_word
from gis.say import Lang, Sentence, listed, say
from layers.catalogue import layers
from layers.spec import Layer, Priority, Text
from siting.rules import search_rules, split_by_area

if TYPE_CHECKING:
    from layers.plan.locality import Locality
    from layers.plan.model import Plan
    from siting.rules.model import Rule
    from siting.screen.judged.layer_land import LayerLand

__all__ = ["TARGETS", "SheetRow", "asked_for", "rows_of"]

TARGETS = "targets"
_ORDER: tuple[Priority, ...] = ("core", "needed", "later")
_FIELDS = 8


@dataclass(frozen=True)
class SheetRow:
    """One layer that is asked for.

    Attributes
    ----------
    layer
        Id of the catalogue; ``"targets"`` for the targets of the plan.
    rules
        Ids of the rules in force at the place that read it.
    land
        Land that hangs on it; None where no run has found it.
    """

    layer: str
    title: Text
    priority: Priority
    steps: tuple[str, ...]
    rules: tuple[str, ...]
    land: LayerLand | None
    geometry: str
    fields: Sentence | str
    formats: tuple[str, ...]
    holder: Text

    def what_for(self, lang: Lang) -> str:
        """Steps that read it."""
        if not self.steps:
            return say("geoplan.datasheet.read_by_none")(lang)
        return listed(step_word(s) for s in self.steps)(lang)


def asked_for(layer_ids: Iterable[str]) -> list[str]:
    """Layers of a rule and those they are computed from, each once.

    Examples
    --------
    >>> asked_for(["slope", "road"])
    ['slope', 'dem', 'road']
    """
    catalogue = layers()
    out: dict[str, None] = {}
    for layer_id in layer_ids:
        out[layer_id] = None
        supply = catalogue[layer_id].supply
        if supply is not None and supply.derived_from:
            out[supply.derived_from] = None
    return list(out)


def _land_of(layer_id: str, land: Mapping[str, LayerLand] | None) -> LayerLand | None:
    """Land that hangs on a layer or on one that is computed from it, the larger."""
    if land is None:
        return None
    own = [k for k in layers() if k in land and layer_id in asked_for([k])]
    return max((land[k] for k in own), key=lambda x: x.taken_km2, default=None)


def _in_force(rules: Iterable[Rule]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for rule in rules:
        for layer_id in asked_for(rule.layer_ids):
            found.setdefault(layer_id, {})[rule.id] = None
    return {k: tuple(v) for k, v in found.items()}


def _fields(layer: Layer) -> Sentence | str:
    """Fields without which it cannot be judged, then the others by their usual names."""
    needed = [f for f in layer.fields if f.required]
    other = [f for f in layer.fields if not f.required][: _FIELDS - len(needed)]
    parts = [
        say(
            f"geoplan.datasheet.{'field_needed' if f.required else 'field'}",
            name=f.aliases[0] if f.aliases else f.name,
            title=f.title,
            unit=f" {f.unit}" if f.unit else "",
        )
        for f in (*needed, *other)
    ]
    if layer.geometry == "raster":
        return say("geoplan.datasheet.raster_unit", unit=layer.unit or "-")
    return say("geoplan.datasheet.fields", names=listed(parts)) if parts else ""


def _targets() -> SheetRow:
    holder = Text(
        zh=say("geoplan.datasheet.targets_holder")("zh"),
        en=say("geoplan.datasheet.targets_holder")("en"),
    )
    title = Text(
        zh=say("geoplan.datasheet.targets_title")("zh"),
        en=say("geoplan.datasheet.targets_title")("en"),
    )
    fields = say("geoplan.datasheet.on_own_sheet", sheet=say("geoplan.datasheet.sheet_targets"))
    return SheetRow(
        TARGETS, title, "needed", ("targets",), (), None, "none", fields, ("XLSX",), holder
    )


def rows_of(
    here: Locality,
    *,
    land: Mapping[str, LayerLand] | None = None,
    plan: Plan | None = None,
) -> list[SheetRow]:
    """What is asked for at a place: the core layers first, then by the rules that read them.

    Parameters
    ----------
    here : Locality
    land : mapping, optional
        Layer id -> land that hangs on it, of a finished run.
    plan : Plan, optional
        Layers it names are rows, too, where the sheet would not ask for them.

    Returns
    -------
    list of SheetRow
        Layers that are computed from others are left out.
    """
    rules = _in_force(split_by_area(search_rules(), here)[0])
    named = set(plan.layers) if plan is not None else set()
    out = []
    for layer_id, layer in layers().items():
        supply = layer.supply
        if supply is None or (supply.derived_from and layer_id not in named):
            continue
        fields = _fields(layer)
        if layer_id == "zones":
            fields = say(
                "geoplan.datasheet.on_own_sheet", sheet=say("geoplan.datasheet.sheet_zones")
            )
        row = SheetRow(
            layer_id,
            layer.title,
            supply.priority,
            supply.steps,
            rules.get(layer_id, ()),
            _land_of(layer_id, land),
            layer.geometry,
            fields,
            supply.formats,
            supply.holder,
        )
        rank = supply.rank or 99
        out.append(((_ORDER.index(supply.priority), rank, -len(row.rules), layer_id), row))
    targets = _targets()
    out.append(((_ORDER.index("needed"), 99, 0, TARGETS), targets))
    return [row for _, row in sorted(out, key=lambda x: x[0])]
