"""Plan sections of PV and rooftop PV."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import say
from layers.spec import Frozen
from layers.weather import WeatherSource

__all__ = [
    "AgrivoltaicVariant",
    "CostSection",
    "LossSection",
    "PvSection",
    "RooftopSection",
    "StorageSection",
    "YieldMapSection",
]

Frac = Annotated[float, Field(ge=0.0, lt=1.0)]
Monthly = Annotated[tuple[Frac, ...], Field(min_length=12, max_length=12)]


class LossSection(Frozen):
    """``[pv.losses]``: losses as fractions; what is left out comes from ``losses.toml``.

    `soiling`, `snow` and `curtailment` take one value or twelve, January first; sandstorm
    months are entered here.
    """

    soiling: Frac | Monthly | None = None
    snow: Frac | Monthly | None = None
    nameplate: Frac | None = None
    mismatch: Frac | None = None
    lid: Frac | None = None
    connections: Frac | None = None
    wiring_dc: Frac | None = None
    wiring_ac: Frac | None = None
    transformer: Frac | None = None
    auxiliary: Frac | None = None
    availability: Frac | None = None
    curtailment: Frac | Monthly | None = None

    def given(self) -> dict[str, float | tuple[float, ...]]:
        """What the plan says, monthly losses as twelve values."""
        out: dict[str, float | tuple[float, ...]] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is None:
                continue
            monthly = name in {"soiling", "snow", "curtailment"}
            out[name] = (value,) * 12 if monthly and isinstance(value, float) else value
        return out


class StorageSection(Frozen):
    """``[pv.storage]``: a battery beside the plant, off unless switched on.

    `power_frac` 0.10 and `duration_h` 2 are the Ningxia plan of 2023-02; see the legal note
    in `siting.economy.storage`.
    """

    enabled: bool = False
    power_frac: Annotated[float, Field(gt=0, le=2)] = 0.10
    duration_h: Annotated[float, Field(gt=0, le=24)] = 2.0
    round_trip_frac: Annotated[float, Field(gt=0, le=1)] | None = None
    grid_limit_frac: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> StorageSection:
        if self.enabled and self.round_trip_frac is None:
            raise ValueError(say("siting.pv_study.storage_enabled_needs_storage_round"))
        return self


class CostSection(Frozen):
    """``[pv.cost]``: money; without a discount rate LCOE is shown for 4, 6 and 8 %.

    Attributes
    ----------
    capex_cny_kw
        Investment per kW of grid capacity; the default is a real plant, see ``costs.toml``.
    opex_frac_yr
        Running costs a year over the investment.
    discount_nominal_frac, inflation_frac, tax_frac, depreciation_yr
        See `siting.economy.lcoe.Finance`.
    """

    capex_cny_kw: Annotated[float, Field(gt=0)] | None = None
    opex_frac_yr: Annotated[float, Field(ge=0, lt=0.5)] | None = None
    discount_nominal_frac: Annotated[float, Field(gt=-0.5, lt=1)] | None = None
    inflation_frac: Annotated[float, Field(ge=-0.1, lt=0.5)] = 0.0
    tax_frac: Annotated[float, Field(ge=0, lt=1)] = 0.0
    depreciation_yr: Annotated[int, Field(ge=1, le=50)] = 20


class AgrivoltaicVariant(Frozen):
    """``[[pv.agrivoltaic]]``: a layout with more height and wider rows over crops or stock.

    Attributes
    ----------
    clearance_m
        Lower edge over the ground [m].
    pitch_factor
        Pitch over that of the spacing rule.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title_zh: str
    title_en: str
    clearance_m: Annotated[float, Field(gt=0, le=10)]
    pitch_factor: Annotated[float, Field(ge=1, le=5)] = 1.0


class YieldMapSection(Frozen):
    """``[pv.yield_map]``: the county's yield raster.

    `transposition` is the report's unless changed: in this kernel Perez costs no more than
    Hay-Davies, and map and report then agree.
    """

    enabled: bool = True
    cell_m: Annotated[float, Field(gt=0, le=10_000)] = 250.0
    transposition: Literal["perez", "haydavies"] = "perez"
    horizon_reach_m: Annotated[float, Field(gt=0, le=100_000)] = 20_000.0
    horizon_azimuths: Annotated[int, Field(ge=8, le=360)] = 36


class PvSection(Frozen):
    """``[pv]``: module, layout, losses and weather of ground-mounted PV.

    Attributes
    ----------
    weather
        Hourly weather; without it no yield is estimated.
    mounting
        ``"fixed"`` or ``"tracker"`` (one axis north-south, backtracking).
    tilt_deg
        None finds the tilt of the largest yearly yield at the rule's pitch.
    azimuth_deg
        Modules face this way, clockwise from north.
    module
        Id in ``siting/pv/data/modules.toml``.
    collector_m
        Width of a row's collector along its tilt [m]; 4.6 is two 2.3 m modules.
    gcr
        Ground cover; None takes the pitch of GB 50797 (fixed) or 0.35 (tracker).
    clearance_m
        Lower edge (fixed) or axis (tracker) over the ground [m].
    dc_ac_ratio
        Module over inverter power. Site capacities are grid (AC) capacities.
    albedo
        Of the ground; None takes the weather's, or 0.2 where it has none.
    index_ha_mw
        Land per MW allowed by TD/T 1075-2023 annex A for this case; the user's figure.
    years
        Operating life [years].
    grid_factor
        Id in ``siting/economy/grid_factors.csv``; empty leaves avoided CO2 out.
    """

    weather: WeatherSource | None = None
    mounting: Literal["fixed", "tracker"] = "fixed"
    tilt_deg: Annotated[float, Field(ge=0, lt=90)] | None = None
    azimuth_deg: Annotated[float, Field(ge=0, lt=360)] = 180.0
    module: str = "topcon_bifacial"
    collector_m: Annotated[float, Field(gt=0, le=20)] = 4.6
    gcr: Annotated[float, Field(gt=0, lt=1)] | None = None
    clearance_m: Annotated[float, Field(gt=0, le=10)] = 1.0
    dc_ac_ratio: Annotated[float, Field(gt=0.5, le=3)] = 1.25
    inverter_frac: Annotated[float, Field(gt=0.5, le=1)] = 0.96
    albedo: Annotated[float, Field(ge=0, le=1)] | None = None
    bifacial: bool = False
    rear_loss_frac: Frac = 0.0
    transposition: Literal["perez", "haydavies", "isotropic"] = "perez"
    dc: Literal["huld", "pvwatts"] = "huld"
    iam: Literal["ar_glass", "glass", "martin_ruiz"] = "ar_glass"
    shade_steps: Annotated[int, Field(ge=0, le=24)] = 0
    max_angle_deg: Annotated[float, Field(gt=0, le=90)] = 60.0
    horizon: bool = True
    setback_m: Annotated[float, Field(ge=0)] = 10.0
    road_m: Annotated[float, Field(ge=0)] = 6.0
    block_mw: Annotated[float, Field(gt=0)] = 3.15
    index_ha_mw: Annotated[float, Field(gt=0)] | None = None
    years: Annotated[int, Field(ge=1, le=50)] = 25
    losses: LossSection = LossSection()
    uncertainty: dict[str, Frac] = Field(default_factory=dict)
    storage: StorageSection = StorageSection()
    cost: CostSection = CostSection()
    grid_factor: str = ""
    agrivoltaic: tuple[AgrivoltaicVariant, ...] = ()
    yield_map: YieldMapSection = YieldMapSection()
    hourly: bool = False


class RooftopSection(Frozen):
    """``[rooftop]``: rooftop PV on the layer ``buildings``.

    Attributes
    ----------
    weather
        As ``[pv.weather]``, which is taken when this is left out.
    edge_m
        Kept free along the roof's edge [m].
    flat_gcr
        Module over roof area of racks on flat roofs.
    flat_tilt_deg, pitched_tilt_deg
        Tilt of racks, and of pitched roofs whose slope is not known.
    usable_frac
        Share of the roof inside the edge that is free of stairs, tanks and the like.
    built_before
        Buildings of later years are not *existing* ones; 0 counts all.
    share_target_frac
        Share of existing public buildings with PV that the plan asks for.
    load_csv, load_building
        Hourly load [kW] of an industrial user (column ``load_kw``) and its building id.
    """

    weather: WeatherSource | None = None
    module: str = "topcon_bifacial"
    edge_m: Annotated[float, Field(ge=0, le=10)] = 1.0
    flat_gcr: Annotated[float, Field(gt=0, le=1)] = 0.5
    flat_tilt_deg: Annotated[float, Field(ge=0, lt=90)] = 15.0
    pitched_tilt_deg: Annotated[float, Field(ge=0, lt=90)] = 25.0
    usable_frac: Annotated[float, Field(gt=0, le=1)] = 0.7
    least_area_m2: Annotated[float, Field(ge=0)] = 40.0
    built_before: int = 0
    share_target_frac: Annotated[float, Field(gt=0, le=1)] = 0.15
    public_uses: tuple[str, ...] = (
        "government",
        "school",
        "hospital",
        "village_committee",
        "public",
    )
    installed_field: str = "pv_kwp"
    load_path: str = ""
    load_building: str = ""
