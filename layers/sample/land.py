"""What lies on each cell of the lattice: landscape, land class and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.crs.systems import transform_points
from gis.types import F8, I2
from layers.sample.frame import county_data, fractal, noise, to_uv
from layers.sample.lattice import Lattice

__all__ = ["CODES", "LANDSCAPES", "Land", "land_at", "place_of", "seats", "survey"]


CODES: tuple[tuple[str, str], ...] = (
    ("0101", "水田"),
    ("0102", "水浇地"),
    ("0103", "旱地"),
    ("0201", "果园"),
    ("0301", "乔木林地"),
    ("0305", "灌木林地"),
    ("0307", "其他林地"),
    ("0401", "天然牧草地"),
    ("0403", "人工牧草地"),
    ("0404", "其他草地"),
    ("05H1", "商业服务业设施用地"),
    ("0601", "工业用地"),
    ("0602", "采矿用地"),
    ("0701", "城镇住宅用地"),
    ("0702", "农村宅基地"),
    ("08H1", "机关团体新闻出版用地"),
    ("08H2", "科教文卫用地"),
    ("0809", "公用设施用地"),
    ("0810", "公园与绿地"),
    ("1001", "铁路用地"),
    ("1003", "公路用地"),
    ("1006", "农村道路"),
    ("1101", "河流水面"),
    ("1102", "湖泊水面"),
    ("1104", "坑塘水面"),
    ("1104A", "养殖坑塘"),
    ("1106", "内陆滩涂"),
    ("1107", "沟渠"),
    ("1107A", "干渠"),
    ("1108", "沼泽地"),
    ("1202", "设施农用地"),
    ("1204", "盐碱地"),
    ("1205", "沙地"),
    ("1206", "裸土地"),
    ("1207", "裸岩石砾地"),
)
"""DLBM and DLMC the sample uses; a cell's class is an index into this."""

LANDSCAPES = ("mountain", "fan", "plain", "floodplain", "east_strip", "terrace")
_INDEX = {code: i for i, (code, _) in enumerate(CODES)}


def place_of(lon: float, lat: float) -> tuple[float, float]:
    """Frame coordinates [km] of a lon/lat."""
    x, y = transform_points([lon], [lat], "EPSG:4326", county_data()["frame"]["crs"])
    u, v = to_uv(x, y)
    return float(u[0]), float(v[0])


def seats() -> tuple[list[str], F8]:
    """Names and frame coordinates [km] of the township seats."""
    rows = county_data()["townships"]
    return [r["name"] for r in rows], np.array([place_of(*r["seat_ll"]) for r in rows])


@dataclass(frozen=True)
class Land:
    """Cell values, row (along the river) by column (across it).

    Attributes
    ----------
    u_km, v_km
        Cell centres, as a column and a row vector that broadcast.
    code
        Index into `CODES`.
    landscape
        Index into `LANDSCAPES`.
    village
        Number of the village or town a settled cell belongs to, -1 elsewhere.
    strip
        Index of the thing that runs here (`Lattice.strips`), -1 for fields.
    """

    u_km: F8
    v_km: F8
    code: I2
    landscape: npt.NDArray[np.int8]
    village: npt.NDArray[np.int32]
    strip: npt.NDArray[np.int32]

    def where(self, *codes: str) -> npt.NDArray[np.bool_]:
        """Cells of any of the classes."""
        return np.isin(self.code, [_INDEX[c] for c in codes])


def _floodplain(v: F8) -> tuple[F8, F8]:
    """West and east reach of the floodplain from the river's middle [km]."""
    data = county_data()["land"]
    inside = (v > data["park_v_km"][0]) & (v < data["park_v_km"][1])
    wide, narrow = data["park_half_km"], data["floodplain_half_km"]
    return np.where(inside, wide[0], narrow), np.where(inside, wide[1], narrow)


def landscape_at(u: F8, v: F8) -> npt.NDArray[np.int8]:
    """Index into `LANDSCAPES` at frame coordinates."""
    data = county_data()
    wave = 1.5 * noise(u, v, 9.0, 11)
    west, east = _floodplain(v)
    bounds = (
        u + wave < data["relief"]["mountain_u_km"],
        u + wave < data["relief"]["fan_u_km"],
        u < -west,
        u <= east,
        u < data["land"]["east_strip_km"] + 0.5 * wave,
    )
    return np.select(bounds, range(5), 5).astype(np.int8)


_VILLAGE_KM = 2.1


def _villages(u: F8, v: F8) -> tuple[F8, npt.NDArray[np.int32]]:
    """Distance to the nearest invented village [km] and its number."""
    i, j = np.floor(u / _VILLAGE_KM), np.floor(v / _VILLAGE_KM)
    best = np.full(u.shape, np.inf)
    number = np.full(u.shape, -1, np.int32)
    for di in (-1, 0, 1):
        for dj in (-1, 0, 1):
            a, b = i + di, j + dj
            cu = (a + 0.5 + 0.35 * noise(a + 0.5, b + 0.5, 0.73, 21)) * _VILLAGE_KM
            cv = (b + 0.5 + 0.35 * noise(a + 0.5, b + 0.5, 0.73, 22)) * _VILLAGE_KM
            d = np.hypot(u - cu, (v - cv) * 1.2)
            closer = d < best
            best = np.where(closer, d, best)
            key = ((a + 64) * 128 + (b + 64)).astype(np.int32)
            number = np.where(closer, key, number)
    return best, number


def _mountain(n: dict[str, F8], u: F8) -> I2:
    high = u < -40
    return _choose(
        [
            ((n["c"] > 0.55) & (u > -38), "0602"),
            ((n["b"] > 0.60) & high, "0301"),
            ((n["b"] > 0.25) & high, "0305"),
            (n["a"] > 0.35, "0401"),
            (n["a"] > -0.1, "0404"),
        ],
        "1207",
    )


def _fan(n: dict[str, F8], u: F8) -> I2:
    return _choose(
        [
            ((n["c"] > 0.62) & (u < -31), "0602"),
            (n["b"] < -0.75, "0301"),
            (n["a"] < -0.55, "0305"),
            (n["b"] > 0.4, "0401"),
            (n["a"] > 0.35, "1206"),
            (n["c"] < -0.72, "0103"),
        ],
        "0404",
    )


def _plain(n: dict[str, F8], v: F8) -> I2:
    return _choose(
        [
            (n["d"] > 1.14, "1102"),
            (n["d"] > 1.08, "1108"),
            (n["d"] > 1.02, "1104A"),
            (n["b"] < -0.95, "1204"),
            (n["a"] > 0.80, "0301"),
            (n["c"] > 0.80, "0201"),
            (n["c"] < -0.86, "1202"),
            (n["a"] < -0.90, "0307"),
            ((v < 11) & (n["b"] > -0.25), "0101"),
        ],
        "0102",
    )


def _flood(n: dict[str, F8], u: F8) -> I2:
    return _choose(
        [
            (n["a"] > 0.55, "1108"),
            ((n["b"] > 0.25) & (np.abs(u) > 0.7), "0301"),
            ((n["a"] < -0.5) & (np.abs(u) > 0.8), "0102"),
            (n["c"] < -0.55, "0305"),
        ],
        "1106",
    )


def _strip_east(n: dict[str, F8], v: F8) -> I2:
    return _choose(
        [
            (n["a"] > 0.7, "0301"),
            (n["c"] < -0.8, "1202"),
            ((v < 12) & (n["b"] > 0.2), "0101"),
            (n["b"] < -0.85, "1204"),
        ],
        "0102",
    )


def _terrace(n: dict[str, F8], v: F8) -> I2:
    return _choose(
        [
            (n["c"] < -0.9, "1202"),
            (n["b"] > 1.05, "0301"),
            (n["a"] > 0.30, "0305"),
            (n["b"] < -0.35, "0401"),
            (n["a"] < -0.75, "0403"),
            (n["c"] > 0.60, "1206"),
            ((n["a"] < -0.05) & (v > 5), "0404"),
        ],
        "1205",
    )


def _choose(cases: list[tuple[npt.NDArray[np.bool_], str]], default: str) -> I2:
    return np.select(
        [c for c, _ in cases], [_INDEX[k] for _, k in cases], _INDEX[default]
    ).astype(np.int16)


def _settle(
    code: I2, village: npt.NDArray[np.int32], u: F8, v: F8, land: npt.NDArray[np.int8]
) -> None:
    """Villages, towns and industry, in place."""
    dry = ~np.isin(code, [_INDEX[c] for c in ("1101", "1102", "1106", "1108")])
    plain = np.isin(land, (2, 4)) & dry
    d, number = _villages(u, v)
    radius = 0.16 + 0.10 * (noise(number * 1.0, 0.5 * number, 7.3, 31) + 1)
    hit = plain & (d < radius)
    code[hit] = _INDEX["0702"]
    village[hit] = number[hit]
    hit = plain & (d >= radius) & (d < radius + 0.09)
    code[hit] = _INDEX["0307"]
    names, places = seats()
    for k, (name, (su, sv)) in enumerate(zip(names, places, strict=True)):
        size = 2.4 if name == "城关镇" else 0.75
        d = np.hypot(u - su, v - sv) * (1 + 0.25 * noise(u, v, 0.9, 41))
        town = (d < size) & dry
        kind = noise(u, v, 0.45, 42)
        code[town] = np.select(
            [
                kind[town] > 0.62,
                kind[town] > 0.45,
                kind[town] > 0.30,
                kind[town] < -0.70,
                kind[town] < -0.55,
                kind[town] < -0.45,
            ],
            [_INDEX[c] for c in ("08H2", "08H1", "05H1", "0601", "0810", "0809")],
            _INDEX["0701"],
        )
        village[town] = 100_000 + k
    for k, spec in enumerate(county_data()["parks"]):
        pu, pv = place_of(*spec["centre_ll"])
        half = spec["half_km"]
        inside = (np.abs(u - pu) < half[0]) & (np.abs(v - pv) < half[1]) & dry
        built = inside & (noise(u, v, 0.8, 51 + k) > -0.15)
        code[built] = _INDEX["0601"]
        village[built] = 200_000 + k


def land_at(u: F8, v: F8) -> tuple[I2, npt.NDArray[np.int8], npt.NDArray[np.int32]]:
    """Class, landscape and village at frame coordinates [km], strips left aside."""
    u, v = (np.ascontiguousarray(a) for a in np.broadcast_arrays(u, v))
    land = landscape_at(u, v)
    n = {
        "a": fractal(u, v, 1.3, 61, 2),
        "b": fractal(u, v, 3.4, 63, 2),
        "c": noise(u, v, 0.55, 66),
        "d": fractal(u, v, 4.6, 67, 2),
    }
    code = np.select(
        [land == k for k in range(5)],
        [_mountain(n, u), _fan(n, u), _plain(n, v), _flood(n, u), _strip_east(n, v)],
        _terrace(n, v),
    ).astype(np.int16)
    village = np.full(u.shape, -1, np.int32)
    _settle(code, village, u, v, land)
    return code, land, village


_STRIP_CODE = {"river": "1101", "canal": "1107A", "railway": "1001", "road": "1003"}


def survey(grid: Lattice) -> Land:
    """Class of every cell of the lattice, with rivers, canals, roads and ditches in it."""
    u = (grid.u_km[1:] + grid.u_km[:-1])[None, :] / 2
    v = (grid.v_km[1:] + grid.v_km[:-1])[:, None] / 2
    code, land, village = land_at(u, v)
    strip = np.full(code.shape, -1, np.int32)
    uu = np.broadcast_to(u, code.shape)
    farmed = np.isin(land, (2, 4))

    def lay(where: npt.NDArray[np.bool_], key: int, dlbm: str) -> None:
        strip[where], code[where], village[where] = key, _INDEX[dlbm], -1

    for key, (kind, _) in enumerate(grid.strips):
        column = np.broadcast_to(grid.u_strip[None, :] == key, code.shape)
        row = np.broadcast_to(grid.v_strip[:, None] == key, code.shape)
        if kind == "ditch":
            lay(row & farmed & (village < 0), key, "1107")
        elif kind == "lane":
            lay(row & farmed, key, "1006")
        elif kind == "canal":
            lay(column, key, _STRIP_CODE[kind])
    for key, (kind, _) in enumerate(grid.strips):
        column = np.broadcast_to(grid.u_strip[None, :] == key, code.shape)
        row = np.broadcast_to(grid.v_strip[:, None] == key, code.shape)
        if kind in ("railway", "road"):
            lay(column | (row & (uu > -33)), key, _STRIP_CODE[kind])
        elif kind == "river":
            lay(column & (strip < 0), key, "1101")
    return Land(u, v, code, land, village, strip)
