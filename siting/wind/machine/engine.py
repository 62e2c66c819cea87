"""Energy of many turbines over many hours: a table lookup compiled once.

The power of a turbine as a function of wind speed and air density is tabulated with the
density correction built in, and read by bilinear interpolation; cut-in and cut-out are
tested apart, so the jumps of the curve stay jumps.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError
from gis.machine import cores
from gis.say import say
from siting.wind.machine.kernels import (
    energy_sums,
    equivalent_rows,
    equivalent_sums,
    power_series,
    still_hours,
    stopped_sums,
)
from siting.wind.machine.turbine import RHO0_KG_M3, Turbine

__all__ = [
    "Correction",
    "Energy",
    "PowerTable",
    "cell_energy",
    "energy",
    "power_table",
    "series_kw",
    "still",
]

Correction = Literal["iec", "windpowerlib", "off"]
Float = NDArray[np.float64]
Float32 = NDArray[np.float32]

_SPEED_STEP_M_S = 0.02
_RHO_MIN_KG_M3 = 0.55
_RHO_MAX_KG_M3 = 1.70
_RHO_STEP_KG_M3 = 0.0125
_FACTOR_STEP = 0.001  # of the factors of one series, relative
_NEAR_ENOUGH = 4e-5  # between nodes two steps apart; between those it is finer
_WIDEST = 50.0  # factors smaller than the greatest by more are computed one by one
_MANY = 5000  # factors: more than nodes that span `_WIDEST`


@dataclass(frozen=True, eq=False)
class PowerTable:
    """Power of one turbine over density and wind speed.

    Attributes
    ----------
    power_kw : (r, n) float32
        Extended flat beyond both ends of the curve.
    curve_kw : (n,) float32
        Power at the curve's own density, zero below cut-in, flat above the last point.
    cut_in_m_s, cut_out_m_s : (r,) float32
        True wind speeds outside which power is zero, by density.
    restart_m_s
        Below it the machine runs again after a storm; None: as soon as below the cut-out.
    """

    power_kw: Float32
    curve_kw: Float32
    cut_in_m_s: Float32
    cut_out_m_s: Float32
    correction: Correction
    density_kg_m3: float
    turbine_id: str
    restart_m_s: float | None = None


@dataclass(frozen=True, eq=False)
class Energy:
    """Energy and hours of each row.

    Attributes
    ----------
    mean_kw : (n,) float
        Mean power of the hours with data [kW]; NaN when there is none.
    valid : (n,) int
        Hours with wind speed and density.
    """

    mean_kw: Float
    valid: NDArray[np.int64]

    @property
    def mwh_yr(self) -> Float:
        """Mean power over a year of 8,760 h [MWh/yr]."""
        return self.mean_kw * 8.76


def _exponent(speed_m_s: Float) -> Float:
    """Svenningsen's exponent, as windpowerlib has it."""
    return np.asarray(np.interp(speed_m_s, [7.5, 12.5], [1 / 3, 2 / 3]))


def power_table(turbine: Turbine, correction: Correction = "iec") -> PowerTable:
    """Tabulate `turbine` for the lookup engine.

    Parameters
    ----------
    correction : {"iec", "windpowerlib", "off"}
        ``"iec"``: P(v (rho/rho0)^(1/3)), cut-out tested on the true speed
        (IEC 61400-12-1). ``"windpowerlib"``: the speeds of the curve are shifted by
        (rho0/rho)^p(v), cut-out included, as that library's
        ``power_curve_density_correction`` does (L. Svenningsen, EMD, 2010).
        ``"off"``: no correction.

    References
    ----------
    IEC 61400-12-1:2022, 9.1.5; L. Svenningsen, Power Curve Air Density Correction and
    Other Power Curve Options in WindPRO, EMD International, 2010, p. 4.
    """
    rho = np.arange(_RHO_MIN_KG_M3, _RHO_MAX_KG_M3 + _RHO_STEP_KG_M3 / 2, _RHO_STEP_KG_M3)
    node, power = turbine.speed_m_s, turbine.power_kw
    top = float(node[-1]) * 1.45 + 1.0
    v = np.arange(0.0, top + _SPEED_STEP_M_S, _SPEED_STEP_M_S)
    table = np.empty((len(rho), len(v)), dtype=np.float32)
    low = np.empty(len(rho), dtype=np.float32)
    high = np.empty(len(rho), dtype=np.float32)
    for i, r in enumerate(rho):
        if correction == "windpowerlib":
            # the library's formula is tied to 1.225, whatever the curve's own density
            nodes = node * (RHO0_KG_M3 / r) ** _exponent(node)
            low[i], high[i] = nodes[0], nodes[-1]
        elif correction == "iec":
            nodes = node * np.cbrt(turbine.density_kg_m3 / r)
            low[i], high[i] = nodes[0], node[-1]
        else:
            nodes = node
            low[i], high[i] = node[0], node[-1]
        table[i] = np.interp(v, nodes, power)
    curve = np.interp(v, node, power, left=0.0).astype(np.float32)
    return PowerTable(
        table,
        curve,
        low,
        high,
        correction,
        turbine.density_kg_m3,
        turbine.id,
        turbine.restart_m_s,
    )


def still(table: PowerTable, speed_m_s: Float) -> NDArray[np.bool_]:
    """Hours after a storm in which the machine waits for the restart speed, (t,) bool.

    Examples
    --------
    >>> t = Turbine("x", 1000.0, 60.0, 80.0, [3, 10, 25], [0, 1000, 1000], None,
    ...             restart_m_s=20.0)
    >>> still(power_table(t), np.array([24.0, 26.0, 24.0, 19.0, 24.0])).tolist()
    [False, True, True, False, False]
    """
    out = np.zeros(len(speed_m_s), dtype=np.bool_)
    if table.restart_m_s is not None:
        v = np.ascontiguousarray(speed_m_s, dtype=np.float64)
        still_hours(v, float(table.cut_out_m_s[0]), table.restart_m_s, out)
    return out


def _steps() -> tuple[float, float, float]:
    return 1.0 / _SPEED_STEP_M_S, _RHO_MIN_KG_M3, 1.0 / _RHO_STEP_KG_M3


def _check_density(rho: NDArray[Any], lower: float = 1.0, upper: float = 1.0) -> None:
    """Raise when densities times the factors `lower` and `upper` leave the table."""
    low, high = float(np.fmin.reduce(rho, axis=None)), float(np.fmax.reduce(rho, axis=None))
    low, high = low * lower, high * upper
    if low < _RHO_MIN_KG_M3 or high > _RHO_MAX_KG_M3:
        raise DataError(
            say("siting.wind_machine.air_density_outside_what_table"),
            got=say("siting.wind_machine.kg_m3", low=low, high=high),
            expected=say(
                "siting.wind_machine.kg_m3_2",
                RHO_MIN_KG_M3=_RHO_MIN_KG_M3,
                RHO_MAX_KG_M3=_RHO_MAX_KG_M3,
            ),
            todo=say("siting.wind_machine.check_temperature_deg_c_pressure"),
        )


def series_kw(table: PowerTable, speed_m_s: Float, rho_kg_m3: Float | float) -> Float:
    """Hourly power of one turbine.

    Parameters
    ----------
    speed_m_s : (t,) float
        At hub height; negative or NaN gives NaN.
    rho_kg_m3 : (t,) float or float
        Air density at hub height.

    Returns
    -------
    (t,) float
        [kW]

    Raises
    ------
    DataError
        When a density is outside 0.55 to 1.7 kg/m3.

    Examples
    --------
    >>> t = Turbine("x", 1000.0, 60.0, 80.0, [3, 10, 25], [0, 1000, 1000], None)
    >>> series_kw(power_table(t), np.array([6.5, 25.1, np.nan]), 1.225)
    array([500.,   0.,  nan])
    """
    v = np.ascontiguousarray(speed_m_s, dtype=np.float64)
    d = np.ascontiguousarray(np.broadcast_to(np.asarray(rho_kg_m3, dtype=np.float64), v.shape))
    _check_density(d)
    out = np.empty(v.shape, dtype=np.float64)
    power_series(v, d, table.power_kw, table.cut_in_m_s, table.cut_out_m_s, *_steps(), out)
    if table.restart_m_s is not None:
        out[still(table, v) & np.isfinite(out)] = 0.0
    return out


def cell_energy(
    table: PowerTable,
    base_speed_m_s: NDArray[Any],
    base_rho_kg_m3: NDArray[Any],
    *,
    series: NDArray[Any] | None = None,
    speed_scale: Float | None = None,
    rho_scale: Float | None = None,
    threads: int | None = None,
) -> Energy:
    """Mean power of many cells, each a scaled copy of one of a few hourly series.

    Parameters
    ----------
    base_speed_m_s, base_rho_kg_m3 : (s, t) float
        Series at hub height; NaN hours are left out.
    series : (c,) int, optional
        Row of the base each cell uses; without it every cell uses its own row.
    speed_scale, rho_scale : (c,) float, optional
        Factors of each cell (atlas mean over series mean; density at its altitude). A cell
        whose factor is NaN, infinite or negative has no energy (NaN, 0 hours).

    Returns
    -------
    Energy
        Of length c.
    """
    v = np.ascontiguousarray(np.atleast_2d(base_speed_m_s), dtype=np.float32)
    d = np.ascontiguousarray(np.atleast_2d(base_rho_kg_m3), dtype=np.float32)
    if v.shape != d.shape:
        raise DataError(
            say("siting.wind_machine.wind_speed_density_have_not"),
            got=say("siting.wind_machine.and", shape=v.shape, shape2=d.shape),
        )
    which = np.arange(v.shape[0]) if series is None else np.asarray(series)
    which = np.ascontiguousarray(which, np.int64)
    n = len(which)
    fv = np.ones(n, np.float32) if speed_scale is None else np.asarray(speed_scale, np.float32)
    fr = np.ones(n, np.float32) if rho_scale is None else np.asarray(rho_scale, np.float32)
    if fv.shape != (n,) or fr.shape != (n,):
        raise DataError(
            say("siting.wind_machine.factor_not_given_every_cell"),
            got=f"{fv.shape}, {fr.shape}",
        )
    # a cell without a factor has no energy; the kernels index by speed and must not see it
    known = np.isfinite(fv) & (fv >= 0) & np.isfinite(fr) & (fr > 0)
    fv, fr = np.where(known, fv, np.float32(1)), np.where(known, fr, np.float32(1))
    _check_density(d, float(fr.min(initial=1.0)), float(fr.max(initial=1.0)))
    total = np.zeros(n)
    if table.correction == "windpowerlib":
        valid = np.zeros(n, np.int64)
        curves = (table.power_kw, table.cut_in_m_s, table.cut_out_m_s, *_steps())
        _spread(
            lambda a, b: energy_sums(v, d, which, fv, fr, *curves, a, b, total, valid),
            n,
            threads,
        )
    else:
        valid = _equivalent(table, v, d, which, fv, fr, total, threads)
    valid = np.where(known, valid, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(valid > 0, total / np.maximum(valid, 1), np.nan)
    return Energy(mean, valid)


def _spread(part: Callable[[int, int], None], n: int, threads: int | None) -> None:
    """Call `part` on slices of range(n), on threads when that pays."""
    workers = threads or min(cores(), 8)
    if workers == 1 or n < 64:
        part(0, n)
        return
    cuts = [int(c) for c in np.linspace(0, n, workers * 4 + 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda s: part(*s), [s for s in itertools.pairwise(cuts) if s[1] > s[0]]))


def _equivalent(
    table: PowerTable,
    v: Float32,
    d: Float32,
    which: NDArray[np.int64],
    fv: Float32,
    fr: Float32,
    total: Float,
    threads: int | None,
) -> NDArray[np.int64]:
    """The IEC shift by one cube root a base hour, then a one-dimensional lookup.

    Hours above the cut-out at the true speed have to be told apart: the greatest factor of
    the cells of a series decides whether there can be any.
    """
    iec = table.correction == "iec"
    scale = np.asarray(fv * np.cbrt(fr), dtype=np.float32) if iec else fv
    rows = v.shape[0]
    equivalent = np.empty_like(v)
    peak = np.zeros(rows, dtype=np.float32)
    found = np.zeros(rows, dtype=np.int64)
    density = table.density_kg_m3
    _spread(
        lambda a, b: equivalent_rows(v, d, density, iec, a, b, equivalent, peak, found),
        rows,
        threads,
    )
    count, curve = found[which], table.curve_kw
    cut_out = float(table.cut_out_m_s[0])
    storms = fv * peak[which] > cut_out
    # the end of the curve holds power until the true cut-out has been tested
    many = np.bincount(which, minlength=rows) >= _MANY
    few = np.flatnonzero(~many[which])
    total[few] = _sums(equivalent, which[few], scale[few], curve, threads)
    for row in np.flatnonzero(many):
        own = np.flatnonzero(which == row)
        total[own] = _scaled_sums(equivalent[row : row + 1], scale[own], curve, threads)
    windy = np.flatnonzero(storms)
    windy = windy[np.argsort(which[windy], kind="stable")]
    for own in np.split(windy, np.flatnonzero(np.diff(which[windy])) + 1) if len(windy) else ():
        row = which[own[0]]
        total[own] -= _stopped_sums(table, v[row], equivalent[row], fv[own], scale[own])
    return count


def _scaled_sums(
    equivalent: Float32, scale: Float32, curve: Float32, threads: int | None
) -> Float:
    """Sum of power of one series under many factors, without a cut-out.

    It depends on the factor alone and, where each hour gives a little of it, smoothly: it is
    computed at nodes 0.1 % apart and read between them. Every second node tells how well the
    others would have done; a series of too few speeds is computed factor by factor.
    """
    top = float(scale.max())
    small = scale <= top / _WIDEST
    lowest = float(scale[~small].min(initial=top))
    if top == 0.0:
        return np.zeros(len(scale))
    n = int(np.ceil(np.log(top / lowest) / _FACTOR_STEP)) + 2
    nodes = (lowest * np.exp(np.arange(-1, n) * _FACTOR_STEP)).astype(np.float32)
    same = np.zeros(max(len(nodes), len(scale)), np.int64)
    at = _sums(equivalent, same[: len(nodes)], nodes, curve, threads)
    coarse = np.interp(nodes[1::2], nodes[::2], at[::2])
    little = 1e-3 * float(curve.max()) * equivalent.shape[1]
    if (np.abs(coarse - at[1::2]) > _NEAR_ENOUGH * (at[1::2] + little))[:-1].any():
        return _sums(equivalent, same[: len(scale)], scale, curve, threads)
    out = np.interp(scale, nodes, at)
    out[small] = _sums(equivalent, same[: int(small.sum())], scale[small], curve, threads)
    return out


def _sums(
    equivalent: Float32,
    which: NDArray[np.int64],
    scale: Float32,
    curve: Float32,
    threads: int | None,
) -> Float:
    """Sum of power of the series of each factor, hour by hour."""
    out = np.zeros(len(scale))
    own, factor = np.ascontiguousarray(which), np.ascontiguousarray(scale)
    inverse = 1.0 / _SPEED_STEP_M_S
    _spread(
        lambda a, b: equivalent_sums(equivalent, own, factor, curve, inverse, a, b, out),
        len(scale),
        threads,
    )
    return out


def _stopped_sums(
    table: PowerTable, speed: Float32, equivalent: Float32, fv: Float32, scale: Float32
) -> Float:
    """Sum of power of the hours each factor has the machine stopped by a storm.

    Only hours that are strong under the greatest factor are gone through; where another one
    lies between two of them every machine runs again.
    """
    cut_out = float(table.cut_out_m_s[0])
    restart = cut_out if table.restart_m_s is None else min(table.restart_m_s, cut_out)
    top = speed * fv.max()
    strong = np.flatnonzero(top >= restart)
    calmer = np.cumsum(top < restart)
    ends = np.zeros(len(strong), dtype=np.bool_)
    ends[1:] = calmer[strong[1:]] > calmer[strong[:-1]]
    out = np.zeros(len(fv))
    stopped_sums(
        np.ascontiguousarray(speed[strong]),
        np.ascontiguousarray(equivalent[strong]),
        ends,
        cut_out,
        np.nan if table.restart_m_s is None else table.restart_m_s,
        np.ascontiguousarray(fv),
        np.ascontiguousarray(scale),
        table.curve_kw,
        1.0 / _SPEED_STEP_M_S,
        out,
    )
    return out


def energy(
    turbine: Turbine, speed_m_s: Float, rho_kg_m3: Float | float, correction: Correction = "iec"
) -> Energy:
    """Mean power of one turbine on (t,) or (n, t) series; see `cell_energy`."""
    v = np.atleast_2d(np.asarray(speed_m_s, dtype=np.float64))
    d = np.broadcast_to(np.asarray(rho_kg_m3, dtype=np.float64), v.shape)
    return cell_energy(power_table(turbine, correction), v, d)
