"""Features with a known system, valid shapes and coordinates that can be true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs.china import gk_epsg
from gis.crs.systems import as_crs, check_coordinates, crs_name, same_crs
from gis.errors import DataError, Fault, raise_faults
from gis.files.notes import Note
from gis.files.repair import repair_note, repair_polygons
from gis.say import Listed, listed, say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "Box",
    "checked",
    "kml_notes",
    "likely_crs",
    "likely_epsg",
    "shown_extent",
    "with_crs",
]

Box = tuple[float, float, float, float]
_DEGREES = 4490
_SHOWN = 5  # rows named in a note
_AT_A_TIME = 50_000  # features whose vertices are taken out in one go
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_KML_POINT = re.compile(rf"{_NUMBER},{_NUMBER}(?:,{_NUMBER})?,?")


def with_crs(
    frame: gpd.GeoDataFrame, crs: str, label: str, notes: list[Note]
) -> gpd.GeoDataFrame:
    """The frame in the CRS that is stated, or in the one its file declares.

    Raises
    ------
    DataError
        When there is neither.
    """
    declared = frame.crs
    if not crs and declared is None:
        raise DataError(
            say("gis.files.no_coordinate_system_declared"),
            where=label,
            got=say("gis.files.coordinates", extent=shown_extent(frame)),
            expected=say("gis.files.prj_crs_file"),
            todo=say("gis.files.write_crs_into_plan_layer", hint=likely_crs(frame)),
        )
    if not crs:
        target = as_crs(declared, label)
        return frame.set_crs(target, allow_override=True)
    target = as_crs(crs, label)
    if declared is not None and not same_crs(_or_none(declared), target):
        notes.append(
            Note(
                "crs_replaced",
                label,
                say("gis.files.crs_replaced", name=declared.name, taken=crs_name(target)),
            )
        )
    return frame.set_crs(target, allow_override=True)


def _or_none(declared: Any) -> Any:  # noqa: ANN401
    """The declared CRS, or a stand-in when it is one that `as_crs` refuses."""
    try:
        return as_crs(declared)
    except DataError:
        return "EPSG:3857"


def shown_extent(frame: gpd.GeoDataFrame) -> str:
    """Extent of features for a message."""
    if not len(frame):
        return "none"
    b = frame.total_bounds
    return f"x {b[0]:.8g}..{b[2]:.8g}, y {b[1]:.8g}..{b[3]:.8g}"


def likely_epsg(frame: gpd.GeoDataFrame) -> int | None:
    """The code features without a declared system may have, by their coordinates."""
    if not len(frame):
        return None
    xmin, ymin, xmax, ymax = frame.total_bounds
    if max(map(abs, (xmin, ymin, xmax, ymax))) <= 180:
        return _DEGREES
    zone = int(xmin // 1e6)
    return gk_epsg(zone, prefixed=True) if zone == int(xmax // 1e6) else None


def likely_crs(frame: gpd.GeoDataFrame) -> str:
    """What features without a declared system may be in, for a message."""
    code = likely_epsg(frame)
    if code is None:
        return say("gis.files.likely_any")
    if code == _DEGREES:
        return say("gis.files.likely_degrees")
    zone = int(frame.total_bounds[0] // 1e6)
    return say("gis.files.likely_zone", zone=zone, code=code)


def checked(
    frame: gpd.GeoDataFrame, label: str, notes: list[Note], *, filtered: bool
) -> gpd.GeoDataFrame:
    """Drop rows without geometry, repair polygons, check coordinates.

    Raises
    ------
    DataError
        When nothing is left (unless the reader was asked for a part only), coordinates
        contradict the CRS, or a point of a shape has none.
    """
    if not len(frame):
        if filtered:
            return frame
        raise DataError(
            say("gis.files.layer_empty"),
            where=label,
            todo=say("gis.files.export_again_declare_layer_absent"),
        )
    geoms = frame.geometry.to_numpy()
    none = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    if none.any():
        notes.append(
            Note(
                "no_geometry",
                label,
                say("gis.files.no_geometry", n=int(none.sum()), rows=_named(frame, none)),
                {"n": float(none.sum())},
            )
        )
        frame = frame[~none].reset_index(drop=True)
        if not len(frame):
            raise DataError(say("gis.files.no_row_layer_has_geometry"), where=label)
    check_coordinates(_bounds(frame), frame.crs, label)
    _refuse_lost_points(frame, label)
    fixed, repairs = repair_polygons(frame.geometry.to_numpy(), label)
    if repairs:
        frame = frame.set_geometry(fixed, crs=frame.crs)
        notes.append(repair_note(repairs, label))
        gone = shapely.is_empty(fixed)
        if gone.any():
            frame = frame[~gone].reset_index(drop=True)
    return frame


def _refuse_lost_points(frame: gpd.GeoDataFrame, label: str) -> None:
    """Refuse shapes of which a point is nowhere: without it they are other shapes.

    Raises
    ------
    DataError
    """
    geoms = frame.geometry.to_numpy()
    rows = np.zeros(len(frame), dtype=bool)
    for at in range(0, len(frame), _AT_A_TIME):
        xy, of = shapely.get_coordinates(geoms[at : at + _AT_A_TIME], return_index=True)
        rows[at + of[~np.isfinite(xy).all(axis=1)]] = True
    if rows.any():
        raise DataError(
            say("gis.files.point_not_finite"),
            where=label,
            got=_named(frame, rows),
            todo=say("gis.files.correct_or_remove"),
        )


def _named(frame: gpd.GeoDataFrame, rows: Any) -> Listed:  # noqa: ANN401
    """The first rows by what identifies them: the first of their columns, else the number."""
    at = np.flatnonzero(rows)
    names = [c for c in frame.columns if c != frame.geometry.name]
    # a KML begins with an id that may be empty
    named = [c for c in names if frame[c].iloc[at].notna().all()]
    first = frame[named[0]].iloc[at[:_SHOWN]] if named else at[:_SHOWN] + 1
    return listed([*(str(v) for v in first), *(["..."] if len(at) > _SHOWN else [])])


def kml_notes(path: Path, label: str) -> list[Note]:
    """Coordinates of a KML that nobody can read: the driver takes them for 0 or drops them.

    Parameters
    ----------
    path : Path
        A KML file that `gis.files.archive.check_xml` let pass.
    label : str
        File, for messages.

    Returns
    -------
    list of Note
        Shapes without one readable point, left out, by the names of their placemarks.

    Raises
    ------
    DataError
        When a shape has points that can be read and others that cannot.
    """
    lost: list[str] = []
    faults: list[Fault] = []
    for n, (name, text) in enumerate(_kml_coordinates(path), 1):
        points = re.sub(r"\s*,\s*", ",", text).split()
        bad = [p for p in points if not _KML_POINT.fullmatch(p)]
        shown = name or f"#{n}"
        if len(bad) == len(points):
            lost.append(shown)
        elif bad:
            faults.append(
                Fault(
                    say("gis.files.kml_point_unreadable"),
                    where=f"{label} {shown}",
                    got=listed([b[:40] for b in bad[:_SHOWN]]),
                    expected=say("gis.files.kml_point"),
                    todo=say("gis.files.kml_correct"),
                )
            )
    raise_faults(DataError, faults)
    if not lost:
        return []
    rows = listed([*lost[:_SHOWN], *(["..."] if len(lost) > _SHOWN else [])])
    text = say("gis.files.kml_shapes_unreadable", n=len(lost), rows=rows)
    return [Note("kml_unreadable", label, text, {"n": float(len(lost))})]


def _kml_coordinates(path: Path) -> list[tuple[str, str]]:
    """Placemark and text of every ``coordinates`` of a KML; none of a damaged file."""
    from xml.etree import ElementTree

    out: list[tuple[str, str]] = []
    name = ""
    try:
        for event, element in ElementTree.iterparse(path, events=("start", "end")):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                name = "" if tag == "Placemark" else name
            elif tag == "name" and not name:
                name = (element.text or "").strip()
            elif tag == "coordinates":
                out.append((name, element.text or ""))
            elif tag == "Placemark":
                element.clear()
                name = ""
    except (ElementTree.ParseError, ValueError, LookupError):  # the driver says what is wrong
        return []
    return out


def _bounds(frame: gpd.GeoDataFrame) -> Box:
    xmin, ymin, xmax, ymax = (float(v) for v in frame.total_bounds)
    return xmin, ymin, xmax, ymax
