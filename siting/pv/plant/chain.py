"""The yield of one plant: every physical step in order, each loss kept by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import DataError
from gis.say import listed, say
from layers.result import Warn
from layers.weather import Sun, Weather, sun, usable_years
from siting.economy.waterfall import Waterfall, waterfall_of
from siting.pv.light.bifacial import rear_irradiance
from siting.pv.light.horizon import Horizon, sky_left, sun_visible
from siting.pv.light.optics import beam_iam, circumsolar_iam, diffuse_iam
from siting.pv.light.rows import (
    ground_lit_fraction,
    row_factors,
    shaded_fraction,
    sun_across,
)
from siting.pv.light.sky import PlaneIrradiance, plane_irradiance
from siting.pv.plant.dc import plant_dc, plant_temperature
from siting.pv.plant.facing import plant_facing_warnings
from siting.pv.plant.inside_hour import inside_hour_share
from siting.pv.plant.inverter import ac_limit, ac_power
from siting.pv.plant.losses import Losses
from siting.pv.plant.plant import LEVEL, PvPlant, Slope
from siting.pv.plant.strings import StringSize, strings_of
from siting.pv.plant.tracking import Orientation, orientation
from siting.pv.plant.waterfall import UNIT, Fall, with_sources

__all__ = ["Resource", "SiteYield", "ground_albedo", "resource", "site_yield"]

F8 = npt.NDArray[np.float64]
_ALBEDO = 0.2


@dataclass(frozen=True)
class Resource:
    """Weather of whole years with the sun, ready for any number of plants; f8[n] each."""

    weather: Weather
    sun: Sun
    index: pd.DatetimeIndex
    ghi_w_m2: F8
    dni_w_m2: F8
    dhi_w_m2: F8
    temp_air_c: F8
    wind_speed_m_s: F8
    albedo: F8 | None
    years: tuple[int, ...]

    @property
    def month(self) -> npt.NDArray[np.int64]:
        """Month of each hour, 0 to 11."""
        return np.asarray(self.index.month, dtype=np.int64) - 1


def resource(weather: Weather, *, years: tuple[int, ...] | None = None) -> Resource:
    """Cut prepared weather to whole years and add the sun.

    Parameters
    ----------
    weather : Weather
        From `layers.weather.prepare_weather`: closed and without gaps in irradiance.
    years : tuple of int, optional
        Which years; all whole ones by default.

    Raises
    ------
    DataError
        When there is no whole year, or a needed column has gaps.
    """
    chosen = usable_years(weather) if years is None else years
    keep = np.isin(weather.index.year, chosen)
    index = weather.index[keep]
    columns = {}
    for name in ("ghi_w_m2", "dni_w_m2", "dhi_w_m2", "temp_air_c", "wind_speed_m_s"):
        values = weather.column(name)[keep]
        if not np.isfinite(values).all():
            raise _gaps(weather, name, values, index)
        columns[name] = values
    albedo = None
    if "albedo_frac" in weather.hourly:
        values = weather.column("albedo_frac")[keep]
        albedo = values if np.isfinite(values).all() else None
    # the same call as in the weather's checks: computed once
    position = sun(index, weather.lon, weather.lat, altitude_m=weather.altitude_m)
    return Resource(
        weather=weather, sun=position, index=index, albedo=albedo, years=chosen, **columns
    )


def _gaps(weather: Weather, name: str, values: F8, index: pd.DatetimeIndex) -> DataError:
    """What is missing: so many hours, and the months no other day can stand in for."""
    known = np.isfinite(values)
    n = int((~known).sum())
    # after filling, a month without light still has its dark hours
    stamp = index.strftime("%m" if weather.typical_year else "%Y-%m")
    any_known = pd.Series(known & (values != 0.0)).groupby(np.asarray(stamp)).any()
    empty = any_known.index[~any_known].tolist()
    got = say("siting.pv_plant.hours", n=n)
    todo = say("siting.pv_plant.prepare_weather_first")
    if empty:
        got = say("siting.pv_plant.months_without_value", n=n, months=listed(empty))
        todo = say("siting.pv_plant.give_whole_months")
    return DataError(
        say("siting.pv_plant.weather_has_gaps"),
        where=f"{weather.where} {name}",
        got=got,
        todo=todo,
    )


@dataclass(frozen=True)
class SiteYield:
    """Yield per rated DC power.

    Attributes
    ----------
    hourly
        ``poa_w_m2`` (after shading, before soiling and glass), ``rear_w_m2``,
        ``effective_w_m2``, ``temp_cell_c``, ``dc_kw_kwp`` (at the inverter), ``ac_kw_kwp``
        (sent) and what is lost on the way: ``dc_loss_kw_kwp`` before the inverter, then
        ``inverter_loss_kw_kwp``, ``clipped_kw_kwp`` and ``delivery_loss_kw_kwp`` (behind it),
        which make up dc less ac; index in the middle of each hour.
    resource
        The weather it was computed from.
    waterfall
        Mean of the years [kWh/kWp a year]; it ends at the yield to 1e-9.
    by_year_kwh_kwp
        Energy of each weather year.
    poa_kwh_m2
        Light on the open plane a year, before any shading [kWh/m2].
    warnings
        That the modules face away from the noon sun.
    string
        Modules in series; None where voltages are not known.
    """

    plant: PvPlant
    slope: Slope
    losses: Losses
    hourly: pd.DataFrame
    waterfall: Waterfall
    by_year_kwh_kwp: pd.Series
    poa_kwh_m2: float
    string: StringSize | None = None
    warnings: tuple[Warn, ...] = ()
    resource: Resource | None = None

    @property
    def kwh_kwp_yr(self) -> float:
        """Mean yearly energy in the first year of operation [kWh/kWp]."""
        return float(self.by_year_kwh_kwp.mean())

    @property
    def performance_ratio(self) -> float:
        """Energy over light on the open front plane at the rated efficiency."""
        return self.kwh_kwp_yr / self.poa_kwh_m2

    def monthly(self) -> pd.DataFrame:
        """Mean of the years by month: light [kWh/m2] and energy [kWh/kWp]."""
        months = pd.DatetimeIndex(self.hourly.index).month
        n = len(self.by_year_kwh_kwp)
        h = self.hourly
        out = pd.DataFrame(
            {
                "poa_kwh_m2": h["poa_w_m2"].groupby(months).sum() / 1000.0 / n,
                "effective_kwh_m2": h["effective_w_m2"].groupby(months).sum() / 1000.0 / n,
                "dc_kwh_kwp": h["dc_kw_kwp"].groupby(months).sum() / n,
                "ac_kwh_kwp": h["ac_kw_kwp"].groupby(months).sum() / n,
                "temp_cell_c": (h["temp_cell_c"] * h["poa_w_m2"]).groupby(months).sum()
                / h["poa_w_m2"].groupby(months).sum().clip(lower=1e-9),
            }
        )
        out.insert(0, "month", out.index)
        return out.reset_index(drop=True)


def ground_albedo(plant: PvPlant, res: Resource) -> float | F8:
    """Of the plant, else of the weather, else 0.2 as PVWatts and pvlib take it."""
    if plant.albedo is not None:
        return plant.albedo
    return _ALBEDO if res.albedo is None else res.albedo


def _sun_across(slope: Slope, o: Orientation, s: Sun) -> tuple[F8, F8]:
    """The sun across the rows, over an axis that may slope."""
    s_x, s_z = sun_across(s.apparent_zenith_deg, s.azimuth_deg, o.facing_deg, axis_rise=0.0)
    if slope.axis_rise:
        along = np.sin(np.deg2rad(s.apparent_zenith_deg)) * np.sin(
            np.deg2rad(s.azimuth_deg - o.facing_deg)
        )
        s_z = s_z - along * o.axis_rise
    return s_x, s_z


def _electrical(share: F8, steps: int) -> F8:
    """Share of the beam lost where `share` of the width is in the shade."""
    return np.ceil(share * steps - 1e-9) / steps if steps > 0 else share


def site_yield(
    res: Resource,
    plant: PvPlant,
    *,
    slope: Slope = LEVEL,
    horizon: Horizon | None = None,
) -> SiteYield:
    """Simulate a plant hour by hour.

    Parameters
    ----------
    res : Resource
    plant : PvPlant
        With tilt and ground cover.
    slope : Slope
        Of the ground under it.
    horizon : Horizon, optional

    Returns
    -------
    SiteYield

    Raises
    ------
    ConfigError
        When tilt or ground cover have still to be designed.

    Notes
    -----
    Order: transposition; horizon (beam and sky); rows (beam shade, masked sky, dimmed
    ground); rear light; losses of light; glass (beam and diffuse apart); low light and
    temperature by the DC model; losses of DC power; window of the tracker; inverter; clipping,
    and inside the hour; own use at night; lines and transformers; losses of AC power and of
    delivery, each in the order of ``losses.toml``.
    """
    s = res.sun
    losses = plant.all_losses()
    _, gcr = plant.designed()
    # trackers of two axes stand apart: nothing of their neighbours' shade is known here
    gcr = 0.0 if plant.mounting == "two_axis" else gcr
    albedo = ground_albedo(plant, res)
    o = orientation(plant, slope, s)
    plane = plane_irradiance(
        o.surface_tilt_deg,
        o.surface_azimuth_deg,
        s,
        dni_w_m2=res.dni_w_m2,
        ghi_w_m2=res.ghi_w_m2,
        dhi_w_m2=res.dhi_w_m2,
        albedo=albedo,
        model=plant.transposition,
    )
    fall = Fall(res.month, len(res.years))
    fall.add("ghi", res.ghi_w_m2)
    fall.add("transposition", plane.total)

    seen = sun_visible(horizon, s.apparent_zenith_deg, s.azimuth_deg)
    left = sky_left(horizon, o.surface_tilt_deg, o.surface_azimuth_deg)
    plane = replace(
        plane,
        beam=plane.beam * seen,
        circumsolar=plane.circumsolar * seen,
        isotropic=plane.isotropic * left,
        horizon=plane.horizon * left,
    )
    fall.add("horizon", plane.total)

    # not DNI cos z: so that without rows the ground gets GHI to the last bit
    beam_horizontal = (res.ghi_w_m2 - res.dhi_w_m2) * seen
    s_x, s_z = _sun_across(slope, o, s)
    if gcr > 0.0:
        share = shaded_fraction(o.tilt_deg, gcr, s_x, s_z, rise=o.rise)
        plane = _behind_rows(
            plane,
            gcr,
            o,
            res,
            across=(s_x, s_z),
            shade=_electrical(share, plant.shade_steps),
            beam_horizontal=beam_horizontal,
            albedo=albedo,
        )
    fall.add("near_shading", plane.total)

    rear = np.zeros_like(plane.beam)
    if plant.bifacial and plant.module.bifaciality_frac > 0.0:
        rear = (
            plant.module.bifaciality_frac
            * (1.0 - plant.rear_loss_frac)
            * rear_irradiance(
                o.tilt_deg,
                max(gcr, 0.01),
                o.clearance,
                s_x,
                s_z,
                cos_aoi=np.cos(np.deg2rad(plane.aoi_deg)),
                dni_w_m2=res.dni_w_m2 * seen,
                bhi_w_m2=beam_horizontal,
                dhi_w_m2=res.dhi_w_m2,
                albedo=albedo,
            )
        )
    fall.add("rear", plane.total + rear)

    front, back = np.ones_like(rear), np.ones_like(rear)
    for row in losses.at("front_light", "light"):
        kept = losses.left(row)[res.month]
        front = front * kept
        if row.acts == "light":
            back = back * kept
        fall.add(row.key, plane.total * front + rear * back, row.title)
    on_module = plane.total * front + rear * back

    beam_in = beam_iam(plane.aoi_deg, plant.iam)
    sky_in, horizon_in, ground_in = diffuse_iam(o.surface_tilt_deg, plant.iam)
    effective = (
        plane.beam * beam_in
        + plane.circumsolar * circumsolar_iam(beam_in, plant.iam)
        + plane.isotropic * sky_in
        + plane.horizon * horizon_in
        + plane.ground * ground_in
    ) * front + rear * back
    effective = np.maximum(effective, 0.0)
    fall.add("iam", effective)

    temp_cell = plant_temperature(
        plant,
        np.maximum(on_module, 0.0),
        res.temp_air_c,
        res.wind_speed_m_s,
        tilt_deg=float(np.mean(o.surface_tilt_deg)),
        times=res.index,
    )
    fall.add("low_light", plant_dc(plant, effective, np.full_like(effective, 25.0)) * 1000.0)
    dc = plant_dc(plant, effective, temp_cell)
    fall.add("temperature", dc * 1000.0)
    made = dc
    dc = fall.lose(dc, losses, "dc")
    inverter = plant.inverter_used
    strings = strings_of(plant, effective, temp_cell, res.temp_air_c)
    if strings is not None:
        dc = dc * strings.kept
    fall.add("mppt", dc * 1000.0)
    free, ac, own = ac_power(
        dc,
        dc_ac_ratio=plant.dc_ac_ratio,
        inverter=inverter,
        voltage_v=None if strings is None else strings.voltage_v,
        limit=ac_limit(inverter, res.temp_air_c),
    )
    fall.add("inverter", free * 1000.0)
    fall.add("clipping", ac * 1000.0)
    if plant.inside_hour and inverter.model != "none":
        inside = inside_hour_share(
            res,
            plant,
            o,
            kept_light=losses.left_of("front_light", "light")[res.month],
            kept_dc=losses.left_of("dc")[res.month],
        )
        ac = ac - np.minimum(inside * free.sum() / len(res.years), ac)
    fall.add("inside_hour", ac * 1000.0)
    clipped = free - ac
    ac = ac - own
    fall.add("night", ac * 1000.0)
    # what lines and windings lose grows with the square of the power
    load = np.maximum(ac, 0.0) * plant.dc_ac_ratio
    ac = ac - plant.line_frac * load**2 / plant.dc_ac_ratio
    fall.add("lines_load", ac * 1000.0)
    load = np.maximum(ac, 0.0) * plant.dc_ac_ratio
    iron, copper = plant.transformer_no_load_frac, plant.transformer_load_frac
    ac = ac - (iron + copper * load**2) / plant.dc_ac_ratio
    fall.add("transformer_power", ac * 1000.0)
    sent = free - clipped
    ac = fall.lose(ac, losses, "ac", "delivery")

    hourly = pd.DataFrame(
        {
            "poa_w_m2": plane.total,
            "rear_w_m2": rear,
            "effective_w_m2": effective,
            "temp_cell_c": temp_cell,
            "dc_kw_kwp": dc,
            "ac_kw_kwp": ac,
            "clipped_kw_kwp": clipped,
            "dc_loss_kw_kwp": made - dc,
            "inverter_loss_kw_kwp": dc - free,
            "delivery_loss_kw_kwp": sent - ac,
        },
        index=res.index,
    )
    by_year = hourly["ac_kw_kwp"].groupby(res.index.year).sum()
    whole = waterfall_of(UNIT, fall.levels).closed(float(by_year.mean()))
    whole = with_sources(whole, losses)
    return SiteYield(
        plant=plant,
        slope=slope,
        losses=losses,
        hourly=hourly,
        waterfall=whole,
        by_year_kwh_kwp=by_year,
        poa_kwh_m2=whole.steps[1].after,
        string=None if strings is None else strings.size,
        warnings=plant_facing_warnings(plant, res.weather.lat, where="azimuth_deg"),
        resource=res,
    )


def _behind_rows(
    plane: PlaneIrradiance,
    gcr: float,
    o: Orientation,
    res: Resource,
    *,
    across: tuple[F8, F8],
    shade: F8,
    beam_horizontal: F8,
    albedo: float | F8,
) -> PlaneIrradiance:
    """`plane` as a module in the middle of the plant sees it."""
    s_x, s_z = across
    factors = row_factors(o.tilt_deg, gcr, rise=o.rise)
    lit = ground_lit_fraction(o.tilt_deg, gcr, s_x, s_z, rise=o.rise)
    svf = o.ground_sky(gcr)
    ground = albedo * (beam_horizontal * lit + res.dhi_w_m2 * svf) * factors.ground
    return replace(
        plane,
        beam=plane.beam * (1.0 - shade),
        circumsolar=plane.circumsolar * (1.0 - shade),
        isotropic=plane.isotropic * factors.sky_ratio,
        horizon=plane.horizon * factors.sky_ratio,
        ground=ground,
    )
