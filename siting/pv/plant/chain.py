"""The yield of one plant: every physical step in order, each loss kept by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import DataError
from gis.say import say
from layers.weather import Sun, Weather, sun, usable_years
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
from siting.pv.plant.electrics import ac_power, cell_temperature, dc_huld, dc_pvwatts
from siting.pv.plant.system import Losses, PvSystem
from siting.pv.plant.tracking import Orientation, orientation
from siting.pv.plant.waterfall import Step, check_closed

__all__ = ["Resource", "SiteYield", "resource", "site_yield"]

F8 = npt.NDArray[np.float64]


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
            raise DataError(
                say("siting.pv_plant.weather_has_gaps"),
                where=f"{weather.source} {name}",
                got=f"{int((~np.isfinite(values)).sum())} hours",
                todo=say("siting.pv_plant.pass_through_prepare_weather_first"),
            )
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


@dataclass(frozen=True)
class SiteYield:
    """Yield per rated DC power.

    Attributes
    ----------
    hourly
        ``poa_w_m2`` (after shading, before soiling and glass), ``effective_w_m2``,
        ``temp_cell_c``, ``dc_kw_kwp`` (at the inverter), ``ac_kw_kwp`` (sent), and
        ``clipped_kw_kwp``; index in the middle of each hour.
    steps
        The waterfall, mean of the years [kWh/kWp a year]; closed.
    by_year_kwh_kwp
        Energy of each weather year.
    poa_kwh_m2
        Light on the open plane a year, before any shading [kWh/m2].
    """

    system: PvSystem
    losses: Losses
    hourly: pd.DataFrame
    steps: tuple[Step, ...]
    by_year_kwh_kwp: pd.Series
    poa_kwh_m2: float

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


def _shaded(system: PvSystem, o: Orientation, s: Sun) -> tuple[F8, F8, F8, F8]:
    """Beam shade (geometric and electrical) and the sun across the rows."""
    s_x, s_z = sun_across(s.apparent_zenith_deg, s.azimuth_deg, o.facing_deg, axis_rise=0.0)
    if system.axis_rise:
        along = np.sin(np.deg2rad(s.apparent_zenith_deg)) * np.sin(
            np.deg2rad(s.azimuth_deg - o.facing_deg)
        )
        s_z = s_z - along * o.axis_rise
    share = shaded_fraction(o.tilt_deg, system.gcr, s_x, s_z, rise=o.rise)
    electrical = share
    if system.shade_steps > 0:
        electrical = np.ceil(share * system.shade_steps - 1e-9) / system.shade_steps
    return s_x, s_z, share, electrical


def site_yield(
    res: Resource, system: PvSystem, losses: Losses, *, horizon: Horizon | None = None
) -> SiteYield:
    """Simulate a plant hour by hour.

    Parameters
    ----------
    res : Resource
    system : PvSystem
    losses : Losses
    horizon : Horizon, optional

    Returns
    -------
    SiteYield

    Notes
    -----
    Order: transposition; horizon (beam and sky); rows (beam shade, masked sky, dimmed
    ground); rear light; soiling and snow; glass (beam and diffuse apart); low light and
    temperature by the DC model; rating, LID, mismatch, connections, wiring; inverter;
    clipping; AC wiring, transformer, auxiliaries, availability, curtailment.
    """
    s = res.sun
    albedo = system.albedo if res.albedo is None else res.albedo
    o = orientation(system, s)
    plane = plane_irradiance(
        o.surface_tilt_deg,
        o.surface_azimuth_deg,
        s,
        dni_w_m2=res.dni_w_m2,
        ghi_w_m2=res.ghi_w_m2,
        dhi_w_m2=res.dhi_w_m2,
        albedo=albedo,
        model=system.transposition,
    )
    fall = _Fall(res)
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
    s_x, s_z, _, shade = _shaded(system, o, s)
    if system.gcr > 0.0:
        plane = _behind_rows(
            plane,
            system,
            o,
            res,
            across=(s_x, s_z),
            shade=shade,
            beam_horizontal=beam_horizontal,
            albedo=albedo,
        )
    fall.add("near_shading", plane.total)

    rear = np.zeros_like(plane.beam)
    if system.bifacial and system.module.bifaciality_frac > 0.0:
        rear = (
            system.module.bifaciality_frac
            * (1.0 - system.rear_loss_frac)
            * rear_irradiance(
                o.tilt_deg,
                max(system.gcr, 0.01),
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

    clean = 1.0 - np.asarray(losses.soiling)[res.month]
    bare = 1.0 - np.asarray(losses.snow)[res.month]
    on_module = (plane.total * clean) + rear
    fall.add("soiling", on_module)
    on_module = on_module * bare
    fall.add("snow", on_module)

    beam_in = beam_iam(plane.aoi_deg, system.iam)
    sky_in, horizon_in, ground_in = diffuse_iam(o.surface_tilt_deg, system.iam)
    effective = (
        plane.beam * beam_in
        + plane.circumsolar * circumsolar_iam(beam_in, system.iam)
        + plane.isotropic * sky_in
        + plane.horizon * horizon_in
        + plane.ground * ground_in
    ) * clean * bare + rear * bare
    effective = np.maximum(effective, 0.0)
    fall.add("iam", effective)

    temp_cell = cell_temperature(
        np.maximum(on_module, 0.0),
        res.temp_air_c,
        res.wind_speed_m_s,
        model=system.cell,
        u0=system.u0,
        u1=system.u1,
        efficiency_frac=system.module.efficiency_frac,
        noct_c=system.noct_c,
        tilt_deg=float(np.mean(o.surface_tilt_deg)),
        times=res.index,
    )
    if system.dc == "huld":
        fall.add("low_light", dc_huld(effective, np.full_like(effective, 25.0)) * 1000.0)
        dc = dc_huld(effective, temp_cell)
    else:
        fall.add("low_light", effective)
        dc = np.maximum(dc_pvwatts(effective, temp_cell, system.module.gamma_per_c), 0.0)
    fall.add("temperature", dc * 1000.0)
    for name in ("nameplate", "lid", "mismatch", "connections", "wiring_dc"):
        dc = dc * (1.0 - float(getattr(losses, name)))
        fall.add(name, dc * 1000.0)
    free, ac = ac_power(
        dc, dc_ac_ratio=system.dc_ac_ratio, efficiency_frac=system.inverter_frac
    )
    fall.add("inverter", free * 1000.0)
    fall.add("clipping", ac * 1000.0)
    clipped = free - ac
    for name in ("wiring_ac", "transformer", "auxiliary", "availability"):
        ac = ac * (1.0 - float(getattr(losses, name)))
        fall.add(name, ac * 1000.0)
    ac = ac * (1.0 - np.asarray(losses.curtailment)[res.month])
    fall.add("curtailment", ac * 1000.0)

    hourly = pd.DataFrame(
        {
            "poa_w_m2": plane.total,
            "rear_w_m2": rear,
            "effective_w_m2": effective,
            "temp_cell_c": temp_cell,
            "dc_kw_kwp": dc,
            "ac_kw_kwp": ac,
            "clipped_kw_kwp": clipped,
        },
        index=res.index,
    )
    by_year = hourly["ac_kw_kwp"].groupby(res.index.year).sum()
    steps = tuple(fall.steps)
    check_closed(steps, float(by_year.mean()))
    return SiteYield(
        system=system,
        losses=losses,
        hourly=hourly,
        steps=steps,
        by_year_kwh_kwp=by_year,
        poa_kwh_m2=steps[1].after_kwh_kwp,
    )


def _behind_rows(
    plane: PlaneIrradiance,
    system: PvSystem,
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
    factors = row_factors(o.tilt_deg, system.gcr, rise=o.rise)
    lit = ground_lit_fraction(o.tilt_deg, system.gcr, s_x, s_z, rise=o.rise)
    svf = o.ground_sky(system.gcr)
    ground = albedo * (beam_horizontal * lit + res.dhi_w_m2 * svf) * factors.ground
    return replace(
        plane,
        beam=plane.beam * (1.0 - shade),
        circumsolar=plane.circumsolar * (1.0 - shade),
        isotropic=plane.isotropic * factors.sky_ratio,
        horizon=plane.horizon * factors.sky_ratio,
        ground=ground,
    )


class _Fall:
    """Collects the waterfall; yearly means of light or power in W/m2 or W/kWp."""

    def __init__(self, res: Resource) -> None:
        self.scale = 1.0 / 1000.0 / len(res.years)
        self.at = 0.0
        self.steps: list[Step] = []

    def add(self, name: str, values: F8) -> None:
        after = float(values.sum()) * self.scale
        self.steps.append(Step(name, self.at, after - self.at))
        self.at = self.steps[-1].after_kwh_kwp
