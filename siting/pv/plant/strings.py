"""Modules in series: how many an inverter takes, and the voltage of their string."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import say
from siting.pv.plant.diode import diode_power, power_at_voltage
from siting.pv.plant.inverter import Inverter
from siting.pv.plant.module import Module
from siting.pv.plant.plant import PvPlant

__all__ = ["StringSize", "Strings", "held_in_window", "string_size", "strings_of"]

F8 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StringSize:
    """Modules of a string, and its voltages.

    Attributes
    ----------
    modules, fewest, most
        As built, and what the inverter takes.
    voc_cold_v, vmp_cold_v, vmp_hot_v
        Open circuit at `coldest_c`, and at the point of largest power there and at
        `hottest_c` of the cells [V].
    """

    modules: int
    fewest: int
    most: int
    coldest_c: float
    hottest_c: float
    voc_cold_v: float
    vmp_cold_v: float
    vmp_hot_v: float


@dataclass(frozen=True)
class Strings:
    """The strings of a plant hour by hour.

    Attributes
    ----------
    kept
        Share of the largest power that the inverter's window leaves, f8[n].
    voltage_v
        At the inverter, f8[n].
    """

    size: StringSize
    kept: F8
    voltage_v: F8


def string_size(
    module: Module,
    inverter: Inverter,
    *,
    coldest_c: float,
    hottest_c: float,
    modules: int | None = None,
) -> StringSize | None:
    """Modules in series by GB 50797; None where voltages are not known.

    Parameters
    ----------
    module : Module
    inverter : Inverter
    coldest_c : float
        Lowest temperature of cells that may see light [deg C].
    hottest_c : float
        Highest temperature of cells at work [deg C].
    modules : int, optional
        As designed; the longest string without it.

    Raises
    ------
    ConfigError
        When no string fits, or the designed one does not.

    Notes
    -----
    Open circuit at the coldest cells stays below the inverter's and the modules' largest
    voltage (GB 50797-2012 6.4.2, formula 1; IEC 62548-1), the point of largest power inside the
    tracker's window from the hottest to the coldest cells (formula 2). Its voltage changes by
    the coefficient of power less that of the current.

    Examples
    --------
    >>> sheet = Module(id="m", pmp_w=580, vmp_v=42.6, imp_a=13.62, voc_v=51.5, isc_a=14.3,
    ...     cells=72, area_m2=2.58, gamma_per_c=-0.0029, alpha_isc_per_c=0.0005,
    ...     beta_voc_per_c=-0.0025)
    >>> one = Inverter(id="i", mppt_min_v=500, mppt_max_v=1500, vdc_max_v=1500)
    >>> s = string_size(sheet, one, coldest_c=-25.0, hottest_c=70.0)
    >>> s.fewest, s.most, round(s.voc_cold_v)
    (14, 25, 1448)
    """
    limits = [v for v in (inverter.vdc_max_v, module.max_system_v) if v > 0.0]
    if not module.has_sheet or not limits or not inverter.mppt_max_v:
        return None
    of_vmp = module.gamma_per_c - (module.alpha_isc_per_c or 0.0)
    voc = module.voc_v * (1.0 + (module.beta_voc_per_c or 0.0) * (coldest_c - 25.0))
    cold = module.vmp_v * (1.0 + of_vmp * (coldest_c - 25.0))
    hot = module.vmp_v * (1.0 + of_vmp * (hottest_c - 25.0))
    most = min(math.floor(min(limits) / voc), math.floor(inverter.mppt_max_v / cold))
    fewest = max(math.ceil(inverter.mppt_min_v / max(hot, 1e-9)), 1)
    n = most if modules is None else modules
    if fewest > most or not fewest <= n <= most:
        fits = say("siting.pv_plant.strings_that_fit", fewest=fewest, most=most)
        raise ConfigError(
            say(
                "siting.pv_plant.string_does_not_fit",
                module=module.id,
                inverter=inverter.id,
                coldest=coldest_c,
                hottest=hottest_c,
            ),
            where="[pv] string_modules",
            got=say(
                "siting.pv_plant.string_voltages",
                n=max(n, 1),
                voc=max(n, 1) * voc,
                hot=max(n, 1) * hot,
            ),
            expected=fits if fewest <= most else say("siting.pv_plant.no_string_fits"),
        )
    return StringSize(n, fewest, most, coldest_c, hottest_c, n * voc, n * cold, n * hot)


def held_in_window(
    module: Module, inverter: Inverter, size: StringSize, effective_w_m2: F8, temp_cell_c: F8
) -> Strings:
    """What the tracker's window leaves of the largest power, and the voltage it holds.

    Outside the window the tracker stays at its edge: the module works beside the point of
    largest power, at the current its curve has there.
    """
    best = diode_power(module, effective_w_m2, temp_cell_c)
    voltage = size.modules * best.vmp_v
    held = np.clip(voltage, inverter.mppt_min_v, inverter.mppt_max_v)
    outside = (held != voltage) & (best.dc > 0.0)
    kept = np.ones(len(voltage))
    if outside.any():
        light, warm = effective_w_m2[outside], temp_cell_c[outside]
        found = power_at_voltage(module, light, warm, held[outside] / size.modules)
        kept[outside] = np.minimum(found / best.dc[outside], 1.0)
    return Strings(size, kept, held)


def strings_of(
    plant: PvPlant, effective_w_m2: F8, temp_cell_c: F8, temp_air_c: F8
) -> Strings | None:
    """Strings of a plant; None where the voltages of module or inverter are not known."""
    lit = effective_w_m2 > 0.0
    hottest = float(temp_cell_c[lit].max()) if lit.any() else 25.0
    inverter = plant.inverter_used
    size = string_size(
        plant.module,
        inverter,
        coldest_c=float(temp_air_c.min()) if plant.coldest_c is None else plant.coldest_c,
        hottest_c=hottest if plant.hottest_c is None else plant.hottest_c,
        modules=plant.string_modules,
    )
    if size is None:
        return None
    return held_in_window(plant.module, inverter, size, effective_w_m2, temp_cell_c)
