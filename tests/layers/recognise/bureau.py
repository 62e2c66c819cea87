"""A folder of data as a county's bureau has it: made, small, with everything that is odd.

The survey is a geodatabase with the 30 fields of DLTB (TD/T 1057) in a zone with prefixed
eastings; the lines of the plans are Shapefiles in GBK that say no encoding; classes of roads
and voltages are text; two files are no data and one is broken.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

from gis.crs.china import gk_epsg, zone_of_longitude
from layers.bundled_county import bundled_county
from layers.vocabulary import vocabulary

FIELDS = (
    *("BSM", "YSDM", "TBYBH", "TBBH", "DLBM", "DLMC", "QSXZ", "QSDWDM", "QSDWMC", "ZLDWDM"),
    *("ZLDWMC", "TBMJ", "KCDLBM", "KCXS", "KCMJ", "TBDLMJ", "GDLX", "GDPDJB", "XZDWKD"),
    *("TBXHDM", "TBXHMC", "ZZSXDM", "ZZSXMC", "GDDB", "FRDBS", "CZCSXM", "SJNF", "MSSM"),
    *("HDMC", "BZ"),
)
WATER, TOWN, MARSH, SAND, GRASS, FIELD = "1101", "0702", "1106", "1205", "0404", "0103"


def prefixed(adcode: str) -> int:
    """EPSG code of the zone with prefixed eastings a county's middle lies in."""
    lon = bundled_county(adcode).geometry_ll.centroid.x
    return int(gk_epsg(zone_of_longitude(lon), prefixed=True))


def parcels(adcode: str, n: int = 24) -> gpd.GeoDataFrame:
    """Parcels that fill a county: a lattice of `n` by `n` cut along its boundary.

    One in eight is water, town, marsh or field; the rest is sand and grass.
    """
    county = bundled_county(adcode).geometry_ll
    west, south, east, north = county.bounds
    xs, ys = np.linspace(west, east, n + 1), np.linspace(south, north, n + 1)
    cells, codes = [], []
    for i in range(n):
        for j in range(n):
            # vertices of neighbours on common edges, or curves of the projection gap
            box = shapely.segmentize(
                shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1]), (xs[1] - xs[0]) / 8
            )
            part = shapely.intersection(box, county)
            parts = [p for p in shapely.get_parts(part) if p.geom_type == "Polygon"]
            for one in parts:
                if shapely.area(one) > 1e-9:
                    cells.append(one)
                    k = (i + 3 * j) % 8
                    codes.append(
                        {0: WATER, 1: TOWN, 2: MARSH, 3: FIELD}.get(k, SAND if k < 6 else GRASS)
                    )
    return gpd.GeoDataFrame({"DLBM": codes}, geometry=cells, crs=4490)


def survey(adcode: str, year: int = 2023, n: int = 24) -> gpd.GeoDataFrame:
    """DLTB of a county, all 30 fields, in its zone with prefixed eastings."""
    from gis.cells.area import polygon_area_m2

    table = parcels(adcode, n).to_crs(prefixed(adcode))
    rows = len(table)
    area = np.round(polygon_area_m2(np.asarray(table.geometry.array), table.crs), 2)
    names = {c: e.title.zh for c, e in vocabulary("dlbm").entries.items()}
    number = [f"{i + 1:06d}" for i in range(rows)]
    village = [f"{adcode}10{1 + i % 3}20{i % 2}" for i in range(rows)]
    given = {
        "BSM": [f"{adcode}2110{n}" for n in number],
        "YSDM": ["2001010100"] * rows,
        "TBYBH": number,
        "TBBH": number,
        "DLMC": [names[c] for c in table["DLBM"]],
        "QSXZ": ["20" if i % 3 else "30" for i in range(rows)],
        "QSDWDM": [f"{v}0000000" for v in village],
        "QSDWMC": ["某村"] * rows,
        "ZLDWDM": [f"{v}0000000" for v in village],
        "ZLDWMC": ["某村"] * rows,
        "TBMJ": area,
        "KCXS": [0.0] * rows,
        "KCMJ": [0.0] * rows,
        "TBDLMJ": area,
        "XZDWKD": [0.0] * rows,
        "SJNF": np.full(rows, year, dtype=np.int32),
    }
    for name in FIELDS:
        if name != "DLBM":
            table[name] = given.get(name, [""] * rows)
    return table[[*FIELDS, "geometry"]]


def divisions(adcode: str, parts: int, digits: int) -> gpd.GeoDataFrame:
    """Townships (9 digits) or villages (12): strips that fill the county."""
    county = bundled_county(adcode).geometry_ll
    west, south, east, north = county.bounds
    xs = np.linspace(west, east, parts + 1)
    shapes, codes = [], []
    for i in range(parts):
        box = shapely.segmentize(shapely.box(xs[i], south, xs[i + 1], north), 0.01)
        shapes.append(shapely.intersection(box, county))
        codes.append(f"{adcode}{100 + i:0{digits - 6}d}")
    rows = len(shapes)
    if digits == 9:
        given = {"XZQDM": codes, "XZQMC": [f"第{i + 1}镇" for i in range(rows)]}
    else:
        given = {"ZLDWDM": codes, "ZLDWMC": [f"第{i + 1}村" for i in range(rows)]}
    given |= {"BSM": codes, "YSDM": ["1000600100"] * rows}
    return gpd.GeoDataFrame(given, geometry=shapes, crs=4490).to_crs(prefixed(adcode))


def gbk_shapefile(path: Path, table: gpd.GeoDataFrame) -> Path:
    """A Shapefile in GBK without the file that says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pyogrio.write_dataframe(table, path, encoding="GBK")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    return path


def part_of(adcode: str, size: float, east: float = 0.0) -> shapely.Geometry:
    """A box inside the county, `size` degrees to each side of a place well inside it."""
    county = bundled_county(adcode).geometry_ll
    c = shapely.maximum_inscribed_circle(county).coords[0]
    box = shapely.box(c[0] + east - size, c[1] - size, c[0] + east + size, c[1] + size)
    return shapely.intersection(box, county)


def roads(adcode: str) -> gpd.GeoDataFrame:
    """Roads whose class stands in words and numbers as people write them."""
    county = bundled_county(adcode).geometry_ll
    west, south, east, north = county.bounds
    classes = ["G109", "省道S203", "县道", "二级公路", "G6"]
    ys = np.linspace(south, north, len(classes) + 2)[1:-1]
    lines = [shapely.LineString([(west, y), (east, y)]) for y in ys]
    return gpd.GeoDataFrame(
        {"名称": [f"路{i}" for i in range(len(lines))], "等级": classes},
        geometry=lines,
        crs=4490,
    ).to_crs(prefixed(adcode))


def dem(path: Path, adcode: str, step: float = 0.004) -> Path:
    """Elevations that rise gently to the west."""
    path.parent.mkdir(parents=True, exist_ok=True)
    west, south, east, north = bundled_county(adcode).geometry_ll.bounds
    wide, high = int((east - west) / step) + 12, int((north - south) / step) + 12
    values = 1100 + 0.6 * np.arange(wide)[::-1][None, :] + np.zeros((high, 1))
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=wide,
        height=high,
        count=1,
        dtype="float32",
        nodata=-9999,
        crs="EPSG:4490",
        transform=from_origin(west - 5 * step, north + 5 * step, step, step),
    ) as out:
        out.write(values.astype("float32"), 1)
    return path


def epw(path: Path, adcode: str) -> Path:
    """A typical year of hours at the county's middle: clear half-sines, a breeze."""
    path.parent.mkdir(parents=True, exist_ok=True)
    c = bundled_county(adcode).geometry_ll.centroid
    import pvlib

    times = pd.date_range("2023-01-01", periods=8760, freq="h", tz="Etc/GMT-8")
    sun = pvlib.solarposition.get_solarposition(times + pd.Timedelta("30min"), c.y, c.x)
    up = np.cos(np.deg2rad(sun["apparent_zenith"].to_numpy())).clip(0)
    ghi, dhi = 950 * up**1.15, 120 * up**0.6
    dni = np.where(up > 0.02, (ghi - dhi).clip(0) / up.clip(0.02), 0)
    head = [
        f"LOCATION,Somewhere,NX,CHN,CSWD,536140,{c.y:.3f},{c.x:.3f},8.0,1100.0",
        "DESIGN CONDITIONS,0",
        "TYPICAL/EXTREME PERIODS,0",
        "GROUND TEMPERATURES,0",
        "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
        "COMMENTS 1,made for a test",
        "COMMENTS 2,",
        "DATA PERIODS,1,1,Data,Sunday, 1/ 1,12/31",
    ]
    rows = []
    for k, t in enumerate(times):
        wind = 3.5 + 2.5 * np.sin(k / 9.0) + 1.5 * np.sin(k / 131.0)
        air = 9 + 14 * np.sin((t.day_of_year - 110) / 365 * 2 * np.pi) + 5 * up[k]
        cells = [t.year, t.month, t.day, t.hour + 1, 60, "?9", f"{air:.1f}", "-2.0", 40, 89000]
        cells += [0, 0, 300, f"{ghi[k]:.0f}", f"{dni[k]:.0f}", f"{dhi[k]:.0f}", 0, 0, 0, 0]
        cells += [int(40 * k) % 360, f"{abs(wind):.1f}", 3, 3, 20, 77777, 9, 999999999]
        cells += [8, 0.1, 0, 88, 0.2, 0, 0]
        rows.append(",".join(map(str, cells)))
    path.write_text("\r\n".join(head + rows) + "\r\n", encoding="ascii")
    return path


def bureau_folder(into: Path, adcode: str = "640221", n: int = 24, zone: int = 0) -> Path:
    """The whole folder; see the module.

    Parameters
    ----------
    into : Path
        Made here; Chinese names and blanks stand in its paths.
    n : int
        Parcels along an edge of the county.
    zone : int
        EPSG code of the survey; the zone of the county's middle when not given.
    """
    folder = into
    crs = zone or prefixed(adcode)
    base = folder / "三调 成果" / f"{adcode}2023年度变更.gdb"
    base.parent.mkdir(parents=True, exist_ok=True)
    for layer, table in (
        ("DLTB", survey(adcode, n=n)),
        ("XZQ", divisions(adcode, 3, 9)),
        ("CJDCQ", divisions(adcode, 6, 12)),
    ):
        pyogrio.write_dataframe(table.to_crs(crs), base, layer=layer, driver="OpenFileGDB")
    named = gpd.GeoDataFrame(
        {"BSM": ["1"], "名称": ["某片"]}, geometry=[part_of(adcode, 0.02)], crs=4490
    ).to_crs(crs)
    lines = folder / "三区三线"
    gbk_shapefile(lines / "YJJBNTBHTB.shp", named)
    gbk_shapefile(lines / "生态保护红线（下发）.shp", named.assign(名称="某山"))
    gbk_shapefile(lines / "CZKFBJ.shp", named.assign(名称="县城"))
    gbk_shapefile(folder / "交通" / "全县公路中心线2022.shp", roads(adcode))
    b = part_of(adcode, 0.03).bounds
    power = gpd.GeoDataFrame(
        {
            "MC": ["110kV甲线", "±800kV直流", "35千伏乙线"],
            "电压等级": ["110kV", "±800kV", "35千伏"],
        },
        geometry=[
            shapely.LineString([(b[0], b[1] + dy), (b[2], b[1] + dy)])
            for dy in (0.0, 0.01, 0.02)
        ],
        crs=4490,
    ).to_crs(crs)
    gbk_shapefile(folder / "电力" / "输电线路.shp", power)
    place = part_of(adcode, 0.01).centroid
    pd.DataFrame(
        {
            "名称": ["甲站"],
            "经度": [place.x],
            "纬度": [place.y],
            "电压等级": ["110kV"],
            "剩余容量": [200],
        }
    ).to_excel(folder / "变电站台账.xlsx", index=False)
    dem(folder / "地形" / "dem_30m.tif", adcode)
    epw(folder / "气象" / "typical year.epw", adcode)
    (folder / "会议纪要.docx").write_bytes(b"PK\x03\x04 no workbook")
    (folder / "现场照片.jpg").write_bytes(b"\xff\xd8\xff\xe0 no raster")
    (folder / "交通" / "损坏的铁路.shp").write_bytes(b"\x00\x00\x27\x0a" + b"\x07" * 300)
    return folder


def zipped(base: Path) -> Path:
    """The same geodatabase as people send it."""
    made = shutil.make_archive(str(base), "zip", base.parent, base.name)
    return Path(made)
