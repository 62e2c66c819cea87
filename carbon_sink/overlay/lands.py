"""A land survey as an overlay needs it: valid, inside the county, no land twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from carbon_sink.overlay.areas import ground_areas
from carbon_sink.overlay.pieces import Shapes, polygonal
from gis.crs.systems import CrsLike
from gis.errors import DataError
from gis.files.repair import repair_polygons
from gis.say import Sentence, say
from layers.open.parcel_outlines import counted_once, inside_county
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["SurveyLand", "survey_land"]

F8 = npt.NDArray[np.float64]

_TOLD_M2 = 1.0
_REFUSED_FRAC = 0.01
"""Land drawn twice beyond this share of a survey is another fault than of digitising."""


@dataclass(frozen=True)
class SurveyLand:
    """Parcels of one survey.

    Attributes
    ----------
    shape : ndarray of object, shape (n,)
        Valid polygons in the plan's system, cut to the county, none on another.
    ecosystem : ndarray of str, shape (n,)
    number, code : ndarray of str, shape (n,)
        What the survey calls the parcel, and its class in the survey's own codes.
    area_m2 : ndarray of float64, shape (n,)
        Ellipsoidal area of `shape`.
    planted_year : ndarray of float64, shape (n,)
        NaN where it is not known.
    species : ndarray of str, shape (n,)
        Ids of the tree table, empty where not known.
    outside_m2
        Land of the survey outside the county, left out.
    """

    shape: Shapes
    ecosystem: Shapes
    number: Shapes
    code: Shapes
    area_m2: F8
    planted_year: F8
    species: Shapes
    outside_m2: float = 0.0
    warnings: tuple[Warn, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.shape)


def _in_order(shapes: Shapes, ecosystem: Shapes) -> npt.NDArray[np.intp]:
    """One order whatever the order of the file; smaller parcels first where they overlap."""
    box = shapely.bounds(shapes)
    area = np.round(shapely.area(shapes), 3)
    return np.lexsort((ecosystem.astype(str), box[:, 2], box[:, 1], box[:, 0], area))


def survey_land(
    parcels: gpd.GeoDataFrame,
    *,
    crs: CrsLike,
    county: BaseGeometry | None = None,
    where: str = "",
    title: Sentence | str = "",
    overlap_m2: float = _TOLD_M2,
) -> SurveyLand:
    """Bring one survey into the shape in which two can be laid upon one another.

    Parameters
    ----------
    parcels : GeoDataFrame
        ``ecosystem``; ``parcel_id``, ``code``, ``planted_year`` and ``species`` where known.
    crs : CRS
        A system of the plane in metres; parcels in another are brought into it.
    county : polygon, optional
        In `crs`; land outside is left out and told.
    where : str
        File or key of the plan, for messages.
    overlap_m2 : float
        Shared land of two parcels below this is the noise of digitising [m2].

    Returns
    -------
    SurveyLand

    Raises
    ------
    DataError
        Nothing lies in the county, or more than 1 % of the land is drawn twice.

    Examples
    --------
    >>> import geopandas as gpd
    >>> p = gpd.GeoDataFrame({"ecosystem": ["sand"]}, crs=4544,
    ...                      geometry=[shapely.box(630000, 4300000, 631000, 4301000)])
    >>> land = survey_land(p, crs=4544)
    >>> len(land), round(float(land.area_m2[0]) / 1e4, 1)
    (1, 100.0)
    """
    from gis.files.repair import moved

    title = title or where
    warnings: list[Warn] = []
    frame = moved(parcels, crs, where)
    shapes, repairs = repair_polygons(frame.geometry.to_numpy(), where)
    if repairs:
        raw = frame.geometry.to_numpy()
        rows = [r.index for r in repairs]
        # the area of a ring as drawn: that of a bow tie is the difference of its wings
        changed = shapely.area(shapes[rows]) - shapely.area(raw[rows])
        warnings.append(
            Warn(
                "survey_rings_repaired",
                say(
                    "carbon_sink.overlay.rings_repaired",
                    title=title,
                    n=len(rows),
                    area_m2=float(np.abs(changed).sum()),
                    whole_m2=float(shapely.area(shapes[rows]).sum()),
                ),
                where,
            )
        )
    shapes = polygonal(np.asarray(shapes, dtype=object))
    kinds = frame["ecosystem"].astype(str).to_numpy(dtype=object)
    order = _in_order(shapes, kinds)
    shapes, frame = shapes[order], frame.iloc[order]
    whole = float(shapely.area(shapes).sum())
    inside = inside_county(shapes, county) if county is not None else shapes
    held = float(shapely.area(inside).sum())
    if held <= 0:
        raise DataError(
            say("carbon_sink.overlay.survey_elsewhere"),
            where=where,
            todo=say("carbon_sink.overlay.survey_of_this_county"),
        )
    once = counted_once(inside, least_m2=overlap_m2)
    warnings += _overlap_told(held, held - float(shapely.area(once).sum()), where, title)
    if whole - held > max(1.0, 1e-6 * whole):
        warnings.append(
            Warn(
                "survey_outside_county",
                say(
                    "carbon_sink.overlay.outside_county",
                    title=title,
                    area_ha=(whole - held) / 1e4,
                ),
                where,
            )
        )
    keep = shapely.area(once) > 0
    frame, once = frame[keep], once[keep]
    return SurveyLand(
        once,
        frame["ecosystem"].astype(str).to_numpy(dtype=object),
        _numbers(frame),
        _texts(frame, "code"),
        ground_areas(once, crs),
        _years(frame),
        _texts(frame, "species"),
        whole - held,
        tuple(warnings),
    )


def _overlap_told(
    whole_m2: float, twice_m2: float, where: str, title: Sentence | str
) -> list[Warn]:
    if twice_m2 > _REFUSED_FRAC * whole_m2:
        raise DataError(
            say("carbon_sink.overlay.drawn_twice", title=title),
            where=where,
            got=say(
                "carbon_sink.overlay.twice_ha",
                area_ha=twice_m2 / 1e4,
                share=twice_m2 / whole_m2,
            ),
            expected=say("carbon_sink.overlay.twice_at_most", share=_REFUSED_FRAC),
            todo=say("carbon_sink.overlay.mend_overlaps"),
        )
    if twice_m2 <= _TOLD_M2:
        return []
    text = say(
        "carbon_sink.overlay.counted_once",
        title=title,
        area_ha=twice_m2 / 1e4,
    )
    return [Warn("survey_overlaps", text, where)]


def _numbers(frame: gpd.GeoDataFrame) -> Shapes:
    if "parcel_id" not in frame.columns:
        return np.array([f"P{i + 1:06d}" for i in range(len(frame))], dtype=object)
    return _texts(frame, "parcel_id")


def _texts(frame: gpd.GeoDataFrame, name: str) -> Shapes:
    if name not in frame.columns:
        return np.full(len(frame), "", dtype=object)
    given: Any = frame[name].fillna("").astype(str).to_numpy(dtype=object)
    return np.asarray(given, dtype=object)


def _years(frame: gpd.GeoDataFrame) -> F8:
    import pandas as pd

    if "planted_year" not in frame.columns:
        return np.full(len(frame), np.nan)
    years: F8 = pd.to_numeric(frame["planted_year"], errors="coerce").to_numpy(np.float64)
    return years
