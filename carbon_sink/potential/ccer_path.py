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
from carbon_sink.potential.ccer import ccer_method
from carbon_sink.potential.ex_ante import ex_ante
from carbon_sink.potential.outcome import PathStep, ValueSummary
from carbon_sink.potential.projects import SinkRate
from carbon_sink.potential.valuation import present_value, valuation_factor
from carbon_sink.section import PotentialSection
from carbon_sink.stock.coefficients import Coefficients
from gis.say import listed, say
from layers.spec import Text, text_of

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["CcerPath", "ccer_path", "monitoring_plan"]

_NEEDS = text_of(say("carbon_sink.ccer.needs_annex"))
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
        None without a price of the user, and where nothing can be credited.
    baseline_doubt
        Code of the warning where the baseline leaves nothing to credit, or is most of it.
    """

    steps: tuple[PathStep, ...]
    yearly: pd.DataFrame
    monitoring: pd.DataFrame
    value: ValueSummary | None
    baseline_doubt: str = ""


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


def _growth_tco2e_ha_yr(yearly: pd.DataFrame) -> float:
    """Mean removal of the pools that count over the crediting period, before deductions.

    What is credited, with leakage and deduction put back, is the removal less the baseline.
    """
    parts = ["creditable_tco2e", "leakage_tco2e", "deduction_tco2e", "baseline_tco2e"]
    return float((yearly[parts].sum(axis=1) / yearly["area_ha"]).mean())


def _creditable(yearly: pd.DataFrame, terms: CcerTerms) -> tuple[PathStep, str]:
    """What is credited, and the code of what is to be asked about the baseline."""
    last = yearly.iloc[-1]
    if not math.isfinite(last["creditable_total_tco2e"]):
        pools = listed(say(f"carbon_sink.ccer.pool_{p}") for p in terms.pools)
        waits = say("carbon_sink.ccer.creditable_without_rate", pools=pools)
        return _step("creditable", "not_estimated", text_of(waits)), ""
    baseline, own = terms.baseline_tco2e_ha_yr or 0.0, _growth_tco2e_ha_yr(yearly)
    key, doubt = "of", ""
    if last["creditable_total_tco2e"] <= 0:
        key, doubt = "none", "ccer_nothing_credited"
    elif -baseline > own:
        key, doubt = "mostly_baseline", "ccer_mostly_baseline"
    words = say(f"carbon_sink.ccer.creditable_{key}", baseline=baseline, own=own)
    step = _step(
        "creditable",
        "computed",
        text_of(words),
        value=float(last["creditable_total_tco2e"]),
        low=float(last["creditable_total_low_tco2e"]),
        high=float(last["creditable_total_high_tco2e"]),
        unit="tCO2e",
        source=terms.source,
    )
    return step, doubt


def _value(yearly: pd.DataFrame, value: Valuation | None, cost: float) -> ValueSummary | None:
    """Worth of the removals today; of the creditable ones where they are known."""
    if value is None or not len(yearly):
        return None
    credit = bool(yearly["creditable_tco2e"].notna().all())
    tonnes = yearly["creditable_tco2e" if credit else "removal_tco2e"].to_numpy(np.float64)
    if credit and not tonnes.sum() > 0:
        return None  # what nobody credits has no price; the step says so
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
    doubt = ""
    if len(yearly) and not missing:
        creditable, doubt = _creditable(yearly, terms)
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
    return CcerPath(ordered, yearly, plan, _value(yearly, section.value, cost), doubt)
