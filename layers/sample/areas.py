"""Polygon layers of the invented county that follow from its land cells or its frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.area import polygon_area_m2
from layers.sample.frame import county_data, fractal, noise, to_xy
from layers.sample.land import CODES, Land, place_of, seats
from layers.sample.lattice import Lattice, Mesh, blocks, polygons

__all__ = ["Scene", "area_layers", "parcels", "region", "townships"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """All that layers are drawn from.

    Attributes
    ----------
    county
        The boundary in the sample's CRS.
    near
        Cells whose block can touch the county.
    scale
        How much coarser than the full county things are (1 = full).
    """

    county: BaseGeometry
    grid: Lattice
    net: Mesh
    land: Land
    near: Mask
    scale: float
    crs: str


def _frame(scene: Scene, shapes: Sequence[BaseGeometry] | npt.NDArray[np.object_], **columns):  # type: ignore[no-untyped-def]  # noqa: ANN003, ANN202
    table = gpd.GeoDataFrame(columns, geometry=np.asarray(shapes, object), crs=scene.crs)
    keep = ~(table.geometry.is_empty | table.geometry.isna())
    return table[keep].reset_index(drop=True)


def region(
    scene: Scene, u: tuple[float, float], v: tuple[float, float], *, rough_km: float = 0.0
) -> BaseGeometry:
    """A rectangle of the frame [km], rough-edged if asked, cut to the county."""
    n = 240
    t = np.linspace(0, 1, n, endpoint=False)
    us = np.r_[
        u[0] + t * (u[1] - u[0]), np.full(n, u[1]), u[1] - t * (u[1] - u[0]), np.full(n, u[0])
    ]
    vs = np.r_[
        np.full(n, v[0]), v[0] + t * (v[1] - v[0]), np.full(n, v[1]), v[1] - t * (v[1] - v[0])
    ]
    if rough_km:
        us = us + rough_km * fractal(us, vs, 2.5, 71, 3)
        vs = vs + rough_km * fractal(us, vs, 2.5, 75, 3)
    ring = shapely.make_valid(shapely.Polygon(np.column_stack(to_xy(us, vs))))
    return shapely.intersection(ring, scene.county)


def _blocks(
    scene: Scene, where: Mask, level: int, key: npt.NDArray[np.integer] | None = None
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Polygons of the cells `where`, merged up to 2**level cells, and a cell of each."""
    ids = np.where(where & scene.near, 0 if key is None else key, -1).astype(np.int64)
    parts = blocks(ids, np.full(ids.shape, level, np.int8))
    shapes, index = polygons(scene.net, parts, scene.county)
    return shapes, parts.row[index].astype(np.intp), parts.column[index].astype(np.intp)


def townships(scene: Scene) -> gpd.GeoDataFrame:
    """Thirteen townships: the places nearest to each seat."""
    names, places = seats()
    x, y = to_xy(places[:, 0], places[:, 1])
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.MultiPoint(np.column_stack([x, y])), extend_to=scene.county, ordered=True
        )
    )
    shapes = shapely.intersection(cells, scene.county)
    codes = [f"64022199{i:02d}" for i in range(1, len(names) + 1)]
    return _frame(scene, shapes, name=names, code=codes)


_MERGE = (3, 2, 0, 0, 0, 2)  # largest parcels of each landscape, as a power of two cells


def parcels(scene: Scene) -> gpd.GeoDataFrame:
    """The land survey (DLTB): a coverage of the county, with the survey's own field names."""
    land = scene.land
    level = np.array(_MERGE, np.int8)[land.landscape]
    level[(land.strip >= 0) | (land.village >= 0)] = 0
    key = np.where(scene.near, land.code.astype(np.int64) * 1_000_000 + land.village + 1, -1)
    parts = blocks(key, level)
    shapes, index = polygons(scene.net, parts, scene.county)
    r, c = parts.row[index], parts.column[index]
    order = np.lexsort((c, r))
    shapes, r, c = shapes[order], r[order], c[order]
    code = land.code[r, c]
    dlbm = np.array([k for k, _ in CODES])[code]
    dlmc = np.array([k for _, k in CODES])[code]
    n = len(shapes)
    area = np.round(polygon_area_m2(shapes, scene.crs), 2)
    names, places = seats()
    u, v = land.u_km[0, c], land.v_km[r, 0]
    near = np.argmin(
        (u[:, None] - places[None, :, 0]) ** 2 + (v[:, None] - places[None, :, 1]) ** 2, axis=1
    )
    dry_crop = np.isin(dlbm, ("0102", "0103"))
    kcxs = np.where(dry_crop, 0.02, 0.0)
    kcmj = np.round(area * kcxs, 2)
    town, village = land.village[r, c] >= 100_000, land.village[r, c] >= 0
    trees = dlbm == "0301"
    pick = noise(u, v, 1.7, 81)
    species = np.where(
        trees, np.where(pick > 0.3, "榆树", np.where(pick > -0.2, "新疆杨", "刺槐")), None
    )
    wild = trees & (land.landscape[r, c] == 0)
    species[wild] = "青海云杉"
    age = np.where(
        trees, np.select([pick > 0.4, pick > -0.1, pick > -0.5], ["2", "1", "3"], "4"), None
    )
    table = gpd.GeoDataFrame(
        {
            "BSM": [f"640221990{i:09d}" for i in range(n)],
            "TBBH": [str(i) for i in range(1, n + 1)],
            "DLBM": dlbm,
            "DLMC": dlmc,
            "QSXZ": np.where(
                np.isin(dlbm, ("1101", "1102", "1106", "1003", "1001", "1205", "1207")),
                "20",
                "30",
            ),
            "ZLDWMC": np.array(names)[near],
            "XZMC": np.array(names)[near],
            "TBMJ": area,
            "KCDLBM": np.where(dry_crop, "1203", None),
            "KCXS": kcxs,
            "KCMJ": kcmj,
            "TBDLMJ": np.round(area - kcmj, 2),
            "CZCSXM": np.where(town, "202", np.where(village, "203", None)),
            "YSSZ": species,
            "LZ": age,
        },
        geometry=shapes,
        crs=scene.crs,
    )
    return table


def _settlements(scene: Scene) -> gpd.GeoDataFrame:
    land = scene.land
    lived = land.where("0701", "0702", "08H1", "08H2", "05H1", "0809", "0810") & (
        land.village >= 0
    )
    lived &= land.village < 200_000
    shapes, r, c = _blocks(scene, lived, 2, land.village)
    number = land.village[r, c]
    names, _ = seats()
    out, label, kind = [], [], []
    for k in np.unique(number).tolist():
        out.append(shapely.union_all(shapes[number == k]))
        town = k >= 100_000
        label.append(names[k - 100_000] if town else f"合成村{k}")
        kind.append(("city" if label[-1] == "城关镇" else "town") if town else "village")
    area = np.array([g.area for g in out])
    people = np.round(area / np.where(np.array(kind) == "village", 260.0, 120.0))
    return _frame(scene, out, name=label, settlement_class=kind, population=people.astype(int))


def _villages(scene: Scene, settlements: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    points = shapely.centroid(np.asarray(settlements.geometry.array))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.MultiPoint(points), extend_to=scene.county, ordered=True
        )
    )
    cut = shapely.intersection(cells, scene.county)
    codes = [f"64022199{i:04d}" for i in range(len(cut))]
    return _frame(scene, cut, name=settlements["name"].to_numpy(), code=codes)


def _forest(scene: Scene) -> gpd.GeoDataFrame:
    land = scene.land
    shapes, r, c = _blocks(scene, land.where("0301", "0305", "0307"), 2, land.code)
    code = np.array([k for k, _ in CODES])[land.code[r, c]]
    u, v = land.u_km[0, c], land.v_km[r, 0]
    wild = land.landscape[r, c] == 0
    a, b = noise(u, v, 2.2, 83), noise(u, v, 1.1, 84)
    arbor, shrub = code == "0301", code == "0305"
    stock = np.where(arbor, np.round(np.where(wild, 75, 35) * (1 + 0.5 * a), 1), np.nan)
    area = polygon_area_m2(shapes, scene.crs)
    species = np.where(wild, "青海云杉", np.where(b > 0, "新疆杨", "榆树"))
    return _frame(
        scene,
        shapes,
        forest_type=np.select([arbor, shrub], ["arbor", "shrub"], "young"),
        special_shrub=np.where(shrub, np.where(b > -0.3, "yes", "no"), None),
        protection_level=np.where(
            wild & (u < -40), "I", np.where(a > 0.2, "II", np.where(b > 0, "III", "IV"))
        ),
        public_welfare=np.where(
            wild,
            np.where(a > 0, "national_1", "national_2"),
            np.where(b > 0.3, "local", "none"),
        ),
        origin=np.where(wild, "natural", "planted"),
        shrub_cover_pct=np.where(shrub, np.round(38 + 18 * a, 0), np.nan),
        canopy_frac=np.where(arbor, np.round(0.5 + 0.22 * a, 2), np.nan),
        species=np.where(arbor, species, np.where(shrub, "柠条", "沙枣")),
        age_class=np.where(
            arbor,
            np.select([b > 0.4, b > 0, b > -0.4], ["young", "middle", "near_mature"], "mature"),
            None,
        ),
        stock_m3_ha=stock,
        volume_m3=np.round(stock * area / 10_000, 1),
    )


def _wetlands(scene: Scene) -> gpd.GeoDataFrame:
    land = scene.land
    kinds = ("1101", "1102", "1104", "1104A", "1106", "1107A", "1108", "0101")
    shapes, r, c = _blocks(scene, land.where(*kinds), 2, land.code)
    code = np.array([k for k, _ in CODES])[land.code[r, c]]
    u, v = land.u_km[0, c], land.v_km[r, 0]
    low, high = county_data()["land"]["park_v_km"]
    park = (np.abs(u) < 1.3) & (v > low) & (v < high)
    natural = np.isin(code, ("1101", "1102", "1106", "1108"))
    level = np.where(
        park & natural,
        "national",
        np.where((code == "1102") & (v > 10), "provincial", "general"),
    )
    kind = np.select(
        [
            np.isin(code, ("1101", "1106")),
            code == "1102",
            code == "1108",
            code == "0101",
            code == "1104A",
        ],
        ["river", "lake", "marsh", "paddy", "aquaculture"],
        "constructed",
    )
    return _frame(
        scene,
        shapes,
        level=level,
        wetland_type=kind,
        origin=np.where(natural, "natural", "constructed"),
        protected_as=np.where(park, "国家湿地公园", None),
    )


def _spatial_plan(scene: Scene) -> gpd.GeoDataFrame:
    land = scene.land
    uses = (
        "ecological_protection",
        "ecological_control",
        "farmland_protection",
        "urban_development",
        "rural_development",
        "mining_energy",
    )
    u, v = np.broadcast_arrays(land.u_km, land.v_km)
    index = np.select(
        [
            land.village >= 100_000,
            land.where("0602") | ((land.landscape == 5) & (noise(u, v, 5.0, 91) > 0.35)),
            (land.landscape == 0) | (land.landscape == 3),
            land.where("0101", "0102", "0103"),
            land.landscape == 5,
        ],
        [3, 5, 0, 2, 1],
        4,
    )
    shapes, r, c = _blocks(scene, np.ones(index.shape, bool), 4, index)
    picked = index[r, c]
    return _frame(scene, shapes, zone_use=np.array(uses)[picked], name=np.array(uses)[picked])


def _from_cells(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """Layers that are sets of land cells."""
    land = scene.land
    u, v = np.broadcast_arrays(land.u_km, land.v_km)
    west = land.landscape <= 1

    def cells(where: Mask, level: int, **columns: object) -> gpd.GeoDataFrame:
        shapes, _, _ = _blocks(scene, where, level)
        return _frame(
            scene, shapes, **{k: [value] * len(shapes) for k, value in columns.items()}
        )

    crop = land.where("0101", "0102")
    grass = land.where("0401", "0404", "0403")
    basic = crop & (land.landscape == 2) & (noise(u, v, 2.7, 92) > -0.62)
    out = {
        "permanent_basic_farmland": cells(basic, 3, code="PBF"),
        "basic_grassland": cells(
            land.where("0401") & (noise(u, v, 3.1, 93) > -0.1), 3, name="基本草原"
        ),
        "degraded_grassland": cells(
            land.where("0404") & (noise(u, v, 2.1, 94) < -0.35) & ~west,
            2,
            name="退化草原",
            degradation="sandy",
            severity="severe",
        ),
        "sandy_land": cells(land.where("1205"), 3, name="沙化土地", sandy_type="半固定沙地"),
        "cropland_reserve": cells(land.where("1204"), 2, name="后备资源区"),
        "retirable_cropland": cells(
            crop & (land.landscape == 3), 1, name="退耕候选", reason="saline"
        ),
        "abandoned_mine_land": cells(
            land.where("0602") & (noise(u, v, 1.3, 95) > 0.1), 1, name="废弃采矿用地"
        ),
        "livestock_farms": cells(
            land.where("1202") & (land.landscape >= 4),
            1,
            name="奶牛场",
            animals="奶牛",
            heads=4000,
        ),
        "water_body": cells(land.where("1102"), 3, name="湖泊", water_type="lake"),
        "wetland_restoration": cells(
            land.where("1204") & (np.abs(u) < 8), 1, name="退化湿地", state="saline"
        ),
    }
    out["forest_land"] = _forest(scene)
    out["wetland"] = _wetlands(scene)
    out["spatial_plan"] = _spatial_plan(scene)
    out["settlement"] = _settlements(scene)
    out["villages"] = _villages(scene, out["settlement"])
    return out


def _circle(scene: Scene, u: float, v: float, radius_km: float) -> BaseGeometry:
    x, y = to_xy(u, v)
    return shapely.intersection(
        shapely.Point(float(x), float(y)).buffer(1000 * radius_km, 32), scene.county
    )


def _lake(table: gpd.GeoDataFrame, buffer_m: float) -> BaseGeometry:
    return shapely.union_all(
        shapely.buffer(np.asarray(table.geometry.array), buffer_m, quad_segs=2)
    )


def _from_frame(
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
    seat = dict(zip(names, places.tolist(), strict=True))
    parks = county_data()["parks"]

    def one(shape: BaseGeometry, **columns: object) -> gpd.GeoDataFrame:
        return _frame(scene, [shape], **{k: [value] for k, value in columns.items()})

    def many(*rows: tuple[BaseGeometry, dict[str, object]]) -> gpd.GeoDataFrame:
        keys = rows[0][1]
        return _frame(scene, [s for s, _ in rows], **{k: [r[k] for _, r in rows] for k in keys})

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
        "great_wall_zone": _wall_zones(scene),
        "industrial_park": _frame(
            scene,
            [_box(scene, place_of(*p["centre_ll"]), p["half_km"]) for p in parks],
            name=[p["name"] for p in parks],
        ),
        "urban_growth_boundary": _frame(
            scene,
            [_circle(scene, *seat[n], 3.0 if n == "城关镇" else 1.0) for n in names],
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
    return _frame(scene, shapes, name=labels, zone=zones)


def area_layers(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """All polygon layers but the parcels, by catalogue id."""
    cells = _from_cells(scene)
    return {**cells, **_from_frame(scene, cells), "townships": townships(scene)}
