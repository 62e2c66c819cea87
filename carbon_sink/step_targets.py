"""The step ``targets``: indicators of the county against the targets of the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from carbon_sink.change.layer_dates import DATED, other_year_warnings
from carbon_sink.change.scenario import scenario, target_paths
from carbon_sink.cover.county_cover import Cover, cover_figures
from carbon_sink.cover.exchange import exchange_document
from carbon_sink.cover.figure import matching_calibers
from carbon_sink.cover.indicators import indicators
from carbon_sink.cover.land import county_area_m2
from carbon_sink.cover.township import gap_by_township, township_overview
from carbon_sink.local import carbon_section
from carbon_sink.section import CarbonSection
from carbon_sink.stand.county_total import with_stands
from carbon_sink.stock.choice import table_of
from carbon_sink.summary import IndicatorRow, TargetsPart
from gis.cells.area import to_ha
from gis.say import Sentence, in_lang, say
from layers.answers.answer import answered
from layers.answers.compare import compare_target
from layers.answers.figure import Comparison, Figure
from layers.plain_json import write_json
from layers.plan.model import Plan, Target
from layers.result import Progress, StepResult, Warn, optional_table
from layers.spec import Text
from layers.units import convert

__all__ = ["targets_step"]


def _compared(
    targets: Sequence[Target], figures: Sequence[Figure], section: CarbonSection
) -> list[Comparison]:
    """Each target about land and carbon against the figure of its caliber."""
    out = []
    for t in targets:
        kind = indicators().get(t.indicator)
        if kind is None:
            continue  # another room's
        own = [f for f in figures if f.id == kind.id]
        preferred = kind.preferred(section, own)
        stated = kind.meant is not None and bool(kind.meant(section))
        out.append(compare_target(t, kind, own, preferred=preferred, stated=stated))
    return out


def _met_by_measures(tables: Mapping[str, pd.DataFrame]) -> dict[str, Sentence]:
    """When the plan's own measures meet a target, where they are reckoned."""
    paths = tables.get("scenario_targets")
    if paths is None or not len(paths):
        return {}
    last = int(paths["year"].max())
    out = {}
    for row in paths.drop_duplicates("target_id").to_dict("records"):
        met = row["met_in"]
        out[str(row["target_id"])] = (
            say("carbon_sink.room.measures_fall_short", year=str(last))
            if pd.isna(met)
            else say("carbon_sink.room.measures_meet", year=str(int(met)))
        )
    return out


def _all_calibers(figures: Sequence[Figure]) -> pd.DataFrame:
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
            for i in figures
        ]
    )


def _caliber_matches(
    section: CarbonSection, figures: Sequence[Figure], targets: Sequence[Target]
) -> tuple[pd.DataFrame, list[Warn]]:
    """Which caliber comes near a published area, for indicators that are published."""
    rows: list[dict[str, object]] = []
    warns: list[Warn] = []
    for kind in indicators().values():
        own = [f for f in figures if f.id == kind.id and f.caliber not in kind.proxies]
        if not kind.official or not own:
            continue
        published: list[tuple[str, str | Text, float]] = [
            (f"{o.source} ({o.year})", f"{o.source} ({o.year})", o.value)
            for o in section.official
            if o.quantity == kind.official
        ]
        published += [
            (t.id, t.title, convert(t.value, t.unit, kind.unit))
            for t in targets
            if t.indicator == kind.id
        ]
        titles = {f.caliber: f.caliber_title for f in own}
        for name, told, official in published:
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
                said = say(
                    "carbon_sink.room.no_caliber_matches",
                    title=kind.title,
                    official=official,
                    name=told,
                    match_tolerance_frac=section.match_tolerance_frac,
                    caliber=titles[near.caliber] or near.caliber,
                    relative=near.relative,
                )
                warns.append(Warn("no_wetland_caliber_matches", said, "land_parcels"))
    return pd.DataFrame(rows), warns


def _by_caliber(compared: Sequence[Comparison]) -> pd.DataFrame:
    """Targets whose verdict hangs on the caliber, all calibers side by side."""
    rows = []
    for c in compared:
        for one in c.calibers:
            row = one.as_row()
            kept = (
                *("title_zh", "title_en", "caliber", "caliber_zh", "caliber_en", "value"),
                *("unit", "target", "relation", "gap", "gap_mu", "met"),
            )
            rows.append(
                {
                    "target_id": c.target.id,
                    **{k: row[k] for k in kept},
                    "target_year": c.target.year,
                    "caliber_meant": c.meant and one.indicator.caliber == c.indicator.caliber,
                    "caliber_reason_zh": in_lang(c.target.caliber_reason, "zh"),
                    "caliber_reason_en": in_lang(c.target.caliber_reason, "en"),
                }
            )
    return pd.DataFrame(rows)


def _open_calibers(compared: Sequence[Comparison]) -> list[Warn]:
    """Targets that cannot be judged because nobody says which caliber is meant."""
    return [
        Warn(
            "caliber_not_stated",
            say("carbon_sink.room.caliber_not_stated", title=c.target.title),
            f"[targets] {c.target.id} caliber",
        )
        for c in compared
        if not c.meant and len({o.met for o in c.calibers}) > 1
    ]


def _growth(section: CarbonSection) -> dict[str, float]:
    """Indicators the plan gives a yearly growth of."""
    return {
        kind.id: rate
        for kind in indicators().values()
        if kind.growth is not None and (rate := kind.growth(section)) is not None
    }


def _scenario_tables(
    section: CarbonSection, compared: Sequence[Comparison]
) -> dict[str, pd.DataFrame]:
    """The path under the plan's measures and growth; nothing where it has neither."""
    growth = _growth(section)
    starts = [m.start for m in section.measures]
    starts += [c.indicator.year for c in compared if c.indicator.id in growth]
    first = section.year or min((s for s in starts if s), default=0)
    if not first or not (section.measures or growth):
        return {}
    tables = {}
    if section.measures:
        found = scenario(
            section.measures,
            table_of(section),
            first_year=first,
            last_year=section.scenario_end,
            depth_cm=section.rate_depth_cm,
            draws=section.draws,
            seed=section.seed,
        )
        tables = {"scenario_path": found.path, "scenario_total": found.total}
    paths = target_paths(
        [c.target for c in compared],
        {c.target.id: c.indicator for c in compared},
        section.measures,
        first_year=first,
        last_year=section.scenario_end,
        shrub_is_forest=section.special_shrub == "all",
        growth=growth,
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
    # without measures nothing but growth moves: a flat path says nothing
    if rows or section.measures:
        tables["scenario_targets"] = pd.DataFrame(rows)
    return tables


def _beyond_county(
    plan: Plan, section: CarbonSection, paths: Mapping[str, pd.DataFrame]
) -> list[Warn]:
    """Measures on more land than the county has, and shares they bring over 100 %."""
    told = []
    years = {m.id: min(m.end, section.scenario_end) - m.start + 1 for m in section.measures}
    area_ha = sum(max(years[m.id], 0) * m.ha_per_year for m in section.measures)
    if section.measures:
        county_ha = to_ha(county_area_m2(plan))
        if area_ha > county_ha:
            told.append(
                say("carbon_sink.room.measures_over_county", area=area_ha, county=county_ha)
            )
    rows = paths.get("scenario_targets")
    if rows is not None and len(rows):
        over = rows[(rows["unit"] == "%") & (rows["value"] > 100.0)]
        for row in over.drop_duplicates("target_id").to_dict("records"):
            title = next(t.title for t in plan.targets if t.id == row["target_id"])
            told.append(
                say(
                    "carbon_sink.room.measures_over_100",
                    title=title,
                    year=str(row["year"]),
                    value=float(row["value"]),
                )
            )
    return [Warn("measures_beyond_county", s, "[[carbon.measures]] ha_per_year") for s in told]


def _summary_row(c: Comparison) -> IndicatorRow:
    row = c.as_row()
    words = {
        name: {"zh": row.pop(f"{key}_zh"), "en": row.pop(f"{key}_en")}
        for name, key in (
            ("title", "title"),
            ("note", "note"),
            ("caliber_title", "caliber"),
            ("caliber_reason", "caliber_reason"),
        )
    }
    # a yes or no for machines; "uncertain" is neither
    met = {"met": c.met if isinstance(c.met, bool) else None, "met_text": row["met"]}
    sides = [
        {
            "caliber": o.indicator.caliber,
            "title": o.indicator.caliber_title
            or Text(zh=o.indicator.caliber, en=o.indicator.caliber),
            "value": o.indicator.value,
            "gap": o.gap,
            "met": o.met if isinstance(o.met, bool) else None,
        }
        for o in c.calibers
    ]
    return IndicatorRow.model_validate({**row, **met, **words, "calibers": sides})


def targets_step(plan: Plan, work: Path, progress: Progress) -> StepResult[TargetsPart]:
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
        ``targets_by_caliber``,
        ``targets_by_township``, ``township_overview``,
        ``wetland_calibers``; with measures ``scenario_path``,
        ``scenario_total`` and ``scenario_targets``; layer ``targets_by_township``; raster
        ``fvc`` where NDVI is there; summary ``indicators``.
    """
    section = with_stands(carbon_section(plan), work)
    progress("targets", 0, 2)
    cover: Cover = cover_figures(plan, section, work)
    figures = cover.figures
    progress("targets", 1, 2)
    compared = _compared(plan.targets, figures, section)
    rows = pd.DataFrame([c.as_row() for c in compared])
    tables = {"indicators": rows, "indicators_by_caliber": _all_calibers(figures)}
    matches, warns = _caliber_matches(section, figures, plan.targets)
    if len(matches):
        tables["wetland_calibers"] = matches
    sides = _by_caliber(compared)
    if len(sides):
        tables["targets_by_caliber"] = sides
    warns += _open_calibers(compared)
    layers = {}
    if cover.township_areas is not None:
        gaps, layer = gap_by_township(plan, cover.township_areas, compared)
        if len(gaps):
            tables["targets_by_township"] = gaps
        if layer is not None and len(layer):
            layers["targets_by_township"] = layer
        tables["township_overview"] = township_overview(
            cover.township_areas, optional_table(work, "carbon_by_township"), gaps
        )
    paths = _scenario_tables(section, compared)
    tables |= paths
    warns += _beyond_county(plan, section, paths)
    measures = _met_by_measures(paths)
    document = exchange_document(plan, compared, figures)
    write_json(work / "indicators.json", document)
    progress("targets", 2, 2)
    return StepResult(
        summary=TargetsPart(
            indicators=tuple(_summary_row(c) for c in compared),
            indicators_file="indicators.json",
            targets={
                c.target.id: answered(
                    c,
                    today=plan.plan.as_of.year,
                    closes=[measures[c.target.id]] if c.target.id in measures else [],
                )
                for c in compared
            },
        ),
        tables=tables,
        layers=layers,
        rasters=dict(cover.rasters),
        warnings=[*cover.warnings, *warns, *other_year_warnings(plan, DATED)],
    )
