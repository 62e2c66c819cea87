"""Quality of a measured or modelled wind series: gaps, negative, frozen, icing, limits, clock.

Nothing is repaired here. `screen` gives back which hours may be used and what was found, and
the caller decides with both in hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import Sentence, say

__all__ = ["TOP_M_S", "Check", "QualityReport", "screen"]

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Limits of the tests, each with its reason.
TOP_M_S = 60.0  # above the 50-year gust of any IEC class; an hourly mean cannot be higher
_FROZEN_H = 6  # hourly means do not repeat to the last digit for hours
_FROZEN_CALM_M_S = 0.5  # below an anemometer's threshold a repeated zero is normal
_ICE_TEMP_C = 2.0  # ice on cups and vanes forms around and below freezing
_ICE_STILL_H = 6  # a vane that does not turn by a degree for six hours while it is cold
_JUMP_M_S = 20.0  # change of an hourly mean between two hours


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    code
        ``gap``, ``negative``, ``frozen``, ``icing``, ``range``, ``jump``, ``direction``.
    hours
        How many hours it concerns.
    text
        The finding in a sentence.
    """

    code: str
    hours: int
    text: Sentence


@dataclass(frozen=True, eq=False)
class QualityReport:
    """What a series is worth.

    Attributes
    ----------
    valid : (t,) bool
        Hours without any finding.
    checks
        Findings, worst first.
    coverage_frac
        Share of valid hours.
    monthly_frac
        Coverage by month 1-12; a summer without data biases a year.
    """

    valid: Mask
    checks: tuple[Check, ...]
    coverage_frac: float
    monthly_frac: dict[int, float] = field(default_factory=dict)


def _runs(same: Mask, least: int) -> Mask:
    """Hours inside runs of at least `least` equal values; `same[k]`: k equals k - 1.

    The first hour equals none, so every run has one before it.
    """
    out = np.zeros(same.size, dtype=bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    for first, last in edges.reshape(-1, 2):
        if last - first + 1 >= least:  # the value before the run belongs to it
            out[first - 1 : last] = True
    return out


def screen(
    index: pd.DatetimeIndex,
    speed_m_s: Float,
    *,
    direction_deg: Float | None = None,
    temp_c: Float | None = None,
    spread_m_s: Float | None = None,
) -> QualityReport:
    """Test an hourly series.

    Parameters
    ----------
    index : DatetimeIndex
        Time-zone aware, one hour apart where complete; missing rows count as gaps.
    speed_m_s, direction_deg, temp_c : (t,) float
        NaN is missing.
    spread_m_s : (t,) float, optional
        Standard deviation inside the hour; zero while it blows means a frozen sensor.

    Raises
    ------
    DataError
        When the index has no time zone, or lengths differ.

    Examples
    --------
    >>> t = pd.date_range("2022-01-01", periods=8, freq="h", tz="UTC")
    >>> r = screen(t, np.array([5, 5.2, -1, np.nan, 6, 6.1, 70, 5.0]))
    >>> [(c.code, c.hours) for c in r.checks], r.coverage_frac
    ([('gap', 1), ('negative', 1), ('range', 1)], 0.625)
    """
    v = np.asarray(speed_m_s, dtype=float)
    if index.tz is None:
        raise DataError(
            say("siting.wind_resource.time_index_has_no_time"),
            todo=say("siting.wind_resource.state_clock_file"),
        )
    if len(index) != v.size:
        raise DataError(
            say("siting.wind_resource.index_speeds_differ_length"),
            got=f"{len(index)}, {v.size}",
        )
    found: list[tuple[str, Mask]] = []
    gap = np.isnan(v)
    found.append(("gap", gap))
    negative = v < 0
    found.append(("negative", negative))
    found.append(("range", v > TOP_M_S))
    hour = np.concatenate(
        [[False], np.diff(index.asi8) == np.diff(index.asi8).min(initial=1 << 62)]
    )
    same = np.concatenate([[False], np.diff(v) == 0.0]) & hour & (v > _FROZEN_CALM_M_S)
    frozen = _runs(same, _FROZEN_H)
    if spread_m_s is not None:
        frozen |= (np.asarray(spread_m_s) == 0.0) & (v > 2.0)
    found.append(("frozen", frozen))
    if direction_deg is not None:
        wd = np.asarray(direction_deg, dtype=float)
        bad = (wd < 0) | (wd > 360)
        found.append(("direction", bad))
        if temp_c is not None:
            still = np.concatenate([[False], np.abs(np.diff(wd)) < 1.0]) & hour
            cold = np.asarray(temp_c, dtype=float) < _ICE_TEMP_C
            ice = _runs(still & cold & (v < 1.0), _ICE_STILL_H) | _runs(
                still & cold & same, _ICE_STILL_H
            )
            found.append(("icing", ice))
    with np.errstate(invalid="ignore"):
        jump = np.concatenate([[False], np.abs(np.diff(v)) > _JUMP_M_S]) & hour
    # the hour after an impossible value is not to blame for the fall back
    impossible = np.concatenate([[False], ((v > TOP_M_S) | negative)[:-1]])
    found.append(("jump", jump & ~(v > TOP_M_S) & ~impossible))
    valid = np.ones(v.size, dtype=bool)
    checks = []
    for code, mask in found:
        valid &= ~mask
        if mask.any():
            n = int(mask.sum())
            values = {"top_m_s": TOP_M_S} if code == "range" else {}
            text = say(f"siting.wind_resource.qc_{code}", hours=n, **values)
            checks.append(Check(code, n, text))
    span = index[-1] - index[0]
    expected = max(round(span.total_seconds() / 3600.0) + 1, 1)
    absent = max(expected - len(index), 0) if len(index) > 1 else 0
    if absent:
        checks.insert(
            0, Check("gap", absent, say("siting.wind_resource.qc_rows_absent", hours=absent))
        )
    month = index.month.to_numpy()
    monthly = {int(m): float(valid[month == m].mean()) for m in sorted(set(month.tolist()))}
    return QualityReport(
        valid,
        tuple(sorted(checks, key=lambda c: -c.hours)),
        float(valid.sum() / max(expected, v.size)),
        monthly,
    )
