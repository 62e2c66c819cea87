"""A PV plant as its physics sees it, and the modules and losses that come as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import resources
from typing import Any, Literal

from gis.errors import ConfigError
from gis.say import say
from siting.pv.light.optics import Iam
from siting.pv.light.sky import Transposition
from siting.pv.plant.electrics import CellModel, DcModel

__all__ = [
    "Losses",
    "Module",
    "PvSystem",
    "data_toml",
    "default_losses",
    "loss_sources",
    "module",
    "modules",
]


@dataclass(frozen=True)
class Module:
    """A module type.

    Attributes
    ----------
    efficiency_frac
        Whole-area efficiency at standard test conditions.
    gamma_per_c
        Change of power with temperature [1/K].
    lid_frac
        Loss in the first year (light-induced degradation).
    degradation_frac_yr
        Further loss a year, of the rated power.
    bifaciality_frac
        Rear over front efficiency; 0 for monofacial.
    """

    id: str
    efficiency_frac: float
    gamma_per_c: float
    lid_frac: float
    degradation_frac_yr: float
    bifaciality_frac: float = 0.0
    source: str = ""
    quality: str = ""


@dataclass(frozen=True)
class PvSystem:
    """Everything the yield chain needs to know about a plant.

    Attributes
    ----------
    mounting
        ``"fixed"`` or ``"tracker"`` (one horizontal axis north-south).
    tilt_deg, azimuth_deg
        Of fixed modules; the azimuth clockwise from north.
    gcr
        Collector width over horizontal pitch; 0 leaves row shading out.
    clearance
        Lower edge (fixed) or axis (tracker) over the ground in collector widths.
    rise, axis_rise
        Tangent of the ground's slope: away from the facing direction, and along the axis
        (up towards ``azimuth + 90 deg``). For a tracker the facing direction is west.
    backtrack, max_angle_deg
        Tracker control.
    shade_steps
        Electrical effect of beam shade: 0 linear, n rounds up to n-ths of the width.
    transposition, iam, cell, dc
        Models, see their functions.
    u0, u1
        Heat-loss factors of the temperature model.
    rear_loss_frac
        Loss of rear light by structure and mismatch.
    """

    module: Module
    mounting: Literal["fixed", "tracker"] = "fixed"
    tilt_deg: float = 30.0
    azimuth_deg: float = 180.0
    gcr: float = 0.4
    clearance: float = 0.2
    rise: float = 0.0
    axis_rise: float = 0.0
    backtrack: bool = True
    max_angle_deg: float = 60.0
    shade_steps: int = 0
    dc_ac_ratio: float = 1.25
    inverter_frac: float = 0.96
    albedo: float = 0.2
    transposition: Transposition = "perez"
    iam: Iam = "ar_glass"
    cell: CellModel = "faiman"
    dc: DcModel = "huld"
    u0: float = 25.0
    u1: float = 6.84
    noct_c: float = 45.0
    bifacial: bool = False
    rear_loss_frac: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.gcr < 1.0 or not 0.0 <= self.tilt_deg <= 90.0:
            raise ConfigError(
                say("siting.pv_plant.this_plant_cannot_built"),
                got=say("siting.pv_plant.gcr_tilt_deg", gcr=self.gcr, tilt_deg=self.tilt_deg),
                expected=say("siting.pv_plant.n_0_gcr_1_0_tilt"),
            )


@dataclass(frozen=True)
class Losses:
    """Losses that are given rather than computed, as fractions of what reaches them.

    `soiling` and `snow` hold one value a month, `curtailment` too.
    """

    soiling: tuple[float, ...] = (0.0,) * 12
    snow: tuple[float, ...] = (0.0,) * 12
    nameplate: float = 0.0
    mismatch: float = 0.0
    lid: float = 0.0
    connections: float = 0.0
    wiring_dc: float = 0.0
    wiring_ac: float = 0.0
    transformer: float = 0.0
    auxiliary: float = 0.0
    availability: float = 0.0
    curtailment: tuple[float, ...] = (0.0,) * 12

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            values = value if isinstance(value, tuple) else (value,)
            if isinstance(value, tuple) and len(value) != 12:
                raise ConfigError(
                    say("siting.pv_plant.monthly_loss_needs_twelve_values"),
                    where=f"losses.{f.name}",
                    got=f"{len(value)} values",
                )
            if not all(0.0 <= v < 1.0 for v in values):
                raise ConfigError(
                    say("siting.pv_plant.loss_fraction_from_0_below"),
                    where=f"losses.{f.name}",
                    got=str(value),
                    todo=say("siting.pv_plant.n_3_0_03"),
                )


def data_toml(name: str) -> dict[str, Any]:
    """A table of cited numbers beside this code."""
    text = resources.files("siting.pv").joinpath("data", name).read_text("utf-8")
    return tomllib.loads(text)


@cache
def modules() -> dict[str, Module]:
    """Module types by id.

    Examples
    --------
    >>> modules()["pvwatts_standard"].gamma_per_c
    -0.0037
    """
    out = {}
    for key, row in data_toml("modules.toml").items():
        out[key] = Module(
            id=key,
            efficiency_frac=row["efficiency_frac"],
            gamma_per_c=row["gamma_per_c"],
            lid_frac=row["lid_frac"],
            degradation_frac_yr=row["degradation_frac_yr"],
            bifaciality_frac=row["bifaciality_frac"],
            source=row["source"],
            quality=row["quality"],
        )
    return out


def module(module_id: str) -> Module:
    """The module type called `module_id`.

    Raises
    ------
    ConfigError
        With the ids there are.
    """
    found = modules().get(module_id)
    if found is None:
        raise ConfigError(
            say("siting.pv_plant.no_such_module"), got=module_id, expected=", ".join(modules())
        )
    return found


@cache
def loss_sources() -> dict[str, dict[str, Any]]:
    """Default, unit, source, date and quality of every given loss."""
    return data_toml("losses.toml")


def default_losses(**given: float | tuple[float, ...]) -> Losses:
    """The defaults of ``losses.toml``, with `given` in their place.

    Examples
    --------
    >>> default_losses(soiling=(0.05,) * 12).soiling[0]
    0.05
    """
    rows = loss_sources()
    values: dict[str, Any] = {}
    for f in fields(Losses):
        value = rows[f.name]["value"]
        values[f.name] = tuple(value) if isinstance(value, list) else value
    return replace(Losses(**values), **given)  # type: ignore[arg-type]
