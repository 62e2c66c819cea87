"""One capacity of any set of sites: unconditional, with approvals, with grid; AC and DC.

The three are said together wherever a capacity is told. Each holds the next: land free of
every condition is part of the land that may be built on with approvals, and the grid takes a
part of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from pydantic import Field

from gis.say import Sentence, say
from gis.types import F8
from layers.spec import Outcome
from siting.connection.kinds import LEAST_SHARED_HA
from siting.sites.judged import provisional_rows

__all__ = [
    "CAPACITY_COLUMNS",
    "Capacity",
    "capacity_of",
    "capacity_words",
    "site_capacity",
    "with_same_land",
]

CAPACITY_COLUMNS = ("unconditional_mw", "with_approvals_mw", "with_grid_mw", "provisional_mw")


class Capacity(Outcome):
    """Capacity of a set of sites. MW is AC, at the grid; MWp is DC, of PV modules."""

    sites: int = Field(description="sites counted, provisional ones among them")
    unconditional_mw: float = Field(
        description="on land free of every condition, parts of sites among it [MW AC]"
    )
    with_approvals_mw: float = Field(
        description="once every approval is given; holds the unconditional [MW AC]"
    )
    with_grid_mw: float | None = Field(
        default=None,
        description="of that with approvals, what the free capacity of stations takes as it is "
        "[MW AC]; null where it is not known",
    )
    unconditional_mwp: float | None = Field(
        default=None, description="the same of PV modules [MWp DC]; null without PV"
    )
    with_approvals_mwp: float | None = Field(default=None, description="[MWp DC]")
    with_grid_mwp: float | None = Field(default=None, description="[MWp DC]")
    provisional_mw: float = Field(
        default=0.0,
        description="of sites whose land waits for layers, in none of the three [MW AC]",
    )
    unknown_sites: int = Field(
        default=0, description="sites whose capacity is not known, in none of the three"
    )
    shared_ha: float | None = Field(
        default=None,
        description="land that PV and wind sites counted here both have: the three add up what "
        "is built there of both [ha], 0 where one kind alone is counted; null where the land "
        "is not known",
    )


def _numbers(table: pd.DataFrame, column: str, default: float) -> F8:
    if column not in table:
        return np.full(len(table), default)
    return pd.to_numeric(table[column], errors="coerce").to_numpy(float, na_value=np.nan)


def site_capacity(sites: pd.DataFrame) -> pd.DataFrame:
    """The three capacities of each site.

    Parameters
    ----------
    sites : DataFrame
        ``capacity_mw`` [MW AC] and, where known, ``unconditional_frac`` (share of its land
        free of conditions; without it 1 where ``conditional_rules`` is empty, else 0),
        ``provisional``, and ``grid_mw`` (what the grid takes of it, of
        `siting.connection.allocate`; NaN where nobody knows).

    Returns
    -------
    DataFrame
        `CAPACITY_COLUMNS` with the index of `sites` [MW AC]. A provisional site is in
        ``provisional_mw`` alone. NaN where a capacity is not known.

    Examples
    --------
    >>> table = pd.DataFrame({"capacity_mw": [100.0], "unconditional_frac": [0.2],
    ...                       "grid_mw": [60.0]})
    >>> site_capacity(table).iloc[0].tolist()
    [20.0, 100.0, 60.0, 0.0]
    """
    mw = _numbers(sites, "capacity_mw", np.nan)
    mw = np.where(mw >= 0.0, mw, np.nan)
    if "unconditional_frac" in sites:
        free = np.clip(np.nan_to_num(_numbers(sites, "unconditional_frac", 0.0)), 0.0, 1.0)
    elif "conditional_rules" in sites:
        free = np.array([float(not _bound(v)) for v in sites["conditional_rules"]])
    else:
        free = np.ones(len(sites))
    late = provisional_rows(sites)
    grid = np.minimum(np.maximum(_numbers(sites, "grid_mw", np.nan), 0.0), mw)
    ready = np.where(late, 0.0, mw)
    return pd.DataFrame(
        {
            "unconditional_mw": ready * free,
            "with_approvals_mw": ready,
            "with_grid_mw": np.where(late, 0.0, grid),
            "provisional_mw": np.where(late, mw, 0.0),
        },
        index=sites.index,
    )


def _bound(value: object) -> bool:
    """Whether a table says that conditions stand on a site: ids, a list, or their number."""
    if isinstance(value, str):
        return bool(value.replace(";", ",").strip(", "))
    if isinstance(value, float) and np.isnan(value):
        return False
    return bool(value)


def capacity_of(sites: pd.DataFrame, *, dc_ac_ratio: float | None) -> Capacity:
    """The three capacities of any set of sites, added up.

    Parameters
    ----------
    sites : DataFrame
        As `site_capacity` takes it, with ``tech`` where wind is among them (all PV without) and
        ``shared_ha`` of `siting.connection.kinds.shared_land_ha` where their land is known.
    dc_ac_ratio : float or None
        MWp DC of a MW AC of PV, the plan's ``[pv] dc_ac_ratio``; no MWp without it.

    Returns
    -------
    Capacity
        With the grid only where it is known of at least one site that may be built, or where
        none may be (0); sites of which it is not known add nothing to it.

    Examples
    --------
    >>> table = pd.DataFrame({"capacity_mw": [100.0, 40.0], "unconditional_frac": [0.5, 1.0],
    ...                       "grid_mw": [80.0, 0.0]})
    >>> found = capacity_of(table, dc_ac_ratio=1.25)
    >>> found.unconditional_mw, found.with_approvals_mw, found.with_grid_mw
    (90.0, 140.0, 80.0)
    >>> found.with_approvals_mwp
    175.0
    >>> late = pd.DataFrame({"capacity_mw": [100.0], "provisional": [True]})
    >>> found = capacity_of(late, dc_ac_ratio=None)
    >>> found.with_approvals_mw, found.with_grid_mw
    (0.0, 0.0)
    """
    own = site_capacity(sites)
    late = provisional_rows(sites)
    known = own["with_approvals_mw"].notna().to_numpy() & own["provisional_mw"].notna()
    judged = own["with_grid_mw"].notna().to_numpy() & ~late
    no_site = not len(sites) and "grid_mw" in sites
    pv = (sites["tech"] == "pv").to_numpy() if "tech" in sites else np.ones(len(sites), bool)
    total = own.sum()
    of_pv = own[pv].sum() * dc_ac_ratio if pv.any() and dc_ac_ratio is not None else None
    # what is at most nothing is nothing, whatever the grid
    nothing = len(sites) > 0 and bool(known.all()) and not total["with_approvals_mw"] > 0
    with_grid = bool(judged.any()) or no_site or nothing

    def dc(name: str) -> float | None:
        if of_pv is None or (name == "with_grid_mw" and not with_grid):
            return None
        return float(of_pv[name])

    return Capacity(
        sites=len(sites),
        unconditional_mw=float(total["unconditional_mw"]),
        with_approvals_mw=float(total["with_approvals_mw"]),
        with_grid_mw=float(total["with_grid_mw"]) if with_grid else None,
        unconditional_mwp=dc("unconditional_mw"),
        with_approvals_mwp=dc("with_approvals_mw"),
        with_grid_mwp=dc("with_grid_mw"),
        provisional_mw=float(total["provisional_mw"]),
        unknown_sites=int((~known).sum()),
        shared_ha=_shared_ha(sites, pv, np.asarray(known) & ~late),
    )


def _shared_ha(
    sites: pd.DataFrame,
    pv: np.ndarray[tuple[int], np.dtype[np.bool_]],
    counted: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> float | None:
    """Land of both kinds [ha], 0 where one of them is not counted, None where nobody knows."""
    if "shared_ha" not in sites:
        return None
    if not (pv & counted).any() or not (~pv & counted).any():
        return 0.0
    return float(np.nansum(_numbers(sites, "shared_ha", 0.0)[pv & counted]))


def capacity_words(found: Capacity, *, no_grid: Sentence | None = None) -> Sentence:
    """The three capacities in one sentence, AC and DC named, and the land both kinds have.

    Parameters
    ----------
    found : Capacity
    no_grid : Sentence, optional
        Said in place of "not known" where nobody knows what the grid takes.

    Examples
    --------
    >>> table = pd.DataFrame({"capacity_mw": [100.0], "unconditional_frac": [0.5],
    ...                       "grid_mw": [80.0]})
    >>> print(capacity_words(capacity_of(table, dc_ac_ratio=1.25))("en"))
    unconditional 50.0 MW, with approvals 100.0 MW, with grid 80.0 MW (AC; modules 62.5 / \
125.0 / 100.0 MWp DC)
    """
    ac: Iterable[Callable[[str], str]] = (
        _mw(found.unconditional_mw),
        _mw(found.with_approvals_mw),
        no_grid if no_grid and found.with_grid_mw is None else _grid(found.with_grid_mw),
    )
    free, bound, grid = ac
    key = "capacity_ac" if found.with_approvals_mwp is None else "capacity_ac_dc"
    dc = (found.unconditional_mwp, found.with_approvals_mwp, found.with_grid_mwp)
    words = say(
        f"siting.connection.{key}",
        free=free,
        bound=bound,
        grid=grid,
        dc=" / ".join("—" if v is None else f"{v:,.1f}" for v in dc),
    )
    return with_same_land(words, found.shared_ha)


def with_same_land(words: Sentence, shared_ha: float | None) -> Sentence:
    """A sentence that adds PV and wind sites up, with the land both of them have.

    Parameters
    ----------
    words : Sentence
    shared_ha : float or None
        ``shared_ha`` of `Capacity`; nothing is added to the sentence where it is null or so
        small that it would be shown as 0.

    Examples
    --------
    >>> words = say("siting.connection.mw", mw=130.0)
    >>> print(with_same_land(words, 50.0)("en"))
    130.0 MW (both kinds added up: PV and wind sites have 50.0 ha in common, so this holds \
only where both are built on the same land)
    """
    if shared_ha is None or not shared_ha >= LEAST_SHARED_HA:
        return words
    return say("siting.connection.same_land", words=words, ha=shared_ha)


def _mw(value: float) -> Sentence:
    return say("siting.connection.mw", mw=value)


def _grid(value: float | None) -> Sentence:
    return say("siting.connection.grid_not_known") if value is None else _mw(value)
