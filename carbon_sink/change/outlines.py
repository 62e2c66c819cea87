"""Transitions between two tables of parcels: by their outlines, else by their numbers.

A number says little: a parcel that was divided keeps it for one of its parts, and a boundary
moves without it. So numbers alone are taken only where the two tables hold the same parcels
with the same areas.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.overlay.lands import survey_land
from carbon_sink.overlay.overlay import NOT_SURVEYED, overlay
from gis.crs.systems import as_crs, pick_gk_crs
from gis.errors import DataError, Fault, raise_faults
from gis.say import listed, say

__all__ = ["STANDS", "outline_transitions", "parcel_transitions"]

STANDS = ("age_years", "planted_year", "species")
"""Columns of a table of parcels that say what stands on it."""
_SAME_FRAC, _SAME_M2 = 0.01, 100.0


def parcel_transitions(
    before: pd.DataFrame, after: pd.DataFrame, *, key: str = "parcel_id"
) -> pd.DataFrame:
    """Transitions of the same parcels at two dates, by their numbers.

    Parameters
    ----------
    before, after : DataFrame
        `key`, ``ecosystem``, ``area_m2``.

    Returns
    -------
    DataFrame
        ``before, after, area_ha`` (area of the later date), with age, planting year and
        species where the later date has them.

    Raises
    ------
    DataError
        A number used twice, of one date only, or with another area: parcels were divided,
        merged, numbered anew or moved, and only their outlines tell what became of them.
    """
    for name, table in (("earlier", before), ("later", after)):
        if not table[key].is_unique:
            raise DataError(
                say("carbon_sink.change.parcel_number_used_twice"),
                where=say("carbon_sink.change.at_parcels", name=name),
                got=key,
            )
    both = before.merge(after, on=key, suffixes=("_1", "_2"))
    lone = [t[~t[key].isin(both[key])][key] for t in (before, after)]
    old, new = (both[f"area_m2_{i}"].to_numpy(np.float64) for i in (1, 2))
    other = np.abs(new - old) > np.maximum(_SAME_FRAC * np.maximum(new, old), _SAME_M2)
    found = (
        ("number_only_earlier", lone[0]),
        ("number_only_later", lone[1]),
        ("area_is_another", both[key][other]),
    )
    raise_faults(
        DataError,
        [
            Fault(
                say(f"carbon_sink.change.{what}", n=len(keys)),
                where=key,
                got=listed(str(k) for k in keys[:5]),
                todo=say("carbon_sink.change.give_outlines"),
            )
            for what, keys in found
            if len(keys)
        ],
    )
    transitions = pd.DataFrame(
        {"before": both["ecosystem_1"], "after": both["ecosystem_2"], "area_ha": new / 1e4}
    )
    for extra in (c for c in STANDS if c in after.columns):
        transitions[extra] = both[f"{extra}_2" if extra in before.columns else extra]
    return transitions


def outline_transitions(
    before: Any,  # noqa: ANN401 - a GeoDataFrame
    after: Any,  # noqa: ANN401
    *,
    tolerance_m: float = 2.0,
) -> tuple[pd.DataFrame, float, float]:
    """Transitions of the land of two tables of parcels, by their outlines.

    Parameters
    ----------
    before, after : GeoDataFrame
        ``ecosystem``; of the later one also what stands there (`STANDS`).
    tolerance_m : float
        A change narrower than this is a boundary drawn twice [m].

    Returns
    -------
    transitions : DataFrame
        As `parcel_transitions`.
    before_only_ha, after_only_ha : float
        Land one table has and the other has not.

    Examples
    --------
    The planted 40 ha of a parcel that was divided, whatever number they have:

    >>> import geopandas as gpd, shapely
    >>> old = gpd.GeoDataFrame({"ecosystem": ["sand"]}, crs=4544,
    ...                        geometry=[shapely.box(630000, 4300000, 631000, 4301000)])
    >>> new = gpd.GeoDataFrame({"ecosystem": ["shrubland", "sand"]}, crs=4544, geometry=[
    ...     shapely.box(630000, 4300000, 630400, 4301000),
    ...     shapely.box(630400, 4300000, 631000, 4301000)])
    >>> table, _, _ = outline_transitions(old, new)
    >>> table.set_index(["before", "after"])["area_ha"].round(1).to_dict()
    {('sand', 'sand'): 60.0, ('sand', 'shrubland'): 40.0}
    """
    crs = as_crs(after.crs)
    if crs.is_geographic:
        west, south, east, north = (float(v) for v in after.total_bounds)
        crs = pick_gk_crs((west, south, east, north))
    lands = [
        survey_land(t.assign(parcel_id=[str(i) for i in range(len(t))]), crs=crs, where=name)
        for name, t in (("before", before), ("after", after))
    ]
    pieces = overlay(*lands, crs=crs, tolerance_m=tolerance_m).pieces
    table = pd.DataFrame(
        {
            "before": pieces["start"],
            "after": pieces["end"],
            "area_ha": pieces["area_m2"] / 1e4,
        }
    )
    extras = [c for c in STANDS if c in after.columns]
    at = pieces["after"].to_numpy()
    held = at >= 0
    row = np.zeros(len(at), np.int64)
    row[held] = lands[1].number[at[held]].astype(np.int64)
    for extra in extras:
        values: npt.NDArray[Any] = after[extra].to_numpy()[row]
        table[extra] = pd.Series(values).where(held)
    lone = [table[side] == NOT_SURVEYED for side in ("after", "before")]
    only = [float(table["area_ha"][x].sum()) for x in lone]
    kept = table[~lone[0] & ~lone[1]]
    summed = kept.groupby(["before", "after", *extras], as_index=False, dropna=False).agg(
        area_ha=("area_ha", "sum")
    )
    return summed, only[0], only[1]
