"""The way of the chosen pieces through the afforestation method, from land to value.

What the method's annex decides (baseline, leakage, deduction, crediting period, pools) is the
user's to give; without it the step says so and nothing after it is computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from carbon_sink.ccer_section import CcerTerms, Valuation
from carbon_sink.change.measures import stand_gain_terms, with_derived_rows
from carbon_sink.potential.ccer import ccer_method
from carbon_sink.potential.outcome import PathStep, ValueSummary
from carbon_sink.potential.projects import SinkRate
from carbon_sink.potential.valuation import present_value, valuation_factor
from carbon_sink.section import PotentialSection
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.stock.uncertainty import Term, monte_carlo
from gis.say import listed, say
from layers.spec import Text, text_of

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["CcerPath", "ccer_path", "ex_ante", "monitoring_plan"]

_NEEDS = text_of(say("carbon_sink.ccer.needs_annex"))
_CO2 = "co2_per_c"
_DEDUCTIONS = ("baseline", "leakage", "buffer", "crediting", "pools")


@dataclass(frozen=True)
class CcerPath:
    """Steps, removals year by year, monitoring plan and value of the chosen pieces.

    Attributes
    ----------
    steps
        In the order of the method; what is not known says what it needs.
    yearly
        See `ex_ante`; empty where nothing was chosen.
    monitoring
        See `monitoring_plan`.
    value
        None without a price of the user.
    """

    steps: tuple[PathStep, ...]
    yearly: pd.DataFrame
    monitoring: pd.DataFrame
    value: ValueSummary | None


def _step(
    key: str,
    state: str,
    words: Text,
    *,
    value: float = math.nan,
    low: float = math.nan,
    high: float = math.nan,
    unit: str = "",
    source: str = "",
) -> PathStep:
    return PathStep(
        id=key,
        title=text_of(say(f"carbon_sink.ccer.step_{key}")),
        state=state,
        value=value,
        low=low,
        high=high,
        unit=unit,
        text=words,
        source=source,
    )


def _by_year(
    rate: SinkRate,
    area_ha: float,
    user_tc_yr: tuple[float, float, float],
    years: int,
    table: Coefficients,
    *,
    depth_cm: int,
    draws: int,
    seed: int,
) -> list[dict[str, float]]:
    """Carbon gained in each year by pool, with the interval of the sum [tC]."""
    wanted: dict[str, list[Term]] = {}
    pools: set[str] = set()
    for year in range(1, years + 1):
        now = stand_gain_terms(rate.kind, area_ha, float(year), depth_cm=depth_cm)
        then = stand_gain_terms(rate.kind, -area_ha, float(year - 1), depth_cm=depth_cm)
        both: list[Term] = []
        whole: list[Term] = []
        for pool, terms in now.items():
            if terms is None:
                continue
            pools.add(pool)
            own = [t for t in [*terms, *(then[pool] or [])] if t.weight]
            wanted[f"{year}/{pool}"] = own
            both += own
            whole += [t for t in terms if t.weight]
        wanted[f"{year}/all"] = both
        wanted[f"{year}/sum"] = whole
    known = {k: v for k, v in wanted.items() if v}
    found = monte_carlo(known, table, draws=draws, seed=seed, shares=False) if known else {}
    user, user_low, user_high = user_tc_yr
    rows = []
    for year in range(1, years + 1):
        e, total = found.get(f"{year}/all"), found.get(f"{year}/sum")
        row = {
            f"{pool}_tc": (found[k].value if (k := f"{year}/{pool}") in found else 0.0)
            if pool in pools
            else math.nan
            for pool in ("biomass", "soc")
        }
        row["gain_tc"] = (e.value if e else 0.0) + user
        row["low_tc"] = (e.low if e else 0.0) + user_low
        row["high_tc"] = (e.high if e else 0.0) + user_high
        row["own_rate_tc"] = user
        # ends of a sum are not the sums of ends: drawn for the sum itself
        row["total_tc"] = (total.value if total else 0.0) + user * year
        row["total_low_tc"] = (total.low if total else 0.0) + user_low * year
        row["total_high_tc"] = (total.high if total else 0.0) + user_high * year
        rows.append(row)
    return rows


def ex_ante(
    chosen: gpd.GeoDataFrame | pd.DataFrame,
    rate: SinkRate,
    section: PotentialSection,
    table: Coefficients,
    *,
    start_year: int,
    depth_cm: int,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Removals of the chosen pieces year by year, before deductions and after.

    Pieces are planted together in `start_year` and grow along the rates of the measure, so a
    young stand stores nothing where its line says so.

    Parameters
    ----------
    chosen : DataFrame
        Of `as_projects`: ``area_ha, rate_basis, ecosystem``.
    rate : SinkRate
    section : PotentialSection
    start_year : int
    depth_cm : int
        Bottom of the soil layer of the rates.

    Returns
    -------
    DataFrame
        ``year, age_years, area_ha, biomass_tc, soc_tc, own_rate_tc, gain_tc, low_tc, high_tc,
        total_tc, total_low_tc, total_high_tc, removal_tco2e, removal_low_tco2e,
        removal_high_tco2e, removal_total_tco2e, removal_total_low_tco2e,
        removal_total_high_tco2e (since planting), baseline_tco2e, leakage_tco2e,
        deduction_tco2e, creditable_tco2e``; NaN where the annex is needed. Area without a rate
        is not in it.
    """
    terms = section.ccer
    years = terms.crediting_years or section.years
    basis = chosen["rate_basis"].astype(str)
    measured = basis.isin(["measured", "carried_over"]).to_numpy()
    area = chosen["area_ha"].to_numpy(np.float64)
    own = basis.eq("user").to_numpy()
    if not (measured | own).any():
        return pd.DataFrame()
    user = tuple(
        float(chosen[c].to_numpy(np.float64)[own].sum()) / rate.years
        for c in ("gain_tc", "gain_low_tc", "gain_high_tc")
    )
    rows = _by_year(
        rate, float(area[measured].sum()), (user[0], user[1], user[2]), years,
        with_derived_rows(table), depth_cm=depth_cm, draws=draws, seed=seed,
    )  # fmt: skip
    out = pd.DataFrame(rows)
    out.insert(0, "year", [start_year + k for k in range(years)])
    out.insert(1, "age_years", range(1, years + 1))
    out.insert(2, "area_ha", float(area[measured | own].sum()))
    co2 = constants()[_CO2]
    pairs = (("", "gain_tc"), ("_low", "low_tc"), ("_high", "high_tc"))
    sums = (
        ("_total", "total_tc"),
        ("_total_low", "total_low_tc"),
        ("_total_high", "total_high_tc"),
    )
    for new, old in (*pairs, *sums):
        out[f"removal{new}_tco2e"] = out[old] * co2
    return _deducted(out, terms)


def _deducted(out: pd.DataFrame, terms: CcerTerms) -> pd.DataFrame:
    """(removal of the pools counted - baseline) x (1 - leakage) x (1 - deduction)."""

    def given(value: float | None) -> float:
        return math.nan if value is None else value

    out["baseline_tco2e"] = given(terms.baseline_tco2e_ha_yr) * out["area_ha"]
    counted = out["own_rate_tc"] if terms.pools else math.nan * out["own_rate_tc"]
    for pool in terms.pools:
        counted = counted + out[f"{pool}_tc"]
    net = counted * constants()[_CO2] - out["baseline_tco2e"]
    out["leakage_tco2e"] = net * given(terms.leakage_frac)
    out["deduction_tco2e"] = (net - out["leakage_tco2e"]) * given(terms.buffer_frac)
    left = net - out["leakage_tco2e"] - out["deduction_tco2e"]
    known = terms.crediting_years is not None
    out["creditable_tco2e"] = left if known else math.nan
    return out


def monitoring_plan() -> pd.DataFrame:
    """What has to be monitored, how, and why; how often is the annex's.

    Examples
    --------
    >>> monitoring_plan()["parameter"].tolist()[:3]
    ['boundary', 'tenure', 'survival']
    """
    often = text_of(say("carbon_sink.ccer.often_needs_annex"))
    return pd.DataFrame(
        [
            {
                "parameter": m.id,
                "title_zh": m.title.zh,
                "title_en": m.title.en,
                "unit": m.unit,
                "how_zh": m.how.zh,
                "how_en": m.how.en,
                "why_zh": m.why.zh,
                "why_en": m.why.en,
                "often_zh": often.zh,
                "often_en": often.en,
            }
            for m in ccer_method().monitor
        ]
    )


def _given_or_annex(terms: CcerTerms) -> dict[str, PathStep]:
    said = text_of(say("carbon_sink.ccer.as_given"))
    pools = say("carbon_sink.ccer.pools_are", pools=listed(
        say(f"carbon_sink.ccer.pool_{p}") for p in terms.pools
    ))  # fmt: skip
    values: dict[str, tuple[float | None, str]] = {
        "baseline": (terms.baseline_tco2e_ha_yr, "tCO2e/ha/yr"),
        "leakage": (terms.leakage_frac, "0-1"),
        "buffer": (terms.buffer_frac, "0-1"),
        "crediting": (
            None if terms.crediting_years is None else float(terms.crediting_years),
            "yr",
        ),
    }
    out = {
        k: _step(k, "needs_annex", _NEEDS)
        if v is None
        else _step(k, "given", said, value=v, unit=unit, source=terms.source)
        for k, (v, unit) in values.items()
    }
    out["pools"] = (
        _step("pools", "given", text_of(pools), source=terms.source)
        if terms.pools
        else _step("pools", "needs_annex", _NEEDS)
    )
    return out


def _conditions(chosen: pd.DataFrame) -> PathStep:
    if not len(chosen):
        return _step("conditions", "none", text_of(say("carbon_sink.ccer.conditions_none")))
    answers = chosen["ccer"].value_counts()
    counts = {k: int(answers.get(k, 0)) for k in ("pass", "unknown", "fail")}
    state = "fail" if counts["fail"] else "unknown" if counts["unknown"] else "pass"
    words = say(
        "carbon_sink.ccer.conditions_counted",
        n=len(chosen),
        passed=counts["pass"],
        unknown=counts["unknown"],
        failed=counts["fail"],
    )
    method = ccer_method().method
    return _step("conditions", state, text_of(words), source=f"{method.id}; {method.source}")


def _dry(waived: pd.DataFrame, rain_mm: float | None) -> bool:
    """Whether any of the waived pieces has less rain than the method's threshold."""
    least = next(w.less_than_mm for w in ccer_method().waiver if w.id == "rain")
    if "rainfall_mm" in waived.columns:
        rain = waived["rainfall_mm"].to_numpy(np.float64)
        rain = np.where(np.isnan(rain), np.nan if rain_mm is None else rain_mm, rain)
    else:
        rain = np.array([np.nan if rain_mm is None else rain_mm])
    return least is not None and bool((rain < least).any())


def _additionality(
    chosen: pd.DataFrame, checks: pd.DataFrame, rain_mm: float | None, terms: CcerTerms
) -> PathStep:
    own = checks[checks["check"] == "additionality"].set_index("candidate_id")["answer"]
    waived = own.reindex(chosen["candidate_id"]).eq("pass").to_numpy()
    area = chosen["area_ha"].to_numpy(np.float64)
    total = float(area.sum())
    if not waived.any() or total <= 0:
        return _step("additionality", "to_show", text_of(say("carbon_sink.ccer.to_show_on")))
    holds: Mapping[str, bool] = {
        "rain": _dry(chosen[waived], rain_mm),
        "key_zone": terms.key_ecological_zone == "yes",
        "welfare_forest": terms.public_welfare_forest == "yes",
    }
    ground = next(w for w in ccer_method().waiver if holds[w.id])
    words = say(
        "carbon_sink.ccer.waived_on",
        share=float(area[waived].sum()) / total,
        ground=ground.title,
        reference=ground.reference,
    )
    state = "waived" if waived.all() else "to_show"
    return _step(
        "additionality", state, text_of(words), source=f"{ground.source}; {ground.quality}"
    )


def _sums(yearly: pd.DataFrame, chosen: pd.DataFrame, rate: SinkRate) -> PathStep:
    if not len(yearly):
        return _step("ex_ante", "not_estimated", text_of(say("carbon_sink.ccer.ex_ante_none")))
    area = float(yearly["area_ha"].iloc[0])
    missing = float(chosen["area_ha"].sum()) - area
    pools = listed(say(f"carbon_sink.ccer.pool_{p}") for p in rate.not_estimated)
    words = say(
        "carbon_sink.ccer.ex_ante_of",
        ha=area,
        missing=max(missing, 0.0),
        pools=pools if rate.not_estimated else say("carbon_sink.ccer.no_pool_missing"),
    )
    return _step(
        "ex_ante",
        "computed",
        text_of(words),
        value=float(yearly["removal_total_tco2e"].iloc[-1]),
        low=float(yearly["removal_total_low_tco2e"].iloc[-1]),
        high=float(yearly["removal_total_high_tco2e"].iloc[-1]),
        unit="tCO2e",
    )


def _value(yearly: pd.DataFrame, value: Valuation | None, cost: float) -> ValueSummary | None:
    """Worth of the removals today; of the creditable ones where they are known."""
    if value is None or not len(yearly):
        return None
    credit = bool(yearly["creditable_tco2e"].notna().all())
    tonnes = yearly["creditable_tco2e" if credit else "removal_tco2e"].to_numpy(np.float64)
    worth = present_value(
        tonnes, value.price_yuan_tco2e, value.discount_frac, value.price_growth_frac
    )
    even = valuation_factor(
        value.price_yuan_tco2e,
        len(yearly),
        value.discount_frac,
        1.0 / (1.0 + value.price_growth_frac) - 1.0,
    )
    return ValueSummary(
        of="creditable" if credit else "before_deductions",
        years=len(yearly),
        tco2e=float(tonnes.sum()),
        price_yuan_tco2e=value.price_yuan_tco2e,
        discount_frac=value.discount_frac,
        price_growth_frac=value.price_growth_frac,
        present_value_yuan=worth,
        even_factor_yuan_tco2e=even,
        even_value_yuan=even * float(tonnes.sum()),
        cost_yuan=cost,
        net_yuan=worth - cost,
        source=value.source,
    )


def ccer_path(
    projects: gpd.GeoDataFrame | pd.DataFrame | None,
    checks: pd.DataFrame,
    rate: SinkRate,
    section: PotentialSection,
    table: Coefficients,
    *,
    start_year: int,
    rain_mm: float | None,
    depth_cm: int,
    draws: int = 10_000,
    seed: int = 0,
) -> CcerPath:
    """Steps from land to value for the chosen pieces.

    Parameters
    ----------
    projects : DataFrame or None
        Of `select_projects`, with ``selected``.
    checks : DataFrame
        Of `as_projects`.
    """
    everything: Any = projects if projects is not None else pd.DataFrame()
    chosen = everything[everything["selected"].astype(bool)] if len(everything) else everything
    terms = section.ccer
    some = len(chosen) > 0
    yearly = (
        ex_ante(
            chosen, rate, section, table,
            start_year=terms.start_year or start_year,
            depth_cm=depth_cm, draws=draws, seed=seed,
        )
        if some
        else pd.DataFrame()
    )  # fmt: skip
    steps = _given_or_annex(terms)
    first = [_conditions(chosen)]
    if some:
        first.append(_additionality(chosen, checks, rain_mm, terms))
    summed = _sums(yearly, chosen, rate)
    missing = [steps[k].title for k in _DEDUCTIONS if steps[k].state == "needs_annex"]
    if len(yearly) and not missing:
        creditable = _step(
            "creditable", "computed", text_of(say("carbon_sink.ccer.creditable_of")),
            value=float(yearly["creditable_tco2e"].sum()), unit="tCO2e", source=terms.source,
        )  # fmt: skip
    elif missing:
        waits = say("carbon_sink.ccer.creditable_waits", missing=listed(missing))
        creditable = _step("creditable", "needs_annex", text_of(waits))
    else:
        creditable = _step(
            "creditable", "not_estimated", text_of(say("carbon_sink.ccer.ex_ante_none"))
        )
    plan = monitoring_plan()
    monitor = _step(
        "monitoring", "listed", text_of(say("carbon_sink.ccer.monitoring_of", n=len(plan)))
    )
    cost = float(chosen["cost_yuan"].sum(min_count=len(chosen))) if some else math.nan
    ordered = (*first, *(steps[k] for k in _DEDUCTIONS), summed, creditable, monitor)
    return CcerPath(ordered, yearly, plan, _value(yearly, section.value, cost))
