"""Plan sections of PV and rooftop PV."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from gis.say import say
from layers.numbers import NotNegative, Number, Positive
from layers.spec import Frozen, Title
from layers.weather import WeatherSource
from siting.pv.plant.module import ModuleChoice, modules
from siting.pv.plant.plant import LEAST_GCR, MOST_GCR, PvPlant
from siting.pv.study.conventions import convention_faults
from siting.pv.study.site_light import LightChoice
from siting.pv.study.uncertainty import default_components

__all__ = [
    "AgrivoltaicVariant",
    "CostSection",
    "PvSection",
    "ReferencePlant",
    "RooftopSection",
    "StorageSection",
    "YieldMapSection",
]

Frac = Annotated[float, Field(ge=0.0, lt=1.0)]


class StorageSection(Frozen):
    """``[pv.storage]``: a battery beside the plant, off unless switched on.

    Attributes
    ----------
    power_frac, duration_h
        Battery over plant power, and hours at that power; empty takes what the province
        asks for (``layers/data/provinces``).
    round_trip_frac
        Energy given back over energy taken in; it is on the data sheet.
    grid_limit_frac
        What the grid takes, over the plant's capacity; empty is all of it.
    """

    enabled: bool = False
    power_frac: Annotated[float, Field(gt=0, le=2)] | None = None
    duration_h: Annotated[float, Field(gt=0, le=24)] | None = None
    round_trip_frac: Annotated[float, Field(gt=0, le=1)] | None = None
    grid_limit_frac: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> StorageSection:
        if self.enabled and self.round_trip_frac is None:
            raise ValueError(say("siting.pv_study.storage_needs_efficiency"))
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

    capex_cny_kw: Positive | None = None
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


class ReferencePlant(Frozen):
    """``[[pv.references]]``: land of a real plant, to compare the sites with.

    Attributes
    ----------
    land_ha, capacity_mw
        Its land [ha] and capacity [MW], of modules where `of_modules` says so.
    source
        Where both are published.
    """

    name: Title
    land_ha: Positive
    capacity_mw: Positive
    of_modules: bool = False
    source: Annotated[str, Field(min_length=1)]

    @property
    def ha_mw(self) -> float:
        """Land per MW [ha/MW]."""
        return self.land_ha / self.capacity_mw


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


class PvSection(PvPlant):
    """``[pv]``: the plant, its land, uncertainty, money and weather.

    Attributes
    ----------
    weather
        Hourly weather; without it no yield is estimated.
    light
        Where a site's light is from: ``"series"`` as it is, ``"atlas"`` scaled to the layer
        ``ghi_monthly`` or ``ghi``, ``"auto"`` by the rule of `siting.pv.study.site_light`.
    horizon
        Whether hills around a site hide sun and sky.
    setback_m, road_m, block_mw
        Kept free along the boundary [m], width of roads [m], grid power of a block [MW].
    index_ha_mw
        Land per MW allowed by TD/T 1075-2023 annex A for this case; the user's figure.
    references
        Land of real plants, shown beside that of the sites.
    years
        Operating life [years].
    uncertainty
        Component -> standard deviation as a share of the energy.
    grid_factor
        Id in ``siting/economy/grid_factors.csv``; empty leaves avoided CO2 out.
    array
        Figures of the drawn plant in place of conventions of ``siting/pv/data/array.toml``.
    hourly
        Whether the files of one site hold its hourly series.
    """

    weather: WeatherSource | None = None
    light: LightChoice = "auto"
    horizon: bool = True
    setback_m: NotNegative = 10.0
    road_m: NotNegative = 6.0
    block_mw: Positive = 3.15
    index_ha_mw: Positive | None = None
    references: tuple[ReferencePlant, ...] = ()
    years: Annotated[int, Field(ge=1, le=50)] = 25
    uncertainty: dict[str, Frac] = Field(default_factory=dict)
    storage: StorageSection = StorageSection()
    cost: CostSection = CostSection()
    grid_factor: str = ""
    agrivoltaic: tuple[AgrivoltaicVariant, ...] = ()
    yield_map: YieldMapSection = YieldMapSection()
    hourly: bool = False
    array: dict[str, Number] = Field(default_factory=dict)

    @field_validator("uncertainty")
    @classmethod
    def _components(cls, value: dict[str, float]) -> dict[str, float]:
        known = [c.id for c in default_components()]
        if not set(value) <= set(known):
            raise ValueError(say("siting.pv_study.no_such_uncertainty"), ", ".join(known))
        return value

    @field_validator("array")
    @classmethod
    def _conventions(cls, value: dict[str, float]) -> dict[str, float]:
        faults = convention_faults(value)
        if faults:
            raise ValueError(faults[0].what, f"{faults[0].where} {faults[0].expected}".strip())
        return value

    @model_validator(mode="after")
    def _rows_on_land(self) -> PvSection:
        if self.gcr == 0.0:
            raise ValueError(say("siting.pv_study.rows_on_land_need_gcr"))
        if self.mounting == "fixed" and self.tilt_deg == 90.0:
            raise ValueError(say("siting.pv_study.rows_on_land_need_tilt"))
        return self

    @property
    def plant(self) -> PvPlant:
        """The plant alone."""
        return PvPlant(**{name: getattr(self, name) for name in PvPlant.model_fields})


class RooftopSection(Frozen):
    """``[rooftop]``: rooftop PV on the layer ``buildings``.

    Attributes
    ----------
    weather
        As ``[pv.weather]``, which is taken when this is left out.
    module
        As ``[pv] module``; all else of a roof's plant is that of ``[pv]``.
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
        Share of existing public buildings with PV to rank roofs for, where no target of the
        plan (``public_rooftop_share``) says it; without either no roof is marked as needed.
    load_csv, load_building
        Hourly load [kW] of an industrial user (column ``load_kw``) and its building id.
    """

    weather: WeatherSource | None = None
    module: ModuleChoice = Field(default_factory=lambda: modules()["topcon_bifacial"])
    edge_m: Annotated[float, Field(ge=0, le=10)] = 1.0
    flat_gcr: Annotated[float, Field(ge=LEAST_GCR, le=MOST_GCR)] = 0.5
    flat_tilt_deg: Annotated[float, Field(ge=0, lt=90)] = 15.0
    pitched_tilt_deg: Annotated[float, Field(ge=0, lt=90)] = 25.0
    usable_frac: Annotated[float, Field(gt=0, le=1)] = 0.7
    least_area_m2: NotNegative = 40.0
    built_before: Annotated[int, Field(ge=0, le=2200)] = 0
    share_target_frac: Annotated[float, Field(gt=0, le=1)] | None = None
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
