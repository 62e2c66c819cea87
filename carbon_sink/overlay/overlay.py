"""Two surveys of one county: every square metre with its class at both dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely.geometry.base import BaseGeometry

from carbon_sink.overlay.areas import ground_areas
from carbon_sink.overlay.lands import SurveyLand
from carbon_sink.overlay.pieces import I8, NONE, Shapes, pieces_of
from carbon_sink.overlay.places import ELSEWHERE, Places, places_of, split_by_place
from carbon_sink.overlay.slivers import judged
from gis.crs.systems import CrsLike

__all__ = ["NOT_SURVEYED", "Covers", "Overlay", "overlay"]

Covers = Literal["county", "changes"]
F8 = npt.NDArray[np.float64]

NOT_SURVEYED = "not_surveyed"
"""Class of land a survey does not have."""
_NOISE_FRAC = 1e-7
"""A place that lacks less than this of its area lacks nothing: crumbs of cut edges."""


@dataclass(frozen=True)
class Overlay:
    """Land of a county at two dates.

    Attributes
    ----------
    pieces : DataFrame
        ``before, after`` (rows of the surveys, -1 for none), ``start, end`` (classes as they
        count), ``drawn_start, drawn_end`` (as drawn), ``place``, ``area_m2``, ``patch``
        (number of the patch of change, -1), ``absorbed``.
    shape : ndarray of object
        Outline of each piece.
    places : DataFrame
        ``place, area_m2`` (of the boundary), ``surveyed_m2``, ``neither_m2`` (in no survey),
        ``adjusted_frac`` (by how much areas were adjusted to the county's).
    tolerance_m
        Width below which a change is none [m].
    """

    pieces: pd.DataFrame
    shape: Shapes
    places: pd.DataFrame
    tolerance_m: float

    def transitions(self) -> pd.DataFrame:
        """``place, before, after, area_ha``, unchanged land included; in fixed order."""
        keys = ["place", "start", "end"]
        rows = self.pieces.groupby(keys, as_index=False).agg(area_m2=("area_m2", "sum"))
        rows["area_ha"] = rows.pop("area_m2") / 1e4
        named: pd.DataFrame = rows.rename(columns={"start": "before", "end": "after"})
        return named


def _coded(land: SurveyLand, names: dict[str, int], row: I8) -> I8:
    code = np.array([names[e] for e in land.ecosystem], np.int64)
    out = np.full(len(row), NONE, np.int64)
    held = row != NONE
    out[held] = code[row[held]]
    return out


def _areas(ground_m2: F8, of: I8, before: SurveyLand) -> F8:
    """Areas of pieces scaled so that those of a parcel add up to the parcel [m2]."""
    held = of != NONE
    found = np.bincount(of[held], weights=ground_m2[held], minlength=len(before))
    scale = np.divide(before.area_m2, found, out=np.ones(len(before)), where=found > 0)
    out = ground_m2.copy()
    out[held] *= scale[of[held]]
    return out


def overlay(
    before: SurveyLand,
    after: SurveyLand,
    *,
    crs: CrsLike,
    county: BaseGeometry | None = None,
    names: Sequence[str] = (),
    shapes: Sequence[BaseGeometry] | Shapes = (),
    tolerance_m: float = 2.0,
    tail_m2: float = 100.0,
    covers: Covers = "county",
) -> Overlay:
    """Lay two surveys upon one another.

    Parameters
    ----------
    before, after : SurveyLand
    crs : CRS
        A system of the plane in metres.
    county : polygon, optional
        In `crs`; without one the land of the surveys is all there is.
    names, shapes : sequences, optional
        Townships.
    tolerance_m : float
        A change narrower than this is a boundary drawn twice [m].
    tail_m2 : float
        See `carbon_sink.overlay.slivers.judged`.
    covers : {"county", "changes"}
        With ``"changes"`` the later survey holds changed parcels only: land it does not have
        is as it was.

    Returns
    -------
    Overlay
        Areas add up to every place and to the county.

    Examples
    --------
    A parcel of 1 km2 of sand of which the western 0.4 km2 were planted:

    >>> import geopandas as gpd, shapely
    >>> from carbon_sink.overlay.lands import survey_land
    >>> county = shapely.box(630000, 4300000, 631000, 4301000)
    >>> old = gpd.GeoDataFrame({"ecosystem": ["sand"]}, geometry=[county], crs=4544)
    >>> new = gpd.GeoDataFrame({"ecosystem": ["shrubland", "sand"]}, crs=4544, geometry=[
    ...     shapely.box(630000, 4300000, 630400, 4301000),
    ...     shapely.box(630400, 4300000, 631000, 4301000)])
    >>> lands = [survey_land(t, crs=4544) for t in (old, new)]
    >>> found = overlay(*lands, county=county, crs=4544).transitions()
    >>> found[["before", "after"]].values.tolist()
    [['sand', 'sand'], ['sand', 'shrubland']]
    >>> float(round(found["area_ha"].iloc[1] / found["area_ha"].sum(), 5))
    0.4
    """
    places = None if county is None else places_of(county, crs, names, shapes)
    classes = sorted({*before.ecosystem.tolist(), *after.ecosystem.tolist()})
    code = {e: k for k, e in enumerate(classes)}
    cut = pieces_of(before.shape, after.shape)
    start, end = _coded(before, code, cut.before), _coded(after, code, cut.after)
    if covers == "changes":
        end = np.where(end == NONE, start, end)
    found = judged(cut, start, end, tolerance_m=tolerance_m, tail_m2=tail_m2)
    del cut
    pieces = found.pieces
    drawn = _coded(before, code, pieces.before), _coded(after, code, pieces.after)
    row, place, part = np.arange(len(pieces)), np.zeros(len(pieces), np.int64), pieces.shape
    if places is not None:
        row, place, part = split_by_place(pieces.shape, places)
    area = _areas(ground_areas(part, crs), pieces.before[row], before)
    title_of = (ELSEWHERE,) if places is None else places.name
    if places is not None:
        area, table = _closed(area, place, places)
    else:
        table = _alone(float(area.sum()))
    title = np.array([*classes, NOT_SURVEYED], dtype=object)  # NONE is the last
    frame = pd.DataFrame(
        {
            "before": pieces.before[row],
            "after": pieces.after[row],
            "start": title[found.start[row]],
            "end": title[found.end[row]],
            "drawn_start": title[drawn[0][row]],
            "drawn_end": title[drawn[1][row]],
            "place": np.array(title_of, dtype=object)[place],
            "area_m2": area,
            "patch": found.patch[row],
            "absorbed": found.absorbed[row],
        }
    )
    return Overlay(frame, part, table, tolerance_m)


def _alone(area_m2: float) -> pd.DataFrame:
    """The one place of surveys without a county."""
    row = {"place": ELSEWHERE, "area_m2": area_m2, "surveyed_m2": area_m2}
    return pd.DataFrame([{**row, "neither_m2": 0.0, "adjusted_frac": 0.0}])


def _closed(area: F8, place: I8, places: Places) -> tuple[F8, pd.DataFrame]:
    """Areas that add up to the places, and what no survey has there [m2].

    All are measured with edges straight on the map and then brought to the county's area by
    the national formula (edges straight in degrees), as a survey is adjusted to its control
    area; what no survey has is the rest.
    """
    n = len(places.name)
    area = area * places.control
    found = np.bincount(place, weights=area, minlength=n)
    gap = places.area_m2 - found
    noise = (np.abs(gap) <= _NOISE_FRAC * places.area_m2) | (gap < 0)
    factor = np.ones(n)
    use = noise & (found > 0)
    factor[use] = places.area_m2[use] / found[use]
    area = area * factor[place]
    surveyed = np.bincount(place, weights=area, minlength=n)
    table = pd.DataFrame(
        {
            "place": list(places.name),
            "area_m2": places.area_m2,
            "surveyed_m2": surveyed,
            "neither_m2": np.where(use, 0.0, gap),
            "adjusted_frac": factor * places.control - 1.0,
        }
    )
    return area, table
