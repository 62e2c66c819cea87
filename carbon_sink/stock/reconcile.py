"""The reconciliation page: every total beside the other ways to get it.

Density-based tree carbon against stock-volume carbon, mapped areas against published ones,
parcels against the county, the county against its share of the province, and each class
against the other numbers in print.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from carbon_sink.cover.figure import Figure
from carbon_sink.cover.land import County
from carbon_sink.section import CarbonSection, StockVolume
from carbon_sink.stock.choice import Choice, densities_of
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.methane import constants
from carbon_sink.stock.totals import stock_terms
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo
from carbon_sink.stock.volume import VolumeForm, volume_terms
from gis.errors import ConfigError
from gis.say import say
from layers.result import Warn

__all__ = ["alternatives", "reconciliation", "sanity_bounds_mtc", "sanity_warning"]


def sanity_bounds_mtc(county_km2: float) -> tuple[float, float, float]:
    """Province total times the county's area share, and the band around it [MtC].

    Returns
    -------
    (low, share, high)
        A county well outside the band needs an explanation.

    Examples
    --------
    402.36 MtC over 66,400 km2; 2,064 km2 are 12.5 MtC, band 5-25.

    >>> [round(x, 1) for x in sanity_bounds_mtc(2064.0)]
    [5.0, 12.5, 25.0]
    """
    c = constants()
    share = c["ningxia_yellow_river_2010_mtc"] * county_km2 / c["ningxia_area_km2"]
    return (
        share * c["county_sanity_low_factor"],
        share,
        share * c["county_sanity_high_factor"],
    )


def sanity_warning(total_mtc: float, county_km2: float, missing_frac: float) -> Warn | None:
    """A warning when the county's total lies outside the band."""
    low, share, high = sanity_bounds_mtc(county_km2)
    if low <= total_mtc <= high:
        return None
    return Warn(
        "outside_sanity_bound",
        say(
            "carbon_sink.stock.outside_sanity_bound",
            total_mtc=total_mtc,
            low=low,
            high=high,
            share=share,
            missing_frac=missing_frac,
        ),
    )


def _row(
    topic: str, method: str, value: float, unit: str, note: str, **more: float
) -> dict[str, Any]:
    blank = {"low": math.nan, "high": math.nan, "ratio_to_first": math.nan}
    return {
        "topic": topic,
        "method": method,
        "value": value,
        "unit": unit,
        **blank,
        **more,
        "note": note,
    }


def _tree_rows(
    section: CarbonSection, table: Coefficients, county: County, stock: StockVolume | None
) -> list[dict[str, Any]]:
    area = county.by_ecosystem()
    arbor = area.get("forest_arbor", 0.0)
    plain = densities_of(section, table, area, use_volume=False)
    density = stock_terms({"forest_arbor": arbor}, plain, ["agb", "bgb", "biomass"])
    rows = []
    if density:
        e = monte_carlo({"x": density}, table, draws=section.draws, seed=section.seed)["x"]
        rows.append(
            _row(
                "tree_carbon",
                "density",
                e.value,
                "tC",
                f"{arbor:,.0f} ha",
                low=e.low,
                high=e.high,
            )
        )
    if stock is None:
        return rows
    form: VolumeForm
    for form in ("continuous", "constant"):
        note = f"{stock.volume_m3:,.0f} m3 ({stock.year})"
        try:
            terms: list[Term] = volume_terms(
                stock.volume_m3,
                stock.species,
                form=form,
                arbor_area_ha=stock.arbor_area_ha or arbor,
                carbon_fraction=section.carbon_fraction,
            )
            e = monte_carlo({"x": terms}, table, draws=section.draws, seed=section.seed)["x"]
        except ConfigError as err:
            rows.append(_row("tree_carbon", f"volume_{form}", math.nan, "tC", f"{note}; {err}"))
            continue
        rows.append(
            _row("tree_carbon", f"volume_{form}", e.value, "tC", note, low=e.low, high=e.high)
        )
    return rows


def reconciliation(
    section: CarbonSection,
    table: Coefficients,
    county: County,
    total: Estimate | None,
    figures: Sequence[Figure] = (),
    *,
    soil: Estimate | None = None,
    soil_map: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """The page as a table, one topic after the other.

    Parameters
    ----------
    figures : sequence of Figure
        Indicators that are areas, shown beside the mapped and the published ones.
    soil : Estimate, optional
        Soil carbon 0-100 cm by class [tC].
    soil_map : (float, float), optional
        Total [tC] and known area [ha] of a soil carbon map of 0-100 cm.

    Returns
    -------
    DataFrame
        ``topic, method, value, low, high, unit, ratio_to_first, note``.
    """
    rows = _tree_rows(section, table, county, section.stock_of_year(section.year))
    rows += [
        _row(
            "county_area", "parcels", county.closure.parcels_m2 / 1e4, "ha", county.area_source
        ),
        _row("county_area", "boundary", county.area_m2 / 1e4, "ha", "ellipsoidal"),
    ]
    groups = county.areas.groupby("group")["area_ha"].sum()
    mapped = {
        "forest_area": float(groups.get("forest", 0.0)),
        "grassland_area": float(groups.get("grassland", 0.0)),
    }
    rows += [_row(k, "mapped", v, "ha", county.source) for k, v in mapped.items()]
    rows += [_row(i.id, i.caliber, i.value, "ha", i.source) for i in figures if i.unit == "ha"]
    rows += [
        _row(o.quantity.removesuffix("_ha"), f"official {o.year}", o.value, "ha", o.source)
        for o in section.official
        if o.quantity.endswith("_ha")
    ]
    if soil is not None:
        rows.append(
            _row(
                "soil_carbon_0_100",
                "by class",
                soil.value,
                "tC",
                "0-100 cm, classes with a measured density only",
                low=soil.low,
                high=soil.high,
            )
        )
    if soil_map is not None:
        note = f"0-100 cm, known on {soil_map[1]:,.0f} ha"
        rows.append(_row("soil_carbon_0_100", "soil map", soil_map[0], "tC", note))
    if total is not None:
        low, share, high = sanity_bounds_mtc(county.area_m2 / 1e6)
        rows.append(
            _row(
                "county_carbon",
                "this result",
                total.value / 1e6,
                "MtC",
                f"0-{section.soc_depth_cm} cm",
                low=total.low / 1e6,
                high=total.high / 1e6,
            )
        )
        rows.append(
            _row(
                "county_carbon",
                "area share of Ningxia",
                share,
                "MtC",
                "402.36 MtC in 2010, InVEST (10.1007/s40333-024-0052-9)",
                low=low,
                high=high,
            )
        )
        rows += [
            _row("county_carbon", f"official {o.year}", o.value, "MtC", o.source)
            for o in section.official
            if o.quantity == "county_carbon_mtc"
        ]
    page = pd.DataFrame(rows)
    page = page.sort_values("topic", kind="stable", ignore_index=True)
    first = page.groupby("topic")["value"].transform("first")
    page["ratio_to_first"] = page["value"] / first
    return page


@cache
def _alternatives() -> tuple[Mapping[str, Any], ...]:
    text = resources.files("carbon_sink").joinpath("data/alternatives.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["alternative"])


def alternatives(
    area_ha: Mapping[str, float], choice: Choice, table: Coefficients
) -> pd.DataFrame:
    """Each class under the other numbers in print: the spread coefficient choice makes.

    The numbers are of different soil depths; they are shown one by one, never added.

    Returns
    -------
    DataFrame
        ``classes, pool, coefficient, depth_cm, density_tc_ha, stock_tc, grade, used,
        usable, source``.
    """
    rows = []
    for group in _alternatives():
        classes = [e for e in group["ecosystems"] if area_ha.get(e)]
        area = math.fsum(area_ha[e] for e in classes)
        if not area:
            continue
        used = {
            i
            for e in classes
            for p in (group["pool"], "agb", "bgb")
            if (e, p) in choice
            for i in choice[e, p].coefficients
        }
        for key in group["ids"]:
            row = table.peek(key)
            depth = "not stated" if row.depth_unconfirmed else ""
            rows.append(
                {
                    "classes": " ".join(classes),
                    "area_ha": area,
                    "pool": group["pool"],
                    "coefficient": key,
                    "depth_cm": "{}-{}".format(*row.depth_cm) if row.depth_cm else depth,
                    "density_tc_ha": row.value,
                    "stock_tc": row.value * area,
                    "grade": row.grade,
                    "used": key in used,
                    "source": row.source,
                }
            )
    return pd.DataFrame(rows)
