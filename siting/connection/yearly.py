"""What the grid takes of the sites year by year: of all of them, and of one kind alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from gis.say import Sentence
from gis.types import F8
from layers.result import Progress
from siting.connection.allocate import Allocation, allocate
from siting.connection.capacity import capacity_of, site_capacity
from siting.connection.expansion import Potential
from siting.connection.on_sites import Taken, without
from siting.connection.section import ConnectionSection
from siting.connection.stations import free_in, stands_in
from siting.connection.works import works_between, works_by

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["GridYear", "Grids", "grid_years", "potential_of", "potentials_of"]


@dataclass(frozen=True)
class GridYear:
    """A year's grid: what goes where, and the free capacity.

    Attributes
    ----------
    all_land
        Sites with all their land.
    free_land
        The same of land free of every condition, with nothing else connected.
    free_mw
        Of all stations; NaN where none is known.
    alone
        Whether sites of another kind were left out of both.
    works
        Planned stations and works it has and that of the plan's day has not, with their years.
    """

    all_land: Allocation
    free_land: Allocation
    free_mw: float
    alone: bool = False
    works: tuple[str, ...] = ()


Grids: TypeAlias = Mapping[frozenset[str], Mapping[int, GridYear]]
"""Technologies -> year -> the grid of that year."""


def grid_years(
    sites: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    lengths: tuple[F8, F8 | None],
    how: ConnectionSection,
    works: pd.DataFrame,
    years: range,
    kinds: Iterable[frozenset[str]],
    progress: Progress,
) -> tuple[Grids, list[Sentence]]:
    """Technologies -> year -> what the grid takes of their sites, with the grid to themselves.

    Of all sites together each kind has what the best plan for all leaves it, and a target of
    one kind would be called blocked by the grid where that kind alone fits.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site_id``, ``tech``, ``capacity_mw`` and what `siting.connection.capacity` reads.
    stations, works : DataFrame
        See `siting.connection.stations.known_stations`, `siting.connection.works.known_works`.
    lengths : (km, between)
        Of lines from sites to stations, and between sites; see
        `siting.connection.distances.line_lengths`.
    years : range
        The first is that of the plan's day.
    kinds : iterable of frozenset of str
        Sets of technologies that are asked for.

    Returns
    -------
    years : mapping
    told : list of Sentence
        About stations of the first year.
    """
    told: list[Sentence] = []
    plain = pd.DataFrame(sites.drop(columns=sites.geometry.name))
    sized = plain["capacity_mw"].astype(float) > 0
    there = frozenset(plain.loc[sized, "tech"].astype(str))
    # only MW are asked of it: a way without proof of its lines will do
    quick = how.model_copy(update={"time_limit_s": how.time_limit_s / 4})
    wanted = list(dict.fromkeys(kinds))
    solved: dict[tuple[bytes, bytes, frozenset[str]], tuple[Allocation, Allocation]] = {}
    out: dict[frozenset[str], dict[int, GridYear]] = {k: {} for k in wanted}
    for i, year in enumerate(years):
        progress("connection", i, len(years))
        free, more = free_in(stations, how, year, works_by(works, year))
        if i == 0:
            told += more
        stands = stands_in(stations, how, year)
        table = pd.DataFrame(stations.drop(columns="geometry"))
        table = table.assign(free_mw=free, stands=stands)
        since = works_between(stations, how, works, years[0], year)
        known = free[np.isfinite(free)]
        free_mw = float(known.sum()) if len(known) else float("nan")
        for techs in wanted:
            own = there & techs or there  # a kind nobody has sites of needs no plan of its own
            key = (free.tobytes(), stands.tobytes(), own)
            if key not in solved:
                rest = plain["tech"].astype(str).isin(own)
                asked = plain.assign(capacity_mw=plain["capacity_mw"].astype(float).where(rest))
                km, between = lengths
                solved[key] = (
                    allocate(
                        asked, table, km, between_km=between, how=how if own == there else quick
                    ),
                    allocate(_on_free_land(asked), table, km, between_km=between, how=quick),
                )
            out[techs][year] = GridYear(*solved[key], free_mw, own != there, since)
    progress("connection", len(years), len(years))
    return out, told


def _on_free_land(sites: pd.DataFrame) -> pd.DataFrame:
    """Sites with the MW that need no approval: what they do when nobody else is connected."""
    mw = site_capacity(sites)["unconditional_mw"]
    return sites.assign(capacity_mw=mw.where(mw > 0))


def potentials_of(
    sites: gpd.GeoDataFrame,
    taken: Taken,
    grids: Grids,
    solve: Callable[[gpd.GeoDataFrame], Grids],
    ratio: float,
) -> Mapping[frozenset[str], Mapping[int, Potential]]:
    """What sites of each set of technologies may add, beside the plants that are counted.

    Parameters
    ----------
    sites : GeoDataFrame
        See `grid_years`.
    taken : Taken
        What plants take of them.
    grids : mapping
        Of the sites as they are.
    solve : callable
        The same of other sites: what is taken leaves the grid to the rest.
    ratio : float
        MWp DC of a MW AC of PV.
    """

    def all_of(
        left: gpd.GeoDataFrame, own: Grids
    ) -> dict[frozenset[str], dict[int, Potential]]:
        return {
            techs: {y: potential_of(left, one, techs, ratio) for y, one in years.items()}
            for techs, years in own.items()
        }

    if not taken.most_mw.any():
        return all_of(sites, grids)
    rest = without(sites, taken.least_mw, free_last=True)
    high = all_of(rest, solve(rest) if taken.least_mw.any() else grids)
    rest = without(sites, taken.most_mw, free_last=False)
    low = all_of(rest, solve(rest))
    tech = sites["tech"].astype(str)
    late = ~(site_capacity(sites)["with_approvals_mw"].to_numpy(float) > 0)
    out = {}
    for techs, years in high.items():
        own = tech.isin(techs).to_numpy() & ~late
        if not taken.most_mw[own].any():
            out[techs] = years
            continue
        # with a boundary the MW are known, and only which of them are free of conditions is not
        unsure = bool((taken.most_mw > taken.least_mw)[own].any())
        ha, mw = float(taken.ha[own].sum()), float(taken.least_mw[own].sum())
        out[techs] = {
            y: replace(one, taken_ha=ha, taken_mw=mw, least=low[techs][y] if unsure else None)
            for y, one in years.items()
        }
    return out


def potential_of(
    sites: pd.DataFrame, year: GridYear, techs: frozenset[str], ratio: float
) -> Potential:
    """What sites of `techs` may add in a year.

    Parameters
    ----------
    sites : DataFrame
    year : GridYear
        Of the same technologies.
    ratio : float
        MWp DC of a MW AC of PV.
    """
    grid, alone = (
        a.sites.set_index("site_id")["grid_mw"] for a in (year.all_land, year.free_land)
    )
    own = sites[sites["tech"].isin(techs)]
    ids = own["site_id"].astype(str)
    # of a site that plants take whole nothing is left for the grid: that is known
    gone = own["capacity_mw"].astype(float) == 0.0
    own = own.assign(grid_mw=ids.map(grid).mask(gone, 0.0))
    parts = site_capacity(own)
    both = parts[["unconditional_mw", "with_grid_mw"]].min(axis=1, skipna=False)
    known = both.notna().any()
    return Potential(
        capacity_of(own, dc_ac_ratio=ratio),
        # the plan with most MW leaves free land out where land with conditions is nearer
        max(float(both.sum()), float(ids.map(alone).sum())) if known else float("nan"),
        year.free_mw,
        alone=year.alone,
        works=year.works,
    )
