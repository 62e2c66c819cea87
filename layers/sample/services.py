"""Services of the invented county: cars, buses, freight, heat, waste, water, fire watch."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.cells.area import polygon_area_m2
from gis.types import F8
from layers.sample.areas import Scene, frame_table
from layers.sample.frame import county_data, noise, to_xy
from layers.sample.land import place_of, seats
from layers.sample.lines import points

__all__ = ["farms", "service_layers"]

_STATIONS = (0, 3, 6)  # seats that have a charging station
_PARKINGS = 2  # at each seat
_FARM_GAP_M = 500.0  # blocks of land so near one another are one farm
_HEADS = 1500  # of a farm
_LINES = (
    ("城关镇", "高庄乡", "渠口乡", "通伏乡"),
    ("城关镇", "黄渠桥镇", "宝丰镇"),
    ("城关镇", "头闸镇", "灵沙乡"),
    ("城关镇", "姚伏镇"),
    ("城关镇", "崇岗镇"),
    ("城关镇", "陶乐镇", "高仁乡"),
    ("陶乐镇", "红崖子乡"),
)
_STRAW = {
    "水稻": ("通伏乡", "渠口乡", "姚伏镇"),
    "小麦": ("头闸镇", "宝丰镇"),
    "玉米": ("高庄乡", "黄渠桥镇", "灵沙乡", "陶乐镇"),
}
_STRAW_T_HA = 6.0
_SOWN = 0.6  # of the land of a place

Spots = Sequence[tuple[float, float]]


def service_layers(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """Layers of services by catalogue id."""
    names, uv = seats()
    return {
        **_cars(scene, names, uv),
        **_goods(scene, dict(zip(names, uv.tolist(), strict=True))),
        **_works(scene, dict(zip(names, uv.tolist(), strict=True))),
        **_watch(scene),
    }


def _cars(scene: Scene, names: list[str], uv: F8) -> dict[str, gpd.GeoDataFrame]:
    k = np.arange(len(names))
    near = uv[list(_STATIONS)] + np.array([0.25, 0.2])
    # two parking places at each seat, on either side of it
    at = np.repeat(k, _PARKINGS)
    side = np.tile([-1.0, 1.0], len(names))
    shift = 0.5 + 0.3 * noise(uv[at, 0], uv[at, 1] * side, 3.0, 141)
    lots = uv[at] + np.column_stack([side * shift, 0.3 * side])
    tracks = [t for t in county_data()["tracks"] if t["kind"] == "road"]
    stops = [(t["u_km"] + 0.15, v) for t in tracks for v in (-6.0, 12.0, 30.0)]
    return {
        "charging_stations": points(
            scene,
            [(u, v) for u, v in near.tolist()],
            name=[f"{names[i]}充电站（合成）" for i in _STATIONS],
            piles=[12, 8, 6],
            power_kw=[720.0, 480.0, 360.0],
        ),
        "parking": points(
            scene,
            [(u, v) for u, v in lots.tolist()],
            name=[f"{names[i]}停车场{n % _PARKINGS + 1}（合成）" for n, i in enumerate(at)],
            spaces=[int(60 + 20 * (i % 5)) for i in range(len(at))],
        ),
        "service_area": points(
            scene,
            stops,
            name=[f"服务区{i + 1}（合成）" for i in range(len(stops))],
        ),
    }


def _named(what: str, n: int) -> list[str]:
    return [f"{what}{i + 1}（合成）" for i in range(n)]


def _boxes(scene: Scene, at: Spots, half: tuple[float, float]) -> list[BaseGeometry]:
    """Rectangles of the frame [km] about places, cut to the county."""
    du, dv = half
    corners = np.array([[-du, -dv], [du, -dv], [du, dv], [-du, dv]])
    rings = np.asarray(at, float)[:, None, :] + corners[None]
    xy = np.stack(to_xy(rings[..., 0], rings[..., 1]), axis=-1)
    shapes = np.asarray(shapely.polygons(xy), dtype=object)
    return list(np.asarray(shapely.intersection(shapes, scene.county), dtype=object))


def _near(
    seats_at: dict[str, list[float]], of: Sequence[str], du: float, dv: float
) -> list[tuple[float, float]]:
    return [(seats_at[n][0] + du, seats_at[n][1] + dv) for n in of]


def _goods(scene: Scene, at: dict[str, list[float]]) -> dict[str, gpd.GeoDataFrame]:
    """Buses, freight and fuel."""
    stops = [(k, i, n) for k, line in enumerate(_LINES) for i, n in enumerate(line)]
    freight = ("城关镇", "崇岗镇", "姚伏镇", "黄渠桥镇", "陶乐镇", "红崖子乡")
    fuel = ("城关镇", "高庄乡", "黄渠桥镇", "宝丰镇", "头闸镇", "姚伏镇", "崇岗镇", "陶乐镇")
    return {
        "bus_stops": points(
            scene,
            _near(at, [n for _, _, n in stops], 0.1, -0.1),
            name=[f"{n}站（合成）" for _, _, n in stops],
            route=[f"{k + 1}路（合成）" for k, _, _ in stops],
            stop_order=[i + 1 for _, i, _ in stops],
        ),
        "bus_stations": points(
            scene,
            _near(at, ["城关镇"], -0.3, 0.2),
            name=["平罗客运站（位置合成）"],
            station_class=["一级（合成）"],
        ),
        "logistics_sites": points(
            scene,
            _near(at, freight, 0.6, -0.5),
            name=[f"{n}物流节点（合成）" for n in freight],
            site_level=["county", "county", *["township"] * (len(freight) - 2)],
            vehicles=[60, 80, 12, 10, 14, 20],
        ),
        "fuel_stations": points(
            scene,
            _near(at, fuel, 0.7, 0.6),
            name=[f"{n}加油站（合成）" for n in fuel],
            fuel=["油气", *["油"] * (len(fuel) - 1)],
        ),
    }


def _works(scene: Scene, at: dict[str, list[float]]) -> dict[str, gpd.GeoDataFrame]:
    """Heat, biogas, straw, water, recycling, and land where works may stand."""
    parks = [place_of(*p["centre_ll"]) for p in county_data()["parks"]]
    wind = place_of(*county_data()["wind_farm"]["lon_lat"])
    straw = [
        (n, crop, u + du, v + dv)
        for crop, towns in _STRAW.items()
        for n in towns
        for u, v in [at[n]]
        for du, dv in ((-1.2, -2.2), (1.2, -2.2), (-1.2, 2.2), (1.2, 2.2))
    ]
    fields = _boxes(scene, [(u, v) for _, _, u, v in straw], (1.0, 1.0))
    sown = np.round(_SOWN * polygon_area_m2(np.array(fields, object), scene.crs) / 1e4, 1)
    towns = [n for n in at if n != "城关镇"]
    east = [(5.5, 21.8), (3.4, 28.6), (6.9, 39.4), (7.2, 7.4), (4.0, 16.4), (8.6, 1.6)]
    idle = [*_near(at, towns, 0.3, 0.4), *east, (2.9, 42.9), (-20.0, 11.5)]
    batches = [
        (wind, "blades", 640.0, 2031),
        ((8.2, -5.8), "modules", 5200.0, 2035),
        (parks[0], "modules", 2100.0, 2036),
        (parks[1], "batteries", 260.0, 2029),
        *[
            ((at[n][0], at[n][1]), "batteries", 90.0, 2030)
            for n in ("城关镇", "姚伏镇", "陶乐镇")
        ],
    ]
    heated = ["城关镇", "姚伏镇"]
    discs = shapely.buffer(
        shapely.points(*to_xy(*np.array([at[n] for n in heated]).T)),
        [2500.0, 700.0],
        quad_segs=16,
    )
    return {
        "heat_network": frame_table(
            scene,
            shapely.intersection(discs, scene.county),
            name=[f"{n}集中供热（合成）" for n in heated],
        ),
        "biogas_plants": points(
            scene,
            [(6.4, 20.4)],
            name=_named("沼气工程", 1),
            capacity_t=[60000.0],
            power_kw=[800.0],
        ),
        "straw_ledger": frame_table(
            scene,
            fields,
            name=[f"{n}{crop}{i % 4 + 1}（合成）" for i, (n, crop, _, _) in enumerate(straw)],
            crop=[crop for _, crop, _, _ in straw],
            sown_ha=sown,
            collectable_t=np.round(_STRAW_T_HA * sown),
        ),
        "straw_depots": points(
            scene,
            _near(at, ["通伏乡", "头闸镇"], 0.5, 0.9),
            name=_named("秸秆收储点", 2),
            capacity_t=[8000.0, 6000.0],
        ),
        "idle_land": frame_table(
            scene,
            _boxes(scene, idle, (0.12, 0.1)),
            name=_named("存量用地", len(idle)),
            land_state=["闲置"] * len(idle),
        ),
        "sewage_works": points(
            scene,
            [(at["城关镇"][0] + 2.2, at["城关镇"][1] - 1.6), *parks[:2]],
            name=_named("污水处理厂", 3),
            treated_m3_d=[30000.0, 15000.0, 20000.0],
            reclaimed_m3_d=[12000.0, 6000.0, 10000.0],
        ),
        "recyclers": points(
            scene,
            [parks[1]],
            name=_named("回收企业", 1),
            accepts=["动力电池、光伏组件"],
            capacity_t=[3000.0],
        ),
        "retired_equipment": points(
            scene,
            [b[0] for b in batches],
            name=_named("退役批次", len(batches)),
            equipment=[b[1] for b in batches],
            mass_t=[b[2] for b in batches],
            year=[b[3] for b in batches],
        ),
    }


def _watch(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """Who watches for fire, and masts that may carry a camera."""
    masts = [(u, v) for u in (-46.0, -40.0, -34.0, -26.0, -12.0, 6.0) for v in (-6.0, 1.0, 8.0)]
    return {
        "watch_towers": points(
            scene,
            [(-39.0, -2.0), (7.0, 9.0)],
            name=_named("瞭望塔", 2),
            height_m=[18.0, 18.0],
        ),
        "telecom_masts": points(
            scene, masts, name=_named("通信铁塔", len(masts)), height_m=[35.0] * len(masts)
        ),
    }


def farms(scene: Scene, blocks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Livestock farms: blocks of farm buildings near one another are one, and count once."""
    shapes = np.asarray(blocks.geometry.array, dtype=object)
    yards = shapely.get_parts(shapely.union_all(shapely.buffer(shapes, _FARM_GAP_M / 2)))
    yard, block = shapely.STRtree(shapes).query(yards, predicate="intersects")
    own = [shapely.union_all(shapes[block[yard == k]]) for k in range(len(yards))]
    return frame_table(
        scene,
        own,
        name=_named("奶牛场", len(own)),
        animals=["奶牛"] * len(own),
        heads=[_HEADS] * len(own),
    )
