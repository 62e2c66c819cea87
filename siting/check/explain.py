"""Why a place is in or out: every rule at a point, with the distance to its limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from pydantic import SerializeAsAny

from gis.crs.systems import as_crs, transform_points
from gis.errors import DataError
from gis.say import Sentence, listed, say
from layers.open.county import county_boundary, plan_crs, zone_geometries
from layers.open.near import features_near
from layers.plain_json import JsonObject, to_json
from layers.plan.model import Plan
from layers.spec import Outcome, Text
from siting.check.near import Nearby, gather, place_of
from siting.check.points import Points
from siting.check.shapes import Shapes
from siting.check.told import Told, tell_first_looks, told_of_rules, told_rows
from siting.check.waiting import JudgedHere, judged_here, layer_title, share_values, waits
from siting.rules import Rule, ShownKind
from siting.rules.citation import cited
from siting.rules.conditions.canvas import LAW, Measure
from siting.rules.in_force import InForce
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.rules.words import kind_word, state_word, tech_word
from siting.screen.coded import STATES, says, state_of
from siting.screen.law_summary import calendar_warnings, change_warnings, changes_of
from siting.screen.screening import (
    Effect,
    not_in_force_of,
    other_parts_of,
    other_projects_of,
    rules_of,
)
from siting.screen.section import Missing, ScreeningSection
from siting.screen.summary import LawChange

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["Explanation", "RuleAnswer", "TechAnswer", "explain_point", "explanation_lines"]

SEARCH_M = 2000.0
"""How far features are looked for when nothing is asked of them at this distance [m]."""

_HALF_M = 0.0005  # of the square of land around the place
_KNOWN_M = 1e-6  # degrees and back move a place by about a nanometre

Result = Literal["hit", "clear", "unknown", "assumed"]
_RESULTS: tuple[Result, ...] = ("hit", "unknown", "assumed", "clear")
_EFFECTS: tuple[Effect, ...] = ("taken", "conditional", "none")


class RuleAnswer(Outcome):
    """What one rule says about a place.

    Attributes
    ----------
    effect
        What a hit does to land; ``"none"`` for preferences.
    result
        ``"assumed"``: a layer is assumed absent, so nothing was judged.
    law
        The text in force on the day, its days and how well it was read.
    missing, assumed_absent
        Layers that were not there (or ``"turbine"``).
    incomplete
        Layers that lack features, where their silence leaves the place open.
    measures
        Nearest feature with its distance to the legal edge and the distance needed, raster
        value with the limit, land class.
    """

    id: str
    title: Text
    kind: ShownKind
    effect: Effect
    result: Result
    needs_review: bool
    approval: Text | None
    citation: str
    quote: str
    law: InForce
    overridden: str
    missing: tuple[str, ...]
    assumed_absent: tuple[str, ...]
    incomplete: tuple[str, ...]
    measures: tuple[SerializeAsAny[Measure], ...]


class TechAnswer(Outcome):
    """What all rules of one technology say: the worst first.

    Attributes
    ----------
    state
        taken, unknown, provisional, conditional or left; ``"outside"`` the county.
    judged
        How much of the rules was judged at the place.
    not_in_force_here_rules
        Ids of rules that hold in another area.
    other_project_rules, other_part_rules
        Ids of rules about another kind of project, and about parts that do not take the land
        by themselves (roads, lines, substations).
    changes
        Changes of law known to come within the life of a project.
    """

    state: str
    rules: tuple[RuleAnswer, ...]
    judged: JudgedHere | None = None
    not_in_force_here_rules: tuple[str, ...] = ()
    other_project_rules: tuple[str, ...] = ()
    other_part_rules: tuple[str, ...] = ()
    changes: tuple[LawChange, ...] = ()


class Explanation(Outcome):
    """Why a place is in or out.

    Attributes
    ----------
    as_of
        Day of the law.
    lon, lat
        Degrees.
    x, y
        In the plan CRS [m].
    township, zones
        Names of what the place lies in.
    techs
        By technology.
    warnings
        What must be known of the layers the rules look at.
    """

    as_of: date
    lon: float
    lat: float
    x: float
    y: float
    in_county: bool
    township: str
    zones: tuple[str, ...]
    techs: dict[str, TechAnswer]
    warnings: tuple[Told, ...] = ()

    def as_dict(self) -> JsonObject:
        """For ``--json``."""
        found: JsonObject = to_json(self.model_dump(by_alias=True))
        return found


def _result(outcome: int, place: Points) -> Result:
    if outcome == HIT:
        return "hit"
    if outcome == UNKNOWN:
        return "unknown"
    return "assumed" if place.assumed_absent else "clear"


def _late(rule: Rule, place: Points) -> bool:
    """Whether layers that are not there or not complete alone leave the place open."""
    if place.missing or not place.incomplete:
        return waits(place.missing)
    return int(rule.on(replace(place, vouched=True))[0]) != UNKNOWN


def _state(outcomes: Sequence[int], effects: Sequence[Effect], late: Sequence[bool]) -> str:
    """State of the place, by the very precedence of screening."""
    row = np.array([outcomes], dtype=np.int8)
    return STATES[int(state_of(*says(row, effects, np.array([late], dtype=bool)))[0])]


def _answered(
    rules: Sequence[Rule],
    effects: Sequence[Effect],
    near: Nearby,
    xy: tuple[float, float],
    missing: Missing,
) -> tuple[str, tuple[RuleAnswer, ...], JudgedHere]:
    gauge = Shapes(near)
    rows, outcomes, late, judged = [], [], [], []
    for rule, effect in zip(rules, effects, strict=True):
        place = Points(near, np.array([xy]), slack_m=_KNOWN_M)
        outcome = int(rule.on(place)[0])
        outcomes.append(outcome)
        silent = outcome == UNKNOWN and bool(place.incomplete)
        late.append(missing == "provisional" and _late(rule, place))
        judged.append(outcome == HIT or (outcome == MISS and not place.assumed_absent))
        rows.append(
            RuleAnswer(
                id=rule.id,
                title=rule.title,
                kind=rule.shown_kind,
                effect=effect,
                result=_result(outcome, place),
                needs_review=rule.needs_review,
                approval=rule.approval,
                citation=rule.citation,
                quote=rule.quote,
                law=rule.in_force,
                overridden=rule.overridden,
                missing=tuple(place.missing),
                assumed_absent=tuple(place.assumed_absent),
                incomplete=tuple(place.incomplete) if silent else (),
                measures=rule.test.measure(gauge),
            )
        )
    state = _state(outcomes, effects, late)
    return (
        state,
        tuple(sorted(rows, key=_rank)),
        judged_here(zip(rules, effects, judged, strict=True)),
    )


def explain_point(
    plan: Plan, lon: float, lat: float, *, tell: Callable[[Sentence], None] | None = None
) -> Explanation:
    """All rules at a place, for every technology the plan asks about.

    Parameters
    ----------
    plan : Plan
    lon, lat : float
        Degrees, CGCS2000 / WGS84.
    tell : callable, optional
        Told when layers have to be opened whole, which happens once.

    Returns
    -------
    Explanation

    Raises
    ------
    DataError
        When the coordinates are not degrees.
    """
    _check_degrees(lon, lat)
    crs = plan_crs(plan)
    x, y = (float(np.ravel(v)[0]) for v in transform_points(lon, lat, as_crs(4490), crs))
    point = shapely.Point(x, y)
    inside = bool(shapely.intersects(county_boundary(plan), point))
    asked = {tech: rules_of(plan, tech) for tech in plan.section(ScreeningSection).techs}
    every = [rule for rules, _ in asked.values() for rule in rules]
    # a little land: distances are measured from it
    spot = shapely.box(x - _HALF_M, y - _HALF_M, x + _HALF_M, y + _HALF_M)
    tell_first_looks(plan, every, tell)
    near = gather(every, place_of(plan, alone=True), spot, SEARCH_M)
    techs = {}
    for tech, (rules, effects) in asked.items():
        missing = plan.section(ScreeningSection).missing
        state, rows, share = _answered(rules, effects, near, (x, y), missing)
        here = {r.id for r in rows if r.effect != "none" and r.result in ("hit", "unknown")}
        hit = [r for r in rules if r.id in here]
        techs[tech] = TechAnswer(
            state=state if inside else "outside",
            rules=rows,
            judged=share,
            not_in_force_here_rules=tuple(r.id for r in not_in_force_of(plan, tech)),
            other_project_rules=tuple(r.id for r in other_projects_of(plan, tech)),
            other_part_rules=tuple(r.id for r in other_parts_of(plan, tech)),
            changes=changes_of(plan, hit),
        )
    towns = _inside_of(features_near(plan, "townships", (x, y, x, y)), point)
    return Explanation(
        as_of=plan.plan.as_of,
        lon=lon,
        lat=lat,
        x=x,
        y=y,
        in_county=inside,
        township=towns[0] if towns else "",
        zones=tuple(_inside_of(zone_geometries(plan), point)),
        techs=techs,
        warnings=told_rows(told_of_rules(plan, every)),
    )


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


def _inside_of(table: gpd.GeoDataFrame | None, point: BaseGeometry) -> list[str]:
    """Names of the areas of a table the place lies in."""
    if table is None or not len(table):
        return []
    rows = table[shapely.intersects(table.geometry.to_numpy(), point)]
    for column in ("zone", "name", "title_zh", "title", "id"):
        if column in rows.columns:
            return [str(v) for v in rows[column]]
    return []


def _rank(row: RuleAnswer) -> tuple[int, int, str]:
    return _RESULTS.index(row.result), _EFFECTS.index(row.effect), row.id


def explanation_lines(found: Explanation, lang: str, *, clear: bool = True) -> list[str]:
    """What `explain_point` found, as lines to read.

    Parameters
    ----------
    found : Explanation
    lang : {"zh", "en"}
    clear : bool
        Also list the rules that are met, with their distances.
    """
    where = f"{found.lon:.6f}, {found.lat:.6f}"
    lines = [" ".join(w for w in (where, found.township, listed(found.zones)(lang)) if w)]
    if not found.in_county:
        return [*lines, say("siting.check.explain.outside")(lang)]
    lines.append(say("siting.check.explain.as_of", day=found.as_of)(lang))
    lines += [w.text(lang) for w in calendar_warnings(found.as_of, "explain")]
    for tech, answer in found.techs.items():
        own = [r for r in answer.rules if r.effect != "none"]
        wishes = [r for r in answer.rules if r.effect == "none"]
        heading = say(
            "siting.check.explain.heading",
            tech=tech_word(tech),
            state=state_word(answer.state, tech),
            rules=len(own),
            hits=sum(r.result == "hit" for r in own),
            wishes=len(wishes),
            good=sum(r.result == "hit" for r in wishes),
        )
        lines += ["", heading(lang)]
        if (share := answer.judged) is not None and share.n < share.of:
            lines.append(say("siting.check.explain.judged", **share_values(share))(lang))
        for row in answer.rules:
            if row.result != "clear" or (clear and row.measures):
                lines += _row_lines(row, lang)
        lines += [w.text(lang) for w in change_warnings(tech, answer.changes, tech)]
        for key in ("not_in_force_here_rules", "other_project_rules", "other_part_rules"):
            if away := getattr(answer, key):
                lines.append(say(f"siting.rules.{key}", n=len(away), ids=listed(away))(lang))
    lines += ["", *(f"! {w.text(lang)}" for w in found.warnings)] if found.warnings else []
    return lines


def _row_lines(row: RuleAnswer, lang: str) -> Iterator[str]:
    preference = row.effect == "none"
    texts = [m.words(lang, preference=preference) for m in row.measures]
    # that the law of the day is not known stands with the text, below
    lacking = [x for x in (*row.missing, *row.assumed_absent) if x != LAW]
    if row.incomplete:
        names = listed(layer_title(k) for k in row.incomplete)
        texts.append(say("siting.check.explain.incomplete", layers=names)(lang))
    if lacking:
        names = listed(layer_title(k) for k in lacking)
        texts.append(say("siting.check.explain.missing", layers=names)(lang))
    if preference:
        texts.append(say(f"siting.check.explain.preference.{row.result}")(lang))
    else:
        texts.append(say(f"siting.check.explain.result.{row.result}")(lang))
    marks = [kind_word(row.kind)] if row.kind == "engineering" else []
    marks += [say("layers.words.mark.legal_review")] if row.needs_review else []
    review = "".join(say("siting.check.explain.review", mark=m)(lang) for m in marks)
    yield say(
        "siting.check.explain.row",
        id=row.id,
        title=row.title,
        review=review,
        texts=say("siting.check.explain.joint")(lang).join(texts),
    )(lang)
    if row.result != "hit" and (row.law.known or row.result != "unknown"):
        return
    text = cited(row.citation, lang)
    yield say("siting.check.explain.law", day=row.law.day_words(), text=text)(lang)
    for remark in row.law.remarks():
        yield say("siting.check.explain.remark", remark=remark)(lang)
    if row.quote:
        yield say("siting.check.explain.quote", quote=row.quote)(lang)
    if row.approval and row.effect == "conditional":
        yield say("siting.check.explain.approval", approval=row.approval)(lang)
