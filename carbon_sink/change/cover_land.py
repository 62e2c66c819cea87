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
from gis.types import F8
from layers.open.county import county_boundary
from layers.open.plan_layers import open_features
from layers.plan.model import Plan

__all__ = ["CoverLand", "dated_projects"]

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
