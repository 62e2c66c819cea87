"""What carbon refuses or asks about once it opens the layers of a plan, found without a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from carbon_sink.asked.bounds import monitor_bounds, value_bounds
from carbon_sink.asked.told import refusals
from carbon_sink.change.accuracy_file import accuracy_of_plan
from carbon_sink.cover.indicator import Evidence
from carbon_sink.cover.indicators import indicators
from carbon_sink.cover.indicators.grass_cover import plots_figure
from carbon_sink.cover.land import County
from carbon_sink.cover.local_classes import density_warnings
from carbon_sink.cover.vegetation import look_at_ndvi
from carbon_sink.monitor.series import series_asked
from carbon_sink.section import CarbonSection, PotentialSection
from carbon_sink.soil.samples import soil_samples
from carbon_sink.stand.county_total import no_class_fault, no_estimate_fault
from carbon_sink.stand.read import Stands, read_stands
from carbon_sink.stand.recipe import recipes_of, unmet_warnings
from carbon_sink.stand.sense import sensed
from carbon_sink.stand.verify import calibration_faults, check_plots
from carbon_sink.stock.choice import densities_of, table_of
from carbon_sink.stock.inputs import StockInputs, stock_inputs
from carbon_sink.stock.inventory_faults import inventory_area_warnings
from carbon_sink.survey.disturbance import read_register
from carbon_sink.survey.opened import survey_faults
from gis.errors import Fault, GeoplanError
from gis.machine import give_back_memory
from gis.say import listed, say
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import Plan
from layers.result import Warn

__all__ = ["Asked", "carbon_data", "forest_faults", "unread_warnings", "works_warnings"]

_ANY_YEAR = (0, 9999)


@dataclass(frozen=True)
class Asked:
    """Faults a run would meet, and warnings it would tell."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Warn] = field(default_factory=list)


def _stands(plan: Plan, section: CarbonSection) -> Asked:
    if layer_state(plan, "forest_land") != "available":
        return Asked(warnings=unread_warnings(plan, section))
    faults: list[Fault] = []
    try:
        stands: Stands | None = read_stands(plan, section)
        if stands is None:
            asked = section.stands.in_county_total
            return Asked([no_class_fault()] if asked else [])
        t = sensed(stands).table
    except GeoplanError as err:
        return Asked(list(err.faults))
    # without the layer of plots its key is told already
    if section.stands.calibrate != "none" and not calibration_faults(plan, section):
        faults += refusals(partial(check_plots, plan, section, t))
    if section.stands.in_county_total and not faults:
        table = table_of(section)
        plain = densities_of(section, table, {}, use_volume=False)
        recipes = recipes_of(t, section, table, plain)
        arbor = (t["forest_type"] == "arbor").to_numpy()
        if not (arbor & (recipes.routes() != "")).any():
            faults.append(no_estimate_fault())
    return Asked(faults, [*unread_warnings(plan, section), *unmet_warnings(t, section)])


def unread_warnings(plan: Plan, section: CarbonSection) -> list[Warn]:
    """Keys of ``[carbon.stands]`` whose layer the plan does not give."""
    own = section.stands.model_fields_set - {"in_county_total", "calibrate"}
    out = []
    if own and layer_state(plan, "forest_land") != "available":
        told = say("carbon_sink.asked.stands_keys_unread", keys=listed(sorted(own)))
        out.append(Warn("stands_keys_unread", told, "[carbon.stands]"))
    elif section.stands.agb_root_shoot and layer_state(plan, "agb") != "available":
        told = say("carbon_sink.asked.agb_key_unread")
        out.append(Warn("agb_key_unread", told, "[carbon.stands] agb_root_shoot"))
    return out


def _land(plan: Plan, section: CarbonSection) -> tuple[Asked, StockInputs | None]:
    try:
        found = stock_inputs(plan, section)
    except GeoplanError as err:
        return Asked(list(err.faults)), None
    if found is None:
        return Asked(), None
    both = all(layer_state(plan, i) == "available" for i in ("land_cover", "land_cover_base"))
    arbor = found.county.by_ecosystem().get("forest_arbor")
    told = density_warnings(found.county, section, changes=both)
    return Asked(warnings=[*told, *inventory_area_warnings(section, arbor)]), found


def _forest(plan: Plan, section: CarbonSection, county: County) -> list[Fault]:
    evidence = Evidence(plan, section, county, Path())
    return refusals(partial(indicators()["forest_cover"].answer, evidence))


def forest_faults(plan: Plan) -> list[Fault]:
    """That the forest of the map with the plan's nets and trees is more than the county.

    Looked at where the plan states such land alone: the layers are opened for it.
    """
    section = plan.section(CarbonSection)
    if section.shelterbelt is None and section.four_side_trees is None:
        return []
    _, found = _land(plan, section)
    return [] if found is None else _forest(plan, section, found.county)


def _register(plan: Plan, section: CarbonSection) -> None:
    layer = open_features(plan, "disturbance")
    if layer is not None:
        shares = {str(k): v for k, v in section.disturbance.share_lost.items()}
        read_register(layer, years=_ANY_YEAR, shares=shares, where="[layers.disturbance]")


def _accuracies(plan: Plan, section: CarbonSection) -> None:
    for given in (section.area_accuracy, section.survey.area_accuracy):
        accuracy_of_plan(plan, given)


def works_warnings(plan: Plan) -> Iterator[Warn]:
    """Works whose townships the layer of townships does not have."""
    try:
        towns = open_features(plan, "townships")
    except GeoplanError:  # told by its reader
        return
    if towns is None:
        return
    known = set(towns["name"].astype(str))
    for w in plan.section(PotentialSection).works:
        if gone := [x for x in w.townships if x not in known]:
            told = say(
                "carbon_sink.asked.works_of_no_township", title=w.title, names=listed(gone)
            )
            yield Warn("works_of_no_township", told, f"[[potential.works]] {w.id}")


def carbon_data(plan: Plan, *, whole: bool) -> Asked:
    """What the layers of a plan are refused for by the steps of carbon, and asked about.

    Parameters
    ----------
    plan : Plan
    whole : bool
        Whether surveys and dates of a series are opened too; not where a file is missing
        already, which is told with its key.
    """
    section = plan.section(CarbonSection)
    land, found = _land(plan, section)
    stands = _stands(plan, section)
    faults = [*land.faults, *stands.faults]
    if found is not None and found.county.parcels is not None:
        faults += _forest(plan, section, found.county)
    del found
    give_back_memory()  # the land of a million parcels
    faults += refusals(partial(look_at_ndvi, plan, section))
    faults += refusals(partial(plots_figure, plan, section))
    faults += refusals(partial(soil_samples, plan, section))
    faults += refusals(partial(_register, plan, section))
    warnings = [*land.warnings, *stands.warnings, *works_warnings(plan)]
    warnings += [*monitor_bounds(plan), *value_bounds(plan)]
    if whole:
        faults += refusals(partial(_accuracies, plan, section))
        refused, told = series_asked(plan)
        faults += [*survey_faults(plan), *refused]
        warnings += told
    return Asked(faults, warnings)
