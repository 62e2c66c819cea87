"""The three capacities under moved rules, by the function that counts those of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.say import Sentence, say
from layers.units import MU_PER_HA
from siting.connection.capacity import Capacity, capacity_of, capacity_words
from siting.screen.coded import CONDITIONAL, LEFT, PROVISIONAL

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.serve.sites import SiteCells

__all__ = ["land_capacity", "moved_sites", "sites_capacity"]


def moved_sites(
    sites: gpd.GeoDataFrame,
    cells: SiteCells,
    run: npt.NDArray[np.uint8],
    state: npt.NDArray[np.uint8],
    *,
    conditional: bool,
) -> pd.DataFrame:
    """Sites of a run with the capacity and the free share they have in another state.

    Parameters
    ----------
    sites : GeoDataFrame
        The run's site layer.
    cells : SiteCells
        Cells of these.
    run, state : (h, w) uint8
        State rasters: of the screening of the run, and of the one asked about.
    conditional : bool
        Whether conditional land counts as usable, as the plan says.

    Returns
    -------
    DataFrame
        Columns of `sites` with ``capacity_mw`` [MW AC] in proportion to the usable cells,
        ``unconditional_frac`` of these, ``before_frac`` and ``usable_frac`` (usable cells of
        all, in `run` and in `state`), ``moved`` (whether any cell is another state). A site of
        which no cell moved keeps its figures; one that had no usable cell in `run` and moved
        has NaN for its capacity.
    """
    # a site may stand on provisional land, where too little was not judged
    good = (LEFT, CONDITIONAL, PROVISIONAL) if conditional else (LEFT, PROVISIONAL)
    n = len(sites)
    was, now = run.ravel()[cells.cell], state.ravel()[cells.cell]

    def share(hit: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        return np.bincount(cells.site[hit], minlength=n) / np.maximum(cells.count, 1)

    moved = np.bincount(cells.site[was != now], minlength=n) > 0
    before, usable = share(np.isin(was, good)), share(np.isin(now, good))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(before > 0, usable / before, np.nan)
        free = np.where(usable > 0, share(now == LEFT) / usable, 0.0)
    table = pd.DataFrame(sites.drop(columns=sites.geometry.name))
    own = table["capacity_mw"].to_numpy(float)
    share_now = table["unconditional_frac"].to_numpy(float)
    return table.assign(
        capacity_mw=np.where(moved, own * scale, own),
        unconditional_frac=np.where(moved, free, share_now),
        before_frac=before,
        usable_frac=usable,
        moved=moved,
    )


def sites_capacity(
    table: pd.DataFrame, known: Capacity | None, ratio: float | None
) -> Sentence:
    """The three capacities of `moved_sites`, in one sentence.

    Parameters
    ----------
    table : DataFrame
        Of `moved_sites`.
    known : Capacity or None
        What the run found for these sites; said only while no cell of any site has moved, for
        what the grid takes of a site hangs on all the others.
    ratio : float or None
        MWp DC of a MW AC of PV.
    """
    if known is not None and not table["moved"].any():
        return _told(known)
    return _told(capacity_of(table.drop(columns="grid_mw", errors="ignore"), dc_ac_ratio=ratio))


def _told(found: Capacity) -> Sentence:
    """The three capacities, and the provisional one that is in none of them."""
    words = capacity_words(found, no_grid=say("geoplan.serve.grid_again"))
    if not found.provisional_mw > 0:
        return words
    return say("geoplan.serve.with_provisional", words=words, mw=found.provisional_mw)


def land_capacity(
    areas_ha: Mapping[str, float], mu_per_mw: float, ratio: float | None
) -> Sentence:
    """The three capacities of all land of the county, where no sites were looked for.

    Examples
    --------
    >>> print(land_capacity({"left": 100.0, "conditional": 50.0}, 30.0, None)("en"))
    unconditional 50.0 MW, with approvals 75.0 MW, with grid not computed again, \
run the plan (AC)
    """
    land = [areas_ha.get(s, 0.0) for s in ("left", "conditional", "provisional")]
    table = pd.DataFrame(
        {
            "capacity_mw": [ha * MU_PER_HA / mu_per_mw for ha in land],
            "unconditional_frac": [1.0, 0.0, 0.0],
            "provisional": [False, False, True],
        }
    )
    return _told(capacity_of(table, dc_ac_ratio=ratio))
