"""Quality of a mast: what one series alone cannot show, its heights and a reference can.

The tests of single values are those of `siting.wind.resource.qc`; here heights are held
against one another (ice on one cup, the shadow of the tower), the vane against the wind, the
series against itself (copied runs) and its clock against a reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.say import say
from gis.toml import read_toml
from layers.result import Warn
from siting.wind.resource.heights import speed_heights_m
from siting.wind.resource.qc import screen

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["copied_runs", "iced", "screened_mast", "shadowed", "shifted_months", "stuck_vane"]

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]


def _limit(name: str) -> float:
    return float(read_toml("siting.wind.turbines", "mast_qc.toml")[name]["value"])


def _runs(hit: Mask, least: int) -> Mask:
    """Only the runs of at least `least` hits."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hit, [False]]).astype(np.int8)))
    out = np.zeros(hit.size, dtype=bool)
    for first, last in edges.reshape(-1, 2):
        if last - first >= least:
            out[first:last] = True
    return out


def iced(speed_m_s: Float, others_m_s: Float, temp_c: Float) -> Mask:
    """Hours in which ice holds a cup: it stands in the cold while another height blows.

    Parameters
    ----------
    speed_m_s, temp_c : (t,) float
    others_m_s : (t,) float
        The highest speed of the mast's other heights.

    Examples
    --------
    >>> v = np.array([8.0, 0.2, 0.2, 0.2, 0.2, 8.0])
    >>> iced(v, np.full(6, 9.0), np.full(6, -3.0)).tolist()
    [False, True, True, True, True, False]
    """
    with np.errstate(invalid="ignore"):
        held = (
            (speed_m_s < _limit("ice_slow_m_s"))
            & (others_m_s >= _limit("ice_other_m_s"))
            & (temp_c < _limit("ice_temp_c"))
        )
    return _runs(held, int(_limit("ice_hours")))


def stuck_vane(direction_deg: Float, speed_m_s: Float) -> Mask:
    """Hours in which a vane does not turn although it blows.

    Examples
    --------
    >>> wd = np.array([10.0, 50.0, 90.0, 90.0, 90.0, 90.0, 90.0, 90.0, 90.0, 200.0])
    >>> int(stuck_vane(wd, np.full(10, 7.0)).sum())
    7
    """
    step = np.abs(np.diff(direction_deg))
    with np.errstate(invalid="ignore"):
        same = np.minimum(step, 360.0 - step) < _limit("vane_still_deg")
        blows = speed_m_s >= _limit("vane_wind_m_s")
    # n equal steps are n + 1 equal hours
    least = int(_limit("vane_still_h"))
    still = _runs(np.concatenate([[False], same & blows[1:] & blows[:-1]]), least - 1)
    return np.asarray(still | np.concatenate([still[1:], [False]]))


def shadowed(speed_m_s: Float, other_m_s: Float, direction_deg: Float) -> Mask:
    """Hours in which the tower stands before one anemometer, seen by its ratio to another.

    The ratio of the two heights falls in a narrow range of directions and nowhere else.
    Where both stand in the shadow of the same side, it cannot be seen this way.

    Parameters
    ----------
    speed_m_s, other_m_s, direction_deg : (t,) float
        The anemometer under test, another height, the vane.
    """
    width = _limit("shadow_sector_deg")
    n = round(360.0 / width)
    least = _limit("shadow_wind_m_s")
    with np.errstate(invalid="ignore"):
        use = (speed_m_s > 0) & (other_m_s >= least) & np.isfinite(direction_deg)
    number = np.floor(np.where(use, direction_deg, 0.0) / width + 0.5).astype(int) % n
    ratio = np.full(n, np.nan)
    for s in range(n):
        here = use & (number == s)
        if here.sum() >= _limit("shadow_least_h"):
            ratio[s] = float(np.median(speed_m_s[here] / other_m_s[here]))
    # the directions beside it: a window of three times the widest shadow
    reach = round(1.5 * _limit("shadow_span_deg") / width)
    beside = np.array(
        [
            np.nanmedian(ratio[(s + np.arange(-reach, reach + 1)) % n])
            if np.isfinite(ratio[(s + np.arange(-reach, reach + 1)) % n]).any()
            else np.nan
            for s in range(n)
        ]
    )
    with np.errstate(invalid="ignore"):
        low = ratio < beside * (1.0 - _limit("shadow_drop_frac"))
    low = _narrow(low, round(_limit("shadow_span_deg") / width))
    known = np.isfinite(direction_deg)
    of_all = np.floor(np.where(known, direction_deg, 0.0) / width + 0.5).astype(int) % n
    return np.asarray(known & low[of_all])


def _narrow(low: Mask, most: int) -> Mask:
    """Only the runs around the compass of at most `most` sectors."""
    if low.all() or not low.any():
        return np.zeros_like(low)
    start = int(np.flatnonzero(~low)[0])
    turned = np.roll(low, -start)
    return np.roll(turned & ~_runs(turned, most + 1), start)


def copied_runs(speed_m_s: Float) -> Mask:
    """Hours of runs that came before to the last digit: copied to fill a gap, or read twice.

    Examples
    --------
    >>> v = np.random.default_rng(1).uniform(3, 9, 100).round(2)
    >>> v[60:80] = v[10:30]
    >>> np.flatnonzero(copied_runs(v))[[0, -1]].tolist()
    [60, 79]
    """
    v = np.asarray(speed_m_s, dtype=float)
    n = int(_limit("copy_hours"))
    out = np.zeros(v.size, dtype=bool)
    if v.size < 2 * n:
        return out
    windows = np.lib.stride_tricks.sliding_window_view(v, n)
    distinct = (np.diff(np.sort(windows, axis=1), axis=1) != 0).sum(axis=1) + 1
    rich = np.isfinite(windows).all(axis=1) & (distinct >= _limit("copy_distinct"))
    seen: dict[bytes, int] = {}
    for i in np.flatnonzero(rich):
        key = windows[i].tobytes()
        first = seen.setdefault(key, int(i))
        if i - first >= n:
            out[i : i + n] = True
    return out


def shifted_months(site: pd.Series, reference: pd.Series) -> dict[str, int]:
    """Month -> hours the reference must be moved by to fit better, where it is not the same.

    A clock that is late in every month is one wrong clock; one that is late in some months
    was set wrong on a visit, or by summer time.

    Parameters
    ----------
    site, reference : Series
        Hourly wind speed by time.
    """
    both = pd.DataFrame({"site": site, "reference": reference.reindex(site.index)})
    most = int(_limit("shift_h"))
    out: dict[str, int] = {}
    times = pd.DatetimeIndex(both.index)
    for month, rows in both.groupby(times.strftime("%Y-%m").to_numpy()):
        if len(rows.dropna()) < _limit("shift_least_h"):
            continue
        r = {}
        for lag in range(-most, most + 1):
            moved = reference.reindex(
                pd.DatetimeIndex(rows.index) - pd.Timedelta(hours=lag)
            ).to_numpy()
            r[lag] = float(rows["site"].corr(pd.Series(moved, rows.index)))
        best = max(r, key=lambda k: (r[k], -abs(k)))
        if best and r[best] > r[0] + _limit("shift_gain"):
            out[str(month)] = best
    return out


def screened_mast(mast: Weather) -> Weather:
    """The mast without the hours its tests refuse; what went is told.

    Speeds of iced, shadowed, frozen and copied hours and impossible values are taken out at
    their own height; the direction of a stuck vane is.
    """
    heights = speed_heights_m(mast)
    hourly = mast.hourly.copy()
    speeds = {h: hourly[c].to_numpy(dtype=float) for h, c in heights.items()}
    wd = _vane(hourly)
    temp = hourly["temp_air_c"].to_numpy(float) if "temp_air_c" in hourly else None
    warnings: list[Warn] = []

    def told(code: str, n: int, where: str) -> None:
        if n:
            text = say(f"siting.wind_resource.mast_{code}", hours=n, where=where)
            warnings.append(Warn(f"mast_{code}", text, mast.where))

    for h, name in heights.items():
        v = speeds[h]
        found = screen(mast.index, v, temp_c=temp)
        gone = ~found.valid & np.isfinite(v)
        told("values", int(gone.sum()), f"{h:g} m")
        bad = gone.copy()
        others = [speeds[o] for o in speeds if o != h]
        if others and temp is not None:
            ice = iced(v, np.fmax.reduce(others), temp) & ~bad
            told("iced", int(ice.sum()), f"{h:g} m")
            bad |= ice
        if others and wd is not None:
            nearest = min((o for o in speeds if o != h), key=lambda o: abs(o - h))
            shade = shadowed(v, speeds[nearest], wd) & ~bad & np.isfinite(v)
            told("shadow", int(shade.sum()), f"{h:g} m")
            bad |= shade
        copied = copied_runs(v) & ~bad
        told("copied", int(copied.sum()), f"{h:g} m")
        hourly.loc[bad | copied, name] = np.nan
    for name in _vanes(hourly):
        still = stuck_vane(hourly[name].to_numpy(dtype=float), speeds[max(speeds)])
        told("vane", int(still.sum()), name)
        hourly.loc[still, name] = np.nan
    return mast.with_hourly(hourly, warnings)


def _vanes(hourly: pd.DataFrame) -> list[str]:
    return [str(c) for c in hourly.columns if str(c).startswith("wind_direction")]


def _vane(hourly: pd.DataFrame) -> Float | None:
    """The direction with most hours; None without one."""
    names = _vanes(hourly)
    if not names:
        return None
    known = [int(hourly[c].notna().to_numpy().sum()) for c in names]
    best = names[known.index(max(known))]
    return hourly[best].to_numpy(dtype=float)
