"""A register of disturbances as losses of living biomass, none counted twice.

A loss is area x living biomass of the class the land had x share lost. The share is the
register's, else the plan's own for that kind; without one nothing is estimated. Land that also
changed its class has its loss in that change. Where events overlap the later one takes what
the earlier left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from carbon_sink.overlay.overlay import NOT_SURVEYED, Overlay
from carbon_sink.overlay.pieces import I8, Shapes, polygonal
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.growth import bears_nothing
from carbon_sink.stock.pools import LIVING
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo
from carbon_sink.survey.kinds import disturbance_of
from gis.errors import DataError
from gis.say import say
from layers.open.parcel_outlines import overlaps

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Losses", "Register", "losses_of", "read_register"]

_LEAST_M2 = 1.0


@dataclass(frozen=True)
class Register:
    """Events of the period, with the share of biomass each took where it stands.

    Attributes
    ----------
    events : DataFrame
        ``event, kind, date, share, species, number``; share NaN where nobody gave it.
    shape : ndarray of object
    out_of_period
        Entries without a date of the period, left out.
    """

    events: pd.DataFrame
    shape: Shapes
    out_of_period: int


@dataclass(frozen=True)
class Losses:
    """Losses by event [tC].

    Attributes
    ----------
    rows : DataFrame
        ``event, kind, date, number, species, township, before, area_ha, in_change_ha,
        share_lost_frac, loss_tc, low_tc, high_tc``; one a class and township.
    total : Estimate or None
        All that is estimated; negative.
    not_estimated_ha, in_change_ha, elsewhere_ha
        Land without a share or density; whose loss is in the change of class already; that
        the earlier survey does not have.
    """

    rows: pd.DataFrame
    terms: tuple[Term, ...]
    total: Estimate | None
    not_estimated_ha: float
    in_change_ha: float
    elsewhere_ha: float


def read_register(
    layer: gpd.GeoDataFrame,
    *,
    years: tuple[int, int],
    shares: Mapping[str, float],
    where: str,
) -> Register:
    """Events after the earlier survey's year, up to and with the later one's.

    Raises
    ------
    DataError
        A kind nobody knows, a share outside 0 to 100 %.
    """
    words = layer["kind"].fillna("").astype(str)
    kind = words.map({w: disturbance_of(w) for w in words.unique()})
    strange = sorted({w for w, k in zip(words, kind, strict=True) if not k})
    if strange:
        raise DataError(
            say("carbon_sink.survey.unknown_disturbance"),
            where=f"{where}.kind",
            got=", ".join(w or "—" for w in strange[:5]),
            expected=say("carbon_sink.survey.disturbance_kinds"),
        )
    pct = pd.to_numeric(_column(layer, "share_lost_pct"), errors="coerce")
    if ((pct < 0) | (pct > 100)).any():
        raise DataError(
            say("carbon_sink.survey.share_out_of_range"),
            where=f"{where}.share_lost_pct",
            got=f"{float(pct[(pct < 0) | (pct > 100)].iloc[0]):g}",
            expected="0-100",
        )
    date = _column(layer, "date").fillna("").astype(str).str.strip()
    year = pd.to_numeric(date.str.extract(r"^((?:19|20)\d{2})")[0], errors="coerce")
    keep = ((year > years[0]) & (year <= years[1])).to_numpy()
    share = (pct / 100.0).fillna(kind.map(dict(shares)))
    events = pd.DataFrame(
        {
            "event": [f"D{i + 1:05d}" for i in range(len(layer))],
            "kind": kind.to_numpy(),
            "date": date.to_numpy(),
            "share": share.to_numpy(np.float64),
            "species": _column(layer, "species").fillna("").astype(str).to_numpy(),
            "number": _column(layer, "number").fillna("").astype(str).to_numpy(),
        }
    )
    shape = np.asarray(layer.geometry.array, dtype=object)
    return Register(events[keep].reset_index(drop=True), shape[keep], int((~keep).sum()))


def _column(layer: gpd.GeoDataFrame, name: str) -> pd.Series:
    if name in layer.columns:
        return pd.Series(layer[name])
    return pd.Series([None] * len(layer), index=layer.index, dtype=object)


def _faces(register: Register) -> tuple[I8, Shapes, Any]:
    """Land of each event with what earlier events left of its biomass: event, shape, left.

    Events of the same day count in the order of their land, so the register's order is
    nothing.
    """
    shape, events = register.shape, register.events
    share = events["share"].to_numpy()
    box = shapely.bounds(shape)
    order = np.lexsort((box[:, 1], box[:, 0], events["kind"], events["date"]))
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    near: dict[int, list[int]] = {}
    for i, j, _ in overlaps(shape, least_m2=_LEAST_M2):
        first, later = (i, j) if rank[i] < rank[j] else (j, i)
        near.setdefault(later, []).append(first)
    owner, parts, left = [], [], []
    for k in range(len(shape)):
        held: list[tuple[Any, float]] = [(shape[k], 1.0)]
        for first in sorted(near.get(k, []), key=lambda e: rank[e]):
            after: list[tuple[Any, float]] = []
            for part, has in held:
                cut = polygonal(
                    np.array(
                        [
                            shapely.intersection(part, shape[first]),
                            shapely.difference(part, shape[first]),
                        ],
                        dtype=object,
                    )
                )
                after += [(cut[0], has * (1.0 - share[first])), (cut[1], has)]
            held = [(p, h) for p, h in after if not p.is_empty]
        owner += [k] * len(held)
        parts += [p for p, _ in held]
        left += [h for _, h in held]
    return np.array(owner, np.int64), np.array(parts, dtype=object), np.array(left)


def _living(choice: Choice, label: str, weight: float) -> list[Term] | None:
    own = [choice[label, p] for p in LIVING if (label, p) in choice]
    if not any(d.parts for d in own):
        return [] if bears_nothing(label) else None
    return [t for d in own for t in d.terms(weight)]


def losses_of(
    register: Register,
    found: Overlay,
    choice: Choice,
    table: Coefficients,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> Losses:
    """Losses of the register on the land of two surveys.

    Returns
    -------
    Losses
    """
    owner, face, left = _faces(register)
    pieces = found.pieces
    i, j = shapely.STRtree(found.shape).query(face, predicate="intersects")
    shared = shapely.area(shapely.intersection(face[i], found.shape[j]))
    whole = shapely.area(found.shape[j])
    start, end = (pieces[c].to_numpy()[j] for c in ("start", "end"))
    ha = shared / whole * pieces["area_m2"].to_numpy()[j] / 1e4
    keep = (shared > 1e-6) & (start != NOT_SURVEYED)
    work = pd.DataFrame(
        {
            "at": owner[i],
            "before": start,
            "township": pieces["place"].to_numpy()[j],
            "area_ha": ha,
            "moved": (start != end) & (end != NOT_SURVEYED),
            "left": left[i],
        }
    )[keep]
    elsewhere = (shapely.area(face).sum() - shared[keep].sum()) / 1e4
    work["in_change_ha"] = work["area_ha"].where(work["moved"], 0.0)
    # hectares whose biomass was whole before the event, or what earlier ones left of it
    work["standing_ha"] = (work["area_ha"] * work["left"]).where(~work["moved"], 0.0)
    rows = work.groupby(["at", "before", "township"], as_index=False).agg(
        area_ha=("area_ha", "sum"),
        in_change_ha=("in_change_ha", "sum"),
        standing_ha=("standing_ha", lambda x: x.sum(skipna=False)),
    )
    for c in ("event", "kind", "date", "species", "number", "share"):
        rows[c] = register.events[c].to_numpy()[rows["at"]]
    wanted: dict[str, list[Term]] = {}
    lacking = np.zeros(len(rows), bool)
    for k, (label, standing, share) in enumerate(
        zip(rows["before"], rows["standing_ha"], rows["share"], strict=True)
    ):
        terms = _living(choice, label, -standing * share) if standing * share > 0 else []
        lacking[k] = terms is None or bool(np.isnan(standing * share))
        if terms and not lacking[k]:
            wanted[str(k)] = terms
    every = [t for terms in wanted.values() for t in terms]
    estimates = monte_carlo(wanted, table, draws=draws, seed=seed, shares=False)
    total = monte_carlo({"all": every}, table, draws=draws, seed=seed)["all"] if every else None
    for column, name in (("loss_tc", "value"), ("low_tc", "low"), ("high_tc", "high")):
        rows[column] = [
            np.nan if lacking[k] else getattr(estimates.get(str(k)), name, 0.0)
            for k in range(len(rows))
        ]
    rows["share_lost_frac"] = rows.pop("share")
    missing = float((rows["area_ha"] - rows["in_change_ha"])[lacking].sum())
    return Losses(
        rows.drop(columns=["at", "standing_ha"]),
        tuple(every),
        total,
        missing,
        float(rows["in_change_ha"].sum()),
        max(float(elsewhere), 0.0),
    )
