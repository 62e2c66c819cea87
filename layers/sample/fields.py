"""Raster layers of the invented county: relief, land cover, greenness, climate and soil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gis.types import F8
from layers.sample.frame import county_data, fractal, noise, to_uv
from layers.sample.land import CODES, Land
from layers.sample.lattice import Lattice

__all__ = ["COARSE", "FINE", "Field", "Place", "place_at"]


# ESA WorldCover 2021 class of each DLBM, and peak-season NDVI of each: chosen, not measured
_COVER = {
    "01": 40, "02": 10, "0301": 10, "0305": 20, "0307": 20, "04": 30, "05": 50, "06": 50,
    "07": 50, "08": 50, "0810": 10, "10": 50, "1006": 60, "11": 80, "1106": 60, "1107": 80,
    "1108": 90, "1202": 50, "1204": 60, "1205": 60, "1206": 60, "1207": 60,
}  # fmt: skip
_NDVI = {
    "01": 0.72, "02": 0.62, "0301": 0.68, "0305": 0.38, "0307": 0.45, "0401": 0.33,
    "0403": 0.55, "0404": 0.26, "05": 0.12, "06": 0.10, "07": 0.18, "08": 0.20, "10": 0.10,
    "11": -0.05, "1106": 0.16, "1107": 0.20, "1108": 0.48, "12": 0.12, "1202": 0.15,
}  # fmt: skip


def _table(values: Mapping[str, float]) -> F8:
    """A value for each class: that of the longest prefix of its code."""
    out = []
    for code, _ in CODES:
        longest = max((k for k in values if code.startswith(k)), key=len)
        out.append(values[longest])
    table: F8 = np.asarray(out, np.float64)
    return table


@dataclass(frozen=True)
class Place:
    """Cells of a raster in the frame: where they are and what lies there."""

    u_km: F8
    v_km: F8
    code: npt.NDArray[np.int16]
    landscape: npt.NDArray[np.int8]


def place_at(grid: Lattice, land: Land, x_m: F8, y_m: F8) -> Place:
    """Look the cells of a raster up in the lattice (row vector x, column vector y) [m]."""
    u, v = to_uv(*np.broadcast_arrays(x_m[None, :], y_m[:, None]))
    j = np.clip(np.searchsorted(grid.u_km, u) - 1, 0, land.code.shape[1] - 1)
    i = np.clip(np.searchsorted(grid.v_km, v) - 1, 0, land.code.shape[0] - 1)
    return Place(u, v, land.code[i, j], land.landscape[i, j])


def _elevation(p: Place) -> F8:
    r = county_data()["relief"]
    u, v = p.u_km, p.v_km
    z = r["plain_m"] + r["downstream_m_per_km"] * v
    z = z + r["plain_rise_m_per_km"] * np.clip(-u, 0, -r["fan_u_km"])
    z = z + r["fan_rise_m_per_km"] * np.clip(r["fan_u_km"] - u, 0, 9.0)
    west = np.clip((r["mountain_u_km"] + 1.0 - u) / 9.0, 0, 1)
    if west.any():
        ridge = 1 - np.abs(fractal(u, v, r["mountain_wavelength_km"], 141, 6)) / 1.3
        z = z + r["mountain_rise_m"] * west * (0.25 + 0.75 * np.clip(ridge, 0, 1) ** 2)
    east = np.clip((u - county_data()["land"]["east_strip_km"]) / 0.6, 0, 1)
    dunes = r["dune_m"] * np.abs(fractal(u, v, r["dune_wavelength_km"], 151, 3))
    rise = r["terrace_rise_m_per_km"] * np.clip(u - 3.0, 0, 30.0)
    z = z + east * (r["terrace_scarp_m"] + dunes) + rise
    z = z - np.where(p.code == _RIVER, r["channel_depth_m"], 0.0)
    height: F8 = z + r["roughness_m"] * fractal(u, v, 1.1, 161, 3)
    return height


_RIVER = [c for c, _ in CODES].index("1101")


def _ndvi(p: Place, change: float = 0.0) -> F8:
    base = _table(_NDVI)[p.code]
    texture = (
        1 + 0.16 * noise(p.u_km, p.v_km, 0.35, 171) + 0.10 * noise(p.u_km, p.v_km, 2.0, 172)
    )
    green = np.where(base > 0, base * (1 - change) * texture, base)
    if change:
        green = green + 0.5 * change * noise(p.u_km, p.v_km, 5.0, 173)
    return np.clip(green, -0.2, 0.95)


def _cover(p: Place) -> F8:
    out: F8 = _table({k: float(v) for k, v in _COVER.items()})[p.code]
    # a classification is not a survey: some field edges and thin shrubs are missed
    wrong = noise(p.u_km, p.v_km, 0.09, 181) > 0.93
    return np.where(wrong & np.isin(out, (20, 30, 40)), 60, out)


def _cover_base(p: Place) -> F8:
    out = _cover(p)
    out = np.where((out == 50) & (noise(p.u_km, p.v_km, 0.8, 182) > 0.45), 40, out)
    return np.where((out == 10) & (noise(p.u_km, p.v_km, 1.1, 183) > 0.4), 30, out)


@dataclass(frozen=True)
class Field:
    """One raster layer: its bands, storage and nodata.

    Attributes
    ----------
    name, value
        What the first band holds, and its value at a `Place`.
    dtype, nodata, scale
        Stored value is value / scale.
    shares
        Further bands: description -> share of the first band where that is positive.
    """

    name: str
    value: Callable[[Place], F8]
    dtype: str
    nodata: float
    scale: float = 1.0
    shares: Mapping[str, float] = field(default_factory=dict)


def _tree(p: Place) -> npt.NDArray[np.bool_]:
    here: npt.NDArray[np.bool_] = p.code == _ARBOR
    return here


def _canopy(p: Place) -> F8:
    return np.where(_tree(p), 0.5 + 0.2 * noise(p.u_km, p.v_km, 1.1, 191), 0.02)


_ARBOR = [c for c, _ in CODES].index("0301")
# peak composite first, then the months it is the maximum of
_MONTHS = {"2023-05": 0.62, "2023-07": 0.97, "2023-08": 1.0, "2023-09": 0.83}


def _float(name: str, function: Callable[[Place], F8]) -> Field:
    return Field(name, function, "float32", -9999.0)


FINE: dict[str, Field] = {
    "dem": _float("elevation", _elevation),
    "land_cover": Field("2023", _cover, "uint8", 0),
    "land_cover_base": Field("2015", _cover_base, "uint8", 0),
    "ndvi": Field("peak 2023", _ndvi, "int16", -32768, 0.0001, _MONTHS),
    "ndvi_base": Field("peak 2015", lambda p: _ndvi(p, 0.06), "int16", -32768, 0.0001),
    "tree_cover": _float("canopy", _canopy),
}
"""Rasters on the sample's own cells."""


# about 1610-1670 kWh/m2 a, 170-190 mm, 5.0-6.2 m/s at 80-100 m (recalled county facts)
def _ghi(p: Place) -> F8:
    return 1640 + 12 * noise(p.u_km, p.v_km, 30, 201) - np.clip(-35 - p.u_km, 0, 20)


def _rain(p: Place) -> F8:
    return 180 + 6 * noise(p.u_km, p.v_km, 20, 203) + 5 * np.clip(-35 - p.u_km, 0, 20)


def _wind(p: Place) -> F8:
    east, west = np.clip(p.u_km, 0, 12), np.clip(-33 - p.u_km, 0, 15)
    return 5.2 + 0.09 * east + 0.08 * west + 0.25 * noise(p.u_km, p.v_km, 8, 204)


def _soc(p: Place) -> F8:
    green = np.clip(_table(_NDVI)[p.code], 0, 1)
    return 25 + 60 * green + 6 * noise(p.u_km, p.v_km, 3, 205)


def _salt(p: Place) -> F8:
    return np.clip(2.2 + 2.5 * noise(p.u_km, p.v_km, 6, 206), 0.2, 30)


def _water_table(p: Place) -> F8:
    return np.where(p.landscape == 2, 1.8, 9.0) + 0.8 * noise(p.u_km, p.v_km, 6, 207)


def _agb(p: Place) -> F8:
    return np.where(_tree(p), 42.0, 2.0) * (1 + 0.3 * noise(p.u_km, p.v_km, 2, 208))


COARSE: dict[str, Field] = {
    "ghi": _float("GHI", _ghi),
    "dni": _float("DNI", lambda p: 1700 + 20 * noise(p.u_km, p.v_km, 30, 202)),
    "annual_rainfall": _float("rain", _rain),
    "air_temperature": _float("mean", lambda p: 9.2 - 0.0055 * (_elevation(p) - 1099)),
    "wind_speed": _float("100 m", _wind),
    "soc_density": _float("0-100 cm", _soc),
    "soil_salinity": _float("0-30 cm", _salt),
    "groundwater_depth": _float("depth", _water_table),
    "agb": _float("AGB", _agb),
}
"""Smooth rasters on cells of a kilometre."""
