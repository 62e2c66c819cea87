"""The reconciliation page: every total beside the other ways to get it.

Density-based tree carbon against stock-volume carbon, mapped areas against published ones,
parcels against the county, the county against its share of the province, and each class
against the other numbers in print.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import pandas as pd

from carbon_sink.cover.land import County
from carbon_sink.section import CarbonSection, Official, StockVolume
from carbon_sink.stock.choice import Choice, densities_of
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.pools import Pool
from carbon_sink.stock.totals import stock_terms
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo
from carbon_sink.stock.volume import VolumeForm, volume_terms
from gis.errors import ConfigError
from gis.say import in_lang, say
from gis.toml import read_toml
from layers.answers.figure import Figure
from layers.catalogue import layer as layer_of
from layers.catalogue import layer_ids
from layers.provinces import CarbonTotal, Province
from layers.result import Warn
from layers.spec import Frozen

__all__ = ["alternatives", "reconciliation", "sanity_bounds_mtc", "sanity_warning"]


def sanity_bounds_mtc(county_km2: float, whole: CarbonTotal) -> tuple[float, float, float]:
    """A province's carbon times the county's area share, and the band around it [MtC].

    Returns
    -------
    (low, share, high)
        A county well outside the band needs an explanation.

    Examples
    --------
    402.36 MtC over 66,400 km2; 2,064 km2 are 12.5 MtC, band 5-25.

    >>> from layers.provinces import province
    >>> [round(x, 1) for x in sanity_bounds_mtc(2064.0, province("64").carbon)]
    [5.0, 12.5, 25.0]
    """
    share = whole.total_mtc * county_km2 / whole.area_km2
    return share * whole.low_factor, share, share * whole.high_factor


def sanity_warning(
    total_mtc: float, county_km2: float, missing_frac: float, here: Province | None
) -> Warn | None:
    """A warning when the county's total lies outside its province's band, or there is none."""
    if here is None or here.carbon is None:
        none = say("carbon_sink.stock.no_sanity_band")
        return Warn("no_sanity_band", none)
    low, share, high = sanity_bounds_mtc(county_km2, here.carbon)
    if low <= total_mtc <= high:
        return None
    outside = say(
        "carbon_sink.stock.outside_sanity_bound",
        total_mtc=total_mtc,
        low=low,
        high=high,
        share=share,
        province=here.title,
        missing_frac=missing_frac,
    )
    return Warn("outside_sanity_bound", outside)


def _row(
    topic: str,
    method: str,
    value: float,
    unit: str,
    note: str | Callable[[str], str],
    *,
    title: Callable[[str], str] | None = None,
    **more: float,
) -> dict[str, object]:
    """A line of the page; `method` names itself where it has no `title` of its own."""
    blank = {"low": math.nan, "high": math.nan, "ratio_to_first": math.nan}
    of = say(f"carbon_sink.reconcile.topic.{topic}")
    by = title or say(f"carbon_sink.reconcile.method.{method.replace(' ', '_')}")
    return {
        "topic": topic,
        "topic_zh": of("zh"),
        "topic_en": of("en"),
        "method": method,
        "method_zh": by("zh"),
        "method_en": by("en"),
        "value": value,
        "unit": unit,
        **blank,
        **more,
        "note_zh": in_lang(note, "zh"),
        "note_en": in_lang(note, "en"),
    }


def _tree_rows(
    section: CarbonSection, table: Coefficients, county: County, stock: StockVolume | None
) -> list[dict[str, object]]:
    area = county.by_ecosystem()
    arbor = area.get("forest_arbor", 0.0)
    plain = densities_of(section, table, area, use_volume=False)
    density = stock_terms({"forest_arbor": arbor}, plain, ["agb", "bgb", "biomass"])
    rows = []
    if density:
        e = monte_carlo({"x": density}, table, draws=section.draws, seed=section.seed)["x"]
        note = say("carbon_sink.reconcile.arbor_ha", area_ha=arbor)
        rows.append(_row("tree_carbon", "density", e.value, "tC", note, low=e.low, high=e.high))
    if stock is None:
        return rows
    form: VolumeForm
    for form in ("continuous", "constant"):
        said = say("carbon_sink.reconcile.volume", m3=stock.volume_m3, year=stock.year)
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
            why = say("carbon_sink.reconcile.volume_refused", volume=said, why=err.reason)
            rows.append(_row("tree_carbon", f"volume_{form}", math.nan, "tC", why))
            continue
        rows.append(
            _row("tree_carbon", f"volume_{form}", e.value, "tC", said, low=e.low, high=e.high)
        )
    return rows


def _source_words(source: str) -> str | Callable[[str], str]:
    """The title of a layer; what a plan writes as its source stands as it is."""
    return layer_of(source).title if source in layer_ids() else source


def _area_rows(
    section: CarbonSection, county: County, figures: Sequence[Figure]
) -> list[dict[str, object]]:
    rows = [
        _row(
            "county_area",
            "parcels",
            county.closure.parcels_m2 / 1e4,
            "ha",
            say(f"carbon_sink.reconcile.area_of.{county.area_source}"),
        ),
        _row(
            "county_area",
            "boundary",
            county.area_m2 / 1e4,
            "ha",
            say("carbon_sink.reconcile.ellipsoidal"),
        ),
    ]
    groups = county.areas.groupby("group")["area_ha"].sum()
    for topic, group in (("forest_area", "forest"), ("grassland_area", "grassland")):
        area_ha = float(groups.get(group, 0.0))
        rows.append(_row(topic, "mapped", area_ha, "ha", _source_words(county.source)))
    rows += [
        _row(i.id, i.caliber, i.value, "ha", _source_words(i.source), title=i.caliber_title)
        for i in figures
        if i.unit == "ha"
    ]
    return rows + [
        _official(o, o.quantity.removesuffix("_ha"), "ha")
        for o in section.official
        if o.quantity.endswith("_ha")
    ]


def _official(o: Official, topic: str, unit: str) -> dict[str, object]:
    title = say("carbon_sink.reconcile.method.official", year=o.year)
    return _row(topic, f"official {o.year}", o.value, unit, o.source, title=title)


def _soil_rows(
    soil: Estimate | None, soil_map: tuple[float, float] | None
) -> list[dict[str, object]]:
    topic, rows = "soil_carbon_0_100", []
    if soil is not None:
        note = say("carbon_sink.reconcile.measured_classes_only")
        rows.append(
            _row(topic, "by class", soil.value, "tC", note, low=soil.low, high=soil.high)
        )
    if soil_map is not None:
        note = say("carbon_sink.reconcile.known_on", area_ha=soil_map[1])
        rows.append(_row(topic, "soil map", soil_map[0], "tC", note))
    return rows


def _total_rows(
    section: CarbonSection, county: County, total: Estimate, here: Province | None
) -> list[dict[str, object]]:
    topic = "county_carbon"
    depth = say("carbon_sink.reconcile.depth", depth_cm=section.soc_depth_cm)
    low, high = total.low / 1e6, total.high / 1e6
    rows = [_row(topic, "this result", total.value / 1e6, "MtC", depth, low=low, high=high)]
    if here is not None and here.carbon is not None:
        low, share, high = sanity_bounds_mtc(county.area_m2 / 1e6, here.carbon)
        note = say(
            "carbon_sink.reconcile.province_total",
            province=here.title,
            total_mtc=here.carbon.total_mtc,
            year=here.carbon.year,
            source=here.carbon.source,
        )
        rows.append(_row(topic, "area share", share, "MtC", note, low=low, high=high))
    else:
        none = say("carbon_sink.stock.no_sanity_band")
        rows.append(_row(topic, "area share", math.nan, "MtC", none))
    return rows + [
        _official(o, topic, "MtC")
        for o in section.official
        if o.quantity == "county_carbon_mtc"
    ]


def reconciliation(
    section: CarbonSection,
    table: Coefficients,
    county: County,
    total: Estimate | None,
    figures: Sequence[Figure] = (),
    *,
    here: Province | None = None,
    soil: Estimate | None = None,
    soil_map: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """The page as a table, one topic after the other.

    Parameters
    ----------
    figures : sequence of Figure
        Indicators that are areas, shown beside the mapped and the published ones.
    here : Province, optional
        Whose published carbon the county's total is held against.
    soil : Estimate, optional
        Soil carbon 0-100 cm by class [tC].
    soil_map : (float, float), optional
        Total [tC] and known area [ha] of a soil carbon map of 0-100 cm.

    Returns
    -------
    DataFrame
        ``topic, method, value, low, high, unit, ratio_to_first`` and the words of topic,
        method and note in both languages.
    """
    rows = _tree_rows(section, table, county, section.stock_of_year(section.year))
    rows += _area_rows(section, county, figures)
    rows += _soil_rows(soil, soil_map)
    if total is not None:
        rows += _total_rows(section, county, total, here)
    page = pd.DataFrame(rows)
    page = page.sort_values("topic", kind="stable", ignore_index=True)
    first = page.groupby("topic")["value"].transform("first")
    page["ratio_to_first"] = page["value"] / first
    return page


def _pools(pool: Pool) -> tuple[Pool, ...]:
    """A pool, and the halves that living biomass may be given in."""
    return (pool, "agb", "bgb")


class _Alternatives(Frozen):
    """Classes of one quantity, and every row in print that gives a number for it."""

    pool: Pool
    ecosystems: tuple[str, ...]
    ids: tuple[str, ...]


@cache
def _alternatives() -> tuple[str, tuple[_Alternatives, ...]]:
    """Country the rows were measured in, and the rows."""
    table = read_toml("carbon_sink", "data/alternatives.toml")
    rows = tuple(_Alternatives.model_validate(dict(row)) for row in table["alternative"])
    return str(table["country"]), rows


def alternatives(
    area_ha: Mapping[str, float], choice: Choice, table: Coefficients, *, country: str = "CN"
) -> pd.DataFrame:
    """Each class under the other numbers in print: the spread coefficient choice makes.

    The numbers are of different soil depths; they are shown one by one, never added.

    Parameters
    ----------
    country : str
        Where the land is: numbers measured in another country are left out unless they are
        in use.

    Returns
    -------
    DataFrame
        ``classes, pool, coefficient, depth_cm, density_tc_ha, stock_tc, grade, used,
        usable, source``.
    """
    rows = []
    measured_in, groups = _alternatives()
    for group in groups:
        classes = [e for e in group.ecosystems if area_ha.get(e)]
        area = math.fsum(area_ha[e] for e in classes)
        if not area:
            continue
        used = {
            i
            for e in classes
            for p in _pools(group.pool)
            if (e, p) in choice
            for i in choice[e, p].coefficients
        }
        for key in group.ids:
            row = table.peek(key)
            if country != measured_in and row.grade != "T1" and key not in used:
                continue
            depth = "not stated" if row.depth_unconfirmed else ""
            rows.append(
                {
                    "classes": " ".join(classes),
                    "area_ha": area,
                    "pool": group.pool,
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
