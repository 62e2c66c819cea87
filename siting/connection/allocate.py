"""Sites are given to stations: as many MW as the grid takes, by the shortest lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from gis.errors import ConfigError, Fault
from gis.say import Sentence, listed, say
from gis.types import F8
from siting.connection.milp import solve
from siting.connection.problem import Problem, line_costs, pairs_of, spent, standing_kv
from siting.connection.rows import STATES, lengths_of, prices_of, site_rows
from siting.connection.section import ConnectionSection
from siting.sites.judged import provisional_rows
from siting.sites.route import voltage_for

__all__ = ["STATES", "Allocation", "allocate"]

_MW = 1e-6
_PROVEN = 0.1  # distance of lines to their bound up to which nothing is said of it
_BELOW_0 = frozenset({"free_mw"})  # an overload is a figure


@dataclass(frozen=True)
class Allocation:
    """Who connects where.

    Attributes
    ----------
    sites : DataFrame
        By ``site_id``: ``grid_state`` (of `STATES`), ``capacity_mw``, ``grid_mw`` (routed;
        NaN where nobody knows what the grid takes), ``shortfall_mw`` (needs reinforcement),
        ``station`` (the one with most of it), ``voltage_kv`` and ``line_km`` of its line,
        ``collector`` (site of the collector station it joins, empty with its own line),
        ``line_cost_cny`` and ``reinforcement_cny`` (NaN where no price was given).
    stations : DataFrame
        By ``station_id``: ``free_mw``, ``routed_mw``, ``left_mw``, ``lines``, ``sites``,
        ``load_frac`` (routed over free).
    routed : DataFrame
        What goes where, several rows a site when it is split: site_id, station_id, ``mw``,
        and of its line ``collector``, ``voltage_kv``, ``line_km``.
    objective : {"cny", "km"}
        What was made least after the MW were made most.
    objective_value : float
    mw_gap, cost_gap : float
        Distance to the best there can be, as a share; 0 is proven best.
    in_time, exact : bool
        Whether the search ended by itself; whether every pair was in the programme.
    told : tuple of Sentence
    how : ConnectionSection
        The choices it was made with.
    """

    sites: pd.DataFrame
    stations: pd.DataFrame
    routed: pd.DataFrame
    objective: Literal["cny", "km"]
    objective_value: float
    mw_gap: float
    cost_gap: float
    in_time: bool
    exact: bool
    told: tuple[Sentence, ...]
    how: ConnectionSection


def _checked(table: pd.DataFrame, key: str, columns: tuple[str, ...]) -> pd.DataFrame:
    faults = [
        Fault(say("siting.connection.column_lacking"), where=key, expected=c)
        for c in (key, *columns)
        if c not in table
    ]
    if faults:
        raise ConfigError(faults)
    ids = table[key].astype(str)
    twice = sorted(ids[ids.duplicated()].unique())
    if twice:
        raise ConfigError(say("siting.connection.id_twice"), where=key, got=listed(twice[:5]))
    out = table.assign(**{key: ids})
    for c in columns:
        wrong = pd.to_numeric(table[c], errors="coerce").isna() & table[c].notna()
        if wrong.any():
            at = f"{c}, {ids[wrong].iloc[0]}"
            raise ConfigError(
                say("siting.connection.no_number"), where=at, got=str(table[c][wrong].iloc[0])
            )
        out[c] = pd.to_numeric(table[c]).astype(float)
        endless = np.isinf(out[c]) | (out[c].lt(0) if c not in _BELOW_0 else False)
        if endless.any():
            raise ConfigError(
                say("siting.connection.no_amount"),
                where=f"{c}, {ids[endless].iloc[0]}",
                got=f"{out[c][endless].iloc[0]:g}",
                expected=say(
                    f"siting.connection.amount_{'any' if c in _BELOW_0 else 'not_negative'}"
                ),
            )
        broken = (out[c] != np.floor(out[c])) & out[c].notna()
        if c == "bays" and broken.any():
            raise ConfigError(
                say("siting.connection.no_amount"),
                where=f"{c}, {ids[broken].iloc[0]}",
                got=f"{out[c][broken].iloc[0]:g}",
                expected=say("siting.connection.amount_whole"),
            )
    return out


def allocate(
    sites: pd.DataFrame,
    stations: pd.DataFrame,
    km: F8,
    *,
    between_km: F8 | None = None,
    how: ConnectionSection | None = None,
) -> Allocation:
    """Give sites to stations under free capacity, voltage, bays and distance.

    First as many MW as the stations take, then the least cost of lines for as many MW. The
    order of rows changes nothing.

    Parameters
    ----------
    sites : DataFrame
        ``site_id`` and ``capacity_mw`` [MW AC]; a site without capacity, or with
        ``provisional``, is not connected.
    stations : DataFrame
        ``station_id``, ``voltage_kv``, ``free_mw`` (NaN where not known: takes nothing; below 0
        counts as 0 and is told) and, where known, ``bays`` (lines it still takes) and
        ``stands``: one that does not takes nothing, and its voltage sends no site away from
        another (where none stands, all do).
    km : (n, k) float64
        Length of a line from each site to each station; infinite where there is none, NaN
        (told) where it is not known: both are not connected.
    between_km : (n, n) float64, optional
        From each site to a collector station at another; without it no line is shared.
    how : ConnectionSection, optional
        The plan's ``[connection]``.

    Returns
    -------
    Allocation

    Raises
    ------
    ConfigError
        Columns missing, ids twice, text in place of a number, a negative capacity, an endless
        one, shapes that differ.

    Examples
    --------
    >>> sites = pd.DataFrame({"site_id": ["a", "b"], "capacity_mw": [80.0, 60.0]})
    >>> one = pd.DataFrame({"station_id": ["s"], "voltage_kv": [110.0], "free_mw": [100.0]})
    >>> found = allocate(sites, one, np.array([[5.0], [9.0]]))
    >>> found.sites[["site_id", "grid_state", "grid_mw", "shortfall_mw"]].values.tolist()
    [['a', 'connected', 80.0, 0.0], ['b', 'part', 20.0, 40.0]]
    """
    how = how or ConnectionSection()
    sites = _checked(sites.reset_index(drop=True), "site_id", ("capacity_mw",))
    told_of = ("voltage_kv", "free_mw", *(c for c in ("bays",) if c in stations))
    stations = _checked(stations.reset_index(drop=True), "station_id", told_of)
    n, k = len(sites), len(stations)
    km = np.asarray(km, float)
    if n * k == 0 and km.size == 0:  # an empty table has no shape of its own
        km = km.reshape((n, k))
    if km.shape != (n, k) or (between_km is not None and np.shape(between_km) != (n, n)):
        raise ConfigError(
            say("siting.connection.distances_differ"),
            got=f"{km.shape}, {() if between_km is None else np.shape(between_km)}",
            expected=f"({n}, {k}), ({n}, {n})",
        )
    if n and np.any(np.nan_to_num(km) < 0):
        raise ConfigError(say("siting.connection.distance_negative"), got=f"{np.nanmin(km):g}")
    blank = np.isnan(km.reshape(n, k)).sum(axis=1)
    ids = sorted(i for i, lacks in zip(sites["site_id"], blank, strict=True) if lacks)
    unknown = (
        [say("siting.connection.distance_unknown", n=len(ids), ids=listed(ids, 3))]
        if ids
        else []
    )
    by_id = np.argsort(sites["site_id"].to_numpy(str), kind="stable")
    by_station = np.argsort(stations["station_id"].to_numpy(str), kind="stable")
    sites = sites.iloc[by_id].reset_index(drop=True)
    stations = stations.iloc[by_station].reset_index(drop=True)
    km = np.where(np.isnan(km), np.inf, km)[np.ix_(by_id, by_station)]
    between = (
        None if between_km is None else np.asarray(between_km, float)[np.ix_(by_id, by_id)]
    )
    found = _allocated(sites, stations, km, between, how)
    return replace(found, told=(*unknown, *found.told))


def _allocated(
    sites: pd.DataFrame,
    stations: pd.DataFrame,
    km: F8,
    between: F8 | None,
    how: ConnectionSection,
) -> Allocation:
    told: list[Sentence] = []
    late = provisional_rows(sites)
    capacity = sites["capacity_mw"].to_numpy(float)
    usable = (capacity > 0) & ~late
    size = np.where(usable, capacity, 0.0)
    kv = standing_kv(stations)
    given = stations["free_mw"].to_numpy(float)
    free = np.maximum(np.nan_to_num(given), 0.0)
    told += [
        say("siting.connection.free_negative", name=name, mw=mw)
        for name, mw in zip(stations["station_id"], given, strict=True)
        if mw < 0
    ]
    bays = np.full(len(stations), np.inf)
    if "bays" in stations:
        bays = stations["bays"].fillna(np.inf).to_numpy(float)
    fits, reasons, low, high = pairs_of(size, kv, given, km, how)
    rate, money, lacking = line_costs(kv, how)
    if how.line_price and not money:
        told.append(
            say(
                "siting.connection.price_lacking",
                kv=", ".join(f"{v:g}" for v in lacking),
            )
        )
    hub_cost = trunk = None
    own_kv = np.array([voltage_for(c) if c > 0 else np.nan for c in size])
    if between is not None and how.collectors:
        hub_cost, trunk = _shared(size, own_kv, between, km, rate, money, how, told)
    p = Problem(
        capacity=size,
        free=free,
        bays=bays,
        low=low,
        high=high,
        cost=km * rate[None, :],
        fits=fits,
        hub_cost=hub_cost,
        trunk_cost=km * rate[None, :] if trunk is None else trunk,
        partly=how.partly,
        split=how.split,
        least_mw=how.least_mw,
    )
    solved = solve(p, how.time_limit_s)
    if not solved.in_time:
        told.append(say("siting.connection.time_is_up", seconds=how.time_limit_s))
    if not solved.exact and solved.in_time:
        told.append(say("siting.connection.many_pairs"))
    if solved.mw_gap > _PROVEN:
        told.append(say("siting.connection.mw_not_proved", pct=100.0 * solved.mw_gap))
    if solved.cost_gap > _PROVEN:
        told.append(
            say("siting.connection.lines_not_proved", pct=100.0 * (1.0 - solved.cost_gap))
        )
    mw = np.where(solved.mw > _MW, solved.mw, 0.0)
    if not solved.all_ways:
        told.append(say("siting.connection.near_collectors"))
    built = mw > 0
    own_row = np.arange(len(sites))[:, None]
    joins = built & (solved.hub >= 0) & (solved.hub != own_row)
    line_km, line_kv = lengths_of(built, joins, solved.hub, km, between, kv, own_kv)
    price = line_km * prices_of(line_kv, how)
    line = built & ~joins
    routed = mw.sum(axis=0)
    full = line.sum(axis=0) + 1 > bays
    has_mw = (free - routed + _MW)[None, :] >= size[:, None]
    no_bay = (fits & full[None, :] & has_mw).any(axis=1)
    rows = site_rows(
        sites, stations, mw, solved.hub, line_km, line_kv, price, late, reasons, no_bay, how
    )
    station_rows = stations.assign(
        routed_mw=routed,
        left_mw=np.where(np.isfinite(given), free - routed, np.nan),
        lines=line.sum(axis=0),
        sites=built.sum(axis=0),
        load_frac=np.divide(routed, free, out=np.full(len(free), np.nan), where=free > 0),
    )
    told += _kept_by_voltage(size - mw.sum(axis=1), size, low, km, station_rows, sites, how)
    i, j = np.nonzero(mw)
    ids = sites["site_id"].to_numpy(str)
    pairs = pd.DataFrame(
        {
            "site_id": sites["site_id"].to_numpy()[i],
            "station_id": stations["station_id"].to_numpy()[j],
            "mw": mw[i, j],
            "collector": [ids[h] if h >= 0 else "" for h in solved.hub[i, j]],
            "voltage_kv": line_kv[i, j],
            "line_km": line_km[i, j],
        }
    )
    return Allocation(
        rows,
        station_rows,
        pairs,
        "cny" if money else "km",
        spent(p, replace(solved, mw=mw)),
        solved.mw_gap,
        solved.cost_gap,
        solved.in_time,
        solved.exact,
        tuple(told),
        how,
    )


def _kept_by_voltage(
    waits: F8,
    size: F8,
    low: F8,
    km: F8,
    stations: pd.DataFrame,
    sites: pd.DataFrame,
    how: ConnectionSection,
) -> list[Sentence]:
    """Sites that wait though a station of a higher voltage than the table asks for has room."""
    left = np.nan_to_num(stations["left_mw"].to_numpy(float))
    near = np.isfinite(km) if how.max_km is None else km <= how.max_km
    small = np.isfinite(low)[None, :] & (size[:, None] < low[None, :])
    could = near & small & (left[None, :] >= waits[:, None]) & (waits > _MW)[:, None]
    if not could.any():
        return []
    ids = sites["site_id"].astype(str)[could.any(axis=1)].tolist()
    names = stations["station_id"].astype(str)[could.any(axis=0)].tolist()
    return [
        say(
            "siting.connection.voltage_keeps_away",
            n=len(ids),
            ids=listed(ids, 3),
            names=listed(names, 3),
        )
    ]


def _shared(
    size: F8,
    own_kv: F8,
    between: F8,
    km: F8,
    rate: F8,
    money: bool,  # noqa: FBT001 - one of two objectives
    how: ConnectionSection,
    told: list[Sentence],
) -> tuple[F8 | None, F8 | None]:
    """Costs of lines to collectors and of the lines from them; None where none is sought."""
    if money and how.collector_cny is None:
        told.append(say("siting.connection.collector_without_price"))
        return None, None
    usable = size > 0
    reach = np.where(np.isfinite(between) & (between <= how.collector_km), between, np.inf)
    reach[~usable] = np.inf
    reach[:, ~usable] = np.inf
    if money:
        prices = {p.kv: p.cny_km for p in how.line_price}
        at = np.array([prices.get(float(v), np.inf) for v in np.nan_to_num(own_kv)])
        # without a price of its own voltage a site's line to a collector cannot be compared
        with np.errstate(invalid="ignore"):
            reach = np.where(np.isfinite(reach), reach * at[:, None], np.inf)
    limit = np.inf if how.max_km is None else how.max_km
    trunk = np.where(km <= limit, km * rate[None, :], np.inf)
    return reach, trunk + (how.collector_cny or 0.0 if money else 0.0)
