"""The single diode: power and voltage of a module from its file or its data sheet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError, ModelError
from gis.say import say
from siting.pv.plant.module import Diode, Module

__all__ = ["DiodePower", "diode_of", "diode_power", "power_at_voltage"]

F8 = npt.NDArray[np.float64]
_LEAST = 1.0  # W/m2; below there is no power to speak of
_CLOSES = 0.03
_THERMAL_V = 0.0256926  # k T / q at 25 deg C


@dataclass(frozen=True)
class DiodePower:
    """Power over the rated one, and voltage of the point of largest power [V]; f8[n] each."""

    dc: F8
    vmp_v: F8


def diode_power(module: Module, effective_w_m2: F8, temp_cell_c: F8) -> DiodePower:
    """Largest DC power of a module by its single diode.

    Parameters
    ----------
    module : Module
        With a diode or a whole data sheet.
    effective_w_m2, temp_cell_c : f8[n]

    Raises
    ------
    ConfigError
        When the module's figures are not enough.
    ModelError
        When the diode does not give the module's power.

    Notes
    -----
    A .PAN file gives PVsyst's diode, a row of the CEC table the six parameters of Dobos. A
    data sheet is fitted by De Soto's equations. Power then falls by the module's own
    coefficient at 25 deg C: PVsyst changes the ideality with temperature for that, CEC's model
    the coefficient of the current; the row of a table is taken as it is.

    References
    ----------
    .. [1] De Soto, W., Klein, S. A., Beckman, W. A. (2006). Solar Energy 80, 78-88.
       :doi:`10.1016/j.solener.2005.06.010`
    .. [2] Mermoud, A., Lejeune, T. (2010). Performance assessment of a simulation model for PV
       modules of any available technology. EU PVSEC 25, 4786-4791.
    .. [3] Dobos, A. P. (2012). An improved coefficient calculator for the CEC 6 parameter
       model. J. Sol. Energy Eng. 134, 021011. :doi:`10.1115/1.4005759`
    """
    diode = diode_of(module)
    rated, _ = _mpp(_parameters(module, diode, np.array([1000.0]), np.array([25.0])))
    dc, volts = np.zeros(len(effective_w_m2)), np.zeros(len(effective_w_m2))
    lit = effective_w_m2 > _LEAST
    if lit.any():
        light, warm = effective_w_m2[lit], temp_cell_c[lit]
        power, volts[lit] = _mpp(_parameters(module, diode, light, warm))
        dc[lit] = power / rated[0]
    return DiodePower(np.maximum(dc, 0.0), volts)


def power_at_voltage(module: Module, effective_w_m2: F8, temp_cell_c: F8, voltage_v: F8) -> F8:
    """DC power over the rated one where the module is held at a voltage, f8[n]."""
    from pvlib import pvsystem

    diode = diode_of(module)
    rated, _ = _mpp(_parameters(module, diode, np.array([1000.0]), np.array([25.0])))
    out = np.zeros(len(effective_w_m2))
    lit = effective_w_m2 > _LEAST
    if lit.any():
        parameters = _parameters(module, diode, effective_w_m2[lit], temp_cell_c[lit])
        current = pvsystem.i_from_v(voltage_v[lit], *parameters, method="lambertw")
        out[lit] = np.maximum(np.nan_to_num(current), 0.0) * voltage_v[lit] / rated[0]
    return out


def _mpp(parameters: tuple[F8, ...]) -> tuple[F8, F8]:
    from pvlib import pvsystem

    found = pvsystem.max_power_point(*parameters, method="newton")
    return np.asarray(found["p_mp"], dtype=np.float64), np.asarray(found["v_mp"])


def _parameters(module: Module, d: Diode, light: F8, warm: F8) -> tuple[F8, ...]:
    from pvlib import pvsystem

    alpha = (module.alpha_isc_per_c or 0.0) * module.isc_a
    if d.kind == "pvsyst":
        a = d.ideality * module.cells * _THERMAL_V
        voc, isc, rs, rsh = module.voc_v, module.isc_a, d.r_s_ohm, d.r_sh_ohm
        # light and saturation current from the open and the shorted circuit
        i_o = (isc + (isc * rs - voc) / rsh) / (np.exp(voc / a) - np.exp(isc * rs / a))
        i_l = i_o * np.expm1(voc / a) + voc / rsh
        found = pvsystem.calcparams_pvsyst(
            light,
            warm,
            alpha,
            d.ideality,
            d.ideality_per_c,
            i_l,
            i_o,
            rsh,
            d.r_sh_0_ohm or 4.0 * rsh,
            rs,
            module.cells,
            d.r_sh_exp,
        )
    else:
        found = pvsystem.calcparams_cec(
            light, warm, alpha, d.a_v, d.i_l_a, d.i_o_a, d.r_sh_ohm, d.r_s_ohm, d.adjust_pct
        )
    return tuple(np.asarray(p, dtype=np.float64) for p in found)


@lru_cache(maxsize=64)
def diode_of(module: Module) -> Diode:
    """The module's diode, or one fitted to its data sheet.

    Raises
    ------
    ConfigError
        When the figures are not enough for a fit.
    ModelError
        When the diode does not give the module's power.
    """
    if not module.has_sheet:
        raise ConfigError(
            say("siting.pv_plant.diode_needs_sheet"),
            where=module.id,
            todo=say("siting.pv_plant.give_sheet"),
        )
    diode = _fitted(module) if module.diode is None else module.diode
    if diode.kind == "pvsyst":
        diode = _with_slope(module, diode, "ideality_per_c", 0.005)
    elif diode.kind == "desoto":
        diode = _with_slope(module, diode, "adjust_pct", 900.0)
    power, _ = _mpp(_parameters(module, diode, np.array([1000.0]), np.array([25.0])))
    if not abs(power[0] / module.pmp_w - 1.0) < _CLOSES:
        raise ModelError(
            say(
                "siting.pv_plant.diode_does_not_close",
                found=float(power[0]),
                rated=module.pmp_w,
            ),
            where=module.id,
        )
    return diode


def _fitted(module: Module) -> Diode:
    from pvlib import ivtools

    sheet = {
        "v_mp": module.vmp_v,
        "i_mp": module.imp_a,
        "v_oc": module.voc_v,
        "i_sc": module.isc_a,
        "alpha_sc": (module.alpha_isc_per_c or 0.0) * module.isc_a,
        "beta_voc": (module.beta_voc_per_c or 0.0) * module.voc_v,
    }
    # a closed form that always exists, and De Soto's equations from there where they converge
    found = ivtools.sdm.fit_desoto_batzelis(**sheet)
    with suppress(RuntimeError):
        names = ("I_L_ref", "I_o_ref", "R_s", "R_sh_ref", "a_ref")
        starts = ("IL_0", "Io_0", "Rs_0", "Rsh_0", "a_0")
        guess = {s: found[k] for s, k in zip(starts, names, strict=True)}
        solved, _ = ivtools.sdm.fit_desoto(
            **sheet, cells_in_series=module.cells, init_guess=guess
        )
        if solved["R_s"] >= 0.0 and solved["R_sh_ref"] > 0.0:
            found = solved
    return Diode(
        kind="desoto",
        r_s_ohm=max(float(found["R_s"]), 0.0),
        r_sh_ohm=min(abs(float(found["R_sh_ref"])), 1e9),
        i_l_a=float(found["I_L_ref"]),
        i_o_a=float(found["I_o_ref"]),
        a_v=float(found["a_ref"]),
    )


def _with_slope(module: Module, diode: Diode, key: str, reach: float) -> Diode:
    """The diode with `key` such that power falls by the module's coefficient at 25 deg C."""
    from scipy.optimize import brentq

    def miss(value: float) -> float:
        one = diode.model_copy(update={key: value})
        p, _ = _mpp(_parameters(module, one, np.full(2, 1000.0), np.array([24.0, 26.0])))
        return float((p[1] - p[0]) / p.mean() / 2.0 - module.gamma_per_c)

    if miss(-reach) * miss(reach) > 0.0:
        return diode
    return diode.model_copy(update={key: float(brentq(miss, -reach, reach))})
