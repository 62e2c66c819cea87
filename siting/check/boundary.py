"""Overlap of a project boundary with every rule and every land class (压占分析)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gis.cells.area import polygon_area_m2
from layers.plan.model import Plan, locality_of
from siting.check.near import Nearby, gather, place_of
from siting.check.outline import Outline, read_outline
from siting.check.overlap import NOTHING_M2, Overlap, Result, RuleOverlap
from siting.check.shapes import Ground, Shapes, ground_of
from siting.check.shares import class_table, kind_table, township_table
from siting.rules import Rule, load_rules
from siting.screen.screening import Effect, book_paths, not_in_force_of, rules_of
from siting.screen.section import ScreeningSection

__all__ = ["check_boundary", "check_outline", "judge"]

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


def _overlaps(
    rules: Iterable[Rule], effects: Sequence[Effect], near: Nearby, outline: Outline
) -> tuple[RuleOverlap, ...]:
    rules = tuple(rules)
    grounds = [_on_part(r, near, outline) for r in rules]
    hits = polygon_area_m2([g.hit for g in grounds], near.crs)
    unknowns = polygon_area_m2([g.unknown for g in grounds], near.crs)
    canvas = Shapes(near)
    out = []
    for k, (rule, effect, ground) in enumerate(zip(rules, effects, grounds, strict=True)):
        hit, unknown = float(hits[k]), float(unknowns[k])
        distance, names = _nearest(rule, canvas)
        result = judge(effect, ground, hit, unknown)
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
            )
        )
    return tuple(out)


def check_outline(outline: Outline, plan: Plan, tech: str, *, path: str = "") -> Overlap:
    """Overlap of a boundary that is already read; see `check_boundary`."""
    named = "component" in outline.parcels.columns
    rules, effects = rules_of(plan, tech, every_part=named)
    near = gather(rules, place_of(plan), outline.land)
    found = _overlaps(rules, effects, near, outline)
    section = plan.section(ScreeningSection)
    conditions = [
        r
        for r in load_rules(
            tech,
            books=book_paths(plan),
            as_of=plan.plan.as_of,
            overrides=section.overrides,
            here=locality_of(plan),
        )
        if not r.is_filter
    ]
    return Overlap(
        plan_id=plan.plan.id,
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
    )


def check_boundary(
    path: Path | str,
    plan: Plan,
    tech: str = "pv",
    *,
    layer: str = "",
    crs: str = "",
    encoding: str = "",
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

    Returns
    -------
    Overlap
        Ellipsoidal areas of exact intersections; a rule fails when more than 0.005 m2 of a
        hard rule are hit, is *unknown* when part of the land cannot be judged.

    Raises
    ------
    DataError
        When boundary or layers cannot be read, or the boundary lies outside the county.
    """
    outline = read_outline(path, plan, layer=layer, crs=crs, encoding=encoding)
    return check_outline(outline, plan, tech, path=str(path))
