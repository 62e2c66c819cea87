"""One good file of every format that is read, small enough to be broken thousands of times."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely

from gis.files.write import write_coordinate_txt, write_drawing, write_features
from tests.conftest import ROOT

__all__ = ["SEEDS", "Seed"]

Seed = Callable[[Path], Path]

# two parcels of a county, one with a hole, in its 3-degree zone
PARCELS = gpd.GeoDataFrame(
    {
        "parcel_no": ["1", "2"],
        "name": ["甲地块", "B"],
        "dlbm": ["0404", "1206"],
        "area": [12.5, 3.0],
    },
    geometry=[
        shapely.box(640_000, 4_300_000, 640_500, 4_300_400),
        shapely.box(641_000, 4_300_000, 642_000, 4_301_000).difference(
            shapely.box(641_200, 4_300_200, 641_400, 4_300_400)
        ),
    ],
    crs=4544,
)
HOURS = pd.date_range("2023-06-01", periods=72, freq="h")


def _written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _geojson(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(PARCELS.to_crs(4490).to_json(), encoding="utf-8")
    return path


def _bare_json(folder: Path) -> Path:
    rows = json.loads(PARCELS.to_crs(4490).to_json())["features"]
    return _written(folder, "a.json", json.dumps(rows, ensure_ascii=False))


def _txt(folder: Path) -> Path:
    path = folder / "a.txt"
    write_coordinate_txt(path, PARCELS)
    return path


def _drawing(folder: Path, name: str) -> Path:
    return write_drawing(folder / name, PARCELS)


def _vertices(crs: int, x: str, y: str) -> str:
    rows = [f"parcel,ring,point,{x},{y}"]
    for k, shape in enumerate(PARCELS.to_crs(crs).geometry):
        for r, ring in enumerate((shape.exterior, *shape.interiors)):
            rows += [
                f"P{k},{r},J{i},{a:.10g},{b:.10g}"
                for i, (a, b) in enumerate(shapely.get_coordinates(ring)[:-1])
            ]
    return "\n".join(rows) + "\n"


def _xlsx(folder: Path) -> Path:
    import io

    path = folder / "a.xlsx"
    pd.read_csv(io.StringIO(_vertices(4490, "lon", "lat"))).to_excel(path, index=False)
    return path


def _shape_zip(folder: Path) -> Path:
    import zipfile

    PARCELS.to_file(folder / "p.shp", encoding="UTF-8")
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as z:
        for f in sorted(folder.glob("p.*")):
            z.write(f, f.name)
    return path


def _gpkg(folder: Path) -> Path:
    return write_features(folder / "a.gpkg", "parcels", PARCELS)


def _fgb(folder: Path) -> Path:
    PARCELS.to_file(folder / "a.fgb", driver="FlatGeobuf")
    return folder / "a.fgb"


def _parquet(folder: Path) -> Path:
    PARCELS.to_parquet(folder / "a.parquet")
    return folder / "a.parquet"


def _tif(folder: Path) -> Path:
    path = folder / "a.tif"
    place = rasterio.transform.from_origin(640_000, 4_301_000, 50, 50)
    values = np.arange(400, dtype=np.float32).reshape(1, 20, 20)
    with rasterio.open(
        path, "w", driver="GTiff", width=20, height=20, count=1, dtype="float32",
        crs="EPSG:4544", transform=place, nodata=-9999, compress="deflate",
    ) as out:  # fmt: skip
        out.write(values)
    return path


def _epw(folder: Path) -> Path:
    head = "LOCATION,Place,State,CHN,CSWD,536150,38.80,106.70,8.0,1100.0"
    rows = [head, *(f"HEADER {k}" for k in range(7))]
    for t in HOURS:
        values = ["9999"] * 29
        for k, v in ((0, 12.0), (1, 3.0), (2, 55), (3, 89000), (7, 500), (8, 600), (9, 90)):
            values[k] = str(v)
        values[14], values[15], values[24] = "270", "4.5", "0"
        rows.append(f"{t.year},{t.month},{t.day},{t.hour + 1},60,?," + ",".join(values))
    return _written(folder, "a.epw", "\n".join(rows))


def _weather_csv(folder: Path) -> Path:
    rows = ["# tz=Etc/GMT-8", "# lon=106.7", "# lat=38.8", "# altitude_m=1100"]
    rows.append("time,ghi_w_m2,dni_w_m2,dhi_w_m2,temp_air_c,wind_speed_m_s")
    rows += [f"{t:%Y-%m-%d %H:%M},500,600,90,12.5,4.5" for t in HOURS]
    return _written(folder, "w.csv", "\n".join(rows))


def _power(folder: Path) -> Path:
    names = {"ALLSKY_SFC_SW_DWN": 400.0, "ALLSKY_SFC_SW_DNI": 500.0, "T2M": 12.0, "WS10M": 4.0}
    keys = [f"{t:%Y%m%d%H}" for t in HOURS]
    doc = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [106.7, 38.8, 1100.0]},
        "properties": {"parameter": {n: dict.fromkeys(keys, v) for n, v in names.items()}},
        "header": {"fill_value": -999.0, "time_standard": "UTC"},
        "parameters": {
            n: {"units": "C" if n == "T2M" else "m/s" if n == "WS10M" else "Wh/m^2"}
            for n in names
        },
    }
    return _written(folder, "power.json", json.dumps(doc, indent=0))


def _turbines(folder: Path) -> Path:
    rows = ["turbine_id,farm,capacity_kw,hub_m,rotor_m,on_grid,lon,lat"]
    rows += [f"T{k},F,1500,70,82,2011-0{k + 1}-19,106.{60 + k},38.8" for k in range(5)]
    return _written(folder, "turbines.csv", "\n".join(rows))


def _curve(folder: Path) -> Path:
    rows = ["turbine,wind_speed_m_s,power_kw,ct,rated_kw,rotor_m,hub_m"]
    rows += [
        f"M1,{v},{min(v**3, 2000)},0.8,2000,110,90"
        if v == 3
        else f"M1,{v},{min(v**3, 2000)},0.8"
        for v in range(3, 26)
    ]
    return _written(folder, "curve.csv", "\n".join(rows))


def _rose(folder: Path) -> Path:
    rows = ["direction_deg,speed_m_s,frequency"]
    rows += [f"{d},{v},0.0625" for d in (0, 90, 180, 270) for v in (2, 6, 10, 14)]
    return _written(folder, "rose.csv", "\n".join(rows))


def _tab(folder: Path) -> Path:
    rows = ["mast", "38.9 106.6 100", "4 1.0 0", "10 40 30 20"]
    rows += [f"{v} 100 100 100 100" for v in range(1, 11)]
    return _written(folder, "site.tab", "\n".join(rows))


def _wind_grid(folder: Path) -> Path:
    sectors = " ".join(f"{f} 70 210" for f in (100, 400, 300, 200))
    rows = ["2 2 500000 4300000 500"]
    rows += [
        f"P {500_000 + dx} {4_300_000 + dy} 1100 100 7.0 2.10 400 4 {sectors}"
        for dy in (0, 500)
        for dx in (0, 500)
    ]
    return _written(folder, "site.wrg", "\n".join(rows))


def _wasp_map(folder: Path) -> Path:
    rows = ["+ hill", "0 0 0 0", "1 0 1 0", "1 0"]
    for k in range(6):
        x = 500_000 + 500 * k
        rows += [f"{100 + 10 * k} 3", f"{x} 4300000 {x} 4300500", f"{x} 4301000"]
    rows += ["0.03 0.5 2", "500100 4300000 500100 4301000"]
    return _written(folder, "site.map", "\n".join(rows))


def _speedups(folder: Path) -> Path:
    rows = ["turbine_id,sector_deg,speedup"]
    rows += [f"{t},{d},1.0{k}" for t in ("T1", "T2") for k, d in enumerate((0, 90, 180, 270))]
    return _written(folder, "speedups.csv", "\n".join(rows))


def _netcdf(folder: Path) -> Path:
    import xarray as xr

    values = xr.DataArray(
        np.arange(400, dtype=np.float32).reshape(20, 20),
        coords={"lat": np.linspace(38.9, 38.7, 20), "lon": np.linspace(106.5, 106.8, 20)},
        dims=("lat", "lon"),
        name="dem",
    )
    path = folder / "a.nc"
    values.to_dataset().to_netcdf(path, engine="h5netcdf")
    return path


def _cutout(folder: Path) -> Path:
    import xarray as xr

    shape = (len(HOURS), 2, 2)
    units = {"influx_direct": ("W m**-2", 500.0), "influx_diffuse": ("W m**-2", 90.0),
             "temperature": ("K", 285.0), "wnd10m": ("m s**-1", 4.5)}  # fmt: skip
    data = {
        k: (("time", "y", "x"), np.full(shape, v, np.float32), {"units": u})
        for k, (u, v) in units.items()
    }
    at = {"time": HOURS, "y": [38.7, 38.9], "x": [106.6, 106.8]}
    path = folder / "w.nc"
    xr.Dataset(data, coords=at).to_netcdf(path, engine="h5netcdf")
    return path


def _plan(folder: Path) -> Path:
    text = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    return _written(folder, "plan.toml", text)


def _rules(folder: Path) -> Path:
    # as it was on a day: rows of the table name its words
    book = ROOT / "tests" / "faults" / "rules_seed.toml"
    return _written(folder, "rules.toml", book.read_bytes())


def _coefficients(folder: Path) -> Path:
    table = ROOT / "carbon_sink" / "data" / "coefficients.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    return _written(folder, "coefficients.csv", "\n".join(lines[:40]))


SEEDS: dict[str, tuple[Seed, bool]] = {
    "plan": (_plan, True),
    "rules": (_rules, True),
    "geojson": (lambda f: _geojson(f, "a.geojson"), True),
    "json": (_bare_json, True),
    "txt": (_txt, True),
    "kml": (lambda f: _drawing(f, "a.kml"), True),
    "dxf": (lambda f: _drawing(f, "a.dxf"), True),
    "csv_deg": (lambda f: _written(f, "d.csv", _vertices(4490, "lon", "lat")), True),
    "csv_m": (lambda f: _written(f, "m.csv", _vertices(4524, "东坐标", "北坐标")), True),
    "xlsx": (_xlsx, False),
    "shp_zip": (_shape_zip, False),
    "gpkg": (_gpkg, False),
    "fgb": (_fgb, False),
    "parquet": (_parquet, False),
    "tif": (_tif, False),
    "nc": (_netcdf, False),
    "cutout": (_cutout, False),
    "epw": (_epw, True),
    "weather_csv": (_weather_csv, True),
    "power": (_power, True),
    "turbines": (_turbines, True),
    "curve": (_curve, True),
    "rose": (_rose, True),
    "tab": (_tab, True),
    "wind_grid": (_wind_grid, True),
    "wasp_map": (_wasp_map, True),
    "speedups": (_speedups, True),
    "coefficients": (_coefficients, True),
}
"""Reader -> how its good file is made, and whether that is text."""
