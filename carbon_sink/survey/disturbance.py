"""A register of disturbances as losses of living biomass, none counted twice.

A loss is area x living biomass that stood x share lost: by the age of the stand where a survey
gives its planting year, else the mean of the class, that of its township where the plan gives
one. The share is the register's, else the plan's own for that kind; without one nothing is
estimated. Land that also changed its class, or was planted anew, has its loss in that change.
Where events overlap the later one takes what the earlier left; an entry written twice counts
once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from carbon_sink.cover.local_classes import class_of_label
from carbon_sink.overlay.overlay import NOT_SURVEYED
from carbon_sink.overlay.pieces import I8, Shapes, polygonal
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.growth import bears_nothing
from carbon_sink.stock.pools import LIVING
from carbon_sink.stock.uncertainty import Estimate, Factor, Term, monte_carlo
from carbon_sink.survey.kinds import disturbance_of
from carbon_sink.survey.stands import density_at
from gis.errors import DataError
from gis.say import Listed, listed, say
from layers.open.parcel_outlines import overlaps

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Losses", "Register", "entries", "losses_of", "read_register"]

_LEAST_M2 = 1.0
_NAMED = 8
_SMALL_PCT = 1.0  # a share up to this may be one of 1 in place of 100


@dataclass(frozen=True)
class Register:
    """Events of the period, with the share of biomass each took where it stands.

    Attributes
    ----------
    events : DataFrame
        ``event, kind, date, year, share, species, number``; share NaN where nobody gave it.
    shape : ndarray of object
    out_of_period
        Entries without a date of the period, left out.
    out_names
        What they are called, in the register's order.
    twice
        Entries that say what another says of the same land, left out.
    small
        Entries whose share is above 0 and at most 1 %, as a share of one would be.
    """

    events: pd.DataFrame
    shape: Shapes
    out_of_period: int
    twice: int = 0
    out_names: tuple[str, ...] = ()
    small: tuple[str, ...] = ()


@dataclass(frozen=True)
class Losses:
    """Losses by event [tC].

    Attributes
    ----------
    rows : DataFrame
        ``event, kind, date, number, species, township, before, area_ha, in_change_ha,
        share_lost_frac, loss_tc, low_tc, high_tc``; one a class, township and set of densities.
    forgone
        Growth after the event, of what the event took: the change of standing trees counts
        it up to the later survey.
    total : Estimate or None
        All that is estimated; negative.
    not_estimated_ha, in_change_ha, elsewhere_ha
        Land without a share or density; whose loss is in the change of class already; that
        the earlier survey does not have.
    """

    rows: pd.DataFrame
    terms: tuple[Term, ...]
    forgone: tuple[Term, ...]
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
            got=listed(w or "—" for w in strange[:5]),
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
    year = year.mask(_no_day(date))
    keep = ((year > years[0]) & (year <= years[1])).to_numpy()
    share = (pct / 100.0).fillna(kind.map(dict(shares)))
    events = pd.DataFrame(
        {
            "event": [f"D{i + 1:05d}" for i in range(len(layer))],
            "kind": kind.to_numpy(),
            "date": date.to_numpy(),
            "year": year.to_numpy(np.float64),
            "share": share.to_numpy(np.float64),
            "species": _column(layer, "species").fillna("").astype(str).to_numpy(),
            "number": _column(layer, "number").fillna("").astype(str).to_numpy(),
        }
    )
    shape = np.asarray(layer.geometry.array, dtype=object)
    same = events[["kind", "date", "share"]].assign(
        land=shapely.to_wkb(shapely.normalize(shape))
    )
    again = same.duplicated().to_numpy() & keep
    own = keep & ~again
    small = own & ((pct > 0) & (pct <= _SMALL_PCT)).to_numpy()
    name = events["number"].where(events["number"] != "", events["event"])
    return Register(
        events[own].reset_index(drop=True),
        shape[own],
        int((~keep).sum()),
        int(again.sum()),
        tuple(name[~keep]),
        tuple(name[small]),
    )


def _no_day(date: pd.Series) -> pd.Series:
    """Dates whose month or day is none, as 2018-13-45: of such a date no year is taken.

    Examples
    --------
    >>> _no_day(pd.Series(["2018", "2018-07", "2018-13-45", "2018/2/31", "2018年7月"])).tolist()
    [False, False, True, True, False]
    """
    parts = date.str.extract(r"^(\d{4})\D(\d{1,2})(?:\D(\d{1,2}))?\D*$")
    month = parts[1].fillna("1").astype(int)
    text = parts[0].fillna("2000") + "-" + month.astype(str) + "-" + parts[2].fillna("1")
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce").isna()


def entries(names: Sequence[str]) -> Listed:
    """Some entries by name, the first few of many.

    Examples
    --------
    >>> str(entries(["D00001", "D00002"]))
    'D00001, D00002'
    """
    return listed(names, _NAMED)


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


def _living(
    choice: Choice, label: str, weight: float, table: Coefficients, stand: tuple[str, float]
) -> list[Term] | None:
    """Terms of what stands on `weight` hectares: by species and age, else by its label."""
    if (known := density_at(class_of_label(label), *stand, table)) is not None:
        slope, years = known
        return [Term(weight * years, (Factor(slope),))]
    own = [choice[label, p] for p in LIVING if (label, p) in choice]
    if not any(d.parts for d in own):
        return [] if bears_nothing(class_of_label(label)) else None
    return [t for d in own for t in d.terms(weight)]


def _by_row(
    rows: pd.DataFrame, stands: pd.DataFrame, choice: Choice, table: Coefficients
) -> tuple[dict[str, list[Term]], list[Term], npt.NDArray[np.bool_]]:
    """Terms of the loss of every row, of growth it ended, and rows that lack something."""
    at = {
        k: i
        for i, k in enumerate(zip(rows["at"], rows["before"], rows["township"], strict=True))
    }
    wanted: dict[str, list[Term]] = {}
    forgone: list[Term] = []
    lacking = np.zeros(len(rows), bool)
    shares = rows["share"].to_numpy(np.float64)
    for s in stands.to_dict("records"):
        label, kind, age = str(s["before"]), str(s["species"]), float(s["age"])
        k = at[s["at"], label, s["township"]]
        lost = -float(s["standing_ha"]) * shares[k]
        if np.isnan(lost):
            lacking[k] = True
        elif lost < 0:
            terms = _living(choice, label, lost, table, (kind, age))
            if terms is None:
                lacking[k] = True
                continue
            wanted.setdefault(str(k), []).extend(terms)
            own = class_of_label(label)
            now = density_at(own, kind, age, table)
            later = density_at(own, kind, float(s["age_to"]), table)
            if s["stayed"] and now is not None and later is not None:
                forgone.append(Term(lost * (later[1] - now[1]), (Factor(now[0]),)))
    return {k: v for k, v in wanted.items() if v and not lacking[int(k)]}, forgone, lacking


def losses_of(
    register: Register,
    pieces: pd.DataFrame,
    shape: Shapes,
    choice: Choice,
    table: Coefficients,
    *,
    ages: pd.DataFrame,
    to_year: int,
    local: Mapping[str, str] | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Losses:
    """Losses of the register on the land of two surveys, or of one.

    Parameters
    ----------
    pieces : DataFrame
        ``start, end`` (classes), ``place`` and ``area_m2``, of an overlay; of one survey both
        classes are the same. A class may bear the mark of densities of its own.
    shape : ndarray of object
        Their outlines.
    ages : DataFrame
        Of `carbon_sink.survey.stands.stand_ages`.
    to_year : int
        Of the later survey.
    local : mapping, optional
        Township -> mark under which `choice` has densities of its own.

    Returns
    -------
    Losses
    """
    owner, face, left = _faces(register)
    i, j = shapely.STRtree(shape).query(face, predicate="intersects")
    shared = shapely.area(shapely.intersection(face[i], shape[j]))
    whole = shapely.area(shape[j])
    start, end, town = (pieces[c].to_numpy()[j] for c in ("start", "end", "place"))
    marks = dict(local or {})
    ha = shared / whole * pieces["area_m2"].to_numpy()[j] / 1e4
    keep = (shared > 1e-6) & (start != NOT_SURVEYED)
    planted = ages["planted"].to_numpy()[j]
    year = register.events["year"].to_numpy()[owner[i]]
    anew = ages["replanted"].to_numpy()[j] & (year <= planted)
    work = pd.DataFrame(
        {
            "at": owner[i],
            "before": [a + marks.get(str(p), "") for a, p in zip(start, town, strict=True)],
            "township": town,
            "area_ha": ha,
            "moved": ((start != end) & (end != NOT_SURVEYED)) | anew,
            "left": left[i],
            "age": np.where(planted <= year, year - planted, np.nan),
            "age_to": np.where(planted <= year, to_year - planted, np.nan),
            "species": ages["species"].to_numpy()[j],
            "stayed": start == end,
        }
    )[keep]
    elsewhere = (shapely.area(face).sum() - shared[keep].sum()) / 1e4
    work["in_change_ha"] = work["area_ha"].where(work["moved"], 0.0)
    # hectares whose biomass was whole before the event, or what earlier ones left of it
    work["standing_ha"] = (work["area_ha"] * work["left"]).where(~work["moved"], 0.0)
    place = ["at", "before", "township"]
    rows = work.groupby(place, as_index=False).agg(
        area_ha=("area_ha", "sum"), in_change_ha=("in_change_ha", "sum")
    )
    for c in ("event", "kind", "date", "species", "number", "share"):
        rows[c] = register.events[c].to_numpy()[rows["at"]]
    stands = work.groupby([*place, "species", "age", "age_to", "stayed"], dropna=False)[
        "standing_ha"
    ].agg(lambda x: x.sum(skipna=False))
    wanted, forgone, lacking = _by_row(rows, stands.reset_index(), choice, table)
    every = [t for terms in wanted.values() for t in terms]
    estimates = monte_carlo(wanted, table, draws=draws, seed=seed, shares=False)
    total = monte_carlo({"all": every}, table, draws=draws, seed=seed)["all"] if every else None
    for column, name in (("loss_tc", "value"), ("low_tc", "low"), ("high_tc", "high")):
        rows[column] = [
            np.nan if lacking[k] else getattr(estimates.get(str(k)), name, 0.0)
            for k in range(len(rows))
        ]
    rows["share_lost_frac"] = rows.pop("share")
    rows["before"] = [class_of_label(str(label)) for label in rows["before"]]
    missing = float((rows["area_ha"] - rows["in_change_ha"])[lacking].sum())
    return Losses(
        rows.drop(columns="at"),
        tuple(every),
        tuple(forgone),
        total,
        missing,
        float(rows["in_change_ha"].sum()),
        max(float(elsewhere), 0.0),
    )
