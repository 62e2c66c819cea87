"""The frame the invented county is drawn in: along and across its river, and noise on it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel
from gis.toml import FrozenDict, read_toml
from gis.types import F8

__all__ = ["county_data", "fractal", "meander", "noise", "to_uv", "to_xy"]


_ROUNDS = 5  # the shift changes by less than a fifth a kilometre: 0.2**5 of it is left


@lru_cache(maxsize=1)
def county_data() -> FrozenDict:
    """The tables of ``county.toml``."""
    return read_toml("layers.sample", "county.toml")


@kernel
def _hash01(i: int, j: int, seed: int) -> float:
    """A number in [0, 1) that depends on two integers and a seed (a mixed LCG)."""
    h = (i * 374761393 + j * 668265263 + seed * 2147483647) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 2246822519) & 0xFFFFFFFF
    return ((h ^ (h >> 15)) & 0xFFFFFFFF) / 4294967296.0


@kernel
def _value(u: float, v: float, seed: int) -> float:
    """Smooth value noise in [-1, 1] with unit spacing."""
    i, j = int(np.floor(u)), int(np.floor(v))
    a, b = u - i, v - j
    a, b = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b)
    low = _hash01(i, j, seed) * (1 - a) + _hash01(i + 1, j, seed) * a
    high = _hash01(i, j + 1, seed) * (1 - a) + _hash01(i + 1, j + 1, seed) * a
    return 2.0 * (low * (1 - b) + high * b) - 1.0


@kernel
def _fractal(u: F8, v: F8, wavelength: float, seed: int, octaves: int, out: F8) -> None:
    for k in range(u.size):
        amplitude, total, scale = 1.0, 0.0, 1.0 / wavelength
        for o in range(octaves):
            total += amplitude * _value(u[k] * scale, v[k] * scale, seed + o)
            amplitude *= 0.5
            scale *= 2.0
        out[k] = total


def fractal(
    u_km: npt.ArrayLike, v_km: npt.ArrayLike, wavelength_km: float, seed: int, octaves: int
) -> F8:
    """Noise of several octaves, each half as strong and half as long as the one before.

    Parameters
    ----------
    u_km, v_km : array_like
        Where [km]; broadcast together.
    wavelength_km : float
        Wavelength of the first octave [km].
    seed, octaves : int
        The same seed gives the same noise everywhere and always.

    Returns
    -------
    float64 array
        Of the broadcast shape, within +-(2 - 2 ** (1 - octaves)).

    Examples
    --------
    >>> a = fractal([0.2, 5.0], [0.3, 1.0], 2.0, 7, 3)
    >>> bool((a == fractal([0.2, 5.0], [0.3, 1.0], 2.0, 7, 3)).all())
    True
    """
    u, v = np.broadcast_arrays(np.asarray(u_km, float), np.asarray(v_km, float))
    out = np.empty(u.size)
    _fractal(
        np.ascontiguousarray(u).ravel(),
        np.ascontiguousarray(v).ravel(),
        float(wavelength_km),
        int(seed),
        int(octaves),
        out,
    )
    return out.reshape(u.shape)


def noise(u_km: npt.ArrayLike, v_km: npt.ArrayLike, wavelength_km: float, seed: int) -> F8:
    """Noise of one octave in [-1, 1]."""
    return fractal(u_km, v_km, wavelength_km, seed, 1)


def meander(v_km: npt.ArrayLike) -> F8:
    """How far the river lies east of its axis [km], at `v_km` along it."""
    v = np.asarray(v_km, float)
    out = np.zeros_like(v)
    for amplitude, wavelength, phase in county_data()["frame"]["meander_km"]:
        out = out + amplitude * np.sin(2 * np.pi * v / wavelength + phase)
    return out


def _shift(u: F8, v: F8) -> tuple[F8, F8]:
    f = county_data()["frame"]
    a, w, reach = f["warp_km"], f["warp_wavelength_km"], f["meander_reach_km"]
    du = meander(v) * np.exp(-((u / reach) ** 2)) + a * noise(u, v, w, 101)
    return du, a * noise(u, v, w, 102)


def _axes() -> tuple[F8, F8, F8]:
    f = county_data()["frame"]
    along = np.array(f["along"], float)
    along /= np.hypot(*along)
    return np.array(f["origin_m"], float), along, np.array([along[1], -along[0]])


def to_xy(u_km: npt.ArrayLike, v_km: npt.ArrayLike) -> tuple[F8, F8]:
    """Metres in the sample's CRS, rounded to the millimetre, of frame coordinates."""
    u, v = np.broadcast_arrays(np.asarray(u_km, float), np.asarray(v_km, float))
    origin, along, across = _axes()
    du, dv = _shift(u, v)
    p, q = 1000 * (u + du), 1000 * (v + dv)
    x = origin[0] + p * across[0] + q * along[0]
    y = origin[1] + p * across[1] + q * along[1]
    return np.round(x, 3), np.round(y, 3)


@kernel
def _to_uv(
    p: F8, q: F8, terms: F8, reach: float, warp: float, wave: float, u: F8, v: F8
) -> None:
    for k in range(p.size):
        a, b = p[k], q[k]
        for _ in range(_ROUNDS):
            bend = 0.0
            for t in range(terms.shape[0]):
                bend += terms[t, 0] * np.sin(2 * np.pi * b / terms[t, 1] + terms[t, 2])
            du = bend * np.exp(-((a / reach) ** 2)) + warp * _value(a / wave, b / wave, 101)
            dv = warp * _value(a / wave, b / wave, 102)
            a, b = p[k] - du, q[k] - dv
        u[k], v[k] = a, b


def to_uv(x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> tuple[F8, F8]:
    """Frame coordinates [km] of metres in the sample's CRS (within a metre).

    Examples
    --------
    >>> x, y = to_xy(-12.0, 20.0)
    >>> u, v = to_uv(x, y)
    >>> bool(abs(u + 12) < 1e-3 and abs(v - 20) < 1e-3)
    True
    """
    f = county_data()["frame"]
    origin, along, across = _axes()
    x, y = np.broadcast_arrays(np.asarray(x_m, float), np.asarray(y_m, float))
    dx, dy = (x - origin[0]) / 1000, (y - origin[1]) / 1000
    p = np.ascontiguousarray(dx * across[0] + dy * across[1])
    q = np.ascontiguousarray(dx * along[0] + dy * along[1])
    u, v = np.empty(p.size), np.empty(p.size)
    terms = np.array(f["meander_km"], float)
    _to_uv(
        p.ravel(), q.ravel(), terms, float(f["meander_reach_km"]), float(f["warp_km"]),
        float(f["warp_wavelength_km"]), u, v,
    )  # fmt: skip
    return u.reshape(x.shape), v.reshape(x.shape)
