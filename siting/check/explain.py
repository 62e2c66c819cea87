"""Why a place is in or out: every rule at a point, with the distance to its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from gis.crs.systems import as_crs, transform_points
from gis.errors import DataError
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary, plan_crs, zone_geometries
from layers.open.plan_layers import townships
from layers.plain_json import to_json
from layers.plan.model import Plan
from layers.vocabulary import vocabulary
from siting.check.exact import Ground, ground_of
from siting.check.near import Nearby, NearLayer, PlanPlace, gather, key_of
from siting.rules import (
    Above,
    AnyOf,
    Below,
    InClasses,
    Intersects,
    NotInClasses,
    Rule,
    Within,
    matches,
)
from siting.screen.screening import Effect, not_in_force_of, rules_of
from siting.screen.section import ScreeningSection

__all__ = ["explain_point", "explanation_lines"]

SEARCH_M = 2000.0
"""How far features are looked for when nothing is asked of them at this distance [m]."""

_FROM_THE_LINE = ("centre_line", "point", "ground_mark")
_STATES = {
    "taken": ("禁止", "taken"),
    "unknown": ("无法判定", "unknown"),
    "conditional": ("有条件可用", "conditional"),
    "left": ("可用", "left"),
}
_RESULTS = {
    "hit": ("命中", "hit"),
    "clear": ("不涉及", "ok"),
    "unknown": ("无法判定", "cannot be judged"),
    "assumed": ("按不存在处理（未判定）", "assumed absent, not judged"),
}
_PREFERENCES = {
    # a preference is no limit: land that does not have it is not at fault
    "hit": ("有利", "favourable"),
    "clear": ("不占优", "not favourable"),
    "unknown": ("无法判断是否有利", "cannot be said whether favourable"),
    "assumed": ("按不存在处理（未判断）", "assumed absent, not judged"),
}
_EDGES = {
    "land_edge": ("公路用地外缘", "land edge"),
    "outer_conductor": ("边导线", "outer conductor"),
    "embankment_toe": ("路堤坡脚", "embankment toe"),
    "centre_line": ("中心线", "centre line"),
    "ground_mark": ("地面标桩", "ground mark"),
    "point": ("点位", "point"),
    "wall": ("墙体", "wall"),
    "edge": ("边界", "edge"),
}


def _name(layer: NearLayer, row: int, columns: tuple[str, ...]) -> str:
    assert layer.table is not None  # noqa: S101 - only feature layers come here
    for column in columns:
        if column in layer.table.columns:
            value = layer.table[column].iloc[row]
            if isinstance(value, str) and value:
                return value
    return ""


def _nearest(test: Intersects | Within, near: Nearby) -> dict[str, Any] | None:
    """The nearest feature a test means: name, distance to its legal edge, distance needed."""
    layer = near.layers[key_of(test)]
    if layer.state != "available" or layer.table is None or not len(layer.table):
        return None
    chosen = np.flatnonzero(matches(test.where, layer.table).hit)
    if not len(chosen):
        return None
    from_ = getattr(test, "from_", "edge")
    edge = np.zeros(len(chosen))
    if from_ not in _FROM_THE_LINE and layer.half_m is not None:
        edge = layer.half_m[chosen]
    shapes = layer.table.geometry.to_numpy()[chosen]
    far = shapely.distance(shapes, near.land) / near.scale - edge
    k = int(np.argmin(far))
    return {
        "layer": layer.layer_id,
        "name": _name(layer, int(chosen[k]), ("name", "ref")),
        "code": _name(layer, int(chosen[k]), ("code", "tbbh", "bsm")),
        "from": from_,
        "distance_m": float(max(far[k], 0.0)),
        "needed_m": float(getattr(test, "distance_m", None) or 0.0),
        "half_width_m": float(edge[k]),
    }


def _measures(rule: Rule, near: Nearby) -> list[dict[str, Any]]:
    """What the rule measured here: nearest features, values of rasters, land class."""
    own = rule.test.tests if isinstance(rule.test, AnyOf) else (rule.test,)
    out: list[dict[str, Any]] = []
    for test in own:
        found: dict[str, Any] | None = None
        if isinstance(test, Intersects | Within):
            found = _nearest(test, near)
        elif isinstance(test, InClasses | NotInClasses):
            found = _class_at(near.layers[key_of(test)], near)
        elif isinstance(test, Above | Below):
            found = _value_at(near.layers[key_of(test)])
            if found is not None:
                sign = {"above": ">", "below": "<"}[test.type] + ("=" if test.inclusive else "")
                found |= {"limit": f"{sign} {test.limit:g}", "unit": test.unit}
        if found is not None:
            out.append(found)
    return out


def _value_at(layer: NearLayer) -> dict[str, Any] | None:
    if layer.values is None or layer.known is None or not layer.known[0, 0]:
        return None
    return {"layer": layer.layer_id, "value": float(layer.values[0, 0])}


def _class_at(layer: NearLayer, near: Nearby) -> dict[str, Any] | None:
    words = layer.vocabulary
    code: Any = None
    if layer.table is not None and len(layer.table):
        rows = np.flatnonzero(shapely.intersects(layer.table.geometry.to_numpy(), near.land))
        code = layer.table[words].iloc[rows[0]] if len(rows) else None
    elif layer.values is not None and layer.known is not None and layer.known[0, 0]:
        code = int(layer.values[0, 0])
    if code is None:
        return None
    try:
        entry = vocabulary(words)[code]
    except KeyError:
        return {"layer": layer.layer_id, "class": str(code)}
    return {"layer": layer.layer_id, "class": entry.code, "title": entry.title.model_dump()}


def _result(ground: Ground) -> str:
    if not ground.hit.is_empty:
        return "hit"
    if not ground.unknown.is_empty:
        return "unknown"
    return "assumed" if ground.assumed_absent else "clear"


def _state(pairs: list[tuple[Effect, str]]) -> str:
    if ("taken", "hit") in pairs:
        return "taken"
    if any(e != "none" and r == "unknown" for e, r in pairs):
        return "unknown"
    return "conditional" if ("conditional", "hit") in pairs else "left"


def explain_point(plan: Plan, lon: float, lat: float) -> dict[str, Any]:
    """All rules at a place, for every technology the plan asks about.

    Parameters
    ----------
    plan : Plan
    lon, lat : float
        Degrees, CGCS2000 / WGS84.

    Returns
    -------
    dict
        ``lon``, ``lat``, ``x``, ``y``, ``in_county``, ``township``, ``zones``, ``techs``:
        technology -> ``state`` and ``rules``; a rule has ``result`` (hit, clear, unknown,
        assumed) and ``measures`` (nearest feature with its distance to the legal edge and
        the distance needed, raster value with the limit, land class).

    Raises
    ------
    DataError
        When the coordinates are not degrees.
    """
    _check_degrees(lon, lat)
    crs = plan_crs(plan)
    x, y = (float(np.ravel(v)[0]) for v in transform_points(lon, lat, as_crs(4490), crs))
    county = county_boundary(plan)
    inside = bool(shapely.intersects(county, shapely.Point(x, y)))
    asked = {tech: rules_of(plan, tech) for tech in plan.section(ScreeningSection).techs}
    every = [rule for rules, _ in asked.values() for rule in rules]
    near = gather(every, PlanPlace(plan), _spot(x, y), SEARCH_M)
    techs: dict[str, Any] = {}
    for tech, (rules, effects) in asked.items():
        rows, pairs = [], []
        for rule, effect in zip(rules, effects, strict=True):
            ground = ground_of(rule, near)
            result = _result(ground)
            pairs.append((effect, result))
            rows.append(_row(rule, effect, ground, result, _measures(rule, near)))
        state = _state(pairs) if inside else "outside"
        techs[tech] = {
            "state": state,
            "rules": sorted(rows, key=_rank),
            "not_in_force_here_rules": [r.id for r in not_in_force_of(plan, tech)],
        }
    body = {
        "lon": lon,
        "lat": lat,
        "x": x,
        "y": y,
        "in_county": inside,
        "township": _inside_of(townships(plan), x, y),
        "zones": _inside_of(zone_geometries(plan), x, y, many=True),
        "techs": techs,
    }
    found: dict[str, Any] = to_json(body)
    return found


def _check_degrees(lon: float, lat: float) -> None:
    if -180 <= lon <= 180 and -90 <= lat <= 90:
        return
    turned = -90 <= lon <= 90 and -180 <= lat <= 180
    raise DataError(
        say("siting.check.longitude_latitude_exchanged")
        if turned
        else say("siting.check.not_place_degrees"),
        where="explain",
        got=f"{lon}, {lat}",
        expected=f"{lat} {lon}" if turned else say("siting.check.longitude_latitude_106_54_38"),
        todo=say("siting.check.longitude_comes_first"),
    )


def _spot(x: float, y: float) -> Any:  # noqa: ANN401 - shapely's own type
    """A square of 1 mm around the place: land, so that areas can be told from edges."""
    return shapely.box(x - 0.0005, y - 0.0005, x + 0.0005, y + 0.0005)


def _inside_of(table: Any, x: float, y: float, *, many: bool = False) -> Any:  # noqa: ANN401
    if table is None or not len(table):
        return [] if many else ""
    rows = table[shapely.intersects(table.geometry.to_numpy(), shapely.Point(x, y))]
    for column in ("zone", "name", "title_zh", "title", "id"):
        if column in rows.columns:
            names = [str(v) for v in rows[column]]
            return names if many else (names[0] if names else "")
    return [] if many else ""


def _rank(row: Mapping[str, Any]) -> tuple[int, int, str]:
    results = ("hit", "unknown", "assumed", "clear")
    effects = ("taken", "conditional", "none")
    return results.index(row["result"]), effects.index(row["effect"]), row["id"]


def _row(
    rule: Rule, effect: Effect, ground: Ground, result: str, measures: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title.model_dump(),
        "kind": rule.kind,
        "effect": effect,
        "result": result,
        "needs_review": rule.needs_review,
        "approval": rule.approval.model_dump() if rule.approval else None,
        "citation": rule.citation,
        "quote": rule.quote,
        "overridden": rule.overridden,
        "missing": list(ground.missing),
        "assumed_absent": list(ground.assumed_absent),
        "measures": measures,
    }


def _measure_text(m: Mapping[str, Any], i: int, *, preference: bool) -> str:
    lang = ("zh", "en")[i]
    title = layer_of(m["layer"]).title(lang)
    if "distance_m" in m:
        name = m["name"] or f"{title} {m['code']}".strip()
        edge = _EDGES[m["from"]][i]
        needed = m["needed_m"]
        if m["distance_m"] == 0 and not needed:
            return f"位于{name}内" if i == 0 else f"inside {name}"
        if i == 0:
            wanted = f"{needed:g} m 以内为宜" if preference else f"需 {needed:g} m"
            text = f"{name}{edge}相距 {m['distance_m']:.0f} m"
            return text + (f"，{wanted}" if needed else "")
        wanted = f"within {needed:g} m is favourable" if preference else f"{needed:g} m needed"
        text = f"{name} {edge} {m['distance_m']:.0f} m away"
        return text + (f", {wanted}" if needed else "")
    if "value" in m:
        limit = m["limit"]
        if preference:
            limit = (f"{limit} 为宜", f"favourable if {limit}")[i]
        return f"{title} {m['value']:.4g} {m['unit']} ({limit})"
    named = m.get("title", {}).get(lang, "")
    return f"{title} {m['class']} {named}".rstrip()


def explanation_lines(found: Mapping[str, Any], lang: str, *, clear: bool = True) -> list[str]:
    """What `explain_point` found, as lines to read.

    Parameters
    ----------
    found : mapping
    lang : {"zh", "en"}
    clear : bool
        Also list the rules that are met, with their distances.
    """
    i = 0 if lang == "zh" else 1
    zones = ", ".join(found["zones"])
    where = f"{found['lon']:.6f}, {found['lat']:.6f}"
    lines = [" ".join(w for w in (where, found["township"] or "", zones) if w)]
    if not found["in_county"]:
        lines.append(("县界之外，不作判定", "outside the county, not judged")[i])
        return lines
    for tech, answer in found["techs"].items():
        state = _STATES[answer["state"]][i]
        own = [r for r in answer["rules"] if r["effect"] != "none"]
        wishes = [r for r in answer["rules"] if r["effect"] == "none"]
        hits = sum(r["result"] == "hit" for r in own)
        good = sum(r["result"] == "hit" for r in wishes)
        lines += [
            "",
            f"[{tech}] {state}"
            + (
                f"：{len(own)} 条规则，命中 {hits} 条；{len(wishes)} 项优选，有利 {good} 项",
                f": {len(own)} rules, {hits} hit; {len(wishes)} preferences, {good} favourable",
            )[i],
        ]
        for row in answer["rules"]:
            if row["result"] == "clear" and not (clear and row["measures"]):
                continue
            lines += _row_lines(row, i)
    return lines


def _row_lines(row: Mapping[str, Any], i: int) -> list[str]:
    lang = ("zh", "en")[i]
    preference = row["effect"] == "none"
    texts = [_measure_text(m, i, preference=preference) for m in row["measures"]]
    lacking = [*row["missing"], *row["assumed_absent"]]
    if lacking:
        names = ", ".join(
            "turbine" if k == "turbine" else layer_of(k).title(lang) for k in lacking
        )
        texts.append(("缺少图层：", "missing: ")[i] + names)
    review = ("［需法务复核］", " [needs legal review]")[i] if row["needs_review"] else ""
    result = (_PREFERENCES if preference else _RESULTS)[row["result"]][i]
    out = [f"  {row['id']} {row['title'][lang]}{review}: " + "; ".join([*texts, result])]
    if row["result"] == "hit":
        out.append(f"      {row['citation']}")
        if row["quote"]:
            out.append(f"      “{row['quote']}”")
        if row["approval"] and row["effect"] == "conditional":
            out.append(("      需办：", "      needed: ")[i] + row["approval"][lang])
    return out
