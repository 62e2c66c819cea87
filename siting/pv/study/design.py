"""The geometry of a plant: its tilt, its pitch, and what decided them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from gis.errors import ConfigError
from gis.say import say
from layers.result import Warn
from layers.weather import Sun
from siting.pv.plant.chain import Resource
from siting.pv.plant.module import data_toml
from siting.pv.plant.plant import LEVEL, PvPlant, Slope
from siting.pv.study.spacing import Spacing, gb_gcr, row_pitch_m

__all__ = ["Design", "best_tilt_deg", "cost_facts", "design", "kernel_plant", "plant_warnings"]


@cache
def cost_facts() -> Mapping[str, Mapping[str, Any]]:
    """The cited costs and factors of ``costs.toml``."""
    return data_toml("costs.toml")


@dataclass(frozen=True)
class Design:
    """A plant's geometry.

    Attributes
    ----------
    plant
        With tilt and ground cover, for the yield chain.
    slope
        Of the ground under it.
    spacing
        Pitch and what decided it; None for a tracker or a given GCR.
    """

    plant: PvPlant
    slope: Slope
    spacing: Spacing | None
    pitch_m: float


def best_tilt_deg(res: Resource, plant: PvPlant, lat: float) -> float:
    """Tilt of the largest yearly yield, rows at the rule's pitch for each tilt [deg].

    Whole degrees on the fused kernel; the optimum is flat, a degree costs below 0.1 %.
    """
    from siting.pv.light.rows import ground_sky_factor, row_factors
    from siting.pv.plant.fused import CellPlanes, fixed_yield
    from siting.pv.plant.node_hours import node_hours

    tilts = np.arange(5.0, 61.0, 1.0)
    zero = np.zeros(1)
    run = kernel_plant(plant)
    # the optimum hardly moves between years: one of them is enough
    one_year = np.asarray(res.index.year == res.years[len(res.years) // 2])
    node = node_hours(_cut(res, one_year), run, 8)
    found = []
    for tilt in tilts:
        gcr = float(
            plant.gcr
            if plant.gcr is not None
            else gb_gcr(
                lat,
                tilt,
                azimuth_deg=plant.azimuth_deg,
                rise=zero,
                axis_rise=zero,
                site="[pv.weather] site",
            )[0]
        )
        if plant.gcr == 0.0:
            gcr = 1e-6  # one row alone
        if gcr <= 0.0 or gcr * np.cos(np.deg2rad(tilt)) >= 0.99:
            found.append(0.0)
            continue
        f = row_factors(np.array([tilt]), np.array([gcr]))
        svf = ground_sky_factor(float(tilt), gcr, plant.clearance)
        cells = CellPlanes(
            np.array([tilt]),
            np.array([plant.azimuth_deg]),
            np.array([gcr]),
            zero,
            zero,
            zero,
            f.sky_ratio,
            f.ground,
            np.array([svf]),
            np.ones(1),
            np.zeros((8, 1)),
        )
        found.append(float(fixed_yield(node, cells, run, threads=1).sum()))
    best = int(np.argmax(found))
    return float(tilts[best])


def _cut(res: Resource, keep: np.ndarray) -> Resource:
    """The hours of `res` where `keep` is true, as one year."""
    s = res.sun
    return replace(
        res,
        sun=Sun(**{k: v[keep] for k, v in vars(s).items()}),
        index=res.index[keep],
        ghi_w_m2=res.ghi_w_m2[keep],
        dni_w_m2=res.dni_w_m2[keep],
        dhi_w_m2=res.dhi_w_m2[keep],
        temp_air_c=res.temp_air_c[keep],
        wind_speed_m_s=res.wind_speed_m_s[keep],
        albedo=None if res.albedo is None else res.albedo[keep],
        years=(int(res.index[keep][0].year),),
    )


def plant_warnings(plant: PvPlant) -> list[Warn]:
    """What a reader of the yield must know of the plant that no number says.

    Examples
    --------
    >>> [w.code for w in plant_warnings(PvPlant(mounting="two_axis"))]
    ['pv_rear_not_counted', 'pv_two_axis_unshaded']
    """
    out = []
    if plant.module.bifaciality_frac > 0.0 and not plant.bifacial:
        text = say(
            "siting.pv_study.rear_not_counted",
            module=plant.module.title or plant.module.id,
            share_pct=100.0 * plant.module.bifaciality_frac,
        )
        out.append(Warn("pv_rear_not_counted", text, "pv.bifacial"))
    if plant.mounting == "two_axis":
        text = say("siting.pv_study.two_axis_unshaded")
        out.append(Warn("pv_two_axis_unshaded", text, "pv.mounting"))
    return out


def kernel_plant(plant: PvPlant, **changes: Any) -> PvPlant:  # noqa: ANN401 - see PvPlant
    """The plant as the map's kernel runs it: fixed, monofacial, linear shade, Faiman.

    The kernel takes tilt and ground cover from its cells. PVsyst's temperature model is
    Faiman's with the heat that the module turns into power left out; of the single diode the
    map has Huld's shape with the module's coefficient.
    """
    own: dict[str, Any] = {"dc": "huld"} if plant.dc == "single_diode" else {}
    if plant.cell == "pvsyst":
        u0, u1 = plant.heat_loss
        # absorption as in pvlib.temperature.pvsyst_cell
        heat = 0.9 * (1.0 - plant.module.efficiency_frac)
        own |= {"u0": u0 / heat, "u1": u1 / heat}
    elif plant.cell != "faiman":
        own |= {"u0": None, "u1": None}
    fixed = {"mounting": "fixed", "bifacial": False, "shade_steps": 0, "cell": "faiman"}
    return plant.changed(**{**fixed, **own, **changes})


def _tracker_gcr(plant: PvPlant) -> float:
    """Ground cover of trackers without a figure; those of two axes have no cited one."""
    if plant.mounting == "two_axis":
        raise ConfigError(
            say("siting.pv_study.two_axis_needs_gcr"),
            where="[pv] gcr",
            todo=say("siting.pv_study.give_gcr"),
        )
    return float(cost_facts()["tracker_gcr"]["value"])


def design(
    plant: PvPlant, lat: float, *, tilt_deg: float, slope: Slope = LEVEL, site: str = ""
) -> Design:
    """Geometry of a plant on a slope.

    Parameters
    ----------
    plant : PvPlant
    lat : float
    tilt_deg : float
        Of fixed modules.
    slope : Slope
        Of the ground, for trackers with ``facing = 270``; see
        `siting.pv.study.spacing.slope_components`.
    site : str
        Name of the site, for messages.

    Raises
    ------
    ModelError
        When no pitch keeps the rows free of shade.
    """
    spacing = None
    if plant.mounting != "fixed":
        tilt_deg = 0.0
        gcr = _tracker_gcr(plant) if plant.gcr is None else plant.gcr
    elif plant.gcr is not None:
        gcr = plant.gcr
    else:
        spacing = row_pitch_m(
            lat,
            plant.collector_m,
            tilt_deg,
            azimuth_deg=plant.azimuth_deg,
            rise=slope.rise,
            axis_rise=slope.axis_rise,
            site=site,
        )
        gcr = min(spacing.gcr, 0.85)
    pitch_m = plant.collector_m / gcr if gcr > 0.0 else float("inf")
    return Design(plant.changed(tilt_deg=tilt_deg, gcr=gcr), slope, spacing, pitch_m)
