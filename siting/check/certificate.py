"""Final site boundaries that overlap no hard rule, and the proof rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import shapely

from gis.cells.area import polygon_area_m2
from gis.errors import ModelError
from gis.say import say
from gis.toml import read_toml
from layers.plan.model import Plan
from siting.check.near import Nearby, Place, gather, place_of
from siting.check.overlap import NOTHING_M2
from siting.check.shapes import ground_of
from siting.rules import Rule
from siting.rules.in_force import law_cells
from siting.screen.screening import Effect, rules_of

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

__all__ = ["Certificate", "RuleCut", "certify", "cut_land", "proof_table"]

_TRIES = 4


@dataclass(frozen=True)
class Certificate:
    """Sites cut free of hard rules.

    Attributes
    ----------
    sites : GeoDataFrame
        As they came, with the new geometry, ``area_m2`` (ellipsoidal),
        ``area_before_m2``, ``certified`` (every hard rule was judged and overlaps by 0.00
        m2) and ``not_judged`` (hard rules whose layers were not there or not complete).
    rules : DataFrame
        One row a site and hard rule: site_id, rule_id, title_zh, title_en, citation, the law
        of the day (`siting.rules.in_force`), judged, before_m2 (overlap of the site as it
        came), overlap_m2 (of the new boundary), unknown_m2.
    """

    sites: gpd.GeoDataFrame
    rules: pd.DataFrame


@dataclass(frozen=True, slots=True)
class RuleCut:
    """What one hard rule says of a site that was cut free of it.

    There is one for every site and rule, so it holds the rule and no copy of its words.

    Attributes
    ----------
    judged
        Whether every layer the rule reads was there.
    before_m2, overlap_m2
        Land of the site as it came, and of its new boundary, that the rule hits [m2].
    unknown_m2
        Land of the new boundary the rule cannot judge [m2].
    """

    rule: Rule
    judged: bool
    before_m2: float
    overlap_m2: float
    unknown_m2: float

    @property
    def rule_id(self) -> str:
        """Id of the rule."""
        return self.rule.id


def proof_table(names: Iterable[str], cuts: Iterable[Sequence[RuleCut]]) -> pd.DataFrame:
    """The proof of many sites: one row a site and hard rule.

    Parameters
    ----------
    names : iterable of str
        Ids of the sites.
    cuts : iterable of sequence of RuleCut
        Of each site.

    Returns
    -------
    DataFrame
        See `Certificate.rules`; without columns where there is no row.
    """
    import pandas as pd

    rows = [(name, one) for name, own in zip(names, cuts, strict=True) for one in own]
    if not rows:
        return pd.DataFrame()
    laws: dict[str, dict[str, str | bool]] = {}
    for _, one in rows:
        if one.rule_id not in laws:
            laws[one.rule_id] = law_cells(one.rule.in_force)
    rules = [one.rule for _, one in rows]
    table: dict[str, list[object]] = {
        "site_id": [name for name, _ in rows],
        "rule_id": [r.id for r in rules],
        "title_zh": [r.title.zh for r in rules],
        "title_en": [r.title.en for r in rules],
        "citation": [r.citation for r in rules],
        "judged": [one.judged for _, one in rows],
        "before_m2": [one.before_m2 for _, one in rows],
        "overlap_m2": [one.overlap_m2 for _, one in rows],
        "unknown_m2": [one.unknown_m2 for _, one in rows],
        "source_step": [r.in_force.source_step for r in rules],
        "needs_review": [r.in_force.needs_review for r in rules],
    }
    table |= {c: [laws[r.id][c] for r in rules] for c in next(iter(laws.values()))}
    return pd.DataFrame(table)


@cache
def _drawing() -> dict[str, float]:
    return {
        k: float(v["value"])
        for k, v in read_toml("siting.check", "certificate.toml")["drawing"].items()
    }


def _polygonal(geometry: Any) -> Any:  # noqa: ANN401
    parts = shapely.get_parts(shapely.get_parts(geometry))
    kept = parts[shapely.get_type_id(parts) == 3] if len(parts) else parts
    kept = kept[shapely.area(kept) >= _drawing()["least_part_m2"]] if len(kept) else kept
    if not len(kept):
        return shapely.Polygon()
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


def _drawn(land: Any, margin_m: float) -> Any:  # noqa: ANN401
    """The land drawn inwards by the margin, on the grid boundary points are written in."""
    inner = shapely.buffer(land, -margin_m, join_style="mitre")
    return _polygonal(shapely.set_precision(inner, _drawing()["grid_m"]))


def _areas(geometries: Sequence[Any], crs: Any) -> list[float]:  # noqa: ANN401
    return [float(a) for a in polygon_area_m2(list(geometries), crs)] if geometries else []


def cut_land(
    land: BaseGeometry, rules: Sequence[Rule], effects: Sequence[Effect], place: Place
) -> tuple[BaseGeometry, list[RuleCut]]:
    """Cut a piece of land free of every rule that takes land.

    Parameters
    ----------
    land : polygon or multipolygon
        In the place's CRS.
    rules, effects : sequences of equal length
        Only rules whose effect is ``"taken"`` cut.
    place : Place

    Returns
    -------
    land : polygon or multipolygon
        What remains, drawn 2 mm inwards on a 1 mm grid, so that boundary points written
        with three decimals stay on the legal side; empty when nothing remains.
    rows : list of RuleCut
        One a hard rule.

    Raises
    ------
    ModelError
        When an overlap remains after cutting (a fault of the geometry).

    Notes
    -----
    Land that a rule cannot judge (a feature without its class, a cell without data) is cut
    away too. Where a whole layer is missing, or an incomplete one is silent, nothing can be
    cut and the rule is *not judged*.
    """
    hard = [r for r, e in zip(rules, effects, strict=True) if e == "taken"]
    near = gather(hard, place, land)
    grounds = [ground_of(r, near) for r in hard]
    judged = [g.judged or (not g.assumed_absent and g.unknown.is_empty) for g in grounds]
    taken = [g.hit for g in grounds]
    taken += [g.doubtful for g in grounds if not g.missing]
    rest = shapely.difference(land, shapely.union_all(taken)) if taken else land
    margin = _drawing()["margin_m"]
    for attempt in range(_TRIES):
        # a sliver of a cut that rounding turned over needs a wider margin
        final = _drawn(rest, margin * 2**attempt)
        left = _left(final, hard, near)
        if all(hit <= NOTHING_M2 for hit, _ in left):
            break
    else:
        worst = max(range(len(hard)), key=lambda k: left[k][0])
        raise ModelError(
            say("siting.check.overlap_remains_after_cutting"),
            where=hard[worst].id,
            got=f"{left[worst][0]:.3f} m2",
            todo=say("siting.check.check_layer_polygons_faults"),
        )
    before = _areas([g.hit for g in grounds], place.crs)
    rows = [
        RuleCut(
            rule=rule,
            judged=known,
            before_m2=was,
            overlap_m2=round(hit, 2),
            unknown_m2=round(unknown, 2),
        )
        for rule, was, known, (hit, unknown) in zip(hard, before, judged, left, strict=True)
    ]
    return final, rows


def _left(land: BaseGeometry, rules: Sequence[Rule], near: Nearby) -> list[tuple[float, float]]:
    """Overlap and unknown area of a final boundary, rule by rule, from the layers anew."""
    if land.is_empty:
        return [(0.0, 0.0)] * len(rules)
    # the final boundary lies inside the land, so what was near that is near this
    inside = replace(near, land=land)  # one, so that rules share the land layers cover
    found = [ground_of(r, inside) for r in rules]
    hit = _areas([g.hit for g in found], near.crs)
    return list(zip(hit, _areas([g.unknown for g in found], near.crs), strict=True))


def certify(
    sites: gpd.GeoDataFrame, plan: Plan, tech: str, *, site_id: str = "site_id"
) -> Certificate:
    """Cut candidate sites free of every hard rule, exactly, and prove it.

    Parameters
    ----------
    sites : GeoDataFrame
        Polygons in the plan CRS, with the column `site_id`.
    plan : Plan
    tech : str
        pv, wind, afforest, wetland or grass.

    Returns
    -------
    Certificate
        Sites of which nothing remains are left out; all others overlap every hard rule by
        0.00 m2, computed again from the layers after cutting.
    """
    import pandas as pd

    rules, effects = rules_of(plan, tech)
    place = place_of(plan)
    kept, geoms, facts, cuts = [], [], [], []
    for k, land in enumerate(sites.geometry):
        final, found = cut_land(land, rules, effects, place)
        cuts.append(found)
        if final.is_empty:
            continue
        kept.append(k)
        geoms.append(final)
        unjudged = [r.rule_id for r in found if not r.judged]
        facts.append(
            {
                "area_before_m2": _areas([land], place.crs)[0],
                "area_m2": _areas([final], place.crs)[0],
                "certified": not unjudged,
                "not_judged": ",".join(unjudged),
            }
        )
    out = sites.iloc[kept].set_geometry(geoms, crs=sites.crs)
    columns = ["area_before_m2", "area_m2", "certified", "not_judged"]
    table = pd.DataFrame(facts, columns=columns, index=out.index)
    proof = proof_table(sites[site_id], cuts)
    return Certificate(out.assign(**{c: table[c] for c in columns}), proof)
