"""Write parcels as coordinate text; what was read and is unchanged comes back to the letter."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.cells.area import polygon_area_m2, to_ha
from gis.crs.china import ChinaCrs, gk_epsg
from gis.crs.systems import as_crs, china_row, crs_name, pick_gk_crs, reproject, same_crs
from gis.errors import DataError
from gis.files.coordinate_txt import read_coordinate_txt
from gis.files.exchange.kept import KeptText, kept_of
from gis.files.exchange.lines import (
    ParcelText,
    decimals_of,
    end_of,
    is_remark,
    points_of,
    with_cells,
    with_numbers,
)
from gis.files.exchange.matched import Match, Rings, as_cell, matches, rings_of
from gis.files.exchange.rings import ParcelShape
from gis.files.whole_file import whole_file
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = ["exchange_crs", "write_coordinate_txt"]

_SYSTEM = "2000国家大地坐标系"
_UNIT, _DAY = "数据产生单位", "数据产生日期"
_NAMED = ("parcel_no", "name", "sheet", "use", "dlbm")
_FIELDS = (*_NAMED, "area_ha")
_AREA_DECIMALS = 4
_SAME_M = 1e-6


@dataclass(frozen=True)
class _Style:
    """How a file writes its lines."""

    end: str = "\r\n"
    label: str = "J"
    decimals: int = 4
    repeats: bool = True


def write_coordinate_txt(
    path: Path,
    gdf: gpd.GeoDataFrame,
    *,
    crs: str = "",
    unit: str = "",
    date: datetime.date | None = None,
    encoding: str = "",
    decimals: int | None = None,
    like: Path | None = None,
) -> None:
    """Write parcels as coordinate text, areas ellipsoidal, X north and Y east.

    Points are written in the order and from the first one they have. A table that was read
    from a coordinate text is written into that text: header, remarks, encoding and the lines
    of parcels whose points and cells are what was read stay to the letter. Of a parcel that
    has other cells its own line changes, of one with other points their lines, its count and
    its area; a parcel the text does not have is written as the others are.

    Parameters
    ----------
    gdf : GeoDataFrame
        Polygons in any CRS; columns ``parcel_no``, ``name``, ``use``, ``dlbm``, ``sheet`` are
        written when there. ``area_ha`` is the declared area of a table that was read: where it
        is another now, the ellipsoidal area takes its place.
    crs : str
        Target, a zone-prefixed Gauss-Krueger CRS; when empty that of the text the table was
        read from, else chosen for the extent.
    unit : str
        数据产生单位; that of the text when empty.
    date : date, optional
        数据产生日期; that of the text, or today.
    encoding : str
        That of the text when empty, else GBK (as GB18030) by habit of the receiving systems.
    decimals : int, optional
        Of what is written anew; as the text has them, else 4.
    like : Path, optional
        The text the parcels came from, for a table that has lost it.

    Raises
    ------
    DataError
        When `crs` is not a Gauss-Krueger zone of CGCS2000 or a row is no polygon.
    """
    where = str(path)
    source = read_coordinate_txt(like) if like is not None else gdf
    kept = kept_of(source)
    target = exchange_crs(crs, where) if crs else None
    if kept is not None and target is not None and not same_crs(_prefixed(kept.crs), target):
        kept = None
    if kept is not None:
        text = _into(kept, gdf, where, unit, date, decimals)
    else:
        target = target or exchange_crs_of(gdf, where)
        text = _anew(gdf, target, where, unit, date, 4 if decimals is None else decimals)
    coding = encoding or (kept.encoding if kept is not None else "gb18030")
    with whole_file(Path(path), say("gis.files.text_cannot_be_written")) as part:
        part.write_bytes(text.encode(coding))


def exchange_crs(crs: str, where: str = "") -> pyproj.CRS:
    """A Gauss-Krueger zone of CGCS2000 whose eastings begin with its number.

    Raises
    ------
    DataError
        When `crs` is none.

    Examples
    --------
    >>> exchange_crs("EPSG:4544").to_epsg()
    4523
    """
    target = as_crs(crs, where)
    _zone(target)
    return _prefixed(target)


def exchange_crs_of(gdf: gpd.GeoDataFrame, where: str = "") -> pyproj.CRS:
    """The zone, with its number in front of eastings, whose meridian is nearest to features."""
    bounds = tuple(reproject(gdf, 4490, where).total_bounds)
    return pick_gk_crs(bounds, prefixed=True)


def _zone(crs: pyproj.CRS) -> ChinaCrs:
    row = china_row(crs)
    if row is None or not row.is_gk:
        raise DataError(say("gis.files.coordinate_text_needs_gauss_krueger"), got=crs_name(crs))
    return row


def _prefixed(crs: pyproj.CRS) -> pyproj.CRS:
    row = china_row(crs)
    if row is None or not row.is_gk or row.prefixed:
        return crs
    return as_crs(gk_epsg(row.zone, int(row.zone_width_deg), prefixed=True) or crs)


def _columns(gdf: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    return {c: list(gdf[c]) for c in _FIELDS if c in gdf}


def _anew(
    gdf: gpd.GeoDataFrame,
    target: pyproj.CRS,
    where: str,
    unit: str,
    date: datetime.date | None,
    decimals: int,
) -> str:
    """A text of its own."""
    row = _zone(target)
    day = date or datetime.datetime.now(tz=datetime.UTC).date()
    area_ha = to_ha(polygon_area_m2(gdf.geometry, gdf.crs, where))
    plane = reproject(gdf, target, where)
    lines = [
        "[属性描述]",
        "格式版本号=1.01",
        f"{_UNIT}={unit}",
        f"{_DAY}={day.isoformat()}",
        f"坐标系={_SYSTEM}",
        f"几度分带={int(row.zone_width_deg)}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={row.zone}",
        f"精度={10.0**-decimals:g}",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]
    style = _Style(decimals=decimals)
    columns = _columns(gdf)
    out = "".join(line + style.end for line in lines)
    for i, geom in enumerate(plane.geometry):
        cells = {n: as_cell(columns[n][i]) for n in columns}
        out += _parcel(i, rings_of(geom), cells, float(area_ha[i]), style)
    return out


def _parcel(
    i: int, rings: Rings, cells: Mapping[str, str], area_ha: float, style: _Style
) -> str:
    """Lines of a parcel the text does not have."""
    points = _points(rings, style)
    head = _head(str(len(points)), area_ha, {"parcel_no": str(i + 1), **cells})
    return "".join(line + style.end for line in [head, *points])


def _head(n_points: str, area_ha: float | None, cells: Mapping[str, str]) -> str:
    """A parcel's own line."""
    area = "" if area_ha is None else f"{area_ha:.{_AREA_DECIMALS}f}"
    number, name, sheet, use, dlbm = (cells.get(n, "") for n in _NAMED)
    return f"{n_points},{area},{number},{name},面,{sheet},{use},{dlbm},@"


def _points(rings: Rings, style: _Style) -> list[str]:
    """Lines of points, named through all rings; the first one comes again under its name."""
    # one count over all parts: a second part's ring must not continue the first one's
    out = []
    point = 1
    for number, xy in enumerate(rings, 1):
        first = point
        for east, north in xy[:-1].tolist():
            out.append(_point(style, point, number, north, east))
            point += 1
        if style.repeats:
            out.append(_point(style, first, number, float(xy[0, 1]), float(xy[0, 0])))
    return out


def _point(style: _Style, point: int, ring: int, north: float, east: float) -> str:
    return f"{style.label}{point},{ring},{north:.{style.decimals}f},{east:.{style.decimals}f}"


def _into(
    kept: KeptText,
    gdf: gpd.GeoDataFrame,
    where: str,
    unit: str,
    date: datetime.date | None,
    decimals: int | None,
) -> str:
    """The text with the parcels as they are now."""
    plane = reproject(gdf, kept.crs, where)
    geoms = list(plane.geometry)
    columns = _columns(gdf)
    found = matches(kept, geoms, columns)
    wanted = [i for i, m in enumerate(found) if not m.same_shape or m.cells]
    if not all(m.same_shape for m in found):
        _zone(kept.crs)
    area_ha: dict[int, float] = {}
    if wanted:
        areas = to_ha(polygon_area_m2(gdf.geometry.iloc[wanted], gdf.crs, where))
        area_ha = dict(zip(wanted, map(float, areas), strict=True))
    style = _style_of(kept, decimals)
    pairs = kept.parcels()
    start = _restated(_restated(kept.text.start, _UNIT, unit), _DAY, str(date or ""))
    used = {m.parcel for m in found}
    pieces = [start]
    # a section that stands before a parcel that is gone still stands
    pieces += [
        _without_remarks(p.lead) for k, (p, _) in enumerate(pairs) if k not in used and p.lead
    ]
    for i, match in enumerate(found):
        if match.parcel < 0:
            cells = {n: as_cell(columns[n][i]) for n in columns}
            pieces.append(_parcel(i, rings_of(geoms[i]), cells, area_ha[i], style))
        else:
            own, shape = pairs[match.parcel]
            area = area_ha.get(i)
            pieces.append(
                _changed(own, shape, match, rings_of(geoms[i]), area, style, decimals)
            )
    pieces.append(kept.text.end)
    return _joined(pieces, style.end)


def _without_remarks(lead: str) -> str:
    """The lines of a lead that say something of the file, not of the parcel that follows."""
    lines = [x for x in lead.splitlines(keepends=True) if not is_remark(x)]
    return "".join(lines)


def _joined(pieces: Sequence[str], end: str) -> str:
    """Pieces one after another; one that ended the file and no longer does gets its end."""
    said = [p for p in pieces if p]
    return "".join(
        p if k == len(said) - 1 or p.endswith(("\n", "\r")) else p + end
        for k, p in enumerate(said)
    )


def _restated(start: str, key: str, value: str) -> str:
    """The header with another value of a key, where it has the key."""
    if not value:
        return start
    pattern = re.compile(rf"^([^\S\r\n]*{key}[^\S\r\n]*=)[^\r\n]*", re.MULTILINE)
    return pattern.sub(lambda m: m[1] + value, start, count=1)


def _style_of(kept: KeptText, decimals: int | None) -> _Style:
    """How the file writes, by its first lines."""
    plain = _Style()
    first = kept.text.start.splitlines(keepends=True)
    end = next((e for e in map(end_of, first) if e), plain.end)
    for own, shape in kept.parcels():
        return _style_of_parcel(own, shape, end, decimals)
    return _Style(end, plain.label, plain.decimals if decimals is None else decimals)


def _style_of_parcel(
    own: ParcelText, shape: ParcelShape, end: str, decimals: int | None
) -> _Style:
    plain = _Style()
    for line, point in points_of(own.body):
        if point is not None:
            cells = line.replace("\uff0c", ",").split(",")
            written = min(decimals_of(c, plain.decimals) for c in cells[2:4])
            return _Style(
                end_of(line) or end,
                point.label.rstrip("0123456789") if point.label[-1:].isdigit() else plain.label,
                max(written, 3) if decimals is None else decimals,
                not shape.opened,
            )
    return _Style(end, decimals=plain.decimals if decimals is None else decimals)


def _changed(
    own: ParcelText,
    shape: ParcelShape,
    match: Match,
    rings: Rings,
    area_ha: float | None,
    style: _Style,
    decimals: int | None,
) -> str:
    """Lines of a parcel of the text as it is now."""
    cells = dict(match.cells or {})
    if match.same_shape and not cells:
        return own.whole()
    body = own.body
    if not match.same_shape:
        moved = _moved(own, shape, rings, decimals)
        if moved is None:
            like = _style_of_parcel(own, shape, style.end, decimals)
            points = _points(rings, like)
            body = "".join(p + like.end for p in points)
            n = len(points)
            counted = own.cells.get("n_points", "")
            if counted == str(own.n_lines - len(own.rings)) and like.repeats:
                n -= len(rings)  # the file counts a repeated point once
            cells["n_points"] = str(n)
        else:
            body = moved
    if area_ha is not None and (not match.same_shape or "area_ha" in cells):
        written = own.cells.get("area_ha", "")
        digits = decimals_of(written, _AREA_DECIMALS) or _AREA_DECIMALS
        cells["area_ha"] = f"{area_ha:.{digits}f}"
    if own.head or not any(cells.get(n) for n in _NAMED):
        return own.lead + with_cells(own.head, cells) + body
    # points that began without a line of the parcel, which has a name to say now
    cells.setdefault("n_points", str(own.n_lines))
    return own.lead + _head(cells["n_points"], area_ha, cells) + style.end + body


def _moved(
    own: ParcelText, shape: ParcelShape, rings: Rings, decimals: int | None
) -> str | None:
    """The lines with points at other places; None when there are more, fewer or other rings."""
    if len(shape.order) != len(rings):
        return None
    now = dict(zip(shape.order, rings, strict=True))
    for name, written in own.rings.items():
        if len(now[name]) != len(written) + (name in shape.opened):
            return None
    out = []
    at = dict.fromkeys(own.rings, 0)
    for line, point in points_of(own.body):
        if point is None:
            out.append(line)
            continue
        east, north = now[point.ring][at[point.ring]].tolist()
        at[point.ring] += 1
        out.append(
            with_numbers(
                line,
                north if abs(north - point.northing) > _SAME_M else None,
                east if abs(east - point.easting) > _SAME_M else None,
                decimals,
            )
        )
    return "".join(out)
