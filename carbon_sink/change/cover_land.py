"""The county, its townships and its dated projects as shares of the cells of a window."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from carbon_sink.section import CarbonSection
from carbon_sink.stand.codes import growing_species
from carbon_sink.stand.species_told import species_told
from gis.cells.area import polygon_area_m2, polygonal, to_ha
from gis.cells.coverage import Runs, coverage_runs, expand_runs
from gis.cells.grid import Grid, Window
from gis.cells.ragged import ragged
from gis.say import say
from gis.types import F8
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan, layer_year
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["CoverLand", "DatedLand", "Planted", "dated_land"]

Planted = tuple[int, str]
"""Planting year and species of a stand; 0 and empty where not known."""

_PROJECTS = "[layers.restoration_projects]"
_LEAST_SHARED_M2 = 100.0  # less is a border drawn twice
_OLDEST = 60  # years; older works say nothing of what grows now


def _zones(plan: Plan) -> dict[str, BaseGeometry]:
    towns = open_features(plan, "townships")
    if towns is None:
        return {}
    names = towns["name"].fillna("").astype(str).to_numpy()
    shapes = np.asarray(towns.geometry.array)
    # a township of several features is one; one without a name is no township
    return {str(n): shapely.union_all(shapes[names == n]) for n in dict.fromkeys(names) if n}


def _joined(
    features: gpd.GeoDataFrame, year: pd.Series[float], use: pd.Series[bool]
) -> dict[Planted, BaseGeometry]:
    """Planting year and species -> land of the features that are used."""
    own = features[use]
    species = pd.Series("", index=own.index)
    if "species" in own.columns:
        species = growing_species(own["species"])
    found = own.groupby([year[use].astype(int), species]).geometry
    return {(int(y), str(s)): shapely.union_all(np.asarray(v.array)) for (y, s), v in found}


@dataclass(frozen=True)
class DatedLand:
    """Land planted in a known year, and what is told of it."""

    planted: Mapping[Planted, BaseGeometry]
    warnings: tuple[Warn, ...] = ()


def dated_projects(plan: Plan, section: CarbonSection) -> DatedLand:
    """Land of the projects by year and species, done by the later date.

    A project of a species and of no year says what grows there, not since when: year 0.
    """
    works = open_features(plan, "restoration_projects")
    if works is None or not {"year", "species"} & set(works.columns):
        return DatedLand({})
    year = pd.Series(np.nan, index=works.index)
    if "year" in works.columns:
        year = pd.to_numeric(works["year"], errors="coerce")
    use = (year > section.year - _OLDEST) & (year <= section.year)
    told: list[Warn] = []
    if "species" in works.columns:
        species = growing_species(works["species"])
        undated = year.isna() & (species != "")
        use, year = use | undated, year.mask(undated, 0.0)
        own = pd.DataFrame({"species": species[use]})
        told = species_told(own, works["species"][use], _PROJECTS)
    if (later := year > section.year).any():
        said = say(
            "carbon_sink.change.projects_to_come", n=int(later.sum()), year=str(section.year)
        )
        told.append(Warn("projects_to_come", said, _PROJECTS))
    return DatedLand(_joined(works, year, use), (*told, *_overlap_told(works[use])))


def _overlap_told(works: gpd.GeoDataFrame) -> tuple[Warn, ...]:
    """That projects share land, which then is of the one planted last."""
    shapes = [*np.asarray(works.geometry.array)]
    *each, whole = polygon_area_m2([*shapes, shapely.union_all(shapes)], works.crs)
    shared = math.fsum(each) - whole
    if shared <= _LEAST_SHARED_M2:
        return ()
    said = say("carbon_sink.change.projects_overlap", area_ha=to_ha(shared))
    return (Warn("projects_overlap", said, _PROJECTS),)


def aged_stands(plan: Plan, section: CarbonSection) -> DatedLand:
    """Land of stands planted after the base year by the mean age the forest map gives them.

    A stand was planted so many years before the survey as it is old. Stands older than the
    earlier map, which shows no forest where they are new, contradict it: they date nothing.
    A forest map without a date dates nothing either.
    """
    year = layer_year(plan, "forest_land")
    stands = open_features(plan, "forest_land") if year else None
    if stands is None or "age_years" not in stands.columns:
        return DatedLand({})
    age = pd.to_numeric(stands["age_years"], errors="coerce")
    planted = year - age
    use = (age > 0) & (planted > section.base_year) & (planted <= section.year)
    if not use.any():
        return DatedLand({})
    where = "[layers.forest_land]"
    said = say(
        "carbon_sink.change.planted_by_mean_age",
        year=str(year),
        first=str(int(planted[use].min())),
        last=str(int(planted[use].max())),
    )
    return DatedLand(_joined(stands, planted, use), (Warn("planted_by_mean_age", said, where),))


def of_species_that_stand(plan: Plan, projects: DatedLand) -> DatedLand:
    """Projects of no species as what the forest map shows on their land.

    The map tells what was planted only if it is no older than the planting; where it shows no
    species, or is older, the land keeps none and that is told.
    """
    bare = {k: v for k, v in projects.planted.items() if not k[1]}
    stands = open_features(plan, "forest_land") if bare else None
    if stands is None or "species" not in stands.columns:
        return projects
    species = growing_species(stands["species"])
    mapped = {
        str(s): shapely.union_all(np.asarray(own.array))
        for s, own in stands[species != ""].groupby(species[species != ""]).geometry
    }
    out = {k: v for k, v in projects.planted.items() if k[1]}
    seen = layer_year(plan, "forest_land") or 0
    taken: list[BaseGeometry] = []
    left: list[BaseGeometry] = []
    for (year, _), land in bare.items():
        rest = land
        for name, own in mapped.items() if year <= seen else ():
            part = polygonal(shapely.intersection(rest, own))
            if part.area > 0:
                key = (year, name)
                out[key] = shapely.union(out[key], part) if key in out else part
                taken.append(part)
            rest = shapely.difference(rest, own)
        if rest.area > 0:
            out[year, ""] = rest
            left.append(rest)
    words = say(
        "carbon_sink.change.species_of_the_map",
        taken_ha=_area_ha(taken, plan),
        left_ha=_area_ha(left, plan),
        seen=str(seen) if seen else "-",
    )
    told = Warn("species_of_the_map", words, _PROJECTS)
    return DatedLand(out, (*projects.warnings, told))


def _area_ha(shapes: Sequence[BaseGeometry], plan: Plan) -> float:
    return to_ha(math.fsum(polygon_area_m2(list(shapes), plan_crs(plan)))) if shapes else 0.0


def dated_land(plan: Plan, section: CarbonSection) -> DatedLand:
    """Land by planting year and species: projects, and stands where there is no project.

    The youngest comes first, what has no year last: of several the last planting stands.
    """
    projects, stands = dated_projects(plan, section), aged_stands(plan, section)
    projects = of_species_that_stand(plan, projects)
    works = shapely.union_all(list(projects.planted.values()))
    out = dict(projects.planted)
    for key, land in stands.planted.items():
        left = shapely.difference(land, works)
        out[key] = shapely.union(out[key], left) if key in out else left
    latest = sorted(out, key=lambda k: (-k[0], k[1]))
    kept = {k: out[k] for k in latest if not shapely.is_empty(out[k])}
    return DatedLand(kept, (*projects.warnings, *stands.warnings))


@dataclass(frozen=True)
class CoverLand:
    """Runs of cells of the county, its townships and its dated projects."""

    inside: Runs
    towns: Mapping[str, Runs]
    planted: Mapping[Planted, Runs]

    @classmethod
    def of(cls, plan: Plan, grid: Grid, planted: Mapping[Planted, BaseGeometry]) -> CoverLand:
        """The land of a plan on a grid."""

        def runs(shape: BaseGeometry) -> Runs:
            return coverage_runs(ragged([shape]), grid)

        return cls(
            runs(county_boundary(plan)),
            {k: runs(s) for k, s in _zones(plan).items()},
            {k: runs(s) for k, s in planted.items()},
        )

    def shares(self, window: Window) -> Iterator[tuple[str, F8]]:
        """Share of each cell in each township and in none; together the county's, once."""
        left = expand_runs(self.inside, window)
        for name, run in self.towns.items():
            share = np.minimum(expand_runs(run, window), left)
            left = left - share
            yield name, share
        left[left < 1e-9] = 0.0
        yield "", left

    def dated(self, window: Window) -> list[tuple[Planted, F8]]:
        """Part of each cell by planting year and species; no cell more than whole."""
        out: list[tuple[Planted, F8]] = []
        for year, run in self.planted.items():
            share = expand_runs(run, window)
            if share.any():
                taken = sum((s for _, s in out), np.zeros(share.shape))
                out.append((year, np.minimum(share, 1.0 - taken)))
        return out
