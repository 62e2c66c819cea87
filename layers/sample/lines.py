"""Line and point layers of the invented county: roads, power, pipelines, buildings, plots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.prepared import prepared
from layers.sample.areas import Scene
from layers.sample.drawn import WALLS
from layers.sample.frame import county_data, noise, to_xy
from layers.sample.land import CODES, place_of

__all__ = ["line_layers", "point_layers", "points"]


Rows = list[tuple[BaseGeometry, dict[str, Any]]]


def _path(points: Sequence[tuple[float, float]], step_km: float = 0.25) -> BaseGeometry:
    """A frame polyline [km] in metres, bent as the frame is."""
    line = shapely.segmentize(shapely.LineString(points), step_km)
    uv = shapely.get_coordinates(line)
    return shapely.LineString(np.column_stack(to_xy(uv[:, 0], uv[:, 1])))


def _straight(points: Sequence[tuple[float, float]]) -> BaseGeometry:
    return shapely.LineString(np.column_stack(to_xy(*np.array(points, float).T)))


def _clip(scene: Scene, rows: Rows) -> gpd.GeoDataFrame:
    """Rows cut to the county with 5 km around it: a setback does not stop at the border."""
    around = scene.county.simplify(200).buffer(5_000, quad_segs=4)
    around = prepared(around)
    shapes = shapely.intersection(np.array([s for s, _ in rows], object), around)
    table = gpd.GeoDataFrame([c for _, c in rows], geometry=shapes, crs=scene.crs)
    table = table[~table.geometry.is_empty].explode(index_parts=False)
    return table[table.geom_type == "LineString"].reset_index(drop=True)


_LEVELS = {
    "expressway": 26.0,
    "national": 12.0,
    "provincial": 12.0,
    "county": 9.0,
    "township": 6.5,
    "village": 5.0,
}


def _roads(scene: Scene) -> gpd.GeoDataFrame:
    grid = scene.grid
    rows: Rows = []
    u0, u1, v0, v1 = -33.0, 16.0, -18.0, 48.0

    def put(points: Sequence[tuple[float, float]], kind: str, name: str, ref: str) -> None:
        width = _LEVELS[kind]
        rows.append(
            (_path(points), {"name": name, "ref": ref, "road_class": kind, "width_m": width})
        )

    data = county_data()
    for t in data["tracks"]:
        if t["kind"] == "road":
            put([(t["u_km"], v0), (t["u_km"], v1)], t["road_class"], t["title"], t["code"])
    for t in data["crossings"]:
        put([(u0, t["v_km"]), (u1, t["v_km"])], t["road_class"], t["title"], t["code"])
    lane = next(i for i, (k, _) in enumerate(grid.strips) if k == "lane")
    middle = (grid.v_km[:-1] + grid.v_km[1:]) / 2
    for k, v in enumerate(middle[grid.v_strip == lane].tolist()):
        kind = "township" if k % 4 == 1 else "village"
        put([(-27.0, v), (-1.2, v)], kind, f"{'乡' if kind == 'township' else '村'}道{k}", "")
        if k % 3 == 0:
            put([(1.3, v), (3.4, v)], "village", f"村道东{k}", "")
    for k, v in enumerate(np.arange(-9.5, 44, 8.0).tolist()):
        put([(3.0, v), (9.0, v + 1.5), (16.0, v + 1.0)], "township", f"乡道河东{k}", "")
    for k, u in enumerate((-24.0, -10.5, -7.4, -4.3)):
        put([(u, v0), (u, v1)], "county" if k % 2 == 0 else "township", f"县道{k}", "")
    for k, v in enumerate((-3.0, 4.5, 9.0)):
        put(
            [(-48.0, v), (-40.0, v - 1), (-33.0, v)],
            "county" if k == 1 else "village",
            f"山路{k}",
            "",
        )
    return _clip(scene, rows)


def _railways(scene: Scene) -> gpd.GeoDataFrame:
    rows: Rows = []
    for t in county_data()["tracks"]:
        if t["kind"] != "railway":
            continue
        for a, b, setting in ((-18, 9, "other"), (9, 15, "village"), (15, 48, "other")):
            line = _path([(t["u_km"], a), (t["u_km"], b)])
            rows.append(
                (
                    line,
                    {
                        "name": t["title"],
                        "rail_class": t["railway_class"],
                        "setting": setting,
                        "width_m": t["width_m"] / 2,
                    },
                )
            )
    line = _path([(-22.5, 8.0), (-26.0, 7.0), (-29.5, 5.0)])
    rows.append(
        (
            line,
            {
                "name": "专用线（合成）",
                "rail_class": "industrial",
                "setting": "other",
                "width_m": 10.0,
            },
        )
    )
    return _clip(scene, rows)


def _power(scene: Scene) -> gpd.GeoDataFrame:
    rows: Rows = []

    def put(
        points: Sequence[tuple[float, float]],
        kv: float,
        *,
        current: str = "ac",
        placement: str = "overhead",
    ) -> None:
        name = f"{kv:g} kV 线路{len(rows)}（合成）"
        rows.append(
            (
                _straight(points),
                {
                    "name": name,
                    "voltage_kv": kv,
                    "current": current,
                    "placement": placement,
                    "circuits": 2 if kv >= 220 else 1,
                },
            )
        )

    put([(-28.0, -16.0), (-24.0, 0.0), (-23.0, 20.0), (-20.0, 46.0)], 750)
    put([(-45.0, 2.0), (-24.0, 0.0)], 750)
    put([(12.0, -16.0), (11.0, 10.0), (13.0, 44.0)], 800, current="dc")
    put([(-24.5, -16.0), (-21.5, 6.0), (-20.0, 30.0), (-15.0, 46.0)], 330)
    put([(-24.0, 0.0), (-14.0, 8.0), (-13.5, 18.0), (-7.0, 27.0)], 220)
    put([(-24.0, 0.0), (-8.0, -3.0), (5.0, -4.0)], 220)
    put([(-7.0, 27.0), (4.0, 31.0), (7.5, 38.0)], 220)
    put([(5.0, -4.0), (6.5, 12.0), (7.0, 24.0), (7.5, 38.0)], 220)
    for k, v in enumerate(np.arange(-8.0, 42.0, 6.0).tolist()):
        put([(-20.0 + k % 3, v), (-12.5, v + 1.5), (-3.0, v + 0.8)], 110)
    put([(5.0, -4.0), (4.2, 4.0), (4.6, 12.0)], 110)
    put([(7.5, 38.0), (4.5, 36.0), (4.4, 29.0)], 110)
    for k, v in enumerate(np.arange(-9.0, 42.0, 3.4).tolist()):
        put([(-24.0 + 2 * (k % 4), v), (-16.0 + 2 * (k % 4), v + 0.9)], 35)
        put([(-12.0 + k % 3, v + 1.2), (-3.0, v + 1.6)], 35)
    for k, v in enumerate(np.arange(-15.0, 46.0, 1.9 * max(1.0, scene.scale)).tolist()):
        put([(-26.0 + 3 * (k % 3), v), (-19.0 + 3 * (k % 3), v + 0.3)], 10)
        put([(-14.0, v + 0.7), (-2.0 - k % 4, v + 0.5)], 10)
        if k % 3 == 0:
            put([(1.5, v), (4.6, v + 0.4)], 10)
    put([(-13.0, 12.0), (-11.5, 12.3)], 110, placement="underground")
    return _clip(scene, rows)


def line_layers(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """Line layers by catalogue id; they reach 5 km beyond the county."""
    data = county_data()
    canals = [
        (
            _path([(c["u_km"], -18.0), (c["u_km"], 48.0)]),
            {"name": c["title"], "canal_class": "main", "width_m": c["width_m"]},
        )
        for c in data["canals"]
    ]
    grid = scene.grid
    ditch = next(i for i, (k, _) in enumerate(grid.strips) if k == "ditch")
    middle = (grid.v_km[:-1] + grid.v_km[1:]) / 2
    canals += [
        (
            _path([(-26.0, v), (-1.2, v)]),
            {"name": f"支渠{k}", "canal_class": "branch" if k % 3 else "drain", "width_m": 8.0},
        )
        for k, v in enumerate(middle[grid.v_strip == ditch].tolist())
    ]
    walls = [(_path(points), {"name": name, "section": name}) for name, points in WALLS]
    pipes = [
        (
            _straight([(-27.0, -16.0), (-19.0, 10.0), (-16.0, 46.0)]),
            {"name": "输气管道甲（合成）", "medium": "gas"},
        ),
        (
            _straight([(-19.0, 10.0), (-2.0, 20.0), (9.0, 26.0), (16.0, 30.0)]),
            {"name": "输气管道乙（合成）", "medium": "gas"},
        ),
        (
            _straight([(-31.0, 6.0), (-24.0, 3.0), (-22.0, -16.0)]),
            {"name": "输油管道（合成）", "medium": "oil"},
        ),
    ]
    dykes = [
        (_path([(s, -18.0), (s, 48.0)]), {"name": "黄河堤防", "width_m": 8.0})
        for s in (-1.05, 1.05)
    ]
    belts = [
        (_path([(-26.0, v), (-2.0, v)]), {"name": "农田防护林", "width_m": 6.0})
        for v in np.arange(-14.0, 46.0, 6.4).tolist()
    ]
    return {
        "road": _roads(scene),
        "railway": _railways(scene),
        "power_line": _power(scene),
        "canal": _clip(scene, canals),
        "great_wall": _clip(scene, walls),
        "pipeline": _clip(scene, pipes),
        "dyke": _clip(scene, dykes),
        "farmland_shelterbelt": _clip(scene, belts),
        "river": _clip(scene, [(_path([(0.0, -18.0), (0.0, 48.0)]), {"name": "黄河"})]),
    }


# ---------------------------------------------------------------- points and buildings


def points(
    scene: Scene, uv: Sequence[tuple[float, float]], **columns: object
) -> gpd.GeoDataFrame:
    """Points at frame coordinates [km], those in the county or near it."""
    x, y = to_xy(*np.array(uv, float).T)
    table = gpd.GeoDataFrame(columns, geometry=shapely.points(x, y), crs=scene.crs)
    return table[shapely.intersects(scene.county.buffer(8_000), table.geometry)].reset_index(
        drop=True
    )


def _turbines(scene: Scene) -> gpd.GeoDataFrame:
    w = county_data()["wind_farm"]
    u0, v0 = place_of(*w["lon_lat"])
    d = w["rotor_diameter_m"] / 1000
    k = np.arange(w["turbines"])
    row, column = k // w["columns"], k % w["columns"]
    rows = -(-w["turbines"] // w["columns"])
    u = (
        u0
        + (row - (rows - 1) / 2) * w["along_d"] * d
        + 0.1 * d * noise(k * 1.7, k * 0.3, 1.0, 111)
    )
    v = v0 + (column - (w["columns"] - 1) / 2) * w["across_d"] * d
    n = w["turbines"]
    return points(
        scene,
        list(zip(u.tolist(), v.tolist(), strict=True)),
        turbine_id=[f"WDZ-{i + 1:02d}" for i in range(n)],
        farm=["五堆子风电场（机位为合成）"] * n,
        model=["1.5 MW"] * n,
        capacity_kw=[w["capacity_kw"]] * n,
        hub_height_m=[w["hub_height_m"]] * n,
        rotor_diameter_m=[w["rotor_diameter_m"]] * n,
        on_grid=[f"{w['year']}-06-30"] * n,
        status=["operating"] * n,
    )


_USES = {
    "0701": (("urban_residential", "flat", 15.0),),
    "0702": (("rural_residential", "pitched", 4.0), ("rural_residential", "flat", 4.0)),
    "08H1": (("government", "flat", 18.0), ("village_committee", "flat", 7.0)),
    "08H2": (("school", "flat", 14.0), ("hospital", "flat", 20.0)),
    "05H1": (("commercial", "flat", 18.0),),
    "0809": (("public", "flat", 10.0),),
    "0601": (("industrial", "metal", 11.0), ("industrial", "flat", 13.0)),
    "1202": (("agricultural", "metal", 6.0),),
}
_SIZE_M = {
    "0702": (14, 10),
    "0701": (46, 13),
    "08H1": (50, 18),
    "08H2": (58, 17),
    "05H1": (44, 26),
    "0809": (30, 18),
    "0601": (78, 36),
    "1202": (70, 20),
}


def _buildings(scene: Scene) -> gpd.GeoDataFrame:
    """Rectangles along the frame, one a plot, where land is built on."""
    land, grid = scene.land, scene.grid
    cells = land.where(*_USES) & scene.near & (land.strip < 0)
    r, c = np.nonzero(cells)
    code = np.array([k for k, _ in CODES])[land.code[r, c]]
    shapes: list[npt.NDArray[np.object_]] = []
    columns: dict[str, list[npt.NDArray[np.generic]]] = {
        k: [] for k in ("use", "roof", "height_m", "year_built")
    }
    for dlbm, (long_m, short_m) in _SIZE_M.items():
        rr, cc = r[code == dlbm], c[code == dlbm]
        pitch_u, pitch_v = (short_m + 24) / 1000, (long_m + 20) / 1000
        for i, j in zip(rr.tolist(), cc.tolist(), strict=True):
            u = np.arange(grid.u_km[j] + pitch_u / 2, grid.u_km[j + 1] - pitch_u / 3, pitch_u)
            v = np.arange(grid.v_km[i] + pitch_v / 2, grid.v_km[i + 1] - pitch_v / 3, pitch_v)
            uu, vv = (a.ravel() for a in np.meshgrid(u, v))
            keep = noise(uu, vv, 0.031, 121) > 0.37 * (min(scene.scale, 3.0) - 1.0)
            uu, vv = uu[keep], vv[keep]
            if not uu.size:
                continue
            du, dv = short_m / 2000, long_m / 2000
            ring_u = uu[:, None] + np.array([-du, du, du, -du, -du])
            ring_v = vv[:, None] + np.array([-dv, -dv, dv, dv, -dv])
            rings = np.stack(to_xy(ring_u, ring_v), axis=2)
            shapes.append(np.asarray(shapely.polygons(rings), dtype=object))
            pick = noise(uu, vv, 0.043, 122)
            kinds = _USES[dlbm]
            which = np.minimum(((pick + 1) / 2 * len(kinds)).astype(int), len(kinds) - 1)
            columns["use"].append(np.array([k[0] for k in kinds])[which])
            columns["roof"].append(np.array([k[1] for k in kinds])[which])
            columns["height_m"].append(
                np.round(np.array([k[2] for k in kinds])[which] * (1 + 0.15 * pick), 1)
            )
            columns["year_built"].append((1998 + 14 * pick).astype(int))
    flat = np.concatenate(shapes)
    table = gpd.GeoDataFrame(
        {k: np.concatenate(v) for k, v in columns.items()}, geometry=flat, crs=scene.crs
    )
    inside = shapely.contains_properly(scene.county, flat)
    table = table[inside].reset_index(drop=True)
    table.insert(0, "building_id", [f"B{i:06d}" for i in range(len(table))])
    table["floors"] = np.maximum(1, (table["height_m"] / 3.3).round()).astype(int)
    return table


_SOIL_LAYERS = ((0.0, 20.0), (20.0, 40.0), (40.0, 100.0))


def _soils(scene: Scene) -> gpd.GeoDataFrame:
    """Soil profiles of three layers under forest, grass and crops."""
    kinds = ("林地", "草地", "耕地")
    k = np.repeat(np.arange(24), len(_SOIL_LAYERS))
    layer = np.tile(np.arange(len(_SOIL_LAYERS)), 24)
    u, v = -38.0 + 40.0 * (k % 6) / 6, -8.0 + 44.0 * (k // 6) / 4
    off = noise(k * 1.9, k * 0.9, 1.0, 138)
    base = np.array([6.5, 5.0, 9.0])[k % 3] * np.array([1.0, 0.7, 0.4])[layer]
    return points(
        scene,
        list(zip(u.tolist(), v.tolist(), strict=True)),
        profile_id=[f"S{i:02d}" for i in k],
        top_cm=[_SOIL_LAYERS[i][0] for i in layer],
        bottom_cm=[_SOIL_LAYERS[i][1] for i in layer],
        bulk_density_g_cm3=np.round(1.4 + 0.05 * layer + 0.05 * off, 2),
        stones_pct=np.where(k % 3 == 1, 8.0, 0.0),
        soc_g_kg=np.round(base * (1 + 0.3 * off), 2),
        land_class=[kinds[i % 3] for i in k],
        year=[2022] * len(k),
    )


def point_layers(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """Points, turbines and buildings by catalogue id."""
    stations = [
        ((-24.0, 0.0), 750.0, 3000.0, 400.0),
        ((-13.5, 18.0), 220.0, 360.0, 120.0),
        ((5.0, -4.0), 220.0, 480.0, 300.0),
        ((7.5, 38.0), 220.0, 720.0, 500.0),
        ((-7.0, 27.0), 220.0, 360.0, 90.0),
        ((4.6, 12.0), 110.0, 100.0, 60.0),
        ((4.4, 29.0), 110.0, 100.0, 40.0),
        *[((-12.5, v + 1.5), 110.0, 80.0, 25.0) for v in np.arange(-8.0, 42.0, 6.0).tolist()],
        *[((-3.0, v + 1.6), 35.0, 20.0, 8.0) for v in np.arange(-9.0, 42.0, 6.8).tolist()],
    ]
    k = np.arange(40)
    gu, gv = 4.0 + 8.0 * (noise(k * 2.3, k * 0.7, 1.0, 131) + 1) / 2, -8.0 + 48.0 * k / 40
    cover = np.round(41 + 14 * noise(gu, gv, 3.0, 132), 1)
    return {
        "turbines": _turbines(scene),
        "buildings": _buildings(scene),
        "substations": points(
            scene,
            [s[0] for s in stations],
            name=[f"{s[1]:g} kV 变电站{i + 1}（合成）" for i, s in enumerate(stations)],
            voltage_kv=[s[1] for s in stations],
            capacity_mva=[s[2] for s in stations],
            free_mw=[s[3] for s in stations],
            status=["operating"] * len(stations),
        ),
        "pipeline_facility": points(
            scene, [(-19.0, 10.0), (9.0, 26.0)], name=["分输站甲", "阀室乙"]
        ),
        "survey_mark": points(
            scene,
            [(-30.0, 5.0), (8.0, 16.0), (7.2, 30.0), (-9.5, 22.0)],
            name=[f"测量标志{i}" for i in range(4)],
            grade=["二等"] * 4,
        ),
        "weather_stations": points(
            scene,
            [(-14.5, 12.0), (4.2, 9.0)],
            name=["平罗站（位置合成）", "陶乐站（位置合成）"],
            station_class=["basic", "general"],
            elevation_m=[1099.0, 1102.0],
        ),
        "storage_sites": points(
            scene,
            [(7.0, 37.0)],
            name=["储能电站（合成）"],
            power_mw=[100.0],
            energy_mwh=[200.0],
        ),
        "grass_plots": points(
            scene,
            list(zip(gu.tolist(), gv.tolist(), strict=True)),
            plot_id=[f"G{i:03d}" for i in k],
            cover_pct=cover,
            dry_yield_kg_ha=np.round(12.0 * cover, 0),
            year=[2023] * 40,
            weight=[1.0] * 40,
        ),
        "soil_samples": _soils(scene),
    }
