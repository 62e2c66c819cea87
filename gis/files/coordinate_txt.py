"""The coordinate text of Chinese land applications (用地坐标表), read and written.

``[属性描述]`` holds the system, zone width and unit; ``[地块坐标]`` holds parcels: one header
line that ends in ``@``, then lines ``J1,ring,X,Y`` where X is the northing and Y the easting
with its zone number. Ring 1 is the outer ring, 2 and up are holes; the first point is repeated.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.crs.china import gk_epsg
from gis.crs.systems import as_crs, china_row, crs_name, pick_gk_crs, reproject
from gis.errors import DataError, Fault, raise_faults
from gis.files.given import given_bytes, given_file
from gis.files.repair import Repair, repair_note, repair_polygons
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["read_coordinate_txt", "read_text", "write_coordinate_txt"]

_FIELDS = ("n_points", "area_ha", "parcel_no", "name", "geometry_kind", "sheet", "use", "dlbm")
_SYSTEM = "2000国家大地坐标系"
_ENCODINGS = ("utf-8-sig", "gb18030")


def read_text(path: Path) -> tuple[str, str]:
    """Text of a small file and the encoding it was read in (UTF-8 first, then GB18030).

    Raises
    ------
    DataError
        When it is missing, too large or neither.
    """
    if not given_file(path).is_file():
        raise DataError(
            say("gis.files.file_missing"), where=str(path), todo=say("gis.files.check_path")
        )
    raw = given_bytes(path)
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise DataError(
        say("gis.files.text_neither_utf_8_nor"),
        where=str(path),
        todo=say("gis.files.save_utf_8"),
    )


def _header_crs(head: Mapping[str, str], where: str) -> int | None:
    """EPSG code that the header names, None when it names none."""
    system = head.get("坐标系", "")
    if system and not any(s in system for s in ("2000", "CGCS")):
        raise DataError(
            say("gis.files.coordinates_withdrawn_system"),
            where=where,
            got=system,
            expected=_SYSTEM,
            todo=say("gis.files.have_bureau_convert_them_cgcs2000"),
        )
    zone = "".join(c for c in head.get("带号", "") if c.isdigit())
    width = "".join(c for c in head.get("几度分带", "3") if c.isdigit()) or "3"
    if zone and width in {"3", "6"}:
        return gk_epsg(int(zone), int(width), prefixed=True)
    return None


def read_coordinate_txt(path: Path, crs: str = "", *, label: str = "") -> gpd.GeoDataFrame:
    """Read a coordinate text.

    Parameters
    ----------
    path : Path
        UTF-8 or GBK.
    crs : str
        Takes the place of what the header says.
    label : str
        Name of the file in messages, such as the archive it came in.

    Returns
    -------
    GeoDataFrame
        One row a parcel: parcel_no, name, use, dlbm, sheet, area_ha (as declared), n_points,
        geometry with x = easting; CRS with zone number as the eastings have it. A ring among
        several that crosses itself is mended, which `gis.files.notes.notes_of` tells.

    Raises
    ------
    DataError
        All faults of the file at once: lines that are no point, rings that do not close or
        are too short, a zone that the eastings contradict.
    """
    import geopandas as gpd

    where = label or str(path)
    text, _ = read_text(path)
    head: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    faults: list[Fault] = []
    points: list[dict[str, list[tuple[float, float]]]] = []
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line.endswith("@"):
            line = line.replace("，", ",")
        if not line:
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        if "坐标" not in section:
            key, _, value = line.partition("=")
            head[key.strip()] = value.strip()
            continue
        cells = [c.strip() for c in line.split(",")]
        if cells[-1] == "@" or line.endswith("@"):
            cells[-1] = cells[-1].rstrip("@")
            rows.append(dict(zip(_FIELDS, cells, strict=False)))
            points.append({})
            continue
        try:
            ring, northing, easting = cells[1], float(cells[2]), float(cells[3])
        except (ValueError, IndexError):
            faults.append(
                Fault(
                    say("gis.files.this_line_no_boundary_point"),
                    where=say("gis.files.at_line", file=where, line=number),
                    got=line[:60],
                    expected="J1,1,X(north),Y(east)",
                )
            )
            continue
        if not points:
            rows.append({})
            points.append({})
        points[-1].setdefault(ring, []).append((easting, northing))
    geoms: list[Any] = []
    mended: list[tuple[str, Repair]] = []
    for i, (row, parcel) in enumerate(zip(rows, points, strict=True), 1):
        shape, repairs = _parcel(parcel, f"{where} parcel {i}", faults)
        geoms.append(shape)
        mended += [(str(row.get("parcel_no") or i), r) for r in repairs]
    if not points:
        faults.append(
            Fault(say("gis.files.no_parcel"), where=where, expected=say("gis.files.section"))
        )
    raise_faults(DataError, faults)
    eastings = np.array([p[0] for parcel in points for ring in parcel.values() for p in ring])
    northings = np.array([p[1] for parcel in points for ring in parcel.values() for p in ring])
    code = crs or _header_crs(head, where) or _crs_of_eastings(eastings, northings, where)
    frame = gpd.GeoDataFrame(rows, geometry=geoms, crs=as_crs(code, where))
    for name in ("area_ha", "n_points"):
        if name in frame:
            frame[name] = _numbers(frame[name])
    frame.attrs["header"] = head
    if mended:
        names = [name for name, _ in mended]
        frame.attrs["notes"] = (repair_note([r for _, r in mended], where, names),)
    return frame


def _numbers(column: Any) -> Any:  # noqa: ANN401
    import pandas as pd

    return pd.to_numeric(column, errors="coerce")


def _crs_of_eastings(eastings: Any, northings: Any, where: str) -> int:  # noqa: ANN401
    """EPSG code from the zone number in front of the eastings."""
    zones = np.unique((eastings // 1e6).astype(int))
    code = gk_epsg(int(zones[0]), prefixed=True) if len(zones) == 1 else None
    if len(zones) > 1 and (zones > 0).all():
        raise DataError(
            say("gis.files.two_zones_one_file"), where=where, got=str(zones.tolist())
        )
    if code is None or not ((northings > 2e5) & (northings < 6.1e6)).all():
        raise DataError(
            say("gis.files.zone_coordinates_not_known"),
            where=where,
            got=say("gis.files.easting", least=eastings.min(), greatest=eastings.max()),
            expected=say("gis.files.eight_digits_or_crs"),
            todo=say("gis.files.declare_crs_this_layer_example"),
        )
    return code


def _parcel(
    rings: Mapping[str, list[tuple[float, float]]], where: str, faults: list[Fault]
) -> tuple[Any, list[Repair]]:
    """Polygon of one parcel; several outer rings and their holes become a multipolygon."""
    polygons = []
    if not rings:
        faults.append(Fault(say("gis.files.parcel_without_points"), where=where))
    for name, ring in rings.items():
        if len(ring) < 4:
            faults.append(
                Fault(
                    say("gis.files.ring_has_too_few_points", name=name),
                    where=where,
                    got=str(len(ring)),
                )
            )
        elif ring[0] != ring[-1]:
            faults.append(
                Fault(
                    say("gis.files.ring_not_closed", name=name),
                    where=where,
                    got=say("gis.files.first_last", first=ring[0], last=ring[-1]),
                    todo=say("gis.files.repeat_first_point_at_end"),
                )
            )
        else:
            polygons.append(shapely.Polygon(ring))
    if len(polygons) < 2:
        return (polygons or [shapely.Polygon()])[0], []
    # Even-odd over the rings: a ring inside another is a hole, one outside is another part.
    valid, repairs = repair_polygons(polygons, where)
    shape: Any = shapely.Polygon()
    for ring in valid:
        shape = shapely.symmetric_difference(shape, ring)
    return shape, repairs


def write_coordinate_txt(
    path: Path,
    gdf: gpd.GeoDataFrame,
    *,
    crs: str = "",
    unit: str = "",
    date: datetime.date | None = None,
    encoding: str = "gb18030",
    decimals: int = 4,
) -> None:
    """Write parcels as coordinate text, areas ellipsoidal, X north and Y east.

    Parameters
    ----------
    gdf : GeoDataFrame
        Polygons in any CRS; columns ``parcel_no``, ``name``, ``use``, ``dlbm``, ``sheet`` are
        written when there.
    crs : str
        Target, a zone-prefixed Gauss-Krueger CRS; chosen for the extent when empty.
    unit : str
        数据产生单位.
    encoding : str
        GBK (as GB18030) by habit of the receiving systems.

    Raises
    ------
    DataError
        When `crs` is not a Gauss-Krueger zone of CGCS2000 or a row is no polygon.
    """
    where = str(path)
    area_ha = to_ha(polygon_area_m2(gdf.geometry, gdf.crs, where))
    if crs:
        target = as_crs(crs, where)
    else:
        target = pick_gk_crs(tuple(reproject(gdf, 4490, where).total_bounds), prefixed=True)
    row = china_row(target)
    if row is None or not row.is_gk:
        raise DataError(
            say("gis.files.coordinate_text_needs_gauss_krueger"), got=crs_name(target)
        )
    if not row.prefixed:
        target = as_crs(gk_epsg(row.zone, int(row.zone_width_deg), prefixed=True))
    plane = reproject(gdf, target, where)
    day = date or datetime.datetime.now(tz=datetime.UTC).date()
    lines = [
        "[属性描述]",
        "格式版本号=1.01",
        f"数据产生单位={unit}",
        f"数据产生日期={day.isoformat()}",
        f"坐标系={_SYSTEM}",
        f"几度分带={int(row.zone_width_deg)}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={row.zone}",
        f"精度={10.0**-decimals:g}",
        "转换参数=,,,,,,",
        "[地块坐标]",
    ]
    columns = {c: list(gdf[c]) for c in _FIELDS if c in gdf}
    for i, geom in enumerate(plane.geometry):
        # one count over all parts: a second part's ring must not continue the first one's
        rings = [
            (number, shapely.get_coordinates(ring))
            for number, ring in enumerate(
                [r for p in shapely.get_parts(geom) for r in (p.exterior, *p.interiors)], 1
            )
        ]

        def text(name: str, default: str = "", i: int = i) -> str:
            value = columns[name][i] if name in columns else default
            # a comma or line break would add a cell or a line
            return str(value).replace(",", "，").replace("\n", " ").replace("@", "＠")

        n = sum(len(xy) for _, xy in rings)
        lines.append(
            f"{n},{area_ha[i]:.4f},{text('parcel_no', str(i + 1))},{text('name')},面,"
            f"{text('sheet')},{text('use')},{text('dlbm')},@"
        )
        point = 1
        for number, xy in rings:
            first = point
            for j, (east, north) in enumerate(xy.tolist()):
                label = first if j == len(xy) - 1 else point
                lines.append(f"J{label},{number},{north:.{decimals}f},{east:.{decimals}f}")
                point += j < len(xy) - 1
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
