"""Keys of ``[carbon]`` and ``[potential]`` that cannot be, or wait for a layer not given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from carbon_sink.asked.told import refusals
from carbon_sink.change.measures import measure_kind, measure_kinds
from carbon_sink.cover.indicators.forest_cover import rain_fault
from carbon_sink.cover.land import crosswalk_faults
from carbon_sink.cover.local_classes import refuse_beside_volume
from carbon_sink.ecosystems import ecosystems
from carbon_sink.monitor_section import MonitorSection
from carbon_sink.section import CarbonSection, PotentialSection, StockVolume
from carbon_sink.stand.county_total import county_total_faults
from carbon_sink.stand.verify import calibration_faults
from carbon_sink.stock.choice import densities_of, table_of
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.inventory_faults import inventory_faults
from carbon_sink.stock.volume import inventory_terms
from carbon_sink.survey.kinds import check_overrides
from gis.errors import Fault, GeoplanError
from gis.say import say
from layers.catalogue import layer_ids
from layers.doctor.finding import Blocks, DataFinding, finding_of_fault
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan
from layers.vocabulary import vocabularies

__all__ = ["carbon_faults", "key_findings", "potential_faults"]


def _unknown(what: str, where: str, got: str, known: Iterable[str]) -> Fault:
    expected = ", ".join(known)
    return Fault(say(f"carbon_sink.{what}"), where=where, got=got, expected=expected)


def _coefficients(section: CarbonSection) -> list[Fault]:
    """Coefficients, densities and volumes no table of them bears."""
    faults = refusals(lambda: table_of(section))
    if faults:
        return faults
    table = table_of(section)
    faults = refusals(lambda: densities_of(section, table, {}, use_volume=False))
    for s in section.stock_volume:
        faults += refusals(partial(_volume, s, section, table))
    return faults + list(_growth(section, table))


def _volume(stock: StockVolume, section: CarbonSection, table: Coefficients) -> None:
    """Refuse a volume of no forest, of a species without numbers, or by rows that are off.

    Where no inventory states its area the map does, which the step itself looks at.
    """
    if section.volume_form == "continuous" and stock.arbor_area_ha is None:
        return
    terms = inventory_terms(
        stock,
        stock.arbor_area_ha,
        form=section.volume_form,
        carbon_fraction=section.carbon_fraction,
    )
    for factor in (f for t in terms for f in t.factors):
        table[factor.coefficient]


def _growth(section: CarbonSection, table: Coefficients) -> Iterator[Fault]:
    rates = {r.id for r in table.all_rows() if r.kind == "rate"}
    for name, row in section.growth.items():
        where = f"[carbon.growth] {name}"
        if name not in ecosystems():
            yield _unknown("stock.no_such_ecosystem", where, name, ecosystems())
        elif row not in rates:
            yield _unknown("asked.no_such_rate", where, row, sorted(rates))
        else:
            yield from refusals(partial(table.__getitem__, row))


def _pools(plan: Plan, section: CarbonSection) -> Iterator[Fault]:
    if section.pools and layer_state(plan, "land_cover") != "available":
        yield Fault(
            say("carbon_sink.stock.pool_no_raster"),
            where="[carbon] pools",
            got=section.pools,
            todo=say("carbon_sink.stock.pool_give_raster"),
        )


def _names(plan: Plan, section: CarbonSection) -> Iterator[Fault]:
    """Names of layers, calibers and code lists nobody knows: they would be read by nobody."""
    for name in section.protection_layers:
        if name not in layer_ids():
            yield _unknown(
                "asked.no_such_layer", "[carbon] protection_layers", name,
                CarbonSection().protection_layers,
            )  # fmt: skip
    for n, d in enumerate(plan.section(MonitorSection).series, 1):
        if d.vocabulary and d.vocabulary not in vocabularies():
            where = f"[[monitor.series]] {n} vocabulary"
            yield _unknown("asked.no_such_vocabulary", where, d.vocabulary, vocabularies())


def carbon_faults(plan: Plan) -> list[Fault]:
    """What every step of carbon refuses of a plan, by its keys and the layers it declares.

    Nothing is opened but the boundary, and that only for areas the plan states.
    """
    section = plan.section(CarbonSection)
    out = inventory_faults(plan)
    out += county_total_faults(plan, section)
    out += calibration_faults(plan, section)
    out += _coefficients(section)
    out += refusals(lambda: refuse_beside_volume(section))
    out += refusals(lambda: check_overrides(section.survey.kinds))
    for m in section.measures:
        out += refusals(partial(measure_kind, m.kind, f"[[carbon.measures]] {m.id}"))
    out += rain_fault(section.annual_rainfall_mm, claimed=section.special_shrub == "all")
    out += [*_pools(plan, section), *_names(plan, section)]
    return out + crosswalk_faults(plan, section)


def potential_faults(plan: Plan) -> list[Fault]:
    """What the step ``potential`` refuses: measures and layers nobody knows."""
    section = plan.section(PotentialSection)
    kinds = measure_kinds()
    out: list[Fault] = []
    for action in ("afforest", "grass", "wetland"):
        key = f"{action}_measure"
        name, where = str(getattr(section, key)), f"[potential] {key}"
        fits = {action, "shelterbelt"} if action == "afforest" else {action}
        own = [k for k, kind in kinds.items() if kind.action in fits]
        if name not in own:
            out.append(_unknown("asked.no_such_measure_here", where, name, own))
    told: Mapping[str, Iterable[str]] = {
        "[potential.costs]": section.costs,
        "[potential.irrigation_m3_ha_yr]": section.irrigation_m3_ha_yr,
        "[[potential.rates]] measure": [r.measure for r in section.rates],
    }
    out += [
        _unknown("change.no_such_measure", where, name, kinds)
        for where, names in told.items()
        for name in dict.fromkeys(names)
        if name not in kinds
    ]
    out += [
        _unknown(
            "asked.no_such_layer", f"[[potential.works]] {w.id} layer", w.layer, plan.layers
        )
        for w in section.works
        if w.layer and w.layer not in layer_ids()
    ]
    return out


def key_findings(plan: Plan) -> list[DataFinding]:
    """The same for the doctor; a boundary that cannot be read is told by its reader."""
    out = []
    for faults, steps in (
        (carbon_faults, ("carbon", "targets")),
        (potential_faults, ("potential",)),
    ):
        try:
            found = faults(plan)
        except GeoplanError:
            continue
        out += [replace(finding_of_fault(f), blocks=Blocks(steps=steps)) for f in found]
    return out
