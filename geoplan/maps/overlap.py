"""The map of a boundary check: the boundary, and the pieces of it that each rule hits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.maps.contents import InMemory, plan_summary
from geoplan.maps.features import features_bounds
from geoplan.maps.page import MapOptions, PageData, page_data
from geoplan.maps.panel import number
from geoplan.maps.values import PanelBlock, Words
from geoplan.maps.write import page_html
from gis.cells.area import to_ha, to_mu
from gis.say import LANGS, both, say
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from siting.check.overlap import NOTHING_M2, Overlap, RuleOverlap
from siting.check.waiting import share_values
from siting.rules.in_force import law_cells

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["overlap_page", "write_overlap_map"]


def _boundary(found: Overlap) -> gpd.GeoDataFrame:
    from gis.cells.area import polygon_area_m2

    frame = found.outline.parcels.copy()
    area = polygon_area_m2(frame.geometry.to_numpy(), frame.crs)
    # the file's own columns stay out of the page: nobody said they may be passed on
    frame = frame[[c for c in ("parcel", "component", "geometry") if c in frame.columns]]
    return frame.assign(area_m2=area, area_mu=to_mu(area))


def _pieces(found: Overlap) -> gpd.GeoDataFrame:
    parts = found.parts()
    return parts.assign(area_mu=to_mu(parts["area_m2"].to_numpy(float)))


def _not_judged(found: Overlap) -> gpd.GeoDataFrame:
    """Land some rules cannot judge; rules that leave the same land open share a feature."""
    import geopandas as gpd  # heavy

    same: dict[bytes, list[RuleOverlap]] = {}
    for r in found.rules:
        if r.unknown_m2 > NOTHING_M2 and not r.ground.unknown.is_empty:
            same.setdefault(r.ground.unknown.normalize().wkb, []).append(r)
    first = [group[0] for group in same.values()]
    area = [r.unknown_m2 for r in first]
    return gpd.GeoDataFrame(
        {
            "rule_ids": [";".join(r.rule.id for r in group) for group in same.values()],
            "area_m2": area,
            "area_mu": [to_mu(a) for a in area],
        },
        geometry=[r.ground.unknown for r in first],
        crs=found.outline.parcels.crs,
    )


def _rules(found: Overlap) -> pd.DataFrame:
    import pandas as pd  # heavy

    return pd.DataFrame(
        [
            {
                "rule_id": r.rule.id,
                "title_zh": r.rule.title.zh,
                "title_en": r.rule.title.en,
                "kind": r.rule.shown_kind,
                "citation": r.rule.citation,
                "quote": r.rule.quote,
                "source_step": r.rule.source_step,
                "needs_review": r.rule.needs_review,
                **law_cells(r.rule.in_force),
                "judged": r.ground.judged,
            }
            for r in found.rules
            if r.overlap_m2 > NOTHING_M2 or r.unknown_m2 > NOTHING_M2
        ]
    )


def _panel(found: Overlap) -> list[PanelBlock]:
    def stat(label: Words, value: str, unit: str | Words = "") -> PanelBlock:
        return {"kind": "stat", "label": label, "value": value, "unit": unit}

    mu = both(say("geoplan.common.unit.mu"))
    area = both(say("geoplan.map.check_area"))
    verdict = both(say("geoplan.check.verdict", result=say(f"geoplan.check.{found.result}")))
    blocks: list[PanelBlock] = [
        {"kind": "heading", "title": verdict},
        stat(area, number(found.area_m2, 2), "m²"),
        stat(area, number(to_ha(found.area_m2), 4), "ha"),
        stat(area, number(to_mu(found.area_m2), 2), mu),
    ]
    notes: list[PanelBlock] = [
        {"kind": "note", "title": {x: w.text(x) for x in LANGS}} for w in found.law_warnings()
    ]
    n, of = found.provisional
    if n:
        share = say("geoplan.check.judged", **share_values(found.judged))
        blocks += [
            {"kind": "note", "title": both(say("geoplan.common.provisional", n=n, m=of))},
            {"kind": "note", "title": both(share)},
        ]
    blocks += notes
    hit = [r for r in found.rules if r.overlap_m2 > NOTHING_M2]
    order = {"fail": 0, "conditional": 1}
    if hit:
        blocks.append({"kind": "heading", "title": both(say("geoplan.map.check_hit"))})
    for r in sorted(hit, key=lambda r: (order.get(r.result, 2), r.rule.id)):
        words = {lang: f"{r.rule.id} {r.rule.title(lang)}" for lang in LANGS}
        blocks.append(stat(words, number(r.overlap_m2, 2), "m²"))
    zh, en = found.approvals("zh"), found.approvals("en")
    if zh:
        blocks.append({"kind": "heading", "title": both(say("geoplan.report.approvals"))})
        blocks += [stat({"zh": a, "en": b}, "") for a, b in zip(zh, en, strict=False)]
    return blocks


def overlap_page(found: Overlap, plan: Plan, lang: str) -> PageData:
    """Page data of a boundary check.

    Parameters
    ----------
    found : Overlap
        Of `siting.check.boundary.check_boundary`.
    plan : Plan
        The plan it was checked against.
    lang : {"zh", "en"}
        Language the page opens in.
    """
    import geopandas as gpd  # heavy

    county = gpd.GeoDataFrame(geometry=[county_boundary(plan)], crs=plan_crs(plan))
    frames = {
        "county": county,
        "check_boundary": _boundary(found),
        "check_overlaps": _pieces(found),
        "check_unknown": _not_judged(found),
    }
    n, of = found.provisional
    contents = InMemory(
        path=plan.path.parent,
        summary=plan_summary(plan, plan.plan.id),
        layers=tuple(frames),
        tables=(f"rules_{found.tech}",),
        rasters={},
        open_rules={found.tech: (n, of)} if n else {},
        titles={
            r.rule.id: {lang: f"{r.rule.id} {r.rule.title(lang)}" for lang in LANGS}
            for r in found.rules
        },
        frames=frames,
        sheets={f"rules_{found.tech}": _rules(found)},
    )
    data = page_data(contents, MapOptions(lang=lang))
    stem = Path(found.path).stem
    data.meta["title"] = both(say("geoplan.check.title", name=stem))
    data.meta["panel"] = _panel(found)
    data.meta["warnings"] = [
        *({lang: finding(lang) for lang in LANGS} for finding in found.outline.findings),
        *({lang: w.text(lang) for lang in LANGS} for w in found.told),
    ]
    data.meta["bounds"] = list(features_bounds([frames["check_boundary"].to_crs("EPSG:4326")]))
    return data


def write_overlap_map(found: Overlap, plan: Plan, out: Path, *, lang: str) -> Path:
    """Write the map of a boundary check as one self-contained file.

    Parameters
    ----------
    found, plan, lang
        See `overlap_page`.
    out : path
        The HTML file to write.

    Raises
    ------
    DataError
        When the page would point outside itself.
    """
    text = page_html(overlap_page(found, plan, lang))
    tmp = out.with_name(out.name + ".tmp")
    tmp.write_text(text, encoding="utf-8")
    tmp.replace(out)
    return out
