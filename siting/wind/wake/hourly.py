"""Wakes hour by hour: the wind of that hour decides who stands in whose wake."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, DataError, raise_faults
from gis.machine import cores
from gis.say import say
from siting.wind.machine.spacing import spacing_faults
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.density import equivalent_speed_m_s
from siting.wind.wake.hourly_kernel import BASTANKHAH, NOJ, TURBOPARK, effective_speed
from siting.wind.wake.models import NOJ_K, WakeModel

__all__ = ["Farm", "direction_by_hour", "farm_of", "hourly_speed"]

Float = NDArray[np.float64]

_STEP_M_S = 0.01
_TOP_M_S = 62.0
_R_MAX, _C_MAX, _OVERLAP_STEP = 6.0, 10.0, 0.04
_MODELS = {"bastankhah": BASTANKHAH, "turbopark": TURBOPARK, "noj": NOJ}

# Above this many hours the wakes of a table of directions and speeds are read instead
_MOST_HOURS = 18_000
_NODES_DEG, _NODES_M_S = 1.0, 1.0

# A direction written in whole sectors is known to half a sector, not to a degree
_SECTORED = 0.75
_WIDEST_DEG, _FINEST_DEG = 30.0, 5.0
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, eq=False)
class Farm:
    """Places and rotors of a farm, as the kernel reads them."""

    x_m: Float
    y_m: Float
    hub_m: Float
    rotor_m: Float
    kind: NDArray[np.int64]
    ct: Float


def farm_of(x_m: Float, y_m: Float, machines: Sequence[Turbine], rho_kg_m3: float) -> Farm:
    """Turbines with their thrust over the true wind speed at density `rho_kg_m3`.

    Raises
    ------
    ConfigError
        When a turbine has no thrust curve.
    DataError
        When two turbines stand closer than a rotor.
    """
    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    raise_faults(DataError, spacing_faults(x, y, [m.rotor_m for m in machines]))
    v = np.arange(0.0, _TOP_M_S + _STEP_M_S, _STEP_M_S)
    rows: list[Float] = []
    known: dict[tuple[str, float], int] = {}
    kind = []
    for m in machines:
        key = (m.id, m.rotor_m)
        if key not in known:
            if m.ct is None:
                raise ConfigError(
                    say("siting.wind_wake.turbine_has_no_thrust_ct"),
                    where=f"turbine {m.id}",
                    todo=say("siting.wind_wake.add_column_ct_turbine_table"),
                )
            same = np.asarray(equivalent_speed_m_s(v, rho_kg_m3, m.density_kg_m3))
            ct = np.interp(same, m.speed_m_s, m.ct, left=0.0)
            known[key] = len(rows)
            rows.append(np.where(v <= m.cut_out_m_s, ct, 0.0))
        kind.append(known[key])
    return Farm(
        x,
        y,
        np.array([m.hub_m for m in machines]),
        np.array([m.rotor_m for m in machines]),
        np.array(kind, dtype=np.int64),
        np.ascontiguousarray(rows),
    )


@lru_cache(maxsize=1)
def _overlap_table() -> Float:
    """Mean of exp(-s^2/2) over a disc of radius r, c off the axis: 2/r^2 P(chi2' < r^2)."""
    from scipy.stats import ncx2  # heavy

    r = np.arange(0.0, _R_MAX + _OVERLAP_STEP, _OVERLAP_STEP)
    c = np.arange(0.0, _C_MAX + _OVERLAP_STEP, _OVERLAP_STEP)
    table = np.empty((r.size, c.size))
    table[0] = np.exp(-0.5 * c**2)
    table[1:] = 2.0 / r[1:, None] ** 2 * ncx2.cdf(r[1:, None] ** 2, 2, c[None, :] ** 2)
    return table


def _run(
    farm: Farm,
    direction_deg: Float,
    free_m_s: Float,
    model: WakeModel,
    turbulence: float,
    *,
    blockage: bool,
    noj_k: float,
) -> Float:
    if model not in _MODELS:
        raise ConfigError(
            say("siting.wind_wake.no_such_wake_model"),
            got=str(model),
            expected=say("siting.wind_wake.bastankhah_turbopark_noj"),
        )
    which = _MODELS[model]
    k = noj_k if model == "noj" else 0.38 * turbulence + 0.004
    table = _overlap_table() if model == "turbopark" else np.zeros((2, 2))
    out = np.full(free_m_s.shape, np.nan)
    hours = free_m_s.shape[1]

    def part(a: int, b: int) -> None:
        effective_speed(
            farm.x_m, farm.y_m, farm.hub_m, farm.rotor_m, farm.kind, farm.ct, 1.0 / _STEP_M_S,
            direction_deg, free_m_s, which, k, turbulence, table, _OVERLAP_STEP, blockage,
            a, b, out,
        )  # fmt: skip

    workers = min(cores(), 8)
    if workers == 1 or hours * len(farm.x_m) ** 2 < 200_000:
        part(0, hours)
        return out
    cuts = np.linspace(0, hours, workers * 4 + 1).astype(int).tolist()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda s: part(*s), list(pairwise(cuts))))
    return out


def hourly_speed(
    farm: Farm,
    direction_deg: Float,
    free_m_s: Float,
    model: WakeModel,
    *,
    turbulence: float,
    blockage: bool = False,
    noj_k: float = NOJ_K,
) -> Float:
    """Wind speed at every rotor in every hour, after the wakes of that hour's wind.

    Parameters
    ----------
    direction_deg : (t,) float
        Where the wind comes from; finite.
    free_m_s : (n, t) float
        Wind speed at each hub without wakes [m/s]; NaN hours stay NaN.
    turbulence : float
        Ambient turbulence intensity [-].
    blockage : bool
        Slow the wind in front of rotors, too (self-similar model).

    Returns
    -------
    (n, t) float
        [m/s]

    Notes
    -----
    Deficits of several wakes add as the root of the sum of squares. The equations are those
    of PyWake's ``BastankhahGaussianDeficit``, ``Nygaard_2022`` and ``Jensen_1983``; up to
    18,000 hours each hour is computed, longer series read the loss of a table of 360
    directions and whole wind speeds.

    References
    ----------
    M. Bastankhah, F. Porte-Agel, Renewable Energy 70 (2014) 116; N. G. Nygaard et al., J.
    Phys. Conf. Ser. 2265 (2022) 022008; N. O. Jensen, Risoe-M-2411 (1983); M. M. Pedersen
    et al., PyWake 2.6, DTU Wind Energy, 10.5281/zenodo.6806136.

    Examples
    --------
    Two rotors of 130 m, 500 m apart: the second loses in the wind along the row, not across
    it. By hand, ct 0.7664 and a = 0.2627: 8 (1 - 2 a (65 / (65 + 0.075 500))^2) = 6.31 m/s.

    >>> from siting.wind.machine.library import turbine
    >>> t = turbine("iea_3370_130")
    >>> farm = farm_of(np.array([0.0, 500.0]), np.zeros(2), [t, t], 1.225)
    >>> wind = np.full((2, 2), 8.0)
    >>> v = hourly_speed(farm, np.array([270.0, 0.0]), wind, "noj", turbulence=0.1)
    >>> v.round(2).tolist()
    [[8.0, 8.0], [6.31, 8.0]]
    """
    wd = np.ascontiguousarray(direction_deg, dtype=np.float64)
    free = np.ascontiguousarray(free_m_s, dtype=np.float64)
    if free.shape[1] <= _MOST_HOURS:
        return _run(farm, wd, free, model, turbulence, blockage=blockage, noj_k=noj_k)
    at = np.arange(0.0, 360.0, _NODES_DEG)
    speeds = np.arange(0.0, _TOP_M_S, _NODES_M_S)
    d, v = (a.ravel() for a in np.meshgrid(at, speeds, indexing="ij"))
    nodes = np.broadcast_to(v, (len(farm.x_m), v.size))
    found = _run(
        farm,
        d,
        np.ascontiguousarray(nodes),
        model,
        turbulence,
        blockage=blockage,
        noj_k=noj_k,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = np.where(v > 0, found / v, 1.0).reshape(len(farm.x_m), at.size, speeds.size)
    kept = np.concatenate([kept, kept[:, :1]], axis=1)
    # the farm's wind decides how strong its wakes are; each turbine loses the share of its own
    middle = np.nan_to_num(np.nanmean(free, axis=0))
    x, y = np.mod(wd, 360.0) / _NODES_DEG, np.clip(middle / _NODES_M_S, 0, speeds.size - 1.001)
    i, j = np.minimum(x.astype(int), at.size - 1), y.astype(int)
    f, g = x - i, y - j
    out = np.empty_like(free)
    for n, one in enumerate(kept):
        low = one[i, j] + g * (one[i, j + 1] - one[i, j])
        high = one[i + 1, j] + g * (one[i + 1, j + 1] - one[i + 1, j])
        out[n] = free[n] * (low + f * (high - low))
    return out


def direction_by_hour(direction_deg: Float) -> tuple[Float, int, float]:
    """Directions fit for wakes of single hours: none missing, none in whole sectors.

    A missing direction takes that of the hour before. Directions written in whole sectors of
    5 to 30 degrees are spread evenly over their sector, or rows that stand along a sector
    would stand in full wakes too often; the spread is the same in every run.

    Returns
    -------
    direction_deg : (t,) float
    missing : int
        Hours without a direction.
    sector_deg : float
        Width of the sectors; 0 where directions are finer.

    Examples
    --------
    >>> wd = np.tile(np.arange(0.0, 360.0, 22.5), 4)
    >>> found, missing, sector = direction_by_hour(wd)
    >>> missing, sector, bool(np.abs((found - wd + 180) % 360 - 180).max() <= 11.25)
    (0, 22.5, True)
    """
    wd = np.mod(np.asarray(direction_deg, dtype=np.float64), 360.0)
    lost = np.flatnonzero(np.isnan(wd))
    if lost.size:
        last = np.maximum.accumulate(np.where(np.isnan(wd), -1, np.arange(wd.size)))
        wd = wd[np.where(last >= 0, last, int(np.argmax(~np.isnan(wd))))]
    values = np.unique(np.round(wd, 3))
    step = float(np.diff(values).min()) if values.size > 1 else 0.0
    whole = (
        _FINEST_DEG <= step <= _WIDEST_DEG
        and values.size >= _SECTORED * 360.0 / step
        and np.allclose(np.mod(values - values[0] + step / 2, step), step / 2, atol=0.01)
    )
    if not whole:
        return wd, int(lost.size), 0.0
    spread = np.mod(np.arange(wd.size) * _GOLDEN, 1.0) - 0.5
    return np.mod(wd + spread * step, 360.0), int(lost.size), step
