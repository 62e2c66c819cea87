"""The ledger of retired equipment: from the register and the layers, as lines and as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.listing import write_list
from geoplan.register.feeding import ledger_projects
from geoplan.register.ledger import Entry
from geoplan.register.project import kind_title
from geoplan.report.cell_words import quality_word
from gis.files.plain_text import harmless_table
from gis.say import Sentence, say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.plan.model import Plant as OwnPlant
from siting.connection.ledger import counted_plants, turbines_id
from siting.connection.matching import plain_name
from siting.connection.registered import Project
from siting.pv.study.section import PvSection
from siting.retire.schedule import Factor, Plant, PlantKind, Retired, by_year
from siting.wind.machine.existing import existing_turbines
from siting.wind.section import WindSection

if TYPE_CHECKING:
    from pydantic import JsonValue

    from layers.plain_json import JsonObject

__all__ = ["registered_plants", "retired_as_json", "retired_lines", "write_retired"]

_BUILT = ("commissioned", "full")
# of a plant in several lists the one that says best when it began
_ORDER = ("projects", "turbines", "existing_pv", "plants")


def registered_plants(plan: Plan, entries: Sequence[Entry], epsg: int) -> tuple[Plant, ...]:
    """Plants in operation as the ledger of capacity finds them, each once, and storage.

    A project without a day of commissioning is among them: what it leaves is not estimated.
    Turbines come one by one, each with its own day.

    Parameters
    ----------
    plan : Plan
    entries : sequence of Entry
        Projects of the register as they stand.
    epsg : int
        System of the register.

    Returns
    -------
    tuple of Plant
        Capacity of PV is AC and becomes DC by the plan's ratio.
    """
    ratio = float(plan.section(PvSection).dc_ac_ratio)
    built = [e for e in entries if e.project.stage in _BUILT]
    projects, open_ = ledger_projects(plan, built, epsg)
    days = {e.project.id: e.project.commissioned for e in built}
    counted, _ = counted_plants(plan, projects)
    turbines = _turbines(plan) if any("turbines" in c.lists for c in counted) else []
    out = []
    for one in counted:
        stand = [(w, p) for w, p in one.found if p.stage == "operating"]
        stand.sort(key=lambda wp: _ORDER.index(wp[0]))
        dated = [(w, p) for w, p in stand if (days.get(p.id) if w == "projects" else p.year)]
        for where, p in (dated or stand)[:1]:
            several = len(one.parts) > 1 and where != "projects"
            farm = next((q.id for w, q in stand if w == "turbines"), "")
            if farm and (where == "turbines" or several):
                out += [t for t in turbines if t[0] == farm]
                continue
            began = days[p.id] if where == "projects" else _began(plan, where, p)
            whole = sum(mw for _, mw in one.parts)
            parts = (
                [(f"{p.id}.{year}", str(year), mw / whole) for year, mw in one.parts]
                if several and whole > 0
                else [(p.id, began, 1.0)]
            )
            size = p.capacity_mw * (ratio if p.kind == "pv" else 1.0)
            out += [
                (p.id, Plant(key, p.name.zh, _KINDS[p.kind], size * share, day))
                for key, day, share in parts
            ]
    out += [(i, _sizeless(e)) for i in open_ for e in built if e.project.id == i]
    return (*(plant for _, plant in out), *_storage(plan, built))


_KINDS: Mapping[str, PlantKind] = {"pv": "pv", "wind": "wind"}


def _began(plan: Plan, where: str, plant: Project) -> str:
    """The day a plant of the plan's lists went into operation, or its year."""
    if where == "plants":
        return _day_of(plan.plants[int(plant.id.removeprefix("plants.")) - 1])
    return "" if plant.year is None else str(plant.year)


def _sizeless(entry: Entry) -> Plant:
    p = entry.project
    return Plant(p.id, p.name, _KINDS[p.kind], math.nan, p.commissioned)


def _turbines(plan: Plan) -> list[tuple[str, Plant]]:
    """Turbines that stand, with the id the ledger gives their farm."""
    table, _ = existing_turbines(plan, plan.section(WindSection), plan_crs(plan))
    out = []
    for k, row in enumerate([] if table is None else table.to_dict("records"), 1):
        if row.get("status") == "retired":
            continue
        name = str(row.get("turbine_id") or k)
        mw = float(pd.to_numeric(row["capacity_kw"], errors="coerce")) / 1000.0
        day = pd.to_datetime(row.get("on_grid"), errors="coerce")
        began = "" if day is pd.NaT else str(day.date())
        out.append((turbines_id(str(row["farm"])), Plant(name, name, "wind", mw, began)))
    return out


def _storage(plan: Plan, built: Sequence[Entry]) -> tuple[Plant, ...]:
    """Storage of the register, and of the plan where the register has none of its name."""
    own = [e.project for e in built if e.project.kind == "storage"]
    names = {plain_name(p.name) for p in own}
    listed_ = [
        p
        for p in plan.plants
        if p.technology == "storage" and p.status == "operating"
        and not names & {plain_name(p.name.zh), plain_name(p.name.en)}
    ]  # fmt: skip
    return (
        *(Plant(p.id, p.name, "storage", _known(p.energy_mwh), p.commissioned) for p in own),
        *(
            Plant(p.name.zh, p.name.zh, "storage", _known(p.energy_mwh), _day_of(p))
            for p in listed_
        ),
    )


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _day_of(plant: OwnPlant) -> str:
    if plant.on_grid is not None:
        return plant.on_grid.isoformat()
    return "" if plant.year is None else str(plant.year)


def _item(item: str) -> Sentence:
    return say(f"geoplan.register.item.{item}")


def _mass(low: float, high: float) -> Sentence:
    if math.isnan(low):
        return say("geoplan.register.mass_most", high=high)
    if math.isnan(high):
        return say("geoplan.register.mass_least", low=low)
    if low == high:
        return say("geoplan.register.mass_one", low=low)
    return say("geoplan.register.mass", low=low, high=high)


def retired_lines(
    found: Sequence[Retired], known: Mapping[str, Factor], lang: str
) -> Iterator[str]:
    """Sums by years and equipment and up to each year, what is not estimated, the sources."""
    spans: dict[tuple[int, int, str], list[Retired]] = {}
    open_: dict[tuple[str, str], list[Retired]] = {}
    for r in found:
        if r.first is None or r.last is None:
            open_.setdefault((r.item, r.why(lang) if r.why else ""), []).append(r)
        else:
            spans.setdefault((r.first, r.last, r.item), []).append(r)
    for (first, last, item), own in sorted(spans.items()):
        mass = _mass(sum(r.low_t for r in own), sum(r.high_t for r in own))
        names = (
            own[0].plant.name
            if len(own) == 1
            else say("geoplan.register.retire_several", n=len(own))
        )
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
    for t in by_year(found):
        yield say(
            "geoplan.register.retire_by_year",
            year=str(t.year),
            item=_item(t.item),
            mass=_mass(t.low_t, t.high_t),
        )(lang)
    for (item, why), own in open_.items():
        yield say("geoplan.register.retire_open", item=_item(item), n=len(own), why=why)(lang)
    for f in known.values():
        if not (math.isnan(f.low) and math.isnan(f.high)):
            yield say(
                "geoplan.register.retire_source",
                id=f.id,
                ends=_ends(f),
                quality=quality_word(f.quality),
                date=f.date or "-",
                source=f.source,
            )(lang)


def _ends(f: Factor) -> Sentence:
    """A factor with its unit; of one with a single end known, which end that is."""
    if math.isnan(f.low):
        return say("geoplan.register.factor_most", high=f.high, unit=f.unit)
    if math.isnan(f.high):
        return say("geoplan.register.factor_least", low=f.low, unit=f.unit)
    if f.low == f.high:
        return say("geoplan.register.factor_one", low=f.low, unit=f.unit)
    return say("geoplan.register.factor_range", low=f.low, high=f.high, unit=f.unit)


def _years(found: Sequence[Retired], lang: str) -> pd.DataFrame:
    """What has come out by the end of each year, for the second sheet."""
    rows = [
        [t.year, _item(t.item)(lang), _known_t(t.low_t), _known_t(t.high_t)]
        for t in by_year(found)
    ]
    names = ("by_year", "item", "low_t", "high_t")
    heads = [say(f"geoplan.register.retire_column.{c}")(lang) for c in names]
    return pd.DataFrame(rows, columns=heads)


def _known_t(mass: float) -> float | None:
    return None if math.isnan(mass) else mass


def _table(found: Sequence[Retired], lang: str) -> pd.DataFrame:
    rows = [
        {
            "first": r.first,
            "last": r.last,
            "name": r.plant.name,
            "kind": kind_title(r.plant.kind)(lang),
            "item": _item(r.item)(lang),
            "low_t": _known_t(r.low_t),
            "high_t": _known_t(r.high_t),
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

    What has come out by the end of each year is a sheet of its own, or a second file
    ``*_by_year.csv``.

    Raises
    ------
    ConfigError
        For another suffix.
    """
    write_list(_table(found, lang), path)
    years = _years(found, lang)
    if path.suffix.lower() == ".xlsx":
        sheet = say("geoplan.register.retire_sheet")(lang)
        with pd.ExcelWriter(path, mode="a", engine="openpyxl") as book:
            harmless_table(years).to_excel(book, sheet_name=sheet, index=False)
    else:
        write_list(years, path.with_name(f"{path.stem}_by_year{path.suffix}"))
    return path


def retired_as_json(found: Sequence[Retired], lang: str) -> JsonObject:
    """For ``--json``: ``plants`` row by row, ``years`` the sums by the end of each year."""
    plants: list[JsonValue] = [
        {
            "id": r.plant.id,
            "name": r.plant.name,
            "kind": r.plant.kind,
            "size": None if math.isnan(r.plant.size) else r.plant.size,
            "commissioned": r.plant.commissioned,
            "item": r.item,
            "first": r.first,
            "last": r.last,
            "low_t": _known_t(r.low_t),
            "high_t": _known_t(r.high_t),
            "why": r.why(lang) if r.why else "",
        }
        for r in found
    ]
    years: list[JsonValue] = [
        {
            "year": t.year,
            "item": t.item,
            "low_t": _known_t(t.low_t),
            "high_t": _known_t(t.high_t),
        }
        for t in by_year(found)
    ]
    return {"plants": plants, "years": years}
