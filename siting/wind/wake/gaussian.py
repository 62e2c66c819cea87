"""Annual energy of a layout under a constant-thrust Gaussian wake, with its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError, ModelError
from gis.say import say
from siting.wind.machine.turbine import Turbine, power_kw, thrust_coefficient
from siting.wind.resource.rose import HOURS_YR, Rose
from siting.wind.wake.gaussian_kernel import losses, pull_back

__all__ = [
    "GaussWake",
    "LayoutEnergy",
    "design_wake",
    "direction_vectors",
    "gauss_aep",
    "gauss_gradient",
    "simple_bastankhah",
]

Float = NDArray[np.float64]
PowerFunction = Callable[[Float], Float]


@dataclass(frozen=True)
class GaussWake:
    """Parameters of the Gaussian wake behind one rotor.

    Attributes
    ----------
    k
        Growth of the wake's standard deviation with distance [-].
    epsilon_d
        Standard deviation at the rotor [rotor diameters].
    ct
        Thrust coefficient, constant [-].
    rotor_m
        Diameter [m].
    """

    k: float
    epsilon_d: float
    ct: float
    rotor_m: float

    def __post_init__(self) -> None:
        if not (0 < self.k < 1 and 0 < self.epsilon_d < 2 and self.rotor_m > 0):
            raise ModelError(say("siting.wind_wake.not_wake"), got=str(self))
        if not 0 <= self.ct < 1:
            raise ModelError(
                say("siting.wind_wake.thrust_coefficient_outside_0_1"), got=f"{self.ct:g}"
            )


@dataclass(frozen=True, eq=False)
class LayoutEnergy:
    """Annual energy of a layout.

    Attributes
    ----------
    turbine_mwh_yr : (n,) float
        Net of wakes.
    gross_mwh_yr : (n,) float
        Each turbine alone.
    direction_mwh_yr : (d,) float
        Net, by direction.
    """

    turbine_mwh_yr: Float
    gross_mwh_yr: Float
    direction_mwh_yr: Float

    @property
    def aep_mwh_yr(self) -> float:
        """Net of wakes [MWh/yr]."""
        return float(self.direction_mwh_yr.sum())

    @property
    def wake_loss_frac(self) -> float:
        """Share of the gross energy lost to wakes."""
        gross = float(self.gross_mwh_yr.sum())
        return 1.0 - self.aep_mwh_yr / gross if gross > 0 else 0.0


def simple_bastankhah(rotor_m: float) -> GaussWake:
    """The simplified Bastankhah wake of IEA Wind Task 37: k = 0.0324555, ct = 8/9.

    References
    ----------
    N. F. Baker et al., Best Practices for Wake Model and Optimization Algorithm Selection
    in Wind Farm Layout Optimization, AIAA 2019-0540; IEA Wind Task 37,
    iea37-wakemodel.pdf (2018), equations 1 to 4. M. Bastankhah, F. Porte-Agel,
    Renewable Energy 70 (2014) 116, 10.1016/j.renene.2014.01.002.
    """
    return GaussWake(k=0.0324555, epsilon_d=1 / np.sqrt(8.0), ct=8 / 9, rotor_m=rotor_m)


def design_wake(turbine: Turbine, rose: Rose, turbulence: float) -> GaussWake:
    """Constant-thrust wake for the layout search: ct weighted with the energy at stake.

    The growth rate follows the turbulence (k = 0.38 TI + 0.004, Niayifar and Porte-Agel).

    References
    ----------
    A. Niayifar, F. Porte-Agel, Energies 9 (2016) 741, 10.3390/en9090741, equation 15.
    """
    v = rose.speed_m_s
    weight = rose.frequency.sum(axis=0) * power_kw(turbine, v)
    if weight.sum() <= 0:
        raise ModelError(
            say("siting.wind_wake.turbine_never_produces_on_this"), where=turbine.id
        )
    ct = float((thrust_coefficient(turbine, v) * weight).sum() / weight.sum())
    root = np.sqrt(1 - min(ct, 0.899))
    epsilon = 0.2 * np.sqrt(0.5 * (1 + root) / root)
    return GaussWake(0.38 * turbulence + 0.004, float(epsilon), min(ct, 0.96), turbine.rotor_m)


def direction_vectors(direction_deg: Float) -> tuple[Float, Float]:
    """Unit vectors *with* the wind: east and north component for winds from `direction_deg`.

    Examples
    --------
    A west wind blows east:

    >>> c, s = direction_vectors(np.array([270.0]))
    >>> bool(abs(c[0] - 1) < 1e-12 and abs(s[0]) < 1e-12)
    True
    """
    to = np.deg2rad(270.0 - np.asarray(direction_deg, dtype=float))
    return np.cos(to), np.sin(to)


def _positions(x_m: Float, y_m: Float) -> tuple[Float, Float]:
    x = np.ascontiguousarray(np.atleast_1d(x_m), dtype=np.float64)
    y = np.ascontiguousarray(np.atleast_1d(y_m), dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise DataError(say("siting.wind_wake.x_y_not_one_length"), got=f"{x.shape}, {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError(say("siting.wind_wake.turbine_without_position"), got="NaN")
    return x, y


def _loss(x: Float, y: Float, rose: Rose, wake: GaussWake) -> Float:
    cos, sin = direction_vectors(rose.direction_deg)
    n = len(x)
    epsilon = np.full(n, wake.epsilon_d * wake.rotor_m)
    thrust = np.full(n, wake.ct * wake.rotor_m**2 / 8)
    out = np.empty((len(cos), n))
    losses(x, y, cos, sin, wake.k, epsilon, thrust, out)
    return out


def gauss_aep(
    x_m: Float, y_m: Float, rose: Rose, wake: GaussWake, power: PowerFunction
) -> LayoutEnergy:
    """Annual energy of identical turbines at `x_m`, `y_m`.

    Parameters
    ----------
    x_m, y_m : (n,) float
        Positions [m], east and north.
    power : callable
        Power [kW] of an array of wind speeds [m/s].

    Returns
    -------
    LayoutEnergy

    Notes
    -----
    AEP = 8760 sum_d sum_s f[d, s] sum_i P(v_s (1 - loss[d, i])). The sum of the
    frequencies is used as it is.

    Examples
    --------
    Two turbines 1 km apart lose only in the wind along their line. By hand: sigma = 78.42 m,
    deficit 1 - sqrt(1 - 0.8889 130^2 / (8 78.42^2)) = 0.1666, 9 m/s become 7.501 m/s and
    8.76 0.5 (7.501^3 + 9^3) = 5042 MWh:

    >>> rose = Rose(np.array([0.0, 90.0]), np.array([9.0]), np.array([[0.5], [0.5]]))
    >>> e = gauss_aep(np.array([0, 0.]), np.array([0, 1000.]), rose, simple_bastankhah(130.0),
    ...     lambda v: v**3)
    >>> e.turbine_mwh_yr.round(0).tolist(), e.gross_mwh_yr.round(0).tolist()
    ([5042.0, 6386.0], [6386.0, 6386.0])
    """
    x, y = _positions(x_m, y_m)
    loss = _loss(x, y, rose, wake)
    v = rose.speed_m_s
    produced = power((v[None, :, None] * (1.0 - loss[:, None, :])).ravel())
    produced = np.asarray(produced).reshape(loss.shape[0], v.size, loss.shape[1])
    share = rose.frequency * (HOURS_YR / 1000.0)
    by = np.einsum("ds,dsn->dn", share, produced)
    gross = float((share * np.asarray(power(v))[None, :]).sum())
    return LayoutEnergy(by.sum(axis=0), np.full(len(x), gross), by.sum(axis=1))


def gauss_gradient(
    x_m: Float,
    y_m: Float,
    rose: Rose,
    wake: GaussWake,
    power: PowerFunction,
    slope: PowerFunction,
) -> tuple[float, Float, Float]:
    """AEP [MWh/yr] and its derivative by the positions [MWh/yr/m].

    Parameters
    ----------
    slope : callable
        Derivative of `power` [kW s/m].

    Returns
    -------
    aep : float
    by_x, by_y : (n,) float
    """
    x, y = _positions(x_m, y_m)
    loss = _loss(x, y, rose, wake)
    v = rose.speed_m_s
    speed = v[None, :, None] * (1.0 - loss[:, None, :])
    share = rose.frequency * (HOURS_YR / 1000.0)
    shape = speed.shape
    produced = np.asarray(power(speed.ravel())).reshape(shape)
    rise = np.asarray(slope(speed.ravel())).reshape(shape)
    aep = float(np.einsum("ds,dsn->", share, produced))
    weight = np.einsum("ds,dsn->dn", -share * v[None, :], rise)
    gx, gy = np.zeros_like(x), np.zeros_like(y)
    cos, sin = direction_vectors(rose.direction_deg)
    n = len(x)
    pull_back(
        x,
        y,
        cos,
        sin,
        wake.k,
        np.full(n, wake.epsilon_d * wake.rotor_m),
        np.full(n, wake.ct * wake.rotor_m**2 / 8),
        loss,
        np.ascontiguousarray(weight),
        gx,
        gy,
    )
    return aep, gx, gy
