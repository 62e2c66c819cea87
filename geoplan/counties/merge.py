"""What many counties come to: one table, one ranking, their targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.counties.work import Outcome
from geoplan.summary import RunSummary
from gis.say import LANGS
from layers.plan.model import Plan
from layers.result import optional_layer
from siting.sites.ranking import preference_of, preference_ranking, rank_sites
from siting.sites.route import connection_table
from siting.sites.section import SitesSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["counties_table", "merged_sites", "targets_table", "totals"]

Done = Sequence[tuple[Outcome, RunSummary]]
_LL = "EPSG:4490"


def _state(outcome: Outcome) -> dict[str, str]:
    county = outcome.task.county
    return {
        "adcode": county.adcode,
        "name_zh": county.title.zh,
        "name_en": county.title.en,
        "state": "done" if outcome.done else "failed",
        **{f"fault_{x}": "; ".join(f.text(x) for f in outcome.faults) for x in LANGS},
    }


def _numbers(summary: RunSummary | None) -> dict[str, float]:
    """Areas, sites, capacity, yield and carbon of a county; what was not run is left out."""
    if summary is None:
        return {}
    out: dict[str, float] = {}
    if summary.county is not None:
        out["area_km2"] = summary.county.area_km2
    for tech, one in (summary.screening or {}).items():
        out |= {f"{tech}_{state}_ha": area for state, area in one.area_ha.items()}
    if summary.sites is not None:
        for tech in sorted({s.tech for s in summary.sites}):
            own = [s for s in summary.sites if s.tech == tech]
            out[f"sites_{tech}"] = len(own)
            out[f"sites_{tech}_ha"] = sum(s.area_ha for s in own)
        pv = [s for s in summary.sites if s.tech == "pv"]
        known = [s.capacity_mw for s in pv if s.capacity_mw is not None]
        if known:
            out["sites_pv_mw"] = sum(known)
    if summary.pv is not None and summary.pv.estimated:
        out |= {
            "pv_mw": summary.pv.capacity_mw,
            "pv_p50_mwh_yr": summary.pv.p50_mwh_yr,
        }
    carbon = getattr(summary.carbon, "total_tc", None)
    if carbon is not None:
        out["carbon_tc"] = carbon.value
    return out


def _work(outcome: Outcome) -> dict[str, object]:
    return {
        "worker": outcome.worker,
        "tries": outcome.tries,
        "seconds": round(outcome.seconds, 1),
        "cpu_s": round(outcome.cpu_s, 1) or np.nan,
        "memory_mib": round(outcome.memory_mib) or np.nan,
    }


def counties_table(
    outcomes: Sequence[Outcome], summaries: Mapping[str, RunSummary]
) -> pd.DataFrame:
    """One row a county, failed ones with their fault; numbers not known are NaN."""
    rows = []
    for one in outcomes:
        found = summaries.get(one.task.county.adcode)
        rows.append({**_state(one), **_numbers(found), **_work(one)})
    last = [*_work(outcomes[0])] if outcomes else []
    table = pd.DataFrame(rows)
    return table[[*(c for c in table.columns if c not in last), *last]]


def totals(table: pd.DataFrame) -> dict[str, float]:
    """Sums over the counties that are done; a column some of them lack is not summed."""
    done = table[table["state"] == "done"]
    own = [c for c in table.columns if c.endswith(("_ha", "_km2", "_mw", "_mwh_yr", "_tc"))]
    counted = [c for c in table.columns if c in {"sites_pv", "sites_wind"}]
    sums = {c: float(done[c].sum()) for c in counted}
    return sums | {c: float(done[c].sum()) for c in own if done[c].notna().all()}


def merged_sites(done: Done, common: Plan) -> gpd.GeoDataFrame | None:
    """Sites of all counties in lon/lat, ranked against one another; None where none ran.

    Scores scale each criterion over the sites they compare, so those of single counties
    cannot be set side by side: all are scored anew with the weights or preferences of the
    common plan. ``rank_in_county`` and ``score_in_county`` keep the county's own.
    """
    import geopandas as gpd  # heavy

    parts = []
    for outcome, _ in done:
        own = optional_layer(outcome.task.out, "sites")
        if own is None:
            continue
        county = outcome.task.county
        own = own.to_crs(_LL)
        own.insert(0, "adcode", county.adcode)
        own["site_id"] = [f"{county.adcode}-{i}" for i in own["site_id"]]
        parts.append(own)
    if not parts:
        return None
    merged = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=_LL)
    merged = merged.rename(columns={"rank": "rank_in_county", "score": "score_in_county"})
    wishes = preference_of(common)
    weights = {**connection_table()["rank"], **common.section(SitesSection).weights}
    ranked = []
    for tech, own in merged.groupby("tech", sort=True):
        table = own.reset_index(drop=True)
        if wishes is None:
            found = rank_sites(table, weights)
        else:
            ranking, _ = preference_ranking(table, str(tech), wishes, common.plan.lang)
            found = ranking.sites[["score", "rank"]].reset_index(drop=True)
        ranked.append(table.assign(score=found["score"], rank=found["rank"].astype(int)))
    if not ranked:
        return merged.assign(score=pd.Series(dtype=float), rank=pd.Series(dtype=int))
    whole = gpd.GeoDataFrame(pd.concat(ranked, ignore_index=True), crs=_LL)
    return whole.sort_values(["tech", "rank"]).reset_index(drop=True)


def targets_table(done: Done) -> pd.DataFrame:
    """Every target of every county, as its run answers it."""
    rows = [
        {
            "adcode": outcome.task.county.adcode,
            "name_zh": outcome.task.county.title.zh,
            "name_en": outcome.task.county.title.en,
            "target_id": t.id,
            "title_zh": t.title.zh,
            "title_en": t.title.en,
            "answer": t.answer,
            "year": t.year,
            "target": t.target,
            "value": t.value,
            "gap": t.gap,
            "unit": t.unit,
        }
        for outcome, summary in done
        for t in summary.targets or ()
    ]
    return pd.DataFrame(rows)
