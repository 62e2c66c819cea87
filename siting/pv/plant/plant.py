"""A PV plant: every parameter once, with its unit, its bounds and what it means.

The plan's section ``[pv]`` holds these very fields, the hourly chain and the map's kernel
read them, and the reference page of the plan file is made from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator

from gis.errors import ConfigError
from gis.say import say
from layers.model_faults import model_faults
from layers.spec import Checked, Frozen, Origin, Text
from siting.pv.light.optics import Iam
from siting.pv.light.sky import Transposition
from siting.pv.plant.electrics import CELL_HEAT, CellModel, DcModel, SapmMount
from siting.pv.plant.inverter import Inverter, InverterChoice, inverters, pvwatts_inverter
from siting.pv.plant.losses import GivenLosses, Losses, loss_rows
from siting.pv.plant.module import ModuleChoice, data_toml, modules

__all__ = ["LEVEL", "Mounting", "Preset", "PvPlant", "Slope", "presets"]


@dataclass(frozen=True)
class Slope:
    """The ground under a plant, as tangents of its slope.

    Attributes
    ----------
    rise
        Away from the facing direction: a south slope under south-facing modules has
        ``rise > 0``. For a tracker the facing direction is west.
    axis_rise
        Along the rows' axis, up towards ``azimuth + 90 deg``.
    """

    rise: float = 0.0
    axis_rise: float = 0.0


LEVEL = Slope()
"""Level ground."""


Mounting = Literal["fixed", "tracker", "two_axis"]


class Preset(Frozen):
    """Parameters of a plant that go together by name, with their source."""

    title: Text
    source: Origin
    date: str
    quality: str
    values: dict[str, Any]


@cache
def presets() -> Mapping[str, Preset]:
    """Presets by id.

    Examples
    --------
    >>> presets()["pvgis5"].values["inverter"]
    'none'
    """
    rows = data_toml("presets.toml")
    return MappingProxyType({k: Preset.model_validate(row) for k, row in rows.items()})


P = TypeVar("P", bound="PvPlant")


def _checked(kind: type[P], given: dict[str, object]) -> P:
    try:
        return kind.model_validate(given)
    except ValidationError as err:
        raise ConfigError(model_faults(err, kind.__name__)) from err


LEAST_GCR, MOST_GCR = 0.05, 0.95
"""Rows twenty widths apart see next to nothing of one another: below stands 0, one row.
Above, nobody could walk between them."""


class PvPlant(Checked):
    """A PV plant as its physics sees it; what is left empty is designed for the site.

    Raises
    ------
    ConfigError
        With every value that cannot be.

    Examples
    --------
    >>> PvPlant(tilt_deg=35.0, losses={"soiling": 0.02}).tilt_deg
    35.0
    >>> PvPlant(tilt_deg=135.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gis.errors.ConfigError: PvPlant [tilt_deg]: ...; got 135.0; expected at most 90
    """

    preset: str = Field(
        "",
        description="id in siting/pv/data/presets.toml (pvgis5, pvwatts, pvsyst, roof); what "
        "is given beside it stands over it",
    )
    mounting: Mounting = Field(
        "fixed",
        description="fixed; tracker: one horizontal axis north-south; two_axis: at the sun",
    )
    tilt_deg: float | None = Field(
        None,
        ge=0,
        le=90,
        description="tilt of fixed modules [deg]; empty finds the largest yearly yield",
    )
    azimuth_deg: float = Field(
        180.0, ge=0, lt=360, description="way fixed modules face, clockwise from north [deg]"
    )
    module: ModuleChoice = Field(
        default_factory=lambda: modules()["topcon_bifacial"],
        description="id in siting/pv/data/modules.toml (topcon_bifacial), or its figures",
    )
    collector_m: float = Field(
        4.6,
        gt=0,
        le=20,
        description="width of a row along its tilt [m]; 4.6 is two modules of 2.3 m",
    )
    gcr: float | None = Field(
        None,
        ge=0,
        le=MOST_GCR,
        description="collector width over horizontal pitch; empty takes the pitch of "
        "GB 50797 (fixed) or 0.35 (tracker); 0 stands for one row without neighbours",
    )
    clearance_m: float = Field(
        1.0, gt=0, le=10, description="lower edge (fixed) or axis (tracker) over ground [m]"
    )
    backtrack: bool = Field(
        True, description="trackers turn back to keep rows out of each other's shade"
    )
    max_angle_deg: float = Field(
        60.0, gt=0, le=90, description="largest angle of a tracker from the horizontal [deg]"
    )
    shade_steps: int = Field(
        0,
        ge=0,
        le=24,
        description="electrical effect of beam shade: 0 is linear, n rounds up to n-ths",
    )
    dc_ac_ratio: float = Field(1.25, ge=0.5, le=3, description="module over inverter power")
    inverter: InverterChoice = Field(
        default_factory=lambda: inverters()["string_1500v"],
        description="id in siting/pv/data/inverters.toml (string_1500v), an .OND file, a row "
        "of a CEC table, or its figures",
    )
    inverter_frac: float | None = Field(
        None,
        gt=0.5,
        le=1,
        description="rated efficiency on PVWatts' part-load curve in place of the inverter's",
    )
    inside_hour: bool = Field(
        True, description="take off what clipping inside the hour loses (Allen and Hobbs 2022)"
    )
    line_frac: float = Field(
        0.0,
        ge=0,
        le=0.1,
        description="loss in AC lines at rated power, over it; it falls with the square",
    )
    transformer_load_frac: float = Field(
        0.0,
        ge=0,
        le=0.05,
        description="loss in the windings of transformers at rated power, over it",
    )
    transformer_no_load_frac: float = Field(
        0.0,
        ge=0,
        le=0.02,
        description="loss in the cores of transformers at any hour, over rated power",
    )
    string_modules: int | None = Field(
        None,
        ge=1,
        le=100,
        description="modules in series; empty is the longest string the inverter takes",
    )
    coldest_c: float | None = Field(
        None,
        ge=-90,
        le=40,
        description="lowest temperature of cells for strings [deg C]; empty is the coldest air "
        "of the weather",
    )
    hottest_c: float | None = Field(
        None,
        ge=20,
        le=120,
        description="highest temperature of cells for strings [deg C]; empty is that of the "
        "simulation",
    )
    albedo: float | None = Field(
        None,
        ge=0,
        le=1,
        description="of the ground; empty takes the weather's, or 0.2 where it has none",
    )
    transposition: Transposition = Field("perez", description="sky model")
    iam: Iam = Field("ar_glass", description="glass model")
    cell: CellModel = Field("faiman", description="temperature model; the map has faiman")
    u0: float | None = Field(
        None,
        gt=0,
        le=100,
        description="heat loss of the module [W/(m2 K)]; empty is 25 (faiman) or 29 (pvsyst)",
    )
    u1: float | None = Field(
        None,
        ge=0,
        le=50,
        description="heat loss for each m/s of wind [W/(m2 K) per m/s]; empty takes 6.84 "
        "(faiman) or 0 (pvsyst)",
    )
    sapm_mount: SapmMount = Field(
        "open_rack_glass_polymer", description="how the modules of the sapm model are built in"
    )
    noct_c: float = Field(
        45.0, gt=20, le=80, description="installed NOCT of the Fuentes model [deg C]"
    )
    dc: DcModel = Field(
        "huld",
        description="light and temperature to DC power: huld with the module's temperature "
        "coefficient, pvgis (Huld's own), pvwatts, single_diode",
    )
    bifacial: bool = Field(False, description="count the light on the back of the modules")
    rear_loss_frac: float = Field(
        0.0, ge=0, lt=1, description="loss of rear light by structure and mismatch"
    )
    losses: GivenLosses = Field(
        default_factory=dict,
        description="loss -> fraction, one value or twelve; see siting/pv/data/losses.toml",
    )

    @field_validator("gcr")
    @classmethod
    def _one_row_or_rows(cls, value: float | None) -> float | None:
        if value is not None and 0.0 < value < LEAST_GCR:
            raise ValueError(say("siting.pv_plant.gcr_of_rows", least=LEAST_GCR))
        return value

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a file holds
        """The values of the preset under those that are given."""
        name = given.get("preset", "") if isinstance(given, Mapping) else ""
        if not isinstance(name, str) or not name:
            return given
        if name not in presets():
            raise ValueError(
                say("siting.pv_plant.no_such_preset", given=name), ", ".join(presets())
            )
        values = dict(presets()[name].values)
        losses = {**values.get("losses", {}), **given.get("losses", {})}
        return {**values, **given, "losses": losses}

    @property
    def inverter_used(self) -> Inverter:
        """The inverter, or PVWatts' of the rated efficiency that was given."""
        if self.inverter_frac is None:
            return self.inverter
        return pvwatts_inverter(self.inverter_frac)

    @property
    def heat_loss(self) -> tuple[float, float]:
        """u0 and u1 as given, else those of the temperature model."""
        u0, u1 = CELL_HEAT.get(self.cell, CELL_HEAT["faiman"])
        return (u0 if self.u0 is None else self.u0, u1 if self.u1 is None else self.u1)

    @property
    def clearance(self) -> float:
        """Clearance in collector widths."""
        return self.clearance_m / self.collector_m

    def changed(self, **changes: Any) -> Self:  # noqa: ANN401 - checked by the model
        """The plant with other values, checked as a new one is.

        Raises
        ------
        ConfigError
            With every value that cannot be.

        Examples
        --------
        >>> PvPlant().changed(tilt_deg=30.0, module="hpbc_mono").module.gamma_per_c
        -0.0026
        """
        now = {name: getattr(self, name) for name in type(self).model_fields}
        if name := changes.get("preset"):
            # another preset takes the place of what was there
            own = presets()[name].values if name in presets() else {}
            now = {k: v for k, v in now.items() if k not in own}
        return _checked(type(self), {**now, **changes})

    def designed(self) -> tuple[float, float]:
        """Tilt [deg] and ground cover; a tracker's tilt is 0.

        Raises
        ------
        ConfigError
            When one of them has still to be designed.
        """
        tilt = self.tilt_deg if self.mounting == "fixed" else 0.0
        if tilt is None or self.gcr is None:
            raise ConfigError(
                say("siting.pv_plant.plant_not_designed"),
                got=f"tilt_deg = {tilt}, gcr = {self.gcr}",
                todo=say("siting.pv_plant.give_tilt_and_gcr"),
            )
        return tilt, self.gcr

    def all_losses(self) -> Losses:
        """Every loss: given, else the module's figure, else the default of its row.

        Examples
        --------
        >>> PvPlant(losses={"soiling": 0.05}).all_losses().by_key["soiling"][0]
        0.05
        """
        out, whose, origins = {}, {}, {}
        for key, row in loss_rows().items():
            default = row.value
            # a file or a sheet that does not say it leaves the default, and its source
            of_module = row.from_module in self.module.model_fields_set
            if row.from_module and of_module:
                default = (float(getattr(self.module, row.from_module)),) * 12
                origins[key] = self.module.source
            whose[key] = "module" if of_module else "default"
            if key in self.losses:
                whose[key] = "plan"
            given = self.losses.get(key, default)
            out[key] = given if isinstance(given, tuple) else (given,) * 12
        return Losses(by_key=out, given=whose, origins=origins)
