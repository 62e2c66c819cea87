"""The works a plan names: land, carbon now, what the work would change, and its limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from carbon_sink.change.measures import measure_kinds, stand_gain_terms
from carbon_sink.change.two_dates import transition_terms
from carbon_sink.cover.sampling import protected_share
from carbon_sink.potential.outcome import PublishedRow, WorkSummary
from carbon_sink.section import NamedWork
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.uncertainty import Term, monte_carlo
from gis.cells.area import polygon_area_m2, polygonal
from gis.crs.systems import as_crs, transform_points
from gis.say import LANGS, Sentence, listed, say
from gis.toml import read_toml
from layers.catalogue import layer
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import Plan
from layers.spec import Text

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["named_works", "work_summaries", "works_table"]


def named_works(plan: Plan, listed: Sequence[NamedWork]) -> tuple[NamedWork, ...]:
    """The plan's own works, else those bundled for its adcode."""
    if listed:
        return tuple(listed)
    code = plan.area.code
    return tuple(
        NamedWork.model_validate({k: v for k, v in raw.items() if k != "adcode"})
        for raw in read_toml("carbon_sink", "data/works.toml")["work"]
        if raw["adcode"] == code
    )


def _no_place(what: str, **values: object) -> Sentence:
    return say(f"carbon_sink.works.no_{what}", **values)


def _shape(plan: Plan, work: NamedWork) -> tuple[Any, Sentence | None]:
    """Where a work is, cut to the county, and what is missing when it has no place."""
    county = county_boundary(plan)
    if work.bounds_ll is not None:
        west, south, east, north = work.bounds_ll
        ring = np.array([[west, south], [east, south], [east, north], [west, north]])
        x, y = transform_points(ring[:, 0], ring[:, 1], as_crs("EPSG:4326"), plan_crs(plan))
        return shapely.intersection(shapely.Polygon(np.column_stack([x, y])), county), None
    if work.townships:
        towns = open_features(plan, "townships")
        named = listed(work.townships)
        if towns is None:
            return None, _no_place("layer", layer=layer("townships").title)
        own = towns[towns["name"].isin(work.townships)]
        if not len(own):
            return None, _no_place("township", names=named)
        return shapely.union_all(np.asarray(own.geometry.array)), None
    if not work.layer:
        return None, _no_place("boundary")
    title = layer(work.layer).title
    features = open_features(plan, work.layer)
    if features is None:
        return None, _no_place("layer", layer=title)
    if work.name_contains:
        names = features.get("name", pd.Series("", index=features.index)).fillna("").astype(str)
        features = features[names.str.contains(work.name_contains, regex=False)]
    if not len(features):
        if work.name_contains:
            return None, _no_place("feature", layer=title, name=work.name_contains)
        return None, _no_place("layer", layer=title)
    shapes = np.asarray(features.geometry.array)
    if work.action == "shelterbelt" and (shapely.get_dimensions(shapes) == 1).all():
        shapes = _belts(features)
    return shapely.intersection(shapely.union_all(shapes), county), None


def _belts(lines: gpd.GeoDataFrame) -> Any:  # noqa: ANN401
    """Centre lines as strips of their own width; without a width they have no area."""
    width = pd.to_numeric(lines.get("width_m", pd.Series(np.nan, index=lines.index)))
    known = width.notna() & (width > 0)
    return shapely.buffer(
        np.asarray(lines.geometry.array)[known], width[known].to_numpy() / 2, cap_style="flat"
    )


def works_table(
    plan: Plan,
    works: Sequence[NamedWork],
    parcels: gpd.GeoDataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    years: int,
    depth_cm: int,
    projects: gpd.GeoDataFrame | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame | None]:
    """One row a work, and the works as a layer.

    Returns
    -------
    DataFrame
        ``work, title_zh, title_en, located, needs_zh, needs_en, missing_zh, missing_en,
        area_ha, water_m3_yr, stock_tc, low_tc, high_tc, cropland_ha, basic_farmland_ha,
        candidates_ha, change_tc, ..., gain_tc, methane_tco2e_yr``; a work without a place has
        NaN and says what it needs, in words.
    layer : GeoDataFrame or None
    """
    import geopandas as gpd  # heavy

    rows, shapes, ids = [], [], []
    for work in works:
        shape, needs = _shape(plan, work)
        row: dict[str, object] = {
            "work": work.id,
            "title_zh": work.title.zh,
            "title_en": work.title.en,
            "action": work.action,
            "status": work.status,
            "located": shape is not None and needs is None,
            "needs_zh": needs("zh") if needs else "",
            "needs_en": needs("en") if needs else "",
            "quote": work.quote,
            "section": work.section,
            "note_zh": work.note.zh if work.note else "",
            "note_en": work.note.en if work.note else "",
        }
        blank = ("area_ha", "stock_tc", "low_tc", "high_tc", "cropland_ha", "basic_farmland_ha",
                 "candidates_ha", "convertible_ha", "change_tc", "change_low_tc",
                 "change_high_tc", "gain_tc", "methane_tco2e_yr", "water_m3_yr")  # fmt: skip
        row |= dict.fromkeys(blank, math.nan)
        if shape is not None and needs is None and not shapely.is_empty(shape):
            row |= _figures(
                plan, work, shape, parcels, choice, table,
                years=years, depth_cm=depth_cm, projects=projects, draws=draws, seed=seed,
            )  # fmt: skip
            shapes.append(shape)
            ids.append(work.id)
        lacking = missing_of(work, row, needs)
        row |= {
            f"missing_{lang}": say("carbon_sink.works.joint")(lang).join(
                m(lang) for m in lacking
            )
            for lang in LANGS
        }
        rows.append(row)
    frame = pd.DataFrame(rows)
    if not shapes:
        return frame, None
    outlines = gpd.GeoDataFrame({"work": ids}, geometry=shapes, crs=plan_crs(plan))
    keep = [
        "work",
        "title_zh",
        "title_en",
        "action",
        "status",
        "area_ha",
        "stock_tc",
        "change_tc",
    ]
    return frame, outlines.merge(frame[keep], on="work")


def missing_of(
    work: NamedWork, row: Mapping[str, object], needs: Sentence | None
) -> list[Sentence]:
    """What a work still lacks before its figures can be told, in words."""

    def unknown(name: str) -> bool:
        return not math.isfinite(float(str(row[name])))

    out = [needs] if needs is not None else []
    if needs is None and unknown("area_ha"):
        out.append(say("carbon_sink.works.outside"))
    if work.water_m3_ha_yr is None:
        out.append(say("carbon_sink.works.no_water"))
    if needs is None and unknown("basic_farmland_ha"):
        out.append(say("carbon_sink.works.no_basic_farmland"))
    if unknown("gain_tc") and unknown("change_tc"):
        out.append(say("carbon_sink.works.no_gain"))
    return out


def work_summaries(frame: pd.DataFrame, works: Sequence[NamedWork]) -> tuple[WorkSummary, ...]:
    """The works for ``summary.json``, from the rows of `works_table`."""
    out = []
    for work, row in zip(works, frame.to_dict("records"), strict=True):
        numbers = {
            k: float(row[k])
            for k in WorkSummary.model_fields
            if k.endswith(("_ha", "_tc", "_yr")) and k in row
        }
        out.append(
            WorkSummary(
                id=work.id,
                title=Text(zh=work.title.zh, en=work.title.en),
                action=work.action,
                status=work.status,
                located=bool(row["located"]),
                own_page=work.own_page,
                missing_zh=str(row["missing_zh"]),
                missing_en=str(row["missing_en"]),
                water_source=work.water_source,
                published=tuple(
                    PublishedRow(
                        title=Text(zh=f.title.zh, en=f.title.en),
                        value=f.value,
                        unit=f.unit,
                        source=f.source,
                        date=f.date,
                    )
                    for f in work.published
                ),
                quote=work.quote,
                section=work.section,
                note=work.note,
                **numbers,
            )
        )
    return tuple(out)


def _figures(
    plan: Plan,
    work: NamedWork,
    shape: Any,  # noqa: ANN401
    parcels: gpd.GeoDataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    years: int,
    depth_cm: int,
    projects: gpd.GeoDataFrame | None,
    draws: int,
    seed: int,
) -> dict[str, float]:
    place = parcels[["geometry"]].iloc[:0]
    place = place._constructor(geometry=[shape], crs=parcels.crs)
    share = protected_share(parcels, [place])
    hit = share > 0
    area_ha = share[hit] * parcels["area_m2"].to_numpy()[hit] / 1e4
    own = pd.DataFrame(
        {"ecosystem": parcels["ecosystem"][hit], "group": parcels["group"][hit], "ha": area_ha}
    )
    by = {str(k): float(v) for k, v in own.groupby("ecosystem")["ha"].sum().items()}
    farmland = own[own["group"] == "cropland"]
    basic = _basic_farmland_ha(plan, shape)
    out: dict[str, float] = {
        "area_ha": float(polygon_area_m2([shape], plan_crs(plan))[0]) / 1e4,
        "cropland_ha": float(farmland["ha"].sum()),
        "basic_farmland_ha": basic,
    }
    watered = out["area_ha"]
    wanted: dict[str, list[Term]] = {
        "stock": [t for (e, _), d in choice.items() if e in by for t in d.terms(by[e])]
    }
    if work.action == "wetland":
        # farmland back to wetland: permanent basic farmland never, the rest only as approved
        free = max(out["cropland_ha"] - (basic if math.isfinite(basic) else 0.0), 0.0)
        out["convertible_ha"] = watered = free
        out["methane_tco2e_yr"] = wetland_net(free, table).methane_tco2e_yr.value
        shares = farmland.groupby("ecosystem")["ha"].sum()
        total = float(shares.sum())
        wanted["change"] = [
            t
            for e, ha in shares.items()
            for t in transition_terms(choice, str(e), "marsh", float(ha) / total * free, "soc")
            or []
            if total > 0
        ]
    if work.water_m3_ha_yr is not None:
        out["water_m3_yr"] = watered * work.water_m3_ha_yr
    if work.action == "shelterbelt":
        kind = measure_kinds()["shelterbelt"]
        parts = stand_gain_terms(kind, out["area_ha"], float(years), depth_cm=depth_cm)
        wanted["gain"] = [t for p in parts.values() if p for t in p]
    found = monte_carlo(
        {k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    if "stock" in found:
        e = found["stock"]
        out |= {"stock_tc": e.value, "low_tc": e.low, "high_tc": e.high}
    if "change" in found:
        e = found["change"]
        out |= {"change_tc": e.value, "change_low_tc": e.low, "change_high_tc": e.high}
    if "gain" in found:
        out["gain_tc"] = found["gain"].value
    if projects is not None and len(projects):
        part = protected_share(projects, [place])
        out["candidates_ha"] = float((part * projects["area_ha"].to_numpy()).sum())
        if "gain" not in found:
            gained = (part * projects["gain_tc"].to_numpy(np.float64)).sum()
            out["gain_tc"] = float(gained)
    return out


def _basic_farmland_ha(plan: Plan, shape: Any) -> float:  # noqa: ANN401
    """Permanent basic farmland inside [ha]; NaN when the layer is not there."""
    if layer_state(plan, "permanent_basic_farmland") != "available":
        return math.nan
    farmland = open_features(plan, "permanent_basic_farmland")
    if farmland is None:
        return math.nan
    geoms = np.asarray(farmland.geometry.array)
    near = geoms[shapely.intersects(geoms, shape)]
    if not len(near):
        return 0.0
    inside = polygonal(shapely.intersection(shapely.union_all(near), shape))
    return float(polygon_area_m2([inside], plan_crs(plan))[0]) / 1e4
