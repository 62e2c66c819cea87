"""The ledger of retired equipment: from the register and the layers, as lines and as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.listing import write_list
from geoplan.register.adding import in_plan_crs
from geoplan.register.ledger import Entry
from geoplan.register.project import kind_title
from geoplan.report.cell_words import quality_word
from gis.say import Sentence, say
from layers.plan.model import Plan
from siting.pv.study.section import PvSection
from siting.retire.plants import plants_of
from siting.retire.schedule import Factor, Plant, Retired

if TYPE_CHECKING:
    import pandas as pd

    from layers.plain_json import JsonObject

__all__ = ["registered_plants", "retired_as_list", "retired_lines", "write_retired"]

_BUILT = ("commissioned", "full")


def registered_plants(plan: Plan, entries: Sequence[Entry], epsg: int) -> tuple[Plant, ...]:
    """Plants of the layers, and projects of the register that are in operation, each once.

    A project without a day of commissioning is among them: what it leaves is not estimated.
    """
    ratio = float(plan.section(PvSection).dc_ac_ratio)
    built = [e for e in entries if e.project.stage in _BUILT]
    own = []
    for e in built:
        p = e.project
        if p.kind not in ("wind", "pv", "storage"):
            continue
        mw = math.nan if p.capacity_mw is None else p.capacity_mw
        mwh = math.nan if p.energy_mwh is None else p.energy_mwh
        size = {"wind": mw, "pv": mw * ratio, "storage": mwh}[p.kind]
        own.append(Plant(p.id, p.name, p.kind, size, p.commissioned))  # type: ignore[arg-type]
    lands = {e.project.id: in_plan_crs(e.geometry, epsg, plan) for e in built}
    return plants_of(plan, tuple(own), lands)


def _item(item: str) -> Sentence:
    return say(f"geoplan.register.item.{item}")


def _mass(low: float, high: float) -> Sentence:
    if math.isnan(low):
        return say("geoplan.register.mass_most", high=high)
    return say("geoplan.register.mass", low=low, high=high)


def retired_lines(
    found: Sequence[Retired], known: Mapping[str, Factor], lang: str
) -> Iterator[str]:
    """Sums by years and equipment, what is not estimated and why, and the sources."""
    spans: dict[tuple[int, int, str], list[Retired]] = {}
    open_: dict[tuple[str, str], list[Retired]] = {}
    for r in found:
        if r.first is None or r.last is None:
            open_.setdefault((r.item, r.why(lang) if r.why else ""), []).append(r)
        else:
            spans.setdefault((r.first, r.last, r.item), []).append(r)
    for (first, last, item), own in sorted(spans.items()):
        mass = _mass(sum(r.low_t for r in own), sum(r.high_t for r in own))
        names = own[0].plant.name if len(own) == 1 else str(len(own))
        yield say(
            "geoplan.register.retire_line",
            first=str(first),
            last=str(last),
            item=_item(item),
            mass=mass,
            name=names,
        )(lang)
    for item in dict.fromkeys(r.item for r in found):
        own = [r for r in found if r.item == item and r.first is not None]
        if own:
            mass = _mass(sum(r.low_t for r in own), sum(r.high_t for r in own))
            yield say("geoplan.register.retire_total", item=_item(item), n=len(own), mass=mass)(
                lang
            )
    for (item, why), own in open_.items():
        yield say("geoplan.register.retire_open", item=_item(item), n=len(own), why=why)(lang)
    for f in known.values():
        if not (math.isnan(f.low) and math.isnan(f.high)):
            low = f.high if math.isnan(f.low) else f.low
            yield say(
                "geoplan.register.retire_source",
                id=f.id,
                low=low,
                high=f.high,
                unit=f.unit,
                quality=quality_word(f.quality),
                date=f.date or "-",
                source=f.source,
            )(lang)


def _table(found: Sequence[Retired], lang: str) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            "first": r.first,
            "last": r.last,
            "name": r.plant.name,
            "kind": kind_title(r.plant.kind)(lang),
            "item": _item(r.item)(lang),
            "low_t": None if math.isnan(r.low_t) else r.low_t,
            "high_t": None if math.isnan(r.high_t) else r.high_t,
            "why": r.why(lang) if r.why else "",
        }
        for r in found
    ]
    names = ("first", "last", "name", "kind", "item", "low_t", "high_t", "why")
    table = pd.DataFrame(rows, columns=list(names))
    return table.rename(
        columns={c: say(f"geoplan.register.retire_column.{c}")(lang) for c in names}
    )


def write_retired(found: Sequence[Retired], path: Path, lang: str) -> Path:
    """Write the ledger, one row a plant and kind of equipment, as ``.csv`` or ``.xlsx``.

    Raises
    ------
    ConfigError
        For another suffix.
    """
    write_list(_table(found, lang), path)
    return path


def retired_as_list(found: Sequence[Retired], lang: str) -> list[JsonObject]:
    """For ``--json``."""
    return [
        {
            "id": r.plant.id,
            "name": r.plant.name,
            "kind": r.plant.kind,
            "size": None if math.isnan(r.plant.size) else r.plant.size,
            "commissioned": r.plant.commissioned,
            "item": r.item,
            "first": r.first,
            "last": r.last,
            "low_t": None if math.isnan(r.low_t) else r.low_t,
            "high_t": None if math.isnan(r.high_t) else r.high_t,
            "why": r.why(lang) if r.why else "",
        }
        for r in found
    ]
