"""Trends of the series, and the state of each target year by year until the last one asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from carbon_sink.cover.indicator import Indicator
from carbon_sink.cover.indicators import indicators
from carbon_sink.monitor.outcome import TargetState
from carbon_sink.monitor.trend import Trend, trend_of
from gis.say import Sentence, listed, say
from layers.answers.figure import gap_unit
from layers.plan.model import Target
from layers.relation import holds
from layers.spec import Text, text_of
from layers.units import unit_of

_LEAST = 4  # dates of a trend, see `trend_of`

__all__ = ["target_states", "trend_table", "trends_of"]

Key = tuple[str, str]

_SURE = 0.01
"""Chance of a break below which the dates before it say nothing of the years ahead."""
_UNTOLD = frozenset({"none", "few", "bounds"})
"""Why nothing is told of the years ahead."""


def figures_of(own: pd.DataFrame) -> pd.DataFrame:
    """Dates whose value is a figure, and not one end of the interval of an unclear class.

    Examples
    --------
    >>> t = pd.DataFrame({"value": [5.0, 0.0], "low": [4.0, 0.0], "high": [6.0, 17.0]})
    >>> figures_of(t)["value"].tolist()
    [5.0]
    """
    value, low, high = (own[c].astype(float) for c in ("value", "low", "high"))
    bound = (low < high) & ((value <= low) | (value >= high))
    return own[value.notna() & ~bound]


def trends_of(table: pd.DataFrame, least: int, *, seed: int = 0) -> dict[Key, Trend]:
    """Trend of every indicator and caliber with enough dates."""
    out = {}
    for key, own in table.groupby(["indicator", "caliber"], sort=False):
        known = figures_of(own)
        if known["year"].nunique() >= least:
            out[(str(key[0]), str(key[1]))] = trend_of(known["year"], known["value"], seed=seed)
    return out


def trend_table(table: pd.DataFrame, trends: Mapping[Key, Trend]) -> pd.DataFrame:
    """One row a series: dates, slope with interval, probability, break."""
    rows = []
    for key, own in table.groupby(["indicator", "caliber"], sort=False):
        first = own.iloc[0]
        t = trends.get((str(key[0]), str(key[1])))
        rows.append(
            {
                "indicator": key[0],
                "title_zh": first["title_zh"],
                "title_en": first["title_en"],
                "caliber": key[1],
                "unit": first["unit"],
                "dates": int(own["value"].notna().sum()),
                "from_year": int(own["year"].min()),
                "to_year": int(own["year"].max()),
                "slope": t.slope if t else math.nan,
                "slope_low": t.slope_low if t else math.nan,
                "slope_high": t.slope_high if t else math.nan,
                "tau": t.tau if t else math.nan,
                "p": t.p if t else math.nan,
                "break_year": float(t.break_year) if t and t.break_year else math.nan,
                "break_p": t.break_p if t else math.nan,
            }
        )
    return pd.DataFrame(rows)


def _since_break(own: pd.DataFrame, trend: Trend | None, seed: int) -> Trend | None:
    """The trend of the dates since a break; None without a break, or with too few of them."""
    if trend is None or trend.break_year is None:
        return None
    after = figures_of(own[own["year"] >= trend.break_year])
    return trend_of(after["year"], after["value"], seed=seed) if len(after) >= _LEAST else None


def _span(trend: Trend, other: Trend | None, year: int) -> tuple[float, float, float]:
    """The trend in a year and its ends, which reach over those of the dates since a break.

    A break that one series in a hundred shows by chance, or fewer, moves the course itself to
    the dates since.
    """
    mid, low, high = trend.at(year)
    if other is None:
        return mid, low, high
    own, below, above = other.at(year)
    return own if trend.break_p < _SURE else mid, min(low, below), max(high, above)


def _lost(target: Target, values: Mapping[int, float], met_in: int | None) -> int | None:
    """The first year after the target was met in which it holds no longer."""
    later = sorted(y for y in values if met_in is not None and y > met_in)
    return next((y for y in later if not holds(values[y], target.relation, target.value)), None)


def _calibers_seen(kind: Indicator, table: pd.DataFrame) -> list[Text]:
    """Calibers in which an indicator has figures, in words."""
    own = table[(table["indicator"] == kind.id) & table["value"].notna()]
    words = {**kind.calibers, **kind.proxies}
    return [words[c] for c in own["caliber"].unique() if c in words]


def _first(target: Target, values: Mapping[int, float]) -> int | None:
    return next((y for y, v in values.items() if holds(v, target.relation, target.value)), None)


def _said(
    key: str,
    target: Target,
    n: int,
    last: int,
    end: int,
    met: tuple[int | None, int | None, int | None],
    others: Sequence[Text],
) -> dict[str, object]:
    """What the sentence of a target is filled with."""
    values: dict[str, object] = {"title": target.title}
    if key == "no_dates":
        return values
    if key in {"no_caliber", "other_caliber"}:
        return values | {"calibers": listed(others)}
    dates = "one_date" if n == 1 else "n_dates"
    values |= {"dates": say(f"carbon_sink.monitor.{dates}", n=n), "last": str(last)}
    if key in _UNTOLD:
        return values | {"end": str(end)}
    first, earliest, latest = met
    if key == "reached":
        return values | {"year": str(first)}
    if key == "measures" and first is not None:
        return values | {"met": say("carbon_sink.monitor.met_by_measures", year=str(first))}
    if first is None and earliest is not None and key != "measures":
        met_by = say("carbon_sink.monitor.never_open", end=str(end), earliest=str(earliest))
        return values | {"met": met_by}
    if first is None:
        return values | {"met": say("carbon_sink.monitor.never", end=str(end))}
    span = (
        say("carbon_sink.monitor.span_open", earliest=str(earliest))
        if latest is None
        else say("carbon_sink.monitor.span", earliest=str(earliest), latest=str(latest))
    )
    return values | {"met": say("carbon_sink.monitor.met_in", year=str(first), span=span)}


def _break_told(
    target: Target, trend: Trend, basis: str, since: Trend | None, factor: float
) -> Sentence:
    """What a break says: of the course of a trend, or that all dates have none."""
    year = trend.break_year
    if basis == "trend":
        held = "few" if since is None else "moved" if trend.break_p < _SURE else "held"
        return say(f"carbon_sink.monitor.break_{held}", year=str(year))
    if since is None:
        return say("carbon_sink.monitor.break_apart", year=str(year))
    return say(
        "carbon_sink.monitor.break_apart_since",
        year=str(year),
        slope=since.slope * factor,
        unit=gap_unit(target.unit),
    )


def target_states(
    targets: Sequence[Target],
    table: pd.DataFrame,
    trends: Mapping[Key, Trend],
    calibers: Mapping[str, str],
    measures: pd.DataFrame | None,
    *,
    last_year: int,
    seed: int = 0,
) -> tuple[pd.DataFrame, tuple[TargetState, ...]]:
    """The state of each target in each year, and when it is met, earliest and latest.

    Observed years are observed. After the last one the course is the trend's where there is
    one that is not chance (p < 0.05), in an interval that holds the dates since a break too
    (a break at 1 % moves the course to these); else that of the plan's measures, else none: a
    figure of one date says nothing about another.

    Parameters
    ----------
    table : DataFrame
        Of `dated_figures`.
    calibers : mapping
        Target -> the caliber it was compared in; its own where it is not among them.
    measures : DataFrame or None
        The run's ``scenario_targets``.

    Returns
    -------
    rows : DataFrame
        ``target_id, caliber, year, value, low, high, unit, basis, met``.
    states : tuple of TargetState
    """
    rows: list[dict[str, object]] = []
    states = []
    for t in targets:
        kind = indicators().get(t.indicator)
        if kind is None:
            continue
        caliber = t.caliber or calibers.get(t.id, "")
        factor = unit_of(t.unit).per_base / unit_of(kind.unit).per_base
        own = table[(table["indicator"] == t.indicator) & (table["caliber"] == caliber)]
        own = own[own["value"].notna()].sort_values("year")
        seen = {
            int(y): float(v) * factor for y, v in zip(own["year"], own["value"], strict=True)
        }
        trend = trends.get((t.indicator, caliber))
        since = _since_break(own, trend, seed)
        last = max(seen, default=0)
        courses: dict[str, dict[int, float]] = {"value": dict(seen)}
        for end in ("low", "high"):
            of_date = own[end].fillna(own["value"]).astype(float) * factor
            courses[end] = dict(zip(own["year"].astype(int), of_date, strict=True))
        basis = "none"
        if seen and trend is not None and trend.p < 0.05:
            basis = "trend"
            for year in range(last + 1, last_year + 1):
                mid, low, high = (x * factor for x in _span(trend, since, year))
                courses["value"][year], courses["low"][year] = mid, low
                courses["high"][year] = high
        elif seen and measures is not None and len(measures):
            path = measures[measures["target_id"] == t.id]
            ahead = path[(path["year"] > last) & (path["year"] <= last_year)]
            if len(ahead) and (path["caliber"] == caliber).all():
                basis = "measures"
                for year, value in zip(ahead["year"], ahead["value"], strict=True):
                    for course in courses.values():
                        course[int(year)] = float(value)
        for year, value in courses["value"].items():
            observed = year in seen
            # a date, or a course of measures, whose interval nobody gave shows none
            given = basis == "trend" or observed
            blank = not given or (observed and courses["low"][year] == courses["high"][year])
            met = {holds(courses[k][year], t.relation, t.value) for k in courses}
            rows.append(
                {
                    "target_id": t.id,
                    "title_zh": t.title.zh,
                    "title_en": t.title.en,
                    "caliber": caliber,
                    "year": year,
                    "value": value,
                    "low": math.nan if blank else courses["low"][year],
                    "high": math.nan if blank else courses["high"][year],
                    "target": t.value,
                    "target_year": t.year,
                    "relation": t.relation,
                    "unit": t.unit,
                    "basis": "observed" if observed else basis,
                    "met": "uncertain" if len(met) > 1 else "yes" if met.pop() else "no",
                }
            )
        firsts = [_first(t, c) for c in courses.values()]
        known = [y for y in firsts if y is not None]
        met_in = firsts[0]
        reached = met_in is not None and met_in in seen
        others = () if seen else _calibers_seen(kind, table)
        key = "no_dates" if not seen else "reached" if reached else basis
        if others:
            key = "no_caliber" if not caliber else "other_caliber"
        if key == "none" and trend is None:
            key = "bounds" if len(own) >= _LEAST > len(figures_of(own)) else "few"
        latest = max(known) if len(known) == len(firsts) else None
        lost_in = _lost(t, courses["value"], met_in)
        words = say(
            f"carbon_sink.monitor.state_{key}",
            **_said(
                key,
                t,
                len(seen),
                last,
                last_year,
                (met_in, min(known, default=None), latest),
                others,
            ),
        )
        remarks = []
        if reached and latest != met_in:
            remarks.append(say("carbon_sink.monitor.reached_uncertain"))
        if lost_in is not None:
            by = "seen" if lost_in in seen else "course"
            remarks.append(say(f"carbon_sink.monitor.lost_{by}", year=str(lost_in)))
        if trend is not None and trend.break_year is not None:
            remarks.append(_break_told(t, trend, basis, since, factor))
        text = text_of(words)
        for r in remarks:
            text = Text(zh=f"{text.zh}；{r('zh')}", en=f"{text.en}; {r('en')}")
        states.append(
            TargetState(
                id=t.id,
                caliber=caliber,
                basis=basis,
                dates=len(seen),
                last_seen=last or None,
                met_in=met_in,
                # measures have no interval: one course tells neither earliest nor latest
                met_earliest=None if key == "measures" else min(known, default=None),
                met_latest=None if key == "measures" else latest,
                lost_in=lost_in,
                text=text,
            )
        )
    return pd.DataFrame(rows), tuple(states)
