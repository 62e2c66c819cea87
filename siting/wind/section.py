"""Plan sections of wind and repowering."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import say
from layers.numbers import Count, Factor, Lat, Lon, Number, Positive
from layers.spec import Checked, Frozen
from layers.weather.schema import WeatherSource

__all__ = [
    "Distributed",
    "ExistingTurbine",
    "Hybrid",
    "MachineFile",
    "RepowerSection",
    "WeibullSector",
    "WindAtlas",
    "WindSection",
]

Fraction = Annotated[float, Field(ge=0, lt=1)]
WakeModel = Literal["bastankhah", "turbopark", "noj"]


class ExistingTurbine(Frozen):
    """One turbine of the plan file's own table.

    Attributes
    ----------
    turbine
        Id in the turbine library; empty where only the sizes are known, then a generic
        curve of that size stands in and is labelled so.
    """

    id: Annotated[str, Field(min_length=1)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    turbine: str = ""
    model: str = ""
    capacity_mw: Positive
    hub_m: Positive
    rotor_m: Positive
    on_grid: date | None = None


class WeibullSector(Frozen):
    """Weibull distribution of one direction sector at ``distribution_height_m``."""

    direction_deg: Annotated[float, Field(ge=0, le=360)]
    frequency: Annotated[float, Field(ge=0, le=1)]
    a_m_s: Positive
    k: Annotated[float, Field(gt=0.5, lt=12)]


class MachineFile(Frozen):
    """One file of turbines, and what it does not say.

    Attributes
    ----------
    file
        ``.wtg``, ``.pow``, a SAM library or a table (CSV) of wind speed, power and ct.
    id
        Name in the plan; the file's own where empty.
    rated_kw ... density_kg_m3
        Complete or correct the file.
    """

    file: Annotated[str, Field(min_length=1)]
    id: str = ""
    rated_kw: Positive | None = None
    rotor_m: Positive | None = None
    hub_m: Positive | None = None
    cut_in_m_s: Positive | None = None
    rated_m_s: Positive | None = None
    cut_out_m_s: Positive | None = None
    restart_m_s: Positive | None = None
    sound_power_db: Positive | None = None
    density_kg_m3: Positive | None = None


class WindAtlas(Frozen):
    """``[[wind.atlases]]``: one more map of mean wind speed, to compare with.

    Attributes
    ----------
    path, band, scale, offset, nodata
        Raster of mean speeds [m/s], as a layer's.
    height_m
        Above ground.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    path: Annotated[str, Field(min_length=1)]
    height_m: Annotated[float, Field(gt=0, le=300)] = 100.0
    band: Annotated[int, Field(ge=1, le=65_535)] = 1
    scale: Factor | None = None
    offset: Number | None = None
    nodata: Number | None = None
    source: str = ""


class WindSection(Checked):
    """``[wind]``: resource, existing turbines, engine, losses and uncertainty.

    Attributes
    ----------
    weather
        Hourly series; without it the series of ``[pv.weather]`` or the layer ``weather``.
    weibull, rose_csv, distribution_height_m
        A distribution in place of a series: Weibull by sector, or a CSV with
        ``direction_deg, speed_m_s, frequency``, at that height. Used when `weather` is not
        given; wind and PV together then cannot be judged.
    rose_path
        The same from a file: a WAsP ``.tab`` (its own height counts), or such a CSV.
    grid_path
        WAsP ``.wrg`` or ``.rsf`` of a flow model: the wind of each sector where each turbine
        stands, to which the series is scaled sector by sector. Without a series or a rose
        the hours are drawn from its middle.
    map_path
        WAsP ``.map``: contours (ruggedness, where the plan has no ``dem``) and roughness
        lines (for the logarithmic profile).
    wasp_crs
        Coordinate system of `grid_path` and `map_path`; the plan's where empty.
    speedups_path
        CSV with ``turbine_id, sector_deg, speedup``: the wind of a turbine over that of the
        series, by sector, from any flow model.
    mean_speed_m_s, mean_speed_height_m
        Long-term mean (Global Wind Atlas, mast) the series is scaled to, and its height.
    atlas_layer
        Raster layer with the mean wind speed at `mean_speed_height_m`, read where the
        turbines stand; wins over `mean_speed_m_s`.
    atlases
        Further maps, compared with the one used where the turbines stand.
    shear, shear_exponent, roughness_length_m
        Profile law between the series' height and the hub. Without a value and without a
        second height in the series the default of ``defaults.toml`` is used, with a
        warning.
    density_correction
        ``"iec"`` shifts the wind speed by (rho/rho0)^(1/3) (IEC 61400-12-1);
        ``"windpowerlib"`` is that library's curve shift; ``"off"`` is for comparison only.
    measured
        Whether the series is a measurement at the farm (a smaller uncertainty).
    turbulence_intensity
        At hub height, for wake models [-].
    map_turbine, map_cell_m
        Turbine and cell of the raster of gross full-load hours, drawn when there is an atlas;
        an empty name draws none.
    plant_turbine
        Stands for the machines of a wind plant in ``[[plants]]`` whose turbines are not known.
    site_turbine, site_spacing_main_d, site_spacing_cross_d
        Turbine of the wind sites that screening finds (`map_turbine` where empty), and the
        rows it stands in, in rotor diameters along and across the main wind.
    turbines_csv, machines
        Turbines of the user: a table, and files of makers and tools with what they lack.
    blockage
        Slowing of the wind in front of rotors: ``"self_similar"`` (Troldborg and Meyer
        Forsting, 2017); off by default.
    losses, uncertainty
        Replace single entries of ``defaults.toml`` (fractions).
    p50_haircut_frac
        Optional cut of the P50 for the published pre-construction bias; 0 is none.
    """

    weather: WeatherSource | None = None
    weibull: tuple[WeibullSector, ...] = ()
    rose_csv: str = ""
    rose_path: str = ""
    grid_path: str = ""
    map_path: str = ""
    wasp_crs: str = ""
    speedups_path: str = ""
    distribution_height_m: Positive = 100.0
    mean_speed_m_s: Positive | None = None
    mean_speed_height_m: Positive = 100.0
    atlas_layer: str = ""
    atlases: tuple[WindAtlas, ...] = ()
    shear: Literal["power", "log"] = "power"
    shear_exponent: Annotated[float, Field(ge=-0.2, le=0.8)] | None = None
    roughness_length_m: Annotated[float, Field(gt=0, lt=5)] | None = None
    density_correction: Literal["iec", "windpowerlib", "off"] = "iec"
    measured: bool = False
    turbulence_intensity: Annotated[float, Field(gt=0, lt=0.6)] | None = None
    map_turbine: str = "generic_5000_225"
    map_cell_m: Annotated[float, Field(ge=20, le=5000)] = 250.0
    plant_turbine: str = "nrel_ge_1500_77"
    site_turbine: str = ""
    site_spacing_main_d: Annotated[float, Field(ge=2, le=20)] = 7.0
    site_spacing_cross_d: Annotated[float, Field(ge=1.5, le=20)] = 4.0
    turbines_csv: str = ""
    machines: tuple[MachineFile, ...] = ()
    blockage: Literal["off", "self_similar"] = "off"
    existing_csv: str = ""
    existing: tuple[ExistingTurbine, ...] = ()
    wake_models: tuple[WakeModel, ...] = ("bastankhah", "turbopark", "noj")
    losses: dict[str, Fraction] = Field(default_factory=dict)
    uncertainty: dict[str, Fraction] = Field(default_factory=dict)
    p50_haircut_frac: Annotated[float, Field(ge=0, le=0.15)] = 0.0

    @model_validator(mode="after")
    def _one_flow_model(self) -> WindSection:
        if self.grid_path and self.speedups_path:
            raise ValueError(say("siting.wind.one_flow_model"))
        if sum(bool(x) for x in (self.weibull, self.rose_csv, self.rose_path)) > 1:
            raise ValueError(say("siting.wind.one_distribution"))
        return self


class Distributed(Frozen):
    """Turbines inside industrial parks.

    Attributes
    ----------
    layer
        Layer of the parks.
    noise_night_db
        Limit at the nearest dwelling [dB(A)]; the rule book's value where empty.
    fall_factor
        Clear distance to buildings, roads and lines as a multiple of the tip height [-].
    """

    layer: str = "industrial_park"
    turbine: str = "generic_3000_300"
    hub_m: Positive | None = None
    fall_factor: Annotated[float, Field(ge=0, le=3)] = 1.5
    max_per_park: Annotated[int, Field(ge=1, le=500)] = 20


class Hybrid(Frozen):
    """A wind-PV station behind one grid connection.

    Attributes
    ----------
    pv_mw, export_limit_mw
        PV beside the new turbines [MW AC]; the wind capacity where empty. Limit of the
        shared connection; the old farm's capacity where empty.
    storage, storage_power_frac, storage_hours_h, round_trip_frac
        Battery over the station's power, hours at that power and its efficiency; off unless
        switched on. An empty size takes what the province asks for.
    oversize
        Installed wind and PV over the limit for the best split.
    """

    pv_mw: Positive | None = None
    export_limit_mw: Positive | None = None
    storage_power_frac: Fraction | None = None
    storage_hours_h: Annotated[float, Field(ge=0, le=24)] | None = None
    storage: bool = False
    round_trip_frac: Annotated[float, Field(gt=0, le=1)] | None = None
    oversize: Annotated[float, Field(ge=0.5, le=5)] = 2.0

    @model_validator(mode="after")
    def _efficiency(self) -> Hybrid:
        if self.storage and self.round_trip_frac is None:
            raise ValueError(say("siting.wind.hybrid_storage_needs_hybrid_round"))
        return self


class RepowerSection(Frozen):
    """``[repower]``: existing turbines, what replaces them, and how it is judged.

    Attributes
    ----------
    turbine
        Library ids of the candidates; the one with the best net value is taken.
    mode
        ``"keep_capacity"`` (等容) holds the grid-connected capacity, ``"max"`` (增容) fills
        the land that screening leaves.
    extent_m
        Search distance around the existing turbines [m].
    min_capacity_mw
        Least capacity of a new unit [MW]; where the plan is silent, that of the rule in
        force where it lies, if there is one.
    spacing_main_d, spacing_cross_d
        Least spacing along and across the main wind direction [rotor diameters].
    slope_max_deg
        Steepest ground under a turbine [deg].
    farms
        Names of the farms that are replaced; empty replaces all existing turbines.
    reuse_pads, reuse_bonus_frac
        Prefer positions on existing pads, by this share of a turbine's energy; beside
        existing roads by half of it.
    conditional_land, conditional_penalty_frac
        Allow land that needs approvals, at this malus.
    least_full_load_hours_h
        Mode ``"max"`` stops when one more turbine adds less.
    noise_area
        Acoustic functional area of GB 3096 (``"class_1"``); its limits, unless
        ``noise_limit_*_db`` say others.
    old_pad_m2, new_pad_m2
        Permanent land of one turbine, foundation and crane pad. Not estimated without.
    tariff_cny_kwh ... old_salvage_cny_kw
        Money. LCOE and NPV are not estimated without them.
    grid_factor
        Id of a grid emission factor; CO2 is not estimated without.
    blade_mass_t, hub_mass_t
        Mass of one old blade and one old hub; tonnage is not estimated without.
    """

    turbine: tuple[str, ...] = ()
    farms: tuple[str, ...] = ()
    mode: Literal["keep_capacity", "max"] = "keep_capacity"
    hub_m: Positive | None = None
    min_capacity_mw: Positive | None = None
    extent_m: Positive = 2000.0
    spacing_main_d: Annotated[float, Field(ge=2, le=20)] | None = None
    spacing_cross_d: Annotated[float, Field(ge=1.5, le=20)] | None = None
    slope_max_deg: Positive | None = None
    reuse_pads: bool = True
    seed: Count = 1
    starts: Annotated[int, Field(ge=1, le=64)] = 4
    conditional_land: bool = True
    dwelling_setback_m: Positive | None = None
    noise_limit_day_db: Positive | None = None
    noise_limit_night_db: Positive | None = None
    flicker_limit_h_yr: Positive | None = None
    noise_area: str = ""
    ground_factor: Annotated[float, Field(ge=0, le=1)] | None = None
    substation_ll: tuple[Lon, Lat] | None = None
    conditional_penalty_frac: Fraction = 0.02
    reuse_bonus_frac: Fraction = 0.01
    least_full_load_hours_h: Annotated[float, Field(ge=0, le=8760)] = 2000.0
    max_turbines: Annotated[int, Field(ge=1, le=400)] = 60
    steps: Annotated[int, Field(ge=1000, le=10_000_000)] = 120_000
    old_pad_m2: Positive | None = None
    new_pad_m2: Positive | None = None
    life_yr: Annotated[int, Field(ge=5, le=40)] = 20
    tariff_cny_kwh: Positive | None = None
    capex_cny_kw: Positive | None = None
    opex_cny_kw_yr: Positive | None = None
    discount_frac: Fraction | None = None
    old_opex_cny_kw_yr: Positive | None = None
    old_salvage_cny_kw: Number | None = None
    grid_factor: str = ""
    blade_mass_t: Positive | None = None
    hub_mass_t: Positive | None = None
    rasters: bool = True
    distributed: Distributed = Distributed()
    hybrid: Hybrid = Hybrid()

    @model_validator(mode="after")
    def _order(self) -> RepowerSection:
        if (
            self.noise_limit_day_db is not None
            and self.noise_limit_night_db is not None
            and self.noise_limit_night_db > self.noise_limit_day_db
        ):
            raise ValueError(say("siting.wind.night_limit_must_not_above"))
        return self
