"""Chains of other tools, to reproduce their published results."""

from __future__ import annotations

from dataclasses import replace

from gis.errors import ConfigError
from gis.say import say
from siting.pv.plant.system import Losses, Module, PvSystem, module

__all__ = ["PRESETS", "preset", "preset_losses"]

_V5_MODULE = Module(
    id="pvwatts_v5_standard",
    efficiency_frac=0.15,
    gamma_per_c=-0.0047,
    lid_frac=0.0,
    degradation_frac_yr=0.005,
    source="Dobos (2014), table 1",
    quality="source",
)

PRESETS: dict[str, PvSystem] = {
    "pvwatts_v5_rack": PvSystem(
        _V5_MODULE,
        gcr=0.0,
        dc_ac_ratio=1.2,
        dc="pvwatts",
        cell="fuentes",
        noct_c=45.0,
        iam="glass_beam_only",
    ),
    "pvwatts_v5_roof": PvSystem(
        _V5_MODULE,
        gcr=0.0,
        dc_ac_ratio=1.2,
        dc="pvwatts",
        cell="fuentes",
        noct_c=49.0,
        iam="glass_beam_only",
    ),
    "pvwatts_v8": PvSystem(
        module("pvwatts_standard"),
        gcr=0.3,
        max_angle_deg=45.0,
        dc_ac_ratio=1.2,
        dc="pvwatts",
    ),
    "pvgis5": PvSystem(
        module("pvwatts_standard"),
        gcr=0.0,
        # PVGIS has no inverter: its one loss is all there is between DC and grid
        dc_ac_ratio=0.5,
        inverter_frac=1.0,
        transposition="haydavies",
        iam="martin_ruiz",
        dc="huld",
        u0=26.92,
        u1=6.24,
    ),
}
"""Tool -> plant: PVWatts v5 (open rack, roof), PVWatts v8, PVGIS 5 free-standing c-Si."""


def preset(name: str, **changes: object) -> PvSystem:
    """The chain of another tool with its defaults, and `changes` to them.

    References
    ----------
    .. [1] Dobos, A. P. (2014). PVWatts Version 5 Manual. NREL/TP-6A20-62641.
       :doi:`10.2172/1158421`
    .. [2] Huld, T., Gottschalg, R., Beyer, H. G., Topic, M. (2010). Mapping the performance
       of PV modules. Solar Energy 84, 324-338. :doi:`10.1016/j.solener.2009.12.002`

    Raises
    ------
    ConfigError
        With the names there are.

    Examples
    --------
    >>> preset("pvgis5", tilt_deg=35.0).transposition
    'haydavies'
    """
    if name not in PRESETS:
        raise ConfigError(
            say("siting.pv_plant.no_such_preset"), got=name, expected=", ".join(PRESETS)
        )
    return replace(PRESETS[name], **changes)  # type: ignore[arg-type]


def preset_losses(total: float) -> Losses:
    """One loss for everything, as PVWatts (0.1408) and PVGIS (0.14) have it.

    Examples
    --------
    >>> preset_losses(0.14).mismatch
    0.14
    """
    return Losses(mismatch=total)
