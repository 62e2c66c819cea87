"""Polygon layers of the invented county that are drawn: reserves, zones, protected strips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.sample.areas import Scene, frame_table, region
from layers.sample.frame import county_data, to_xy
from layers.sample.land import place_of, seats

__all__ = ["WALLS", "drawn_layers"]


def _circle(scene: Scene, u: float, v: float, radius_km: float) -> BaseGeometry:
    x, y = to_xy(u, v)
    return shapely.intersection(
        shapely.Point(float(x), float(y)).buffer(1000 * radius_km, 32), scene.county
    )


def _lake(table: gpd.GeoDataFrame, buffer_m: float) -> BaseGeometry:
    return shapely.union_all(
        shapely.buffer(np.asarray(table.geometry.array), buffer_m, quad_segs=2)
    )


def drawn_layers(
    scene: Scene, cells: dict[str, gpd.GeoDataFrame]
) -> dict[str, gpd.GeoDataFrame]:
    """Layers that are drawn: reserves, zones, protected strips."""
    low, high = county_data()["land"]["park_v_km"]
    half = county_data()["land"]["park_half_km"]
    park = region(scene, (-half[0], half[1]), (low, high))
    river = region(scene, (-0.55, 0.55), (-18, 48))
    lakes = shapely.intersection(_lake(cells["water_body"], 60.0), scene.county)
    core = region(scene, (-60, -44), (-18, 48), rough_km=0.8)
    reserve = region(scene, (-60, -39.5), (-18, 48), rough_km=0.8)
    desert = region(scene, (8.2, 16), (-18, 6), rough_km=0.5)
    names, places = seats()
    parks = county_data()["parks"]

    def one(shape: BaseGeometry, **columns: object) -> gpd.GeoDataFrame:
        return frame_table(scene, [shape], **{k: [value] for k, value in columns.items()})

    def many(*rows: tuple[BaseGeometry, Mapping[str, str | float]]) -> gpd.GeoDataFrame:
        keys = rows[0][1]
        return frame_table(
            scene, [s for s, _ in rows], **{k: [r[k] for _, r in rows] for k in keys}
        )

    def spot(u: float, v: float, radius: float) -> BaseGeometry:
        return _circle(scene, u, v, radius)

    return {
        "ecological_red_line": many(
            (reserve, {"name": "贺兰山生态保护红线", "red_line_type": "生物多样性维护"}),
            (park, {"name": "黄河生态保护红线", "red_line_type": "水源涵养"}),
            (desert, {"name": "河东防风固沙红线", "red_line_type": "防风固沙"}),
        ),
        "nature_reserve": many(
            (
                core,
                {
                    "name": "贺兰山（合成）",
                    "level": "national",
                    "zone": "core_protection",
                    "reserve": "helanshan",
                },
            ),
            (
                shapely.difference(reserve, core),
                {
                    "name": "贺兰山（合成）",
                    "level": "national",
                    "zone": "general_control",
                    "reserve": "helanshan",
                },
            ),
            (
                spot(-21.5, -4.0, 2.2),
                {
                    "name": "沙湖（合成）",
                    "level": "provincial",
                    "zone": "general_control",
                    "reserve": "shahu",
                },
            ),
        ),
        "natural_park": many(
            (
                park,
                {
                    "name": "天河湾国家湿地公园（合成）",
                    "level": "national",
                    "park_type": "wetland",
                },
            ),
            (
                spot(-23.5, 5.0, 1.2),
                {
                    "name": "镇朔湖国家湿地公园（合成）",
                    "level": "national",
                    "park_type": "wetland",
                },
            ),
        ),
        "wetland_reserve_small": one(
            spot(-5.0, 30.0, 0.8), name="湿地保护小区（合成）", form="保护小区"
        ),
        "river_lake_management": many(
            (
                river,
                {"name": "黄河河道管理范围", "water_type": "river", "river": "yellow_river"},
            ),
            (lakes, {"name": "湖泊管理范围", "water_type": "lake", "river": "other"}),
        ),
        "flood_channel": one(region(scene, (-0.45, 0.45), (-18, 48)), name="黄河行洪河道"),
        "flood_zone": many(
            (
                spot(-23.5, 5.0, 1.5),
                {"name": "镇朔湖拦洪库淹没区（合成）", "zone_type": "蓄滞洪区"},
            ),
            (
                region(scene, (-1.6, -0.55), (-18, 48)),
                {"name": "黄河洪泛区", "zone_type": "洪泛区"},
            ),
        ),
        "drinking_water_zone": many(
            (spot(-18.5, 16.0, 0.35), {"name": "水源地（合成）", "zone": "first"}),
            (
                shapely.difference(spot(-18.5, 16.0, 1.3), spot(-18.5, 16.0, 0.35)),
                {"name": "水源地（合成）", "zone": "second"},
            ),
        ),
        "heritage_site": many(
            (
                spot(-13.2, 12.4, 0.15),
                {"name": "玉皇阁（位置合成）", "zone": "protection", "level": "provincial"},
            ),
            (
                spot(-13.2, 12.4, 0.35),
                {"name": "玉皇阁（位置合成）", "zone": "control", "level": "provincial"},
            ),
        ),
        "military_zone": many(
            (spot(-30.0, 2.0, 0.5), {"name": "合成甲", "zone": "restricted"}),
            (
                shapely.difference(spot(-30.0, 2.0, 0.9), spot(-30.0, 2.0, 0.5)),
                {"name": "合成甲", "zone": "administrative"},
            ),
            (spot(-33.0, -6.0, 0.4), {"name": "合成乙", "zone": "works_safety"}),
        ),
        "military_radio_zone": one(spot(-30.0, 2.0, 1.6), name="合成"),
        "airport_clearance": one(
            region(scene, (-26, -22), (-16, -6)), name="净空保护区（合成）"
        ),
        "airport": one(spot(-25.0, -9.0, 0.3), name="通用机场（合成）"),
        "civil_explosives": one(spot(-36.0, -3.0, 0.3), name="民爆库（合成）"),
        "geohazard_danger": many(
            *[
                (spot(-41.0 - k, -8.0 + 4 * k, 0.4), {"name": f"危险区{k + 1}"})
                for k in range(4)
            ]
        ),
        "geohazard_prone": many(
            (
                region(scene, (-60, -38), (-18, 48), rough_km=0.6),
                {"name": "高易发区", "susceptibility": "high"},
            ),
            (
                region(scene, (-38, -33), (-18, 48), rough_km=0.6),
                {"name": "中易发区", "susceptibility": "medium"},
            ),
        ),
        "mining_subsidence": many(
            (spot(-31.5, 4.0, 1.1), {"name": "沉陷区甲", "reclaimable": "no"}),
            (spot(-29.0, -4.0, 0.7), {"name": "沉陷区乙", "reclaimable": "yes"}),
        ),
        "mining_right": many(
            (
                region(scene, (-38, -33), (0, 7)),
                {"name": "采矿权（合成）", "right_type": "mining", "mineral": "煤"},
            ),
            (
                region(scene, (9, 12), (28, 33)),
                {"name": "探矿权（合成）", "right_type": "exploration", "mineral": "石膏"},
            ),
        ),
        "sandy_closed_area": one(
            region(scene, (9.0, 16), (8, 13), rough_km=0.3), name="封禁保护区（合成）"
        ),
        "desert_lock_belt": one(
            region(scene, (3.2, 3.6), (-18, 48), rough_km=0.1), name="锁边林草带"
        ),
        "desert_margin": one(
            region(scene, (3.0, 4.0), (-18, 30), rough_km=0.1), name="沙漠边缘地带"
        ),
        "habitat": many(
            (
                region(scene, (-2.2, 2.0), (-18, 18)),
                {"name": "候鸟迁徙通道（合成）", "habitat_type": "migration"},
            ),
            (spot(-45.0, -2.0, 3.0), {"name": "岩羊栖息地（合成）", "habitat_type": "habitat"}),
        ),
        "irrigated_agriculture_zone": many(
            (
                region(scene, (-25.5, -1.9), (-18, 48), rough_km=0.3),
                {"name": "引黄灌区", "zone_type": "gravity_irrigation"},
            ),
            (
                region(scene, (1.4, 2.9), (-18, 30), rough_km=0.1),
                {"name": "陶乐灌区", "zone_type": "gravity_irrigation"},
            ),
            (
                spot(6.5, 20.0, 1.4),
                {"name": "土地整理项目区", "zone_type": "land_consolidation"},
            ),
        ),
        "soil_erosion_zone": many(
            (
                region(scene, (-60, -33), (-18, 48)),
                {"name": "贺兰山重点预防区", "zone": "prevention"},
            ),
            (
                region(scene, (10.5, 16), (-18, 48)),
                {"name": "河东重点治理区", "zone": "control"},
            ),
        ),
        "seismic_zone": one(
            spot(-30.5, -8.0, 0.8), name="地震台（合成）", observation="vibration"
        ),
        "state_forest_farm": one(
            region(scene, (-52, -41), (-12, 4), rough_km=0.5), name="国有林场（合成）"
        ),
        "national_park": one(
            spot(-50.0, 6.0, 2.0), name="国家公园（合成）", zone="core_protection"
        ),
        "heritage_line": one(spot(-13.2, 12.4, 0.45), name="历史文化保护线（合成）"),
        "landscape_zone": one(spot(-40.5, 4.0, 1.5), name="特殊自然景观（合成）"),
        "mineral_reserve": one(spot(-46.0, -10.0, 0.8), name="矿产地储备（合成）"),
        "ancient_tree_zone": many(
            *[(spot(-12.9 - k, 12.0 + k, 0.02), {"name": f"古树{k + 1}"}) for k in range(3)]
        ),
        "military_industry_zone": one(spot(-30.0, 2.0, 0.6), name="军工设施（合成）"),
        "great_wall_zone": _wall_zones(scene),
        "industrial_park": frame_table(
            scene,
            [_box(scene, place_of(*p["centre_ll"]), p["half_km"]) for p in parks],
            name=[p["name"] for p in parks],
            name_en=[p["name_en"] for p in parks],
        ),
        "urban_growth_boundary": frame_table(
            scene,
            [
                spot(p[0], p[1], 3.0 if n == "城关镇" else 1.0)
                for n, p in zip(names, places, strict=True)
            ],
            name=names,
            zone=["concentrated"] * len(names),
        ),
        "restoration_projects": one(
            region(scene, (5, 8), (2, 9), rough_km=0.4),
            name="河东生态修复（合成）",
            project_type="防沙治沙",
            year=2023,
        ),
        "planned_projects": one(
            region(scene, (6.2, 8.4), (32.0, 33.6)),
            name="在批光伏项目（合成）",
            project_type="光伏",
        ),
        "existing_pv": one(
            region(scene, (7.0, 9.4), (-6.5, -5.0)),
            name="已建光伏（合成）",
            capacity_mw=90.0,
            year=2015,
        ),
    }


def _box(scene: Scene, centre: tuple[float, float], half: Sequence[float]) -> BaseGeometry:
    u, v = centre
    return region(scene, (u - half[0], u + half[0]), (v - half[1], v + half[1]))


WALLS = (
    (
        "长堤（示意）",
        ((2.9, -10.0), (3.1, 0.0), (2.9, 10.0), (3.2, 20.0), (3.4, 30.0), (3.8, 40.0)),
    ),
    (
        "边防北关门（示意）",
        ((-26.0, 17.0), (-19.0, 17.4), (-12.0, 17.1), (-5.0, 17.6), (-1.8, 17.3)),
    ),
)
"""The Great Wall's two sections in the county, as frame points [km]; drawn, not surveyed."""


def _wall_zones(scene: Scene) -> gpd.GeoDataFrame:
    shapes, labels, zones = [], [], []
    for name, points in WALLS[:1]:  # the other section has no published width in the sample
        line = shapely.LineString(np.column_stack(to_xy(*np.array(points).T)))
        inner = shapely.intersection(line.buffer(50.0), scene.county)
        outer = shapely.intersection(line.buffer(250.0), scene.county)
        shapes += [inner, shapely.difference(outer, inner)]
        labels += [name, name]
        zones += ["protection", "control"]
    return frame_table(scene, shapes, name=labels, zone=zones)
