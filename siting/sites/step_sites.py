"""The step ``sites``: reads the screening, finds sites, ranks them, says what they rest on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy.typing as npt
import pandas as pd

from gis.cells.area import to_ha
from gis.cells.grid import Grid, Window, grid_crs
from gis.cells.runs import RunRaster, in_strips
from gis.files.read import read_raster
from gis.machine import give_back_memory
from gis.say import Sentence, listed, say
from layers.catalogue import layer as layer_of
from layers.open.county import plan_grid_of
from layers.open.plan_layers import layer_state, warnings_of
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, read_summary, read_table, within
from siting.screen.screening import source_of
from siting.screen.section import ScreeningSection
from siting.screen.summary import JudgedSummary
from siting.sites.find import Screened, find_sites
from siting.sites.judged import least_share
from siting.sites.preference import criteria_of
from siting.sites.ranking import preference_of, preference_ranking, rank_sites
from siting.sites.route import connection_table
from siting.sites.section import SitesSection
from siting.sites.suitability import Judged, judged_by, write_suitability
from siting.sites.summary import PreferenceUse, SiteRow, SitesBasis, SitesRefused, SitesSummary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["refused_words", "sites_step"]

_NAMED = 3  # layers named in one sentence; all stand in the table of next layers
_COLUMNS = [*SiteRow.model_fields, "geometry"]


def _classes(path: Path, grid: Grid, band: int = 1) -> RunRaster:
    """A raster of the run, strip by strip."""

    def cells(window: Window) -> npt.NDArray[Any]:
        return read_raster(path, grid, window, kind="classes", band=band)[0]

    return in_strips((int(grid.shape[0]), int(grid.shape[1])), cells)


def _read_screened(work: Path, tech: str, band: int, grid: Grid) -> Screened:
    rasters = read_summary(work, "screen")["rasters"]
    state = _classes(work / rasters["eligibility"], grid, band)
    code = _classes(work / rasters[f"screening_{tech}"], grid)
    return Screened(
        state, code, read_table(work, f"codes_{tech}"), read_table(work, f"rules_{tech}")
    )


def _merged(parts: list[gpd.GeoDataFrame], grid: Grid) -> gpd.GeoDataFrame:
    import geopandas as gpd  # heavy

    crs = grid_crs(grid)
    if not any(map(len, parts)):  # a file without rows keeps the types of its columns
        fields = SiteRow.model_fields.items()
        texts = {
            c for c, f in fields if f.annotation in (str, str | None, Literal["pv", "wind"])
        }
        empty = {c: pd.Series([], dtype="str" if c in texts else "float64") for c, _ in fields}
        return gpd.GeoDataFrame(empty, geometry=[], crs=crs)
    merged = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs)
    return merged.sort_values(["tech", "rank"])[_COLUMNS].reset_index(drop=True)


# layers sites are measured to, and lines cross; what is not drawn may be nearer
_REACHED = ("road", "substations", "power_line", "railway", "river")


def _missing(
    plan: Plan, sites: gpd.GeoDataFrame, refused: Sequence[SitesRefused]
) -> list[Warn]:
    lacking = {
        # where too little was judged, that is the reason, and it is told
        "no_sites": not len(sites) and not refused,
        "no_substations": layer_state(plan, "substations") != "available",
    }
    out = [Warn(k, say(f"siting.sites.{k}"), "sites") for k, is_so in lacking.items() if is_so]
    source = source_of(plan)
    partial = [x for x in _REACHED if source.incomplete(x)]
    if partial and len(sites):
        names = listed(layer_of(x).title for x in partial)
        text = say("siting.sites.distances_at_most", layers=names)
        out.append(Warn("distances_at_most", text, "sites"))
    return out


def _refused(work: Path, tech: str, refused_m2: float, least: float) -> SitesRefused | None:
    """Land that too little was judged of, and the layers that would change that."""
    if refused_m2 <= 0:
        return None
    told = read_summary(work, "screen")["summary"]["screening"][tech]["judged"]
    judged = JudgedSummary.model_validate(told)
    up_to = [i for i, x in enumerate(judged.next_layers) if x.hard_frac >= least]
    needed = judged.next_layers[: up_to[0] + 1 if up_to else None]
    return SitesRefused.model_validate(
        {
            "tech": tech,
            "land_ha": to_ha(refused_m2),
            "hard_frac": judged.hard_frac,
            "hard_n": judged.hard_n,
            "hard_of": judged.hard_of,
            "limit": least,
            "layers": tuple(x.layer for x in needed),
            "to_complete": tuple(x.layer for x in needed if x.complete_it),
            "then_frac": needed[-1].hard_frac if needed else judged.hard_frac,
        }
    )


def refused_words(found: SitesRefused) -> Sentence:
    """Why land is no site, and what to fetch first."""
    known = [
        say("siting.screen.to_complete", layer=layer_of(x).title)
        if x in found.to_complete
        else layer_of(x).title
        for x in found.layers
    ]
    key = "sites_refused" if known else "sites_refused_no_layer"
    return say(
        f"siting.sites.{key}",
        tech=say(f"siting.sites.tech_{found.tech}"),
        land_ha=found.land_ha,
        share_pct=100 * found.hard_frac,
        n=found.hard_n,
        m=found.hard_of,
        limit_pct=100 * found.limit,
        first=known[0] if known else "",
        layers=listed(known, _NAMED),
        n_layers=len(known),
        then_pct=100 * found.then_frac,
    )


def _without_raster(judged: Judged, tech: str) -> list[Warn]:
    """What the map of preference does not know, when the ranking of sites does."""
    if not judged.left_out:
        return []
    known = {c.id: c.title for c in criteria_of(tech)}
    names = listed([known[i] for i in judged.left_out])
    text = say(
        "siting.sites.preference_map_left_out",
        tech=say(f"siting.sites.tech_{tech}"),
        names=names,
    )
    return [Warn("preference_map_left_out", text, "sites")]


def sites_step(plan: Plan, work: Path, progress: Progress) -> StepResult[SitesSummary]:
    """Sites of every technology of ``[sites] techs`` from the screening in `work`.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder with the finished step ``screen``.
    progress : callable

    Returns
    -------
    StepResult
        Layers ``sites`` and ``routes`` (with routes found); tables ``sites_dlbm``,
        ``sites_approvals``, ``sites_overlaps``, ``sites_certificate`` (every hard rule with
        its overlap in m2); where ``[preference]`` gives weights or comparisons the sites are
        ranked by it, with tables ``preference_..._<tech>`` and the raster
        ``preference_<tech>`` (score of the land that is left or conditional).
    """
    import geopandas as gpd  # heavy

    section = plan.section(SitesSection)
    techs = plan.section(ScreeningSection).techs
    wanted = [t for t in section.techs if t in techs]
    grid = plan_grid_of(plan)
    parts: list[gpd.GeoDataFrame] = []
    routes: list[gpd.GeoDataFrame] = []
    tables: dict[str, list[pd.DataFrame]] = {}
    # whoever reads of a site must know what its layers are worth
    warnings: list[Warn] = [*warnings_of(plan)]
    give_back_memory()  # what reading the layers left behind
    weights = {**connection_table()["rank"], **section.weights}
    wishes = preference_of(plan)
    used: dict[str, PreferenceUse] = {}
    refused: list[SitesRefused] = []
    least = least_share(plan, section)
    rasters: dict[str, Path] = {}
    for i, tech in enumerate(wanted):
        one_of = within(progress, i, len(wanted))
        one_of(f"sites {tech}", 0, 1)
        screened = _read_screened(work, tech, techs.index(tech) + 1, grid)
        give_back_memory()
        found = find_sites(plan, tech, screened, grid, section, one_of)
        sites = found.sites
        if wishes is None:
            sites = sites.join(rank_sites(sites, weights))
        else:
            ranking, ranked = preference_ranking(sites, tech, wishes, plan.plan.lang)
            sites[["score", "rank"]] = ranking.sites[["score", "rank"]].to_numpy()
            sites["rank"] = sites["rank"].astype(int)
            used[tech] = PreferenceUse(weights=ranking.by_criterion, unknown=ranking.unknown)
            tables |= {name: [table] for name, table in ranked.items()}
            source = source_of(plan)
            judged = judged_by(source, tech, wishes)
            warnings += _without_raster(judged, tech)
            if judged.criteria:
                name = f"preference_{tech}"
                rasters[name] = write_suitability(
                    work / f"{name}.tif", source, judged, grid, screened.state
                )
        parts.append(sites)
        routes += [found.routes] if len(found.routes) else []
        for name, table in found.tables.items():
            tables.setdefault(name, []).append(table)
        warnings += found.warnings
        if (kept_out := _refused(work, tech, found.refused_m2, least)) is not None:
            refused.append(kept_out)
            warnings.append(Warn("sites_refused", refused_words(kept_out), "sites"))
    progress("sites", len(wanted), len(wanted))
    merged = _merged(parts, grid)
    layers = {"sites": merged}
    if routes:
        layers["routes"] = gpd.GeoDataFrame(
            pd.concat(routes, ignore_index=True), crs=grid_crs(grid)
        )
    rows = merged.drop(columns="geometry").to_dict("records")
    summary = SitesSummary(
        sites=tuple(SiteRow.model_validate(r) for r in rows),
        sites_basis=SitesBasis(
            mu_per_mw=section.mu_per_mw,
            source=section.mu_per_mw_source,
            min_area_ha=section.min_area_ha,
            min_width_m=section.min_width_m,
            max_area_ha=section.max_area_ha,
            weights=weights if wishes is None else {},
            preference=used,
            route_quality=connection_table()["route"]["quality"],
            min_judged_share=least,
        ),
        sites_refused=tuple(refused),
    )
    return StepResult(
        summary=summary,
        tables={k: pd.concat(v, ignore_index=True) for k, v in tables.items()},
        layers=layers,
        rasters=rasters,
        warnings=[*warnings, *_missing(plan, merged, refused)],
    )
