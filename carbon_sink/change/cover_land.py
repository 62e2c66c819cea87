"""The county, its townships and its dated projects as shares of the cells of a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from carbon_sink.section import CarbonSection
from gis.cells.coverage import Runs, coverage_runs, expand_runs
from gis.cells.grid import Grid, Window
from gis.cells.ragged import ragged
from gis.say import Sentence, say
from gis.types import F8
from layers.open.county import county_boundary
from layers.open.plan_layers import open_features
from layers.plan.model import Plan, layer_year

__all__ = ["AgedStands", "CoverLand", "aged_stands", "dated_land", "dated_projects"]

_OLDEST = 60  # years; older works say nothing of what grows now


def _zones(plan: Plan) -> dict[str, BaseGeometry]:
    towns = open_features(plan, "townships")
    if towns is None:
        return {}
    names = towns["name"].fillna("").astype(str).to_numpy()
    shapes = np.asarray(towns.geometry.array)
    # a township of several features is one; one without a name is no township
    return {str(n): shapely.union_all(shapes[names == n]) for n in dict.fromkeys(names) if n}


def dated_projects(plan: Plan, section: CarbonSection) -> dict[int, BaseGeometry]:
    """Planting year -> land of the projects of that year, done by the later date."""
    works = open_features(plan, "restoration_projects")
    if works is None or "year" not in works.columns:
        return {}
    year = pd.to_numeric(works["year"], errors="coerce")
    own = works[(year > section.year - _OLDEST) & (year <= section.year)]
    found = own.groupby(year[own.index].astype(int)).geometry
    return {int(k): shapely.union_all(np.asarray(v.array)) for k, v in found}


@dataclass(frozen=True)
class AgedStands:
    """Stands whose mean age says when they were planted, between the dates.

    Attributes
    ----------
    planted
        Planting year -> their land.
    survey_year
        Year of the forest map: a stand was planted so many years before it as it is old.
    """

    planted: Mapping[int, BaseGeometry]
    survey_year: int

    def words(self) -> Sentence | None:
        """What is told of them; None without any."""
        if not self.planted:
            return None
        return say(
            "carbon_sink.change.planted_by_mean_age",
            year=str(self.survey_year),
            first=str(min(self.planted)),
            last=str(max(self.planted)),
        )


def aged_stands(plan: Plan, section: CarbonSection) -> AgedStands:
    """Land of stands planted after the base year by the mean age the forest map gives them.

    Stands older than the earlier map, which shows no forest where they are new, contradict
    it: they date nothing. A forest map without a date dates nothing either.
    """
    year = layer_year(plan, "forest_land")
    stands = open_features(plan, "forest_land") if year else None
    if stands is None or "age_years" not in stands.columns:
        return AgedStands({}, year)
    age = pd.to_numeric(stands["age_years"], errors="coerce")
    planted = year - age
    use = (age > 0) & (planted > section.base_year) & (planted <= section.year)
    own = stands[use]
    found = own.groupby(planted[use].astype(int)).geometry
    return AgedStands({int(k): shapely.union_all(np.asarray(v.array)) for k, v in found}, year)


def dated_land(
    projects: Mapping[int, BaseGeometry], stands: AgedStands
) -> dict[int, BaseGeometry]:
    """Planting year -> land: that of projects, and of stands where there is no project."""
    works = shapely.union_all(list(projects.values()))
    out = dict(projects)
    for year, land in stands.planted.items():
        left = shapely.difference(land, works)
        out[year] = shapely.union(out[year], left) if year in out else left
    return {k: v for k, v in out.items() if not shapely.is_empty(v)}


@dataclass(frozen=True)
class CoverLand:
    """Runs of cells of the county, its townships and its dated projects."""

    inside: Runs
    towns: Mapping[str, Runs]
    planted: Mapping[int, Runs]

    @classmethod
    def of(cls, plan: Plan, grid: Grid, planted: Mapping[int, BaseGeometry]) -> CoverLand:
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

    def dated(self, window: Window) -> list[tuple[int, F8]]:
        """Part of each cell planted in a known year; no cell more than whole."""
        out: list[tuple[int, F8]] = []
        for year, run in self.planted.items():
            share = expand_runs(run, window)
            if share.any():
                taken = sum((s for _, s in out), np.zeros(share.shape))
                out.append((year, np.minimum(share, 1.0 - taken)))
        return out
