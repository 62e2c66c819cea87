"""Land taken by energy sites: the carbon on it against the emissions avoided; 以林换能.

Sites reach this room as a layer of the run; how they were found is none of its business. The
two sides are shown beside each other: a stock that is lost once, a removal that ends when the
stand is mature, and an avoided emission that shrinks as the grid gets cleaner are not one
currency.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from carbon_sink.potential.candidates import tiled
from carbon_sink.potential.projects import SinkRate
from carbon_sink.stock.constants import constants
from gis.say import say
from layers.spec import Text, text_of

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["CAVEATS", "carbon_on_sites", "energy_for_forest"]

CAVEATS: tuple[Text, ...] = tuple(
    text_of(say(f"carbon_sink.potential.caveat_{what}"))
    for what in ("not_one_currency", "not_certified", "not_lawful_land")
)


def carbon_on_sites(
    sites: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    *,
    mwh_yr: pd.Series[float] | None = None,
    factor_tco2_mwh: float | None = None,
    years: int = 25,
    greening_tc_ha_yr: float = 0.0,
) -> pd.DataFrame:
    """Carbon on the land of each site, and what the site avoids.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site_id, geometry``, and ``area_ha`` where it is known.
    parcels : GeoDataFrame
        The layer ``ecosystem`` of the run: ``living_tc_ha, soc_tc_ha, total_tc_ha``.
    mwh_yr : Series, optional
        Yearly energy by ``site_id``.
    factor_tco2_mwh : float, optional
        Grid emission factor of the user.
    years : int
        Life over which avoided emissions are summed.
    greening_tc_ha_yr : float
        Carbon gained under panels [tC/ha/yr]; 0 by default (no significant difference,
        10.17521/cjpe.2024.0465).

    Returns
    -------
    DataFrame
        ``site_id, area_ha, survey_ha, stock_tc, living_tc, soc_tc, not_estimated_ha, land,
        lost_if_cleared_tco2, greening_tco2_yr, avoided_tco2_yr, avoided_tco2_life``. The
        area is the site's own; carbon is that of its share of the parcels' survey area.
        What is lost is living biomass if all of it is cleared: an upper bound, since PV needs
        no bare ground.
    """
    geoms = np.asarray(parcels.geometry.array)
    tree = shapely.STRtree(geoms)
    pieces, source = tiled(list(sites.geometry))
    at, hit = tree.query(pieces, predicate="intersects")
    inside = shapely.area(shapely.intersection(pieces[at], geoms[hit]))
    whole = shapely.area(geoms)
    # the share of the outline times the parcel's net area keeps the survey's own area
    share = np.divide(inside, whole[hit], out=np.zeros_like(inside), where=whole[hit] > 0)
    rows = pd.DataFrame(
        {
            "site": source[at],
            "group": parcels["group"].to_numpy()[hit],
            "ha": share * parcels["area_m2"].to_numpy()[hit] / 1e4,
            "living": parcels["living_tc_ha"].to_numpy()[hit],
            "soc": parcels["soc_tc_ha"].to_numpy()[hit],
            "total": parcels["total_tc_ha"].to_numpy()[hit],
        }
    )
    areas = sites["area_ha"].to_numpy(float) if "area_ha" in sites else None
    out: list[dict[str, Any]] = []
    for k, site in enumerate(sites["site_id"].astype(str)):
        own = rows[rows["site"] == k]
        living = float((own["ha"] * own["living"]).sum())
        land = own.groupby("group")["ha"].sum().sort_values(ascending=False)
        mwh = math.nan
        if mwh_yr is not None and site in mwh_yr.index:
            mwh = float(mwh_yr[site])
        avoided = mwh * factor_tco2_mwh if factor_tco2_mwh is not None else math.nan
        out.append(
            {
                "site_id": site,
                "area_ha": float(own["ha"].sum() if areas is None else areas[k]),
                "survey_ha": float(own["ha"].sum()),
                "land": ", ".join(f"{g} {v:.1f}" for g, v in land.items() if v >= 0.05),
                "stock_tc": float((own["ha"] * own["total"]).sum()),
                "living_tc": living,
                "soc_tc": float((own["ha"] * own["soc"]).sum()),
                "not_estimated_ha": float(own["ha"][own["total"].isna()].sum()),
                "lost_if_cleared_tco2": living * constants()["co2_per_c"],
                "greening_tco2_yr": float(own["ha"].sum())
                * greening_tc_ha_yr
                * constants()["co2_per_c"],
                "energy_mwh_yr": mwh,
                "avoided_tco2_yr": avoided,
                "avoided_tco2_life": avoided * years,
            }
        )
    return pd.DataFrame(out)


def energy_for_forest(
    avoided_tco2_yr: float,
    rate: SinkRate,
    *,
    county_ha: float = math.nan,
    candidates_ha: float = math.nan,
) -> dict[str, float | str | Text]:
    """以林换能: hectares of a sink that remove what the energy projects avoid, a year.

    Parameters
    ----------
    avoided_tco2_yr : float
    rate : SinkRate
    county_ha : float
        Area of the county, against which the size is said.
    candidates_ha : float
        Land the screening leaves for planting; NaN where nothing was screened.

    Examples
    --------
    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> from carbon_sink.potential.projects import sink_rate
    >>> r = sink_rate("shrub", load_coefficients(), years=10, depth_cm=100)
    >>> found = energy_for_forest(246.0, r, county_ha=40.0)
    >>> round(found["equivalent_ha"]), found["text"].en[:26]
    (100, 'about 2.5 times the county')
    """
    per_ha = rate.tco2e_ha_yr
    known = math.isfinite(per_ha) and per_ha > 0 and math.isfinite(avoided_tco2_yr)
    low = high = math.nan
    if known and rate.gain_tc_ha is not None:
        scale = constants()["co2_per_c"] / rate.years
        ends = (rate.gain_tc_ha.low * scale, rate.gain_tc_ha.high * scale)
        low = avoided_tco2_yr / ends[1] if ends[1] > 0 else math.nan
        high = avoided_tco2_yr / ends[0] if ends[0] > 0 else math.inf
    same = avoided_tco2_yr / per_ha if known else math.nan
    return {
        "measure": rate.kind.id,
        "avoided_tco2_yr": avoided_tco2_yr,
        "sink_tco2e_ha_yr": per_ha,
        "equivalent_ha": same,
        "equivalent_low_ha": low,
        "equivalent_high_ha": high,
        "times_county": same / county_ha if county_ha > 0 else math.nan,
        "text": _size_words(same, county_ha, candidates_ha),
    }


def _size_words(same_ha: float, county_ha: float, candidates_ha: float) -> Text:
    """How large an equivalent area is, so that nobody takes it for a plan."""
    if not math.isfinite(same_ha) or not county_ha > 0:
        return text_of(say("carbon_sink.potential.size_not_known"))
    times = same_ha / county_ha
    size = (
        say("carbon_sink.potential.size_of_county", times=times)
        if times >= 1
        else say("carbon_sink.potential.size_share", share=times)
    )
    if not math.isfinite(candidates_ha):
        return text_of(say("carbon_sink.potential.size_alone", size=size))
    land = say("carbon_sink.potential.size_known_unfit", ha=candidates_ha)
    return text_of(say("carbon_sink.potential.size_cannot", size=size, land=land))
