"""Facilities that stand and candidates of a case, from the plan's layers as points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import ConfigError, DataError
from gis.say import Sentence, in_lang, listed, say
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.open.county import plan_crs
from layers.open.plan_layers import open_features, townships
from layers.plan.model import Plan
from layers.spec import Text
from siting.facilities.asking import (
    features_of,
    has_none,
    inner_points,
    names_of,
    numbers_of,
    only_where,
    within_county,
)
from siting.facilities.section import Candidates, Existing, FacilityCase, site_rules

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Places", "places_of", "township_of"]

_LEAST_OVERLAP_M2 = 1.0  # below it two areas only touch
_SAME_M = 1.0  # facilities of one layer nearer than this are one
_NAMED = 8  # names told where one is not among them


@dataclass(frozen=True)
class Places:
    """Existing facilities and candidates as points, the existing first.

    Attributes
    ----------
    stands : (m,) bool
    capacity : (m,) float64
        NaN where nobody says.
    excluded : (m,) object
        Why a candidate is forbidden; None where it is not.
    chosen : (m,) bool
        Named as preselected.
    beyond : (m,) bool
        Outside the county.
    """

    name: list[str]
    layer: list[str]
    xy: F8
    stands: npt.NDArray[np.bool_]
    capacity: F8
    excluded: list[Sentence | None]
    chosen: npt.NDArray[np.bool_]
    beyond: npt.NDArray[np.bool_]
    told: tuple[Sentence, ...]


def _overlap(one: Any, two: Any) -> npt.NDArray[np.bool_]:  # noqa: ANN401 - arrays
    """Whether shapes share more than an edge."""
    out = np.asarray(~shapely.touches(one, two), bool)
    areas = (shapely.get_dimensions(one) == 2) & (shapely.get_dimensions(two) == 2)
    both = shapely.area(shapely.intersection(one[areas], two[areas]))
    out[areas] &= both > _LEAST_OVERLAP_M2
    return out


def _excluded(
    plan: Plan, case: FacilityCase, table: gpd.GeoDataFrame
) -> tuple[list[Sentence | None], list[Sentence]]:
    """Why rules exclude candidates, and which rules nobody could judge."""
    why: list[Sentence | None] = [None] * len(table)
    told: list[Sentence] = []
    shapes = np.asarray(table.geometry.array, dtype=object)
    book = case.candidates.rules if case.candidates else ""
    for rule in site_rules()[book]["rules"] if book else ():
        if has_none(plan, rule["layer"]):
            continue
        land = open_features(plan, rule["layer"])
        source = Text(**rule["source"])
        if land is None:
            title = layer_of(rule["layer"]).title
            told.append(
                say(
                    "siting.facilities.rule_not_judged",
                    name=case.name,
                    layer=title,
                    source=source,
                )
            )
            continue
        if "where" in rule:
            land = _where_or_none(land, case, rule)
        lots = np.asarray(land.geometry.array, dtype=object)
        hit, lot = shapely.STRtree(lots).query(shapes, predicate="intersects")
        hit = hit[_overlap(shapes[hit], lots[lot])]
        for i in np.unique(hit):
            why[i] = why[i] or say("siting.facilities.reason_forbidden", why=source)
    for away in case.candidates.away if case.candidates else ():
        if has_none(plan, away.layer):
            continue
        near, more = features_of(plan, case, away.layer)
        told += more
        others = np.asarray(near.geometry.array, dtype=object)
        hit, other = shapely.STRtree(others).query(
            shapes, predicate="dwithin", distance=away.metres
        )
        # at the distance itself it is kept
        hit = hit[shapely.distance(shapes[hit], others[other]) < away.metres - 1e-6]
        for i in np.unique(hit):
            why[i] = why[i] or say(
                "siting.facilities.reason_near",
                layer=layer_of(away.layer).title,
                metres=away.metres,
                source=away.source,
            )
    return why, told


def _where_or_none(land: gpd.GeoDataFrame, case: FacilityCase, rule: Any) -> gpd.GeoDataFrame:  # noqa: ANN401
    """Land a rule is about; none of it is no fault."""
    try:
        return only_where(land, case, rule["layer"], rule["where"])[0]
    except DataError:
        if all(f in land for f in rule["where"]):
            return land[:0]
        raise


def _candidates(
    plan: Plan, case: FacilityCase, c: Candidates
) -> Iterator[tuple[str, gpd.GeoDataFrame, list[Sentence]]]:
    """Candidates by layer; those of one's own stand last, of no layer."""
    import geopandas as gpd  # heavy

    for layer_id in dict.fromkeys(c.layers):
        yield layer_id, *features_of(plan, case, layer_id)
    if c.places:
        at = gpd.points_from_xy([p.lon for p in c.places], [p.lat for p in c.places], crs=4490)
        own = gpd.GeoDataFrame({"name": [p.name for p in c.places]}, geometry=at)
        own = own.to_crs(plan_crs(plan))
        away = ~within_county(plan, inner_points(own))
        if away.any():
            raise ConfigError(
                say("siting.facilities.place_outside"),
                where=f"[[facilities]] {case.id}",
                got=listed(own["name"][away]),
                todo=say("siting.facilities.place_outside_todo"),
            )
        yield "", own, []


def _standing(
    plan: Plan, case: FacilityCase, e: Existing
) -> tuple[gpd.GeoDataFrame, list[Sentence]]:
    """Existing facilities without those the case takes out, and that it does."""
    counts = (e.capacity,) if e.capacity else ()
    table, told = features_of(plan, case, e.layer, e.where, counts)
    if not e.closed:
        return table, told
    closed = tuple(dict.fromkeys(e.closed))
    names = names_of(table, e.layer)
    if strange := [n for n in closed if n not in names]:
        raise ConfigError(
            say("siting.facilities.no_such_existing"),
            where=f"[[facilities]] {case.id}",
            got=listed(strange),
            expected=_some_of(names),
        )
    stays = np.array([n not in closed for n in names])
    n = int((~stays).sum())
    out = say("siting.facilities.taken_out", name=case.name, n=n, names=listed(closed))
    return table[stays].reset_index(drop=True), [*told, out]


def places_of(plan: Plan, case: FacilityCase) -> Places:
    """Existing facilities and candidates of a case.

    Raises
    ------
    DataError
        When there is no place, or the capacity field is lacking.
    ConfigError
        When `forbidden` or `preselected` names no candidate, or `closed` nothing that stands.
    """
    names: list[str] = []
    layers: list[str] = []
    xy: list[F8] = []
    capacity: list[F8] = []
    why: list[Sentence | None] = []
    told: list[Sentence] = []
    stands = 0
    e = case.existing
    if e is not None and not has_none(plan, e.layer):
        table, more = _standing(plan, case, e)
        told += more
        stands = len(table)
        own = numbers_of(table, e.layer, e.capacity) if e.capacity else np.full(stands, np.nan)
        if e.capacity and (n := int((~(own >= 0)).sum())):
            told.append(say("siting.facilities.capacity_unknown", name=case.name, n=n))
            own = np.where(own >= 0, own, 0.0)
        names += names_of(table, e.layer)
        layers += [e.layer] * stands
        xy.append(inner_points(table))
        away = ~within_county(plan, xy[0])
        if away.any():
            n = int(away.sum())
            key = "stands_outside_uncounted" if case.count == "capacity" else "stands_outside"
            told.append(say(f"siting.facilities.{key}", name=case.name, n=n))
            if case.count == "capacity":  # what the county has is counted
                own = np.where(away, np.nan, own)
        capacity.append(own)
        why += [None] * stands
    c = case.candidates
    for layer_id, table, more in _candidates(plan, case, c) if c else ():
        own_why, judged = _excluded(plan, case, table)
        names += names_of(table, layer_id)
        layers += [layer_id] * len(table)
        xy.append(inner_points(table))
        for i in np.flatnonzero(~within_county(plan, xy[-1])):
            own_why[i] = own_why[i] or say("siting.facilities.reason_outside")
        if stands and e is not None and e.layer == layer_id:
            for i in _at(xy[-1], xy[0]):
                own_why[i] = own_why[i] or say("siting.facilities.reason_stands")
        new = np.nan if c is None or c.capacity is None else c.capacity
        capacity.append(np.full(len(table), new))
        why += own_why
        told += [t for t in (*more, *judged) if t not in told]
    if not names:
        raise DataError(say("siting.facilities.no_places"), where=case.id)
    chosen = np.zeros(len(names), dtype=bool)
    if c is not None:
        _refuse_taken(case, c, names)
        told += _by_name(case, c, names, stands, why, chosen)
    return Places(
        names,
        layers,
        np.vstack(xy),
        np.arange(len(names)) < stands,
        np.concatenate(capacity),
        why,
        chosen,
        ~within_county(plan, np.vstack(xy)),
        tuple(told),
    )


def _at(xy: F8, there: F8) -> npt.NDArray[np.intp]:
    """Places where something stands already."""
    points: Any = shapely.points(there)
    hit = shapely.STRtree(points).query(
        shapely.points(xy), predicate="dwithin", distance=_SAME_M
    )[0]
    return np.unique(hit)


def _refuse_taken(case: FacilityCase, c: Candidates, names: list[str]) -> None:
    """A place of one's own has a name of its own: places are chosen by name."""
    own = [p.name for p in c.places]
    taken = [n for n in dict.fromkeys(own) if names.count(n) > 1]
    if taken:
        raise ConfigError(
            say("siting.facilities.name_taken"),
            where=f"[[facilities]] {case.id}",
            got=listed(taken),
            todo=say("siting.facilities.name_taken_todo"),
        )


def _by_name(
    case: FacilityCase,
    c: Candidates,
    names: list[str],
    stands: int,
    why: list[Sentence | None],
    chosen: npt.NDArray[np.bool_],
) -> Iterator[Sentence]:
    """Candidates that are forbidden or preselected by name: all of the name."""
    at: dict[str, list[int]] = {}
    for i, name in enumerate(names[stands:]):
        at.setdefault(name, []).append(stands + i)
    if both := [n for n in dict.fromkeys(c.preselected) if n in c.forbidden]:
        raise ConfigError(
            say("siting.facilities.open_and_forbidden"),
            where=f"[[facilities]] {case.id} [candidates.preselected]",
            got=listed(both),
            todo=say("siting.facilities.open_and_forbidden_todo"),
        )
    for key, given in (("forbidden", c.forbidden), ("preselected", c.preselected)):
        for name in dict.fromkeys(given):
            if name not in at:
                raise ConfigError(
                    say("siting.facilities.no_such_name"),
                    where=f"[[facilities]] {case.id} [candidates.{key}]",
                    got=name,
                    expected=_some_of(list(at)),
                )
            if len(at[name]) > 1:
                n = len(at[name])
                yield say(f"siting.facilities.{key}_all", name=case.name, place=name, n=n)
            for i in at[name]:
                if key == "forbidden":
                    why[i] = say("siting.facilities.reason_named")
                else:
                    chosen[i] = True
                    if (no := why[i]) is not None:
                        yield say(
                            "siting.facilities.preselected_excluded",
                            name=case.name,
                            place=name,
                            why=no,
                        )


def _some_of(names: list[str]) -> str:
    """Names there are; the first of many."""
    own = list(dict.fromkeys(names))
    return ", ".join(own[:_NAMED]) + (" …" if len(own) > _NAMED else "")


def township_of(plan: Plan, xy: F8) -> list[str]:
    """Name of the township each point lies in, and that it lies in none; empty without any."""
    table = townships(plan)
    if table is None or "name" not in table:
        return [""] * len(xy)
    out = [say("siting.facilities.no_township")("zh")] * len(xy)
    shapes: Any = np.asarray(table.geometry.array, dtype=object)
    point, shape = shapely.STRtree(shapes).query(shapely.points(xy), predicate="intersects")
    for i, j in zip(point[::-1].tolist(), shape[::-1].tolist(), strict=True):
        out[i] = str(in_lang(table["name"].iloc[j], "zh"))
    return out
