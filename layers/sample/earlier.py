"""The same county four years earlier, as an earlier survey drew it: all of it invented.

Some land had another class, parcels were numbered otherwise and merged where their classes
were the same, and in one part of the county the boundaries were digitised anew.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely

from gis.types import F8, I2, Mask
from layers.sample.areas import Scene, frame_table, parcels
from layers.sample.frame import fractal, noise, to_xy
from layers.sample.land import CODES, LANDSCAPES
from layers.sample.lattice import Mesh

__all__ = ["EARLIER_YEAR", "disturbances", "earlier_parcels"]

EARLIER_YEAR = 2019
_INDEX = {code: i for i, (code, _) in enumerate(CODES)}
_DRAWN_ANEW_KM = (3.0, 6.0)  # along the river
_ANEW_M = 0.6
_ANEW_OF_STEP = 0.45  # of the way to the next point, so that no outline crosses itself
# class in the later survey, landscape ("" any), share of the land by a noise, class before
_WAS = (
    ("0307", "", 0.45, "0102"),  # belts round villages planted on fields
    ("0305", "terrace", 0.55, "1205"),  # shrubs on dunes
    ("0301", "plain", 0.60, "0404"),  # trees on grass
    ("0601", "", 0.50, "0102"),  # industry on fields
    ("0602", "", 0.55, "0404"),  # mines in grass
    ("1108", "plain", 0.45, "1204"),  # saline land wetted again
    ("1206", "terrace", 0.55, "0401"),  # pasture that went bare
    ("0404", "fan", 0.85, "0305"),  # shrubs that went
    ("0403", "terrace", 0.40, "1205"),  # dunes sown
)


def _before(scene: Scene) -> I2:
    """Class of every cell at the earlier date."""
    land = scene.land
    u, v = np.broadcast_arrays(land.u_km, land.v_km)
    patch = fractal(u, v, 1.7, 211, 2)
    out = land.code.copy()
    for later, where, least, was in _WAS:
        hit = (land.code == _INDEX[later]) & (patch > least) & (land.strip < 0)
        if where:
            hit &= land.landscape == LANDSCAPES.index(where)
        out[hit] = _INDEX[was]
    return out


def _least_step(net: Mesh) -> float:
    """Shortest way between two neighbouring points of the lattice's lines [m]."""
    x, y = net.node
    inner = net.along[0].shape[2]
    lengths = [np.hypot(np.diff(x, axis=k), np.diff(y, axis=k)).min() for k in (0, 1)]
    return float(min(lengths)) / float(inner + 1)


def _drawn_anew(scene: Scene) -> Mesh:
    """The lattice with every point of one part moved by up to half a metre or so."""
    rng = np.random.default_rng(20190315)
    low, high = _DRAWN_ANEW_KM
    v = scene.grid.v_km
    line, between = (v > low) & (v < high), (v[:-1] > low) & (v[1:] < high)
    net = scene.net
    reach = min(_ANEW_M, _ANEW_OF_STEP * _least_step(net))

    def moved(pair: tuple[F8, F8], where: Mask) -> tuple[F8, F8]:
        shape = (len(where),) + (1,) * (pair[0].ndim - 1)
        first, second = (
            a + where.reshape(shape) * rng.uniform(-reach, reach, a.shape) for a in pair
        )
        return first, second

    return Mesh(moved(net.node, line), moved(net.across, line), moved(net.along, between))


def earlier_parcels(scene: Scene) -> gpd.GeoDataFrame:
    """The land survey (DLTB) of `EARLIER_YEAR`, with numbers of its own."""
    land = replace(scene.land, code=_before(scene))
    table = parcels(replace(scene, land=land, net=_drawn_anew(scene)))
    n = len(table)
    table["BSM"] = [f"640221880{i:09d}" for i in range(n)]
    table["TBBH"] = [str(n - i) for i in range(n)]
    return table[["BSM", "TBBH", "DLBM", "DLMC", "ZLDWMC", "XZMC", "TBMJ", "geometry"]]


def disturbances(scene: Scene) -> gpd.GeoDataFrame:
    """A register of fire, pests, felling and land take between the two surveys."""
    land = scene.land
    rng = np.random.default_rng(20210607)
    trees = np.argwhere(land.where("0301", "0305") & scene.near)
    rows, columns = trees[rng.permutation(len(trees))[:24]].T
    u = np.broadcast_to(land.u_km, land.code.shape)[rows, columns]
    v = np.broadcast_to(land.v_km, land.code.shape)[rows, columns]
    x, y = to_xy(u, v)
    size = 60.0 + 160.0 * (noise(u, v, 0.9, 212) + 1)
    shapes = shapely.intersection(
        shapely.buffer(shapely.points(x, y), size, quad_segs=4),
        scene.county,
    )
    kind = np.array(["火灾", "病虫害", "采伐", "征占用"], object)[np.arange(len(x)) % 4]
    share = np.array([60.0, 15.0, 100.0, 100.0])[np.arange(len(x)) % 4]
    date = [f"{2020 + k % 4}-{3 + k % 8:02d}-15" for k in range(len(x))]
    number = [f"X{k + 1:03d}" for k in range(len(x))]
    return frame_table(scene, shapes, kind=kind, date=date, share_lost_pct=share, number=number)
