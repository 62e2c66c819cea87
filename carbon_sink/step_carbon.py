"""The step ``carbon``: what the county's land stores, by class, pool and township."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from carbon_sink.change.change_report import change_report
from carbon_sink.change.change_words import choice_words
from carbon_sink.change.choices import choice_ends
from carbon_sink.change.layer_dates import other_year_warnings
from carbon_sink.change.stock_words import (
    inventory_summary,
    inventory_words,
    stock_choices,
)
from carbon_sink.cover.classes import class_title
from carbon_sink.cover.indicators.wetland_area import wetland_codes
from carbon_sink.cover.land import County
from carbon_sink.cover.local_classes import (
    class_of_label,
    density_warnings,
)
from carbon_sink.cover.sampling import layer_total
from carbon_sink.local import carbon_section, province_of, zone_warnings
from carbon_sink.section import CarbonSection
from carbon_sink.stand.county_total import beside_total, with_stands
from carbon_sink.stock.choice import Choice, county_choice, table_of
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.stock.inputs import stock_inputs
from carbon_sink.stock.inventories import inventories_table, inventory_change
from carbon_sink.stock.inventory_faults import inventory_area_warnings
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.parcel_densities import class_intervals, parcel_densities
from carbon_sink.stock.pools import LIVING, POOLS
from carbon_sink.stock.reconcile import alternatives, reconciliation, sanity_warning
from carbon_sink.stock.totals import (
    coverage_of,
    pool_estimates,
    stock_by_class,
    stock_by_place,
    stock_terms,
)
from carbon_sink.stock.uncertainty import Estimate, monte_carlo, propagate
from carbon_sink.summary import (
    CarbonMissing,
    CarbonPart,
    CarbonSummary,
    ClosureSummary,
    WetlandFlux,
    spread,
)
from carbon_sink.warmth import warmth_warnings
from gis.say import LANGS, listed, say
from layers.open.county import plan_grid_of
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn
from layers.spec import Text, text_of
from layers.vocabulary import dlbm_group

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["carbon_step"]

_SHOWN_CLASSES = 3


def _zones(section: CarbonSection, county: County) -> pd.DataFrame:
    """Total and soil carbon in each climate zone of the place and at both depths."""
    rows = []
    for depth in (30, 100):
        for zone in section.climate_zones:
            densities, table = county_choice(section, county, zone=zone, depth_cm=depth)
            area = county.by_ecosystem()
            found = pool_estimates(
                area, densities, table, draws=section.draws, seed=section.seed
            )
            cover = coverage_of(area, densities, table)
            soc, total = found.get("soc"), found.get("total")
            rows.append(
                {
                    "soc_depth_cm": f"0-{depth}",
                    "climate_zone": zone,
                    "chosen": depth == section.soc_depth_cm and zone == section.climate_zone,
                    "soc_tc": soc.value if soc else math.nan,
                    "soc_low_tc": soc.low if soc else math.nan,
                    "soc_high_tc": soc.high if soc else math.nan,
                    "total_tc": total.value if total else math.nan,
                    "total_low_tc": total.low if total else math.nan,
                    "total_high_tc": total.high if total else math.nan,
                    "area_not_estimated_frac": cover.area_not_estimated_frac,
                    "weak_frac": cover.weak_frac,
                }
            )
    return pd.DataFrame(rows)


def _pool_table(found: dict[str, Estimate], depth_cm: int) -> pd.DataFrame:
    rows = []
    others = (p for p in POOLS if p not in LIVING)
    for name in (*LIVING, "living", *others, "total"):  # a sum below its parts
        e = found.get(name)
        rows.append(
            {
                "pool": name,
                "depth_cm": f"0-{depth_cm}" if name == "soc" else "",
                "value_tc": e.value if e else math.nan,
                "mean_tc": e.mean if e else math.nan,
                "median_tc": e.median if e else math.nan,
                "low_tc": e.low if e else math.nan,
                "high_tc": e.high if e else math.nan,
                "estimated": e is not None,
            }
        )
    return pd.DataFrame(rows)


def _shares(e: Estimate, table: Coefficients, densities: Choice) -> pd.DataFrame:
    rows = [
        {
            "coefficient": i,
            "share_frac": s,
            "grade": table.peek(i).grade,
            "spread": table.peek(i).spread,
            "source": table.peek(i).source,
        }
        for i, s in e.shares
    ]
    rows += [
        {
            "coefficient": i,
            "share_frac": math.nan,
            "grade": table.peek(i).grade,
            "spread": "none",
            "source": table.peek(i).source,
        }
        for i in e.without_spread
    ]
    columns = ["coefficient", "share_frac", "grade", "spread", "source"]
    out = pd.DataFrame(rows, columns=columns)
    words = [_used_for(i, densities) for i in out["coefficient"]]
    return out.assign(label_zh=[w("zh") for w in words], label_en=[w("en") for w in words])


def _used_for(coefficient: str, densities: Choice) -> Callable[[str], str]:
    """Classes and pools whose density a coefficient is of, for a reader who knows no ids."""
    used = [
        (label, pool)
        for (label, pool), d in densities.items()
        if any(f.coefficient == coefficient for _, factors in d.parts for f in factors)
    ]
    if not used:
        return text_of(lambda _: coefficient)
    titles = [class_title(k) for k in dict.fromkeys(label for label, _ in used)]
    names: list[Callable[[str], str]] = list(titles[:_SHOWN_CLASSES])
    if len(titles) > _SHOWN_CLASSES:
        names.append(say("carbon_sink.room.classes_in_all", n=len(titles)))
    pools = [say(f"carbon_sink.room.pool_title.{p}") for p in dict.fromkeys(p for _, p in used)]
    return say("carbon_sink.room.used_for", classes=listed(names), pools=listed(pools))


def _wetland_flux(
    section: CarbonSection, county: County, table: Coefficients
) -> WetlandFlux | None:
    """Burial and methane of the wetland there is, beside the stock and outside of it."""
    if county.parcels is None:
        return None
    wet = county.areas["code"].isin(wetland_codes(section.wetland_caliber))
    # burial and methane were measured in lakes and rewetted soils, not in what flows
    flows = county.areas["code"].isin(dlbm_group("flowing_water"))
    area = math.fsum(county.areas["area_ha"][wet & ~flows])
    if not area:
        return None
    net = wetland_net(area, table, draws=section.draws, seed=section.seed)
    return WetlandFlux(
        caliber=section.wetland_caliber,
        area_ha=area,
        flowing_ha=math.fsum(county.areas["area_ha"][wet & flows]),
        burial_tc_yr=spread(net.carbon_tc_yr),
        burial_tco2_yr=net.carbon_tco2_yr,
        methane_tco2e_yr=spread(net.methane_tco2e_yr),
        net_tco2e_yr=spread(net.net_tco2e_yr),
        needs_review=net.needs_review,
        note=text_of(say("carbon_sink.room.wetland_flux_note")),
    )


def _soils(
    plan: Plan, section: CarbonSection, county: County
) -> tuple[Estimate | None, tuple[float, float] | None]:
    """Soil carbon of 0-100 cm by class and by the plan's soil map, for the page."""
    soil_map = layer_total(plan, "soc_density", plan_grid_of(plan))
    if soil_map is None:
        return None, None
    densities, table = county_choice(section, county, depth_cm=100)
    terms = stock_terms(county.by_ecosystem(), densities, ["soc"])
    if not terms:
        return None, soil_map
    found = monte_carlo({"soc": terms}, table, draws=section.draws, seed=section.seed)
    return found["soc"], soil_map


def _warnings(
    section: CarbonSection, county: County, total: Estimate | None, weak: float, missing: float
) -> list[Warn]:
    out = list(county.warnings)
    if total is None:
        out.append(
            Warn(
                "carbon_not_estimated",
                say("carbon_sink.room.carbon_not_estimated"),
            )
        )
        return out
    if total.without_spread:
        n = len(total.without_spread)
        out.append(
            Warn(
                "interval_is_a_lower_bound",
                say("carbon_sink.room.interval_is_a_lower_bound", n=n),
            )
        )
    if total.assumed:
        n = len(total.assumed)
        out.append(
            Warn(
                "spread_assumed",
                say("carbon_sink.room.spread_assumed", n=n, assumed_cv=section.assumed_cv),
            )
        )
    if section.use_rows:
        names = ", ".join(section.use_rows)
        out.append(
            Warn(
                "recalled_rows_used",
                say("carbon_sink.room.recalled_rows_used", names=names),
                "[carbon] use_rows",
            )
        )
    out.append(
        Warn(
            "carbon_weak_share",
            say("carbon_sink.room.carbon_weak_share", weak=weak, missing=missing),
        )
    )
    return out


def _townships_note(county: County) -> Text | None:
    """What the areas by township are of: whole parcels, or cells cut at the borders."""
    if not (county.areas["township"] != "").any():
        return None
    kind = "cells" if county.parcels is None else "parcels"
    return text_of(say(f"carbon_sink.room.townships_of_{kind}"))


def _layer(
    section: CarbonSection, county: County, densities: Choice, table: Coefficients
) -> gpd.GeoDataFrame | None:
    parcels = county.parcels
    if parcels is None:
        return None
    classes = parcels["ecosystem"]
    layer = parcels.join(parcel_densities(classes, densities, table)).join(
        class_intervals(classes, densities, table, draws=section.draws, seed=section.seed)
    )
    layer["ecosystem"] = classes = classes.map(class_of_label)
    for lang in LANGS:
        titles = {e: class_title(e)(lang) for e in classes.unique()}
        layer[f"ecosystem_{lang}"] = classes.map(titles)
    living = layer[["agb_tc_ha", "bgb_tc_ha", "biomass_tc_ha"]].sum(axis=1, min_count=1)
    layer["living_tc_ha"] = living
    layer["soc_depth_cm"] = f"0-{section.soc_depth_cm}"
    layer["total_tc"] = layer["total_tc_ha"] * layer["area_m2"] / 1e4
    return layer


def carbon_step(plan: Plan, work: Path, progress: Progress) -> StepResult[CarbonPart]:
    """Carbon stock of the county by class, pool and township.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder; rasters are written into it.
    progress : callable

    Returns
    -------
    StepResult
        Layer ``ecosystem`` where there are parcels; tables ``carbon_by_class``,
        ``carbon_by_pool``, ``carbon_by_township``, ``carbon_zones``, ``carbon_variance``,
        ``land_areas``, ``carbon_reconciliation``, ``carbon_alternatives``; with two land
        covers also the transition tables, ``carbon_change_*`` and the rasters
        ``carbon_density`` and ``carbon_change``; summary ``carbon``.
    """
    section = with_stands(carbon_section(plan), work)
    progress("carbon", 0, 3)
    inputs = stock_inputs(plan, section)
    if inputs is None:
        # classes of the plan's own are answered by the step ``pools``, not by ecosystems
        told = "carbon_by_own_pools" if section.pools else "carbon_missing_land"
        return StepResult(
            summary=CarbonPart(carbon=CarbonMissing(needs=("land_parcels", "land_cover"))),
            warnings=[Warn(told, say(f"carbon_sink.room.{told}"), "land_parcels")],
        )
    progress("carbon", 1, 3)
    county, local = inputs.county, inputs.local
    densities, table = inputs.densities, inputs.table
    area = local.by_ecosystem()
    found = pool_estimates(area, densities, table, draws=section.draws, seed=section.seed)
    cover = coverage_of(area, densities, table)
    total = found.get("total")
    progress("carbon", 2, 3)

    tables = {
        "land_areas": county.areas,
        "carbon_by_class": stock_by_class(
            area, densities, table, draws=section.draws, seed=section.seed
        ),
        "carbon_by_pool": _pool_table(found, section.soc_depth_cm),
        "carbon_by_township": stock_by_place(
            local.areas,
            densities,
            table,
            place="township",
            draws=section.draws,
            seed=section.seed,
        ),
        "carbon_zones": _zones(section, local),
    }
    if not (local.areas["township"] != "").any():
        del tables["carbon_by_township"]  # nothing tells the land of one from another's
    if total is not None:
        tables["carbon_variance"] = _shares(total, table, densities)
    soil, soil_map = _soils(plan, section, local)
    tables["carbon_reconciliation"] = reconciliation(
        section, table, county, total, here=province_of(plan), soil=soil, soil_map=soil_map
    )
    tables["carbon_alternatives"] = alternatives(
        county.by_ecosystem(), densities, table, country=plan.area.country
    )
    own_table = table_of(section)
    volumes = inventory_change(section, own_table, county.by_ecosystem().get("forest_arbor"))
    if volumes:
        tables["carbon_inventories"] = inventories_table(volumes)
    changed = change_report(plan, section, work, county, inventories=bool(volumes))
    if changed is not None:
        tables |= changed.tables
    layer = _layer(section, local, densities, table)
    choices = stock_choices(section, local)
    low, high = choice_ends(choices)
    stock = section.stock_of_year(section.year)
    approach1 = propagate(stock_terms(area, densities), table) if total else None
    summary = CarbonSummary(
        land_source=county.source,
        area_source=county.area_source,
        closure=ClosureSummary(
            parcels_ha=county.closure.parcels_m2 / 1e4,
            county_ha=county.area_m2 / 1e4,
            relative=county.closure.relative,
        ),
        soc_depth_cm=section.soc_depth_cm,
        climate_zone=section.climate_zone,
        volume_form=section.volume_form if stock else None,
        total_tc=spread(total) if total else None,
        total_tco2e=total.value * constants()["co2_per_c"] if total else None,
        approach1_tc=spread(approach1) if approach1 else None,
        pools_tc={k: spread(e) for k, e in found.items() if k != "total"},
        area_not_estimated_frac=cover.area_not_estimated_frac,
        area_partly_estimated_frac=cover.area_partly_estimated_frac,
        weak_frac=cover.weak_frac,
        by_grade_frac=dict(cover.by_grade),
        recalled_rows_on=section.use_rows,
        draws=section.draws,
        townships_note=_townships_note(county),
        area_ha_by_group={
            str(k): float(v) for k, v in county.areas.groupby("group")["area_ha"].sum().items()
        },
        wetland_flux=_wetland_flux(section, county, table),
        choices=choices,
        choices_low_tc=low,
        choices_high_tc=high,
        inventories=inventory_summary(volumes),
        change=changed.summary if changed else None,
    )
    progress("carbon", 3, 3)
    warnings = _warnings(section, county, total, cover.weak_frac, cover.area_not_estimated_frac)
    if total is not None:
        odd = sanity_warning(
            total.value / 1e6,
            county.area_m2 / 1e6,
            cover.area_not_estimated_frac,
            province_of(plan),
        )
        warnings += [odd] if odd else []
    warnings += [
        *zone_warnings(plan),
        *warmth_warnings(plan, section),
        *beside_total(section, work, area.get("forest_arbor")),
    ]
    warnings += other_year_warnings(plan, (county.source,))
    warnings += inventory_area_warnings(section, county.by_ecosystem().get("forest_arbor"))
    if total is not None and (said := choice_words(total, choices, "stock")) is not None:
        warnings.append(Warn("stock_of_model_choices", said, "[carbon] climate_zone"))
    if volumes:
        warnings.append(Warn("inventory_change", inventory_words(volumes[0])))
    warnings += density_warnings(county, section, changes=changed is not None)
    if changed is not None:
        warnings += changed.warnings
    return StepResult(
        summary=CarbonPart(carbon=summary),
        tables=tables,
        layers={} if layer is None else {"ecosystem": layer},
        rasters=dict(changed.rasters) if changed else {},
        warnings=warnings,
    )
