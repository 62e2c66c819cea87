"""A local server of open data in small real formats, which misbehaves on request."""

from __future__ import annotations

import gzip
import json
import math
import re
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import numpy as np
import pandas as pd
import rasterio
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

Answer = tuple[int, dict[str, str], bytes]
MOODS = Callable[["Server", str, int, dict[str, str]], Answer | None]


def tiff(west: float, north: float, size: float, values: np.ndarray, **more: object) -> bytes:
    """A tiled GeoTIFF of a square of degrees."""
    n = values.shape[0]
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=n, height=n, count=1, dtype=values.dtype, crs="EPSG:4326",
            transform=from_origin(west, north, size / n, size / n), tiled=True,
            blockxsize=128, blockysize=128, **more,
        ) as out:  # fmt: skip
            out.write(values, 1)
        return memory.read()


def height(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """A plane, so that a height anywhere is known by hand: 1100 m + 10 m a degree."""
    return 1100.0 + 10.0 * (lon - 106.0) + 10.0 * (lat - 38.0)


def centres(west: float, north: float, size: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    step = size / n
    lon = west + step * (np.arange(n) + 0.5)
    lat = north - step * (np.arange(n) + 0.5)
    return np.meshgrid(lon, lat)


def dem_tile(lat: int, lon: int, n: int = 256) -> bytes:
    x, y = centres(lon, lat + 1, 1, n)
    # noise below a centimetre: a file that does not compress to nothing
    noise = np.random.default_rng(lat * 1000 + lon).uniform(0, 0.01, x.shape)
    return tiff(lon, lat + 1, 1, (height(x, y) + noise).astype("float32"))


def cover_tile(lat: int, lon: int, n: int = 384) -> bytes:
    x, _ = centres(lon, lat + 3, 3, n)
    return tiff(lon, lat + 3, 3, np.where(x < 106.5, 60, 40).astype("uint8"), nodata=0)


def water_tile(west: int, north: int, n: int = 2000) -> bytes:
    x, y = centres(west, north, 10, n)
    lake = np.hypot(x - 106.55, y - 38.9) < 0.03
    once = np.hypot(x - 106.55, y - 38.9) < 0.05
    return tiff(west, north, 10, np.where(lake, 12, np.where(once, 5, 0)).astype("uint8"))


def osm(layer: str, box: tuple[float, float, float, float]) -> dict[str, object]:
    south, west, north, east = box
    lon, lat = (west + east) / 2, (south + north) / 2
    at = [{"lon": lon + d, "lat": lat} for d in (0.0, 0.01, 0.02)]
    ring = [(0, 0), (0.002, 0), (0.002, 0.002), (0, 0.002), (0, 0)]
    area = [{"lon": lon + x, "lat": lat + y} for x, y in ring]

    def way(tags: dict[str, str], line: list[dict[str, float]], number: int = 1) -> object:
        return {"type": "way", "id": number, "tags": tags, "geometry": line}

    def node(tags: dict[str, str]) -> object:
        return {"type": "node", "id": 7, "lon": lon, "lat": lat, "tags": tags}

    found = {
        "highway": [
            way({"highway": "primary", "ref": "S301", "lanes": "2"}, at),
            way({"highway": "track"}, at[1:], 2),
        ],
        "railway": [way({"railway": "rail", "usage": "industrial"}, at)],
        "power_line": [
            way({"power": "line", "voltage": "110000;35000", "circuits": "2"}, at),
            way({"power": "cable"}, at[1:], 2),
        ],
        "substation": [way({"power": "substation", "voltage": "110000"}, area)],
        "building": [way({"building": "school", "building:levels": "3"}, area)],
        "waterway": [way({"waterway": "river"}, at)],
        "wind": [
            node(
                {
                    "power": "generator",
                    "generator:source": "wind",
                    "generator:output:electricity": "2 MW",
                    "rotor:diameter": "110 m",
                }
            )
        ],
        "solar": [way({"power": "plant", "plant:output:electricity": "50 MW"}, area)],
        "natural": [way({"natural": "water", "water": "lake"}, area)],
    }
    return {"version": 0.6, "elements": found[layer]}


def pvgis(lat: float, lon: float) -> dict[str, object]:
    hours = [
        {
            "time": f"2019{m:02d}{d:02d}:{h:02d}10",
            "Gb(i)": round(max(0.0, 500 * math.sin(math.pi * (h + 7.1 - 6) / 12)), 1)
            if 0 <= h + 7.1 - 6 <= 12
            else 0.0,
            "Gd(i)": 80.0 if 0 <= h + 7.1 - 6 <= 12 else 0.0,
            "Gr(i)": 0.0,
            "H_sun": 30.0,
            "T2m": 10.0,
            "WS10m": 3.0,
            "Int": 0.0,
        }
        for m in range(1, 13)
        for d in range(1, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1] + 1)
        for h in range(24)
    ]
    return {
        "inputs": {
            "location": {"latitude": lat, "longitude": lon, "elevation": 1100.0},
            "meteo_data": {"radiation_db": "PVGIS-ERA5"},
            "mounting_system": {"fixed": {"slope": {"value": 0}, "azimuth": {"value": 0}}},
        },
        "outputs": {"hourly": hours},
        "meta": {"inputs": {}},
    }


UNITS = [{"units": u} for u in ("Wh/m^2", "C", "m/s", "m/s")]


def power(lat: float, lon: float) -> dict[str, object]:
    hours = pd.date_range("2019-01-01", periods=8760, freq="h")
    keys = [t.strftime("%Y%m%d%H") for t in hours]
    names = ("ALLSKY_SFC_SW_DWN", "T2M", "WS10M", "WS50M")
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat, 1100.0]},
        "properties": {"parameter": {n: dict.fromkeys(keys, 5.0) for n in names}},
        "header": {"fill_value": -999.0, "time_standard": "UTC"},
        "parameters": dict(zip(names, UNITS, strict=True)),
    }


class Server:
    """All sources under one address: ``url`` + ``/`` + id is the mirror of a source."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.sent = 0
        self.ranges: list[str] = []
        self.mood: MOODS | None = None
        self._kept: dict[str, bytes] = {}
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                status, headers, body = outer.answer(self.path, dict(self.headers))
                if status == 0:  # the connection is cut
                    self.connection.close()
                    self.close_connection = True
                    return
                self.send_response(status)
                headers.setdefault("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                with outer._lock:
                    outer.sent += len(body)
                if int(headers["Content-Length"]) != len(body):
                    self.close_connection = True

        self._web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._web.server_address[1]}"
        threading.Thread(target=self._web.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._web.shutdown()
        self._web.server_close()

    def mirrors(self) -> dict[str, str]:
        from layers.fetch.source import sources

        return {s: f"{self.url}/{s}" for s in sources()}

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        with self._lock:
            self.asked[path] += 1
            n = self.asked[path]
        if self.mood is not None and (said := self.mood(self, path, n, headers)) is not None:
            return said
        return self.good(path, headers)

    def good(self, path: str, headers: dict[str, str], *, ranges: bool = True) -> Answer:
        """The reply of a server that works."""
        body = self.body(path)
        if body is None:
            return 404, {}, b""
        kind = "image/tiff" if body[:2] == b"II" else "application/json"
        base = {"Content-Type": kind, "ETag": f'"{len(body)}"'}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("Range", ""))
        if asked is None or not ranges:
            return 200, base, body
        first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
        with self._lock:
            self.ranges.append(headers["Range"])
        part = body[first : last + 1]
        return 206, {**base, "Content-Range": f"bytes {first}-{last}/{len(body)}"}, part

    def body(self, path: str) -> bytes | None:
        with self._lock:
            if path not in self._kept:
                made = self._make(path)
                if made is None:
                    return None
                self._kept[path] = made
            return self._kept[path]

    def _make(self, path: str) -> bytes | None:
        text = urllib.parse.unquote(path)
        source = text.split("/")[1]
        if source == "copernicus_glo30" and (
            m := re.search(r"N(\d+)_00_E(\d+)_00_DEM.tif", text)
        ):
            return dem_tile(int(m[1]), int(m[2]))
        if source == "worldcover2021" and (m := re.search(r"N(\d+)E(\d+)_Map.tif", text)):
            return cover_tile(int(m[1]), int(m[2]))
        if source == "jrc_surface_water" and (m := re.search(r"_(\d+)E_(\d+)Nv1_4", text)):
            return water_tile(int(m[1]), int(m[2]))
        if source in ("worldpop", "global_wind_atlas"):
            value = 2.0 if source == "worldpop" else 6.5
            return tiff(73, 54, 64, np.full((640, 640), value, "float32"), nodata=-99999.0)
        if source == "openstreetmap" and (m := re.search(r"\[bbox:([^\]]+)\]", text)):
            box = tuple(float(v) for v in m[1].split(","))
            names = {
                "highway": '["highway"~', "railway": '["railway"', "power_line": "minor_line",
                "substation": "substation", "building": '["building"]', "waterway": "waterway",
                "wind": "wind", "solar": "solar", "natural": '["natural"',
            }  # fmt: skip
            layer = next(k for k, mark in names.items() if mark in text)
            return json.dumps(osm(layer, box)).encode()  # type: ignore[arg-type]
        if source == "pvgis" and (m := re.search(r"lat=([\d.]+)&lon=([\d.]+)", text)):
            return json.dumps(pvgis(float(m[1]), float(m[2]))).encode()
        if source == "nasa_power" and (
            m := re.search(r"latitude=([\d.]+)&longitude=([\d.]+)", text)
        ):
            return json.dumps(power(float(m[1]), float(m[2]))).encode()
        if source == "global_solar_atlas" and (m := re.search(r"loc=([\d.]+),([\d.]+)", text)):
            return json.dumps({"annual": {"data": {"GHI": 1600.0 + float(m[1])}}}).encode()
        return None


def gzipped(answer: Answer) -> Answer:
    """The same, compressed on the way."""
    status, headers, body = answer
    buffer = BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb") as out:
        out.write(body)
    return status, {**headers, "Content-Encoding": "gzip"}, buffer.getvalue()


def read_all(path: object) -> np.ndarray:
    with rasterio.open(path) as src:
        return src.read(1)
