"""Overlap of a project boundary with every rule and every land class (压占分析)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, polygonal
from gis.say import Sentence
from layers.open.contradiction import refuse_contradictions
from layers.plan.model import Plan
from siting.check.near import Nearby, gather, place_of
from siting.check.outline import Outline, read_outline
from siting.check.overlap import NOTHING_M2, Overlap, RuleOverlap
from siting.check.reports import Result
from siting.check.shapes import Ground, Shapes, ground_of
from siting.check.shares import class_table, kind_table, township_table
from siting.check.told import tell_first_looks, told_of_rules
from siting.rules import Part, Rule
from siting.screen.law_summary import acting_rules, changes_of
from siting.screen.screening import (
    Effect,
    conditions_of,
    not_in_force_of,
    other_parts_of,
    other_projects_of,
    rules_of,
)
from siting.screen.section import ScreeningSection, for_project

__all__ = ["check_boundary", "check_outline", "judge"]

_OF_ROOFS = "_roof_share_pct"
_NAMES = 5  # features named beside a rule


def _area(geometry: Any, crs: Any) -> float:  # noqa: ANN401
    return float(np.sum(polygon_area_m2([geometry], crs)))


def _nearest(rule: Rule, canvas: Shapes) -> tuple[float, tuple[str, ...]]:
    """Distance to the nearest legal edge the rule means, and names of features that hit."""
    found = [m for m in rule.test.measure(canvas) if m.distance is not None]
    names = dict.fromkeys(n for m in found for n in m.hit_names)
    best = min((m.distance for m in found if m.distance is not None), default=np.nan)
    return float(best), tuple(names)[:_NAMES]


def judge(effect: Effect, ground: Ground, overlap_m2: float, unknown_m2: float) -> Result:
    """Result of one rule.

    Examples
    --------
    >>> judge("taken", Ground(), 12.0, 0.0)
    'fail'
    >>> judge("conditional", Ground(), 0.0, 5.0)
    'unknown'
    """
    if effect == "none":
        return "favourable" if overlap_m2 > NOTHING_M2 else "pass"
    if overlap_m2 > NOTHING_M2:
        return "fail" if effect == "taken" else "conditional"
    if unknown_m2 > NOTHING_M2:
        return "unknown"
    return "assumed" if ground.assumed_absent else "pass"


def _on_part(rule: Rule, near: Nearby, outline: Outline) -> Ground:
    """Ground of a rule on the parts of the project it is about."""
    land = outline.land_of(rule.parts)
    if land.is_empty:
        return Ground()
    return ground_of(rule, near if land is outline.land else replace(near, land=land))


def _kept(rule: Rule, near: Nearby, outline: Outline, hit_m2: float) -> bool:
    """Whether all a rule hits is land that may lie inside by its own small share."""
    land_m2 = _area(outline.land_of(rule.parts), near.crs)
    kept_m2 = 0.0
    for code, most in rule.kept.items():
        own = rule.model_copy(
            update={"test": rule.test.model_copy(update={"classes": (code,)})}
        )
        area = _area(_on_part(own, near, outline).hit, near.crs)
        if area > most * land_m2 + NOTHING_M2:
            return False
        kept_m2 += area
    return hit_m2 - kept_m2 <= NOTHING_M2


def _by_part(ground: Ground, parts: Mapping[str, Any], crs: Any) -> dict[str, float]:  # noqa: ANN401
    """Area hit on each part of the project that is hit [m2]."""
    pieces = {k: polygonal(shapely.intersection(ground.hit, v)) for k, v in parts.items()}
    areas = {k: _area(v, crs) for k, v in pieces.items() if not v.is_empty}
    return {k: v for k, v in areas.items() if v > NOTHING_M2}


def _overlaps(
    rules: Iterable[Rule], effects: Sequence[Effect], near: Nearby, outline: Outline
) -> tuple[RuleOverlap, ...]:
    rules = tuple(rules)
    grounds = [_on_part(r, near, outline) for r in rules]
    hits = polygon_area_m2([g.hit for g in grounds], near.crs)
    unknowns = polygon_area_m2([g.unknown for g in grounds], near.crs)
    canvas = Shapes(near)
    parts = outline.parts()
    out = []
    for k, (rule, effect, ground) in enumerate(zip(rules, effects, grounds, strict=True)):
        hit, unknown = float(hits[k]), float(unknowns[k])
        distance, names = _nearest(rule, canvas)
        result = judge(effect, ground, hit, unknown)
        kept = result == "fail" and _kept(rule, near, outline, hit)
        result = "conditional" if kept else result
        on_parts = _by_part(ground, parts, near.crs) if hit > NOTHING_M2 else {}
        out.append(
            RuleOverlap(
                rule,
                effect,
                ground,
                hit,
                unknown,
                distance,
                names if hit > NOTHING_M2 else (),
                result,
                on_parts,
                hit / _area(outline.land_of(rule.parts), near.crs) if kept else 0.0,
                _area(ground.doubtful, near.crs) if ground.incomplete else unknown,
            )
        )
    return tuple(out)


def check_outline(
    outline: Outline,
    plan: Plan,
    tech: str,
    *,
    path: str = "",
    tell: Callable[[Sentence], None] | None = None,
) -> Overlap:
    """Overlap of a boundary that is already read; see `check_boundary`."""
    parts = tuple(outline.parts())
    # a parcel that does not say what it is may be any part
    judged = parts if "other" not in parts else get_args(Part)
    away = other_parts_of(plan, tech, judged)
    aside = {r.id for r in away}
    pairs = zip(*rules_of(plan, tech, every_part=bool(parts)), strict=True)
    kept = [(r, e) for r, e in pairs if r.id not in aside]
    rules, effects = [r for r, _ in kept], [e for _, e in kept]
    tell_first_looks(plan, rules, tell)
    near = gather(rules, place_of(plan, alone=True), outline.land)
    found = _overlaps(rules, effects, near, outline)
    section = plan.section(ScreeningSection)
    asked = (r for r in conditions_of(plan, tech) if r.id not in aside)
    # shares of a county's roofs ask nothing of a project on land
    conditions = [
        r
        for r in asked
        if r.test.demand is None or not r.test.demand.quantity.endswith(_OF_ROOFS)
    ]
    return Overlap(
        plan_id=plan.plan.id,
        as_of=plan.plan.as_of,
        project=section.project,
        tech=tech,
        path=path,
        outline=outline,
        area_m2=_area(outline.land, near.crs),
        rules=found,
        conditions=tuple(conditions),
        classes=class_table(plan, outline.land),
        kinds=kind_table(plan, outline.land),
        townships=township_table(plan, outline.land),
        elsewhere=not_in_force_of(plan, tech),
        other_projects=other_projects_of(plan, tech),
        other_parts=away,
        changes=changes_of(plan, acting_rules(plan, tech)),
        told=told_of_rules(plan, rules),
        missing=section.missing,
    )


def check_boundary(
    path: Path | str,
    plan: Plan,
    tech: str = "pv",
    *,
    layer: str = "",
    crs: str = "",
    encoding: str = "",
    project: str = "",
    on_our_map: bool = False,
    tell: Callable[[Sentence], None] | None = None,
) -> Overlap:
    """Overlap of a project boundary with every rule in force and every land class.

    Parameters
    ----------
    path : path
        Boundary in any format `gis.files.read.read_features` reads.
    plan : Plan
    tech : {"pv", "wind", "afforest", "wetland", "grass"}
    layer, crs, encoding : str
        Layer of the file, CRS it does not say, encoding of its texts.
    project : {"", "new", "expansion", "repower", "village"}
        What is planned, in place of the plan's.
    on_our_map : bool
        See `siting.check.outline.read_outline`.
    tell : callable, optional
        Told when layers have to be opened whole, which happens once.

    Returns
    -------
    Overlap
        Ellipsoidal areas of exact intersections; a rule fails when more than 0.005 m2 of a
        hard rule are hit, is *unknown* when part of the land cannot be judged.

    Raises
    ------
    ConfigError
        For a technology or a kind of project there is not, and for a layer that is assumed
        absent although the parcels show it.
    DataError
        When boundary or layers cannot be read, or the boundary lies outside the county.
    """
    plan = for_project(plan, project)
    refuse_contradictions(plan)
    outline = read_outline(
        path, plan, layer=layer, crs=crs, encoding=encoding, on_our_map=on_our_map
    )
    return check_outline(outline, plan, tech, path=str(path), tell=tell)
