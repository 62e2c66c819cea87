"""Which wind farms may be repowered, and what follows: 国能发新能规〔2023〕45号 as facts.

Thresholds come from the rule books (WD-001 to WD-007); statements of law are data with
citation and source step in ``turbines/repower_law.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from gis.errors import ConfigError
from gis.say import say
from gis.toml import read_toml
from layers.plan.locality import UNTOLD, Locality
from layers.spec import Text
from siting.rules.area import HoldsIn
from siting.rules.law import SourceStep, Validity

__all__ = [
    "LawFact",
    "LawStatement",
    "RuleLimit",
    "eligibility",
    "law_facts",
    "least_unit_mw",
    "repower_consequences",
    "rule_limit",
]


@dataclass(frozen=True)
class LawFact:
    """One statement of a legal text.

    Attributes
    ----------
    source_step, validity
        How well its words were read, and whether the text is known to be in force.
    holds_in
        Area the text is in force in.
    """

    id: str
    text: Text
    citation: str
    source_step: SourceStep
    validity: Validity
    holds_in: HoldsIn

    def concerns(self, here: Locality) -> bool:
        """Whether it is in force at a place, or may be."""
        return self.holds_in.standing(here) != "not_here"


@dataclass(frozen=True)
class RuleLimit:
    """The number of a rule that is a project condition."""

    rule_id: str
    title: Text
    operator: str
    value: float
    unit: str
    citation: str
    source_step: str


@cache
def law_facts() -> dict[str, LawFact]:
    """Statements of law by id.

    Examples
    --------
    >>> law_facts()["capacity_kept"].validity
    'draft'
    """
    return {
        k: LawFact(
            k,
            Text(zh=v["zh"], en=v["en"]),
            v["citation"],
            v["source_step"],
            v["validity"],
            HoldsIn.model_validate(v["holds_in"]),
        )
        for k, v in read_toml("siting.wind.turbines", "repower_law.toml").items()
    }


@cache
def _limits() -> dict[str, RuleLimit]:
    from siting.rules import all_rules

    out = {}
    for rule in all_rules():
        demand = rule.test.demand
        if demand is not None:
            out[rule.id] = RuleLimit(
                rule.id,
                rule.title,
                demand.operator,
                demand.value,
                demand.unit,
                rule.citation,
                rule.source_step,
            )
    return out


def rule_limit(rule_id: str) -> RuleLimit:
    """The limit of a checklist rule of the bundled books.

    Raises
    ------
    ConfigError
        When there is no such rule, or it has no number.

    Examples
    --------
    >>> rule_limit("WD-001").value, rule_limit("WD-053").value
    (15.0, 45.0)
    """
    found = _limits().get(rule_id)
    if found is None:
        raise ConfigError(
            say("siting.wind_repower.no_checklist_rule_id"),
            got=rule_id,
            where=say("siting.wind_repower.at_books"),
        )
    return found


def least_unit_mw(stated_mw: float | None, here: Locality) -> tuple[float, str]:
    """Least capacity of a new unit [MW] and who asks for it.

    Parameters
    ----------
    stated_mw : float, optional
        ``[repower] min_capacity_mw`` of the plan.
    here : Locality
        Where the plan lies; rule WD-004 asks where it is in force. 0 where nobody asks.

    Examples
    --------
    >>> least_unit_mw(None, Locality(adcode="640221"))[0]
    3.0
    >>> least_unit_mw(None, Locality(adcode="650102"))
    (0.0, '')
    """
    from siting.rules import load_rules

    if stated_mw is not None:
        return stated_mw, "[repower] min_capacity_mw"
    for rule in load_rules("wind", here=here, project="repower"):
        if rule.id == "WD-004":
            return rule_limit(rule.id).value, rule.citation
    return 0.0, ""


def _years(on_grid: str, as_of: date) -> float:
    """Years on grid; NaN when the date is not known."""
    if not on_grid:
        return float("nan")
    start = pd.Timestamp(on_grid).date()
    return (as_of - start).days / 365.2425


def eligibility(existing: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Judge every turbine by age and rating.

    Parameters
    ----------
    existing : DataFrame
        ``turbine_id, capacity_kw, on_grid`` (ISO date or empty).
    as_of : date
        Day of the judgement (the plan's ``as_of``).

    Returns
    -------
    DataFrame
        ``turbine_id, capacity_kw, on_grid, years_on_grid, by_age, by_rating, encouraged,
        past_design_life, reason_zh, reason_en``; ``by_age`` is None where the date is
        missing.

    Notes
    -----
    The text *encourages* repowering of farms over 15 years on grid **or** of units below
    1.5 MW. It does not forbid it otherwise, so ``encouraged`` is not a permission. A unit
    of exactly 1.5 MW is not below 1.5 MW; exactly 15 years is not more than 15 years.

    Examples
    --------
    >>> t = pd.DataFrame({"turbine_id": ["a", "b"], "capacity_kw": [1500.0, 850.0],
    ...     "on_grid": ["2010-01-01", "2015-06-01"]})
    >>> eligibility(t, date(2026, 1, 1))["encouraged"].tolist()
    [True, True]
    """
    age, rating, life = rule_limit("WD-001"), rule_limit("WD-002"), rule_limit("WD-003")
    rows = []
    for row in existing.to_dict("records"):
        years = _years(str(row["on_grid"] or ""), as_of)
        known = years == years
        by_age = years > age.value if known else None
        by_rating = float(row["capacity_kw"]) / 1000.0 < rating.value
        encouraged = bool(by_age) or by_rating
        if by_rating:
            why = say("siting.wind_repower.unit_small", limit_mw=rating.value)
        elif by_age is None:
            why = say("siting.wind_repower.age_not_judged")
        elif by_age:
            why = say("siting.wind_repower.old", years=years, limit_yr=age.value)
        else:
            why = say("siting.wind_repower.young", years=years, limit_mw=rating.value)
        rows.append(
            {
                "turbine_id": row["turbine_id"],
                "capacity_kw": float(row["capacity_kw"]),
                "on_grid": row["on_grid"],
                "years_on_grid": years,
                "by_age": by_age,
                "by_rating": by_rating,
                "encouraged": encouraged,
                "past_design_life": bool(years >= life.value) if known else None,
                "reason_zh": why("zh"),
                "reason_en": why("en"),
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class LawStatement:
    """What a text of law or plan says about one repowering.

    Attributes
    ----------
    id
        Stable name.
    met
        None where the statement is information or was not judged.
    text
        The statement, with the numbers of this repowering.
    citation, source_step, validity
        Where it stands, how well it was read there, and whether that is known to be in force.
    """

    id: str
    met: bool | None
    text: Text
    citation: str
    source_step: SourceStep
    validity: Validity


def repower_consequences(
    *,
    old_mw: float,
    new_mw: float,
    unit_mw: float,
    years_on_grid: float,
    land_ratio: float | None,
    same_positions: bool,
    full_load_hours_h: float,
    min_unit_mw: float,
    here: Locality = UNTOLD,
) -> list[LawStatement]:
    """What law and plan say about a repowering of this size, one row a statement.

    Texts of other areas than `here` are left out.

    Returns
    -------
    list of LawStatement

    Examples
    --------
    >>> rows = repower_consequences(old_mw=49.5, new_mw=49.5, unit_mw=5.5,
    ...     years_on_grid=10.5, land_ratio=None, same_positions=False,
    ...     full_load_hours_h=2900.0, min_unit_mw=3.0)
    >>> {r.id: r.met for r in rows}["unit_size"]
    True
    """
    facts = law_facts()

    def row(
        name: str, values: Mapping[str, Any] | None = None, *, met: bool | None
    ) -> LawStatement:
        f = facts[name]
        v = dict(values or {})
        text = Text(zh=f.text("zh").format(**v), en=f.text("en").format(**v))
        return LawStatement(name, met, text, f.citation, f.source_step, f.validity)

    kept = new_mw <= old_mw * (1 + 1e-9)
    hours = rule_limit("WD-005")
    out = [
        row("unit_size", {"unit": unit_mw, "least": min_unit_mw}, met=unit_mw >= min_unit_mw),
        row(
            "kind_kept" if kept else "kind_increased", {"old": old_mw, "new": new_mw}, met=None
        ),
        row("capacity_kept", {"old": old_mw}, met=None),
    ]
    if not kept:
        out.append(row("capacity_added", {"extra": new_mw - old_mw}, met=None))
    out += [
        row("grid_kept" if kept else "grid_added", met=None),
        row("subsidy", met=None),
        row(
            "subsidy_end",
            met=None if years_on_grid != years_on_grid else years_on_grid < 20.0,
        ),
        row("hours", {"hours": full_load_hours_h}, met=full_load_hours_h >= hours.value),
    ]
    met = None if land_ratio is None else (same_positions and land_ratio <= 1.0)
    shown = "—" if land_ratio is None else f"{land_ratio:.2f}"
    out += [
        row("land", {"ratio": shown}, met=met),
        row("retire", met=None),
        row("not_in_reserve", met=None),
    ]
    return [r for r in out if facts[r.id].concerns(here)]
