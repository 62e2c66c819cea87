"""Net energy by PyWake's wake models, and their spread.

PyWake computes power; frequencies are ours: its simulation runs over the directions and
speeds of the rose and is summed with the rose as it is, so nothing is rescaled on the way.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, DataError, raise_faults
from gis.say import say
from siting.wind.machine.spacing import spacing_faults
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.density import equivalent_speed_m_s
from siting.wind.resource.rose import HOURS_YR, Rose, refine
from siting.wind.wake.gaussian import LayoutEnergy

__all__ = ["NOJ_K", "WakeModel", "WakeSpread", "first_turbines", "pywake_aep", "wake_spread"]

Float = NDArray[np.float64]
WakeModel = Literal["bastankhah", "turbopark", "noj"]

# One degree where the wake of the model is narrow, else a few; see refine()
_TARGET_STEP_DEG: dict[str, float] = {"bastankhah": 2.0, "turbopark": 1.0, "noj": 5.0}

# Pairs of turbines times speeds computed at once; more only takes more memory
_PAIRS = 4_000_000

# Wake decay of the Jensen model on land, N. O. Jensen's and WAsP's usual choice; 0.04 offshore
NOJ_K = 0.075


@dataclass(frozen=True, eq=False)
class WakeSpread:
    """Energy of one layout by several wake models.

    Attributes
    ----------
    by_model
        Model -> energies.
    """

    by_model: dict[str, LayoutEnergy]

    @property
    def mean_mwh_yr(self) -> float:
        """Mean of the models' energies, the P50 net of wakes [MWh/yr]."""
        return float(np.mean([e.aep_mwh_yr for e in self.by_model.values()]))

    @property
    def turbine_mwh_yr(self) -> Float:
        """Mean of the models by turbine, (n,) [MWh/yr]."""
        return np.asarray(np.mean([e.turbine_mwh_yr for e in self.by_model.values()], axis=0))

    @property
    def gross_mwh_yr(self) -> float:
        """Without wakes [MWh/yr]; equal in all models."""
        return float(next(iter(self.by_model.values())).gross_mwh_yr.sum())

    @property
    def spread_frac(self) -> float:
        """Standard deviation of the models' energies over their mean, (max - min) / sqrt(12).

        The models are taken as the ends of an even distribution: three models are no
        sample to estimate a deviation from.
        """
        values = [e.aep_mwh_yr for e in self.by_model.values()]
        return float((max(values) - min(values)) / np.sqrt(12.0) / np.mean(values))


def first_turbines(spread: WakeSpread, n: int) -> WakeSpread:
    """Energies of the first `n` turbines of a computation that held neighbours as well."""
    return WakeSpread(
        {
            k: LayoutEnergy(
                e.turbine_mwh_yr[:n],
                e.gross_mwh_yr[:n],
                # by direction only the whole farm is known; the sum is what is used
                np.array([float(e.turbine_mwh_yr[:n].sum())]),
            )
            for k, e in spread.by_model.items()
        }
    )


def _turbines(machines: Sequence[Turbine], rho_kg_m3: float) -> tuple[Any, NDArray[np.int64]]:
    """PyWake's turbines with curves shifted to the site's density, and each one's type."""
    from py_wake.wind_turbines import WindTurbine, WindTurbines
    from py_wake.wind_turbines.power_ct_functions import PowerCtTabular

    kinds: dict[tuple[str, float], int] = {}
    made: list[Any] = []
    which: list[int] = []
    for m in machines:
        key = (m.id, m.hub_m)
        if key not in kinds:
            if m.ct is None:
                raise ConfigError(
                    say("siting.wind_wake.turbine_has_no_thrust_ct"),
                    where=f"turbine {m.id}",
                    todo=say("siting.wind_wake.add_column_ct_turbine_table"),
                )
            kinds[key] = len(made)
            # P(v (rho/rho0)^(1/3)) as a curve over the true speed, cut-out kept
            nodes = m.speed_m_s / float(equivalent_speed_m_s(1.0, rho_kg_m3, m.density_kg_m3))
            inside = nodes < m.cut_out_m_s
            speed = np.append(nodes[inside], m.cut_out_m_s)
            # zero just outside the curve, so that nothing is extrapolated
            speed = np.concatenate(
                [[0.0, max(speed[0] - 1e-6, 1e-9)], speed, [m.cut_out_m_s + 1e-6, 100.0]]
            )
            keep = np.concatenate([[True], np.diff(speed) > 0])
            speed = speed[keep]
            power = np.interp(speed, nodes, m.power_kw, left=0.0)
            ct = np.interp(speed, nodes, m.ct, left=0.0)
            power[speed > m.cut_out_m_s] = 0.0
            ct[speed > m.cut_out_m_s] = 0.0
            made.append(
                WindTurbine(
                    m.id,
                    m.rotor_m,
                    m.hub_m,
                    PowerCtTabular(speed, power, "kW", ct, method="linear"),
                )
            )
        which.append(kinds[key])
    return WindTurbines.from_WindTurbine_lst(made), np.array(which, dtype=np.int64)


def _model(
    name: WakeModel,
    site: Any,  # noqa: ANN401 - PyWake is untyped
    turbines: Any,  # noqa: ANN401
    turbulence: float,
    noj_k: float,
) -> Any:  # noqa: ANN401
    from py_wake.deficit_models.gaussian import BastankhahGaussianDeficit
    from py_wake.literature.noj import Jensen_1983
    from py_wake.literature.turbopark import Nygaard_2022
    from py_wake.superposition_models import SquaredSum
    from py_wake.wind_farm_models import PropagateDownwind

    if name == "noj":
        return Jensen_1983(site, turbines, k=noj_k)
    if name == "turbopark":
        return Nygaard_2022(site, turbines)
    if name == "bastankhah":
        return PropagateDownwind(
            site,
            turbines,
            wake_deficitModel=BastankhahGaussianDeficit(k=0.38 * turbulence + 0.004),
            superpositionModel=SquaredSum(),
        )
    raise ConfigError(
        say("siting.wind_wake.no_such_wake_model"),
        got=str(name),
        expected=say("siting.wind_wake.bastankhah_turbopark_noj"),
    )


def pywake_aep(
    x_m: Float,
    y_m: Float,
    machines: Sequence[Turbine],
    rose: Rose,
    model: WakeModel,
    *,
    rho_kg_m3: float,
    turbulence: float,
    ground_m: Float | None = None,
    step_deg: float | None = None,
    noj_k: float = NOJ_K,
) -> LayoutEnergy:
    """Annual energy of a layout by one PyWake model.

    Parameters
    ----------
    x_m, y_m : (n,) float
        Positions [m].
    machines : sequence of n Turbine
        Each with a thrust curve; types may differ.
    rose : Rose
        At hub height.
    rho_kg_m3 : float
        Mean air density at hub height; curves are shifted to it (IEC 61400-12-1).
    turbulence : float
        Ambient turbulence intensity [-].
    ground_m : (n,) float, optional
        Ground level; wakes then pass over or under rotors.
    step_deg : float, optional
        Directions are refined to this step or finer; the model's own by default.
    noj_k : float
        Wake decay of the Jensen model: 0.075 on land, 0.04 at sea.

    Raises
    ------
    ConfigError
        When a turbine has no thrust curve.
    DataError
        When positions and machines do not match, or two turbines stand closer than a rotor.
    """
    import py_wake  # noqa: F401 - patches numpy on first import
    from py_wake.site import UniformSite

    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    if not len(x) == len(y) == len(machines):
        raise DataError(
            say("siting.wind_wake.positions_turbines_not_one_length"),
            got=f"{len(x)}, {len(y)}, {len(machines)}",
        )
    raise_faults(DataError, spacing_faults(x, y, [m.rotor_m for m in machines]))
    step = _TARGET_STEP_DEG[model] if step_deg is None else step_deg
    own = 360.0 / rose.direction_deg.size
    fine = refine(rose, max(1, int(np.ceil(own / step))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        turbines, which = _turbines(machines, rho_kg_m3)
        farm = _model(model, UniformSite([1.0], ti=turbulence), turbines, turbulence, noj_k)
        share = fine.frequency * (HOURS_YR / 1e6)
        net = np.zeros(len(x))
        by_direction = np.zeros(fine.direction_deg.size)
        # a block of directions at a time keeps the pair arrays small
        block = max(1, _PAIRS // (len(x) ** 2 * fine.speed_m_s.size))
        extra = {} if ground_m is None else {"h": [m.hub_m for m in machines] + ground_m}
        for first in range(0, fine.direction_deg.size, block):
            part = slice(first, first + block)
            result = farm(
                x,
                y,
                type=which,
                wd=fine.direction_deg[part],
                ws=fine.speed_m_s,
                **extra,
            )
            power = result.Power.values  # (n, d, s) [W]
            net += np.einsum("ds,nds->n", share[part], power)
            by_direction[part] = np.einsum("ds,nds->d", share[part], power)
        alone = turbines.power(
            np.broadcast_to(fine.speed_m_s, (len(x), fine.speed_m_s.size)),
            type=which[:, None],
        )
        gross = np.einsum("s,ns->n", share.sum(axis=0), np.asarray(alone))
    return LayoutEnergy(net, gross, by_direction)


def wake_spread(
    x_m: Float,
    y_m: Float,
    machines: Sequence[Turbine],
    rose: Rose,
    *,
    rho_kg_m3: float,
    turbulence: float,
    models: Sequence[WakeModel] = ("bastankhah", "turbopark", "noj"),
) -> WakeSpread:
    """Energy of a layout by several PyWake models; their spread is an uncertainty.

    One model is never the answer: on 17 turbines of 3.4 MW at 4 by 7 diameters PyWake's
    models differ by four points of annual energy.
    """
    if not models:
        raise ConfigError(
            say("siting.wind_wake.no_wake_model_named"),
            expected=say("siting.wind_wake.bastankhah_turbopark_noj"),
        )
    return WakeSpread(
        {
            m: pywake_aep(
                x_m, y_m, machines, rose, m, rho_kg_m3=rho_kg_m3, turbulence=turbulence
            )
            for m in models
        }
    )
