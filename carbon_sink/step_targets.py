"""The step ``targets``: indicators of the county against the targets of the plan."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from carbon_sink.change.scenario import scenario, target_paths
from carbon_sink.cover.county_cover import Cover, cover_indicators
from carbon_sink.cover.exchange import exchange_document
from carbon_sink.cover.forest import FOREST_CALIBERS
from carbon_sink.cover.indicator import Comparison, Indicator, against, in_unit, unit_title
from carbon_sink.cover.township import gap_by_township, township_overview
from carbon_sink.cover.wetland import WETLAND_CALIBERS, matching_calibers
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import stock_of_year, table_of
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import say
from layers.plain_json import write_json
from layers.plan.model import Plan, Target
from layers.result import Progress, StepResult, Warn, read_table
from layers.spec import Text
from layers.units import to_ha

__all__ = ["compare_targets", "targets_step"]


_PROXY = "land_cover"  # the caliber of a classified raster: no legal one


def _shown_by(proxy: Indicator, unit: Text) -> tuple[str, str]:
    """What the raster shows, in both languages."""
    if proxy.high == 0:  # mixed cells are named for their largest class alone
        return (
            "在其像元尺度上未见该类，不等于没有",
            "shows none at its cell size, which does not mean that there is none",
        )
    span = f"{proxy.low:.3g}–{proxy.high:.3g}"
    times = "× " if unit.en[:1].isdigit() else ""
    return f"给出 {span} {unit.zh}", f"gives {span} {times}{unit.en}"


def _not_estimated(target: Target, caliber: str, proxy: Indicator | None) -> Indicator:
    """The indicator a target means, without a value, and why; a proxy is named in the note."""
    needs = _NEEDS[target.indicator]
    zh, en = f"未估算：缺少 {needs}", f"not estimated: {needs} is missing"
    if proxy is not None:
        zh_span, en_span = _shown_by(in_unit(proxy, target.unit), unit_title(target.unit))
        zh += f"；土地覆盖栅格（代用，非任何法定口径）{zh_span}，不与目标比较"
        en += (
            f"; the land-cover raster (a proxy, no legal caliber) {en_span}; it is not"
            " compared with the target"
        )
    return Indicator(
        id=target.indicator,
        title=target.title,
        value=math.nan,
        unit=target.unit if target.unit in {"%", "m3", "ha"} else "ha",
        caliber=caliber,
        year=0,
        source="",
        quality="not_estimated",
        note=Text(zh=zh, en=en),
    )


_NEEDS = {
    "forest_cover": "land_parcels / forest_land",
    "forest_stock_volume": "[carbon.stock_volume]",
    "grass_cover": "grass_plots / ndvi",
    "wetland_area": "land_parcels",
    "wetland_protection_rate": "land_parcels + nature_reserve / natural_park /"
    " wetland_reserve_small",
}


CALIBERS: Mapping[str, tuple[str, ...]] = {
    "forest_cover": (*FOREST_CALIBERS, _PROXY),
    "wetland_area": (*WETLAND_CALIBERS, _PROXY),
    "wetland_protection_rate": tuple(WETLAND_CALIBERS),
    "grass_cover": ("plots", "ndvi_proxy"),
    "forest_stock_volume": (),
}


def _check_calibers(targets: Sequence[Target]) -> None:
    raise_faults(
        ConfigError,
        [
            Fault(
                say("carbon_sink.room.no_such_caliber"),
                where=f"[targets] {t.id} caliber",
                got=t.caliber,
                expected=", ".join(CALIBERS[t.indicator]) or "none",
            )
            for t in targets
            if t.caliber and t.caliber not in CALIBERS.get(t.indicator, (t.caliber,))
        ],
    )


def compare_targets(
    targets: Sequence[Target],
    indicators: Sequence[Indicator],
    preferred: Mapping[str, str],
) -> list[Comparison]:
    """Each target against the indicator of its caliber.

    Parameters
    ----------
    targets : sequence of Target
        Those about other things than cover and stock are passed over.
    indicators : sequence of Indicator
        Several calibers of one indicator.
    preferred : mapping
        Indicator -> the caliber the user believes the plan means, for targets that do not
        say.

    Returns
    -------
    list of Comparison
        Not estimated where there is no indicator of that caliber.

    Raises
    ------
    ConfigError
        A caliber nobody defined.
    """
    _check_calibers(targets)
    out = []
    for t in targets:
        if t.indicator not in _NEEDS:
            continue
        own = [i for i in indicators if i.id == t.indicator]
        wanted = t.caliber or preferred.get(t.indicator, "")
        legal = [i for i in own if i.caliber != _PROXY]
        match = [i for i in own if i.caliber == wanted] if wanted else legal[:1]
        if match:
            out.append(against(match[0], t))
        else:
            # unknown is not zero: a raster's share never stands in for a legal caliber
            proxy = next((i for i in own if i.caliber == _PROXY), None)
            missing = _not_estimated(t, wanted, proxy)
            out.append(Comparison(missing, t, math.nan, math.nan, None))
    return out


def _stock_indicator(section: CarbonSection) -> Indicator | None:
    stock = stock_of_year(section, section.year)
    if stock is None:
        return None
    return Indicator(
        id="forest_stock_volume",
        title=Text(zh="森林蓄积量", en="forest stock volume"),
        value=stock.volume_m3,
        unit="m3",
        caliber="",
        year=stock.year,
        source=stock.source,
        quality="official",
    )


def _all_calibers(indicators: Sequence[Indicator]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "indicator": i.id,
                "title_zh": i.title.zh,
                "title_en": i.title.en,
                "caliber": i.caliber,
                "caliber_zh": i.caliber_title.zh if i.caliber_title else "",
                "caliber_en": i.caliber_title.en if i.caliber_title else "",
                "value": i.value,
                "low": i.low,
                "high": i.high,
                "unit": i.unit,
                "numerator": i.numerator,
                "denominator": i.denominator,
                "numerator_unit": i.numerator_unit,
                "year": i.year,
                "quality": i.quality,
                "source": i.source,
                "note_zh": i.note.zh if i.note else "",
                "note_en": i.note.en if i.note else "",
            }
            for i in indicators
        ]
    )


def _wetland_matches(
    section: CarbonSection, indicators: Sequence[Indicator], targets: Sequence[Target]
) -> tuple[pd.DataFrame, list[Warn]]:
    own = [i for i in indicators if i.id == "wetland_area" and i.caliber != _PROXY]
    figures = [
        (f"{o.source} ({o.year})", o.value)
        for o in section.official
        if o.quantity == "wetland_area_ha"
    ]
    figures += [
        (t.id, to_ha(t.value, t.unit)) for t in targets if t.indicator == "wetland_area"
    ]
    rows, warns = [], []
    for name, official in figures if own else []:
        found = matching_calibers(own, official, section.match_tolerance_frac)
        rows += [
            {
                "figure": name,
                "official_ha": official,
                "caliber": m.caliber,
                "value_ha": m.value_ha,
                "relative": m.relative,
                "matches": m.within,
            }
            for m in found
        ]
        if not any(m.within for m in found):
            near = found[0]
            warns.append(
                Warn(
                    "no_wetland_caliber_matches",
                    say(
                        "carbon_sink.room.no_wetland_caliber_matches",
                        official=official,
                        name=name,
                        match_tolerance_frac=section.match_tolerance_frac,
                        caliber=near.caliber,
                        relative=near.relative,
                    ),
                    "land_parcels",
                )
            )
    return pd.DataFrame(rows), warns


def _stock_by_township(work: Path) -> pd.DataFrame | None:
    try:
        return read_table(work, "carbon_by_township")
    except DataError:  # the step ``carbon`` was not run into this folder
        return None


def _scenario_tables(
    section: CarbonSection, compared: Sequence[Comparison]
) -> dict[str, pd.DataFrame]:
    first = section.year or min(m.start for m in section.measures)
    found = scenario(
        section.measures,
        table_of(section),
        first_year=first,
        last_year=section.scenario_end,
        depth_cm=section.rate_depth_cm,
        draws=section.draws,
        seed=section.seed,
    )
    paths = target_paths(
        [c.target for c in compared],
        {c.target.id: c.indicator for c in compared},
        section.measures,
        first_year=first,
        last_year=section.scenario_end,
        shrub_is_forest=section.special_shrub == "all",
        volume_growth_m3_yr=section.volume_growth.m3_yr if section.volume_growth else None,
    )
    rows = [
        {
            "target_id": p.target.id,
            "caliber": p.caliber,
            "year": year,
            "value": value,
            "target": p.target.value,
            "target_year": p.target.year,
            "unit": p.target.unit,
            "met_in": p.met_in,
            "met_on_time": {True: "yes", False: "no", None: "unknown"}[p.met_on_time],
        }
        for p in paths
        for year, value in p.values.items()
    ]
    return {
        "scenario_path": found.path,
        "scenario_total": found.total,
        "scenario_targets": pd.DataFrame(rows),
    }


def _json_row(c: Comparison) -> dict[str, Any]:
    row = c.as_row()
    # a yes or no for machines; "uncertain" is neither
    row["met_text"] = row["met"]
    row["met"] = c.met if isinstance(c.met, bool) else None
    row["title"] = {"zh": row.pop("title_zh"), "en": row.pop("title_en")}
    row["note"] = {"zh": row.pop("note_zh"), "en": row.pop("note_en")}
    row["caliber_title"] = {"zh": row.pop("caliber_zh"), "en": row.pop("caliber_en")}
    return row


def targets_step(plan: Plan, work: Path, progress: Progress) -> StepResult:
    """Indicators by caliber, and the gap to each target in hectares and mu.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder; the exchange document is written into it.
    progress : callable

    Returns
    -------
    StepResult
        Tables ``indicators`` (one row a target), ``indicators_by_caliber``,
        ``targets_by_township``, ``township_overview``,
        ``wetland_calibers``; with measures ``scenario_path``,
        ``scenario_total`` and ``scenario_targets``; layer ``targets_by_township``; raster
        ``fvc`` where NDVI is there; summary ``indicators``.
    """
    section = plan.section(CarbonSection)
    progress("targets", 0, 2)
    cover: Cover = cover_indicators(plan, section, work)
    indicators = list(cover.indicators)
    stock = _stock_indicator(section)
    if stock is not None:
        indicators.append(stock)
    preferred = {
        "forest_cover": section.forest_caliber,
        "wetland_area": section.wetland_caliber,
        "wetland_protection_rate": section.wetland_caliber,
        "grass_cover": next((i.caliber for i in indicators if i.id == "grass_cover"), ""),
    }
    progress("targets", 1, 2)
    compared = compare_targets(plan.targets, indicators, preferred)
    rows = pd.DataFrame([c.as_row() for c in compared])
    tables = {"indicators": rows, "indicators_by_caliber": _all_calibers(indicators)}
    matches, warns = _wetland_matches(section, indicators, plan.targets)
    if len(matches):
        tables["wetland_calibers"] = matches
    layers = {}
    if cover.township_areas is not None:
        gaps, layer = gap_by_township(plan, cover.township_areas, compared)
        if len(gaps):
            tables["targets_by_township"] = gaps
        if layer is not None and len(layer):
            layers["targets_by_township"] = layer
        tables["township_overview"] = township_overview(
            cover.township_areas, _stock_by_township(work), gaps
        )
    if section.measures:
        tables |= _scenario_tables(section, compared)
    document = exchange_document(plan, compared, indicators)
    write_json(work / "indicators.json", document)
    progress("targets", 2, 2)
    return StepResult(
        summary={
            "indicators": [_json_row(c) for c in compared],
            "indicators_file": "indicators.json",
        },
        tables=tables,
        layers=layers,
        rasters=dict(cover.rasters),
        warnings=[*cover.warnings, *warns],
    )
