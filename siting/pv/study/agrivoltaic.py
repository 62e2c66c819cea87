"""Rows over fodder and stock: what height and pitch do to yield, land and the ground's light.

For 板上发电、板下种草、板间养殖: a variant lifts the rows and widens the pitch; it is
compared with the plain plant on the same land.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.say import say
from siting.pv.light.rows import ground_lit_fraction, ground_sky_factor, sun_across
from siting.pv.plant.chain import Resource, site_yield
from siting.pv.study.design import Design
from siting.pv.study.section import PvSection
from siting.pv.study.spacing import array_ha_mw

__all__ = ["compare_variants", "ground_light_share"]

_GROWING = (4, 5, 6, 7, 8, 9)


def ground_light_share(
    res: Resource,
    *,
    tilt_deg: float,
    gcr: float,
    clearance: float,
    azimuth_deg: float = 180.0,
    months: tuple[int, ...] = _GROWING,
) -> float:
    """Share of the open-field light that reaches the ground under and between fixed rows.

    Parameters
    ----------
    res : Resource
    tilt_deg, gcr, azimuth_deg : float
    clearance : float
        Lower edge over the ground in collector widths.
    months : tuple of int
        The growing season, April to September by default.
    """
    use = np.isin(res.index.month, months)
    s = res.sun
    s_x, s_z = sun_across(s.apparent_zenith_deg, s.azimuth_deg, azimuth_deg)
    lit = ground_lit_fraction(tilt_deg, gcr, s_x, s_z)
    svf = ground_sky_factor(tilt_deg, gcr, clearance)
    ground = (res.ghi_w_m2 - res.dhi_w_m2) * lit + res.dhi_w_m2 * svf
    return float(ground[use].sum() / res.ghi_w_m2[use].sum())


def compare_variants(res: Resource, section: PvSection, base: Design) -> pd.DataFrame:
    """The plain plant and each variant of the plan, per MWp and per hectare.

    Parameters
    ----------
    res : Resource
    section : PvSection
        Its ``agrivoltaic`` variants.
    base : Design
        The plain fixed plant.

    Returns
    -------
    DataFrame
        ``variant, title_zh, title_en, clearance_m, pitch_m, gcr, kwh_kwp, ha_mwp,
        mwh_ha, ground_light_frac``.
    """
    plain = say("siting.pv_study.plain_layout")
    rows = [("base", plain("zh"), plain("en"), section.clearance_m, 1.0)]
    rows += [
        (v.id, v.title_zh, v.title_en, v.clearance_m, v.pitch_factor)
        for v in section.agrivoltaic
    ]
    out = []
    tilt_deg, base_gcr = base.plant.designed()
    for name, zh, en, clearance_m, factor in rows:
        gcr = base_gcr / factor
        plant = base.plant.changed(gcr=gcr, clearance_m=clearance_m)
        specific = site_yield(res, plant, slope=base.slope).kwh_kwp_yr
        ha = array_ha_mw(plant.module.efficiency_frac, gcr)
        out.append(
            {
                "variant": name,
                "title_zh": zh,
                "title_en": en,
                "clearance_m": clearance_m,
                "pitch_m": section.collector_m / gcr,
                "gcr": gcr,
                "kwh_kwp": specific,
                "ha_mwp": ha,
                "mwh_ha": specific / ha,
                "ground_light_frac": ground_light_share(
                    res,
                    tilt_deg=tilt_deg,
                    gcr=gcr,
                    clearance=plant.clearance,
                    azimuth_deg=plant.azimuth_deg,
                ),
            }
        )
    return pd.DataFrame(out)
