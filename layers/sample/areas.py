"""Polygon layers of the invented county that follow from its land cells or its frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.cells.area import polygon_area_m2
from gis.types import Mask
from layers.catalogue import layer
from layers.sample.frame import county_data, fractal, noise, to_xy
from layers.sample.land import CODES, Land, seats
from layers.sample.lattice import Lattice, Mesh, blocks, polygons

__all__ = ["Scene", "cell_layers", "frame_table", "parcels", "region", "townships"]

Shapes = Sequence[BaseGeometry] | npt.NDArray[np.object_]


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


def _only(where: Mask, text: Any) -> npt.NDArray[np.object_]:  # noqa: ANN401
    """`text` where it applies, None elsewhere."""
    return np.where(where, np.asarray(text, object), np.array(None, object))


def frame_table(scene: Scene, shapes: Shapes, **columns: Any) -> gpd.GeoDataFrame:  # noqa: ANN401
    """Features of the sample without empty ones."""
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
    return frame_table(scene, shapes, name=names, code=codes)


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
    species = _only(
        trees, np.where(pick > 0.3, "榆树", np.where(pick > -0.2, "新疆杨", "刺槐"))
    )
    wild = trees & (land.landscape[r, c] == 0)
    species[wild] = "青海云杉"
    age = _only(trees, np.select([pick > 0.4, pick > -0.1, pick > -0.5], ["2", "1", "3"], "4"))
    return gpd.GeoDataFrame(
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
            "KCDLBM": _only(dry_crop, "1203"),
            "KCXS": kcxs,
            "KCMJ": kcmj,
            "TBDLMJ": np.round(area - kcmj, 2),
            "CZCSXM": _only(village, np.where(town, "202", "203")),
            "YSSZ": species,
            "LZ": age,
        },
        geometry=shapes,
        crs=scene.crs,
    )


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
    return frame_table(
        scene, out, name=label, settlement_class=kind, population=people.astype(int)
    )


def _villages(scene: Scene, settlements: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    points = shapely.centroid(np.asarray(settlements.geometry.array))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.MultiPoint(points), extend_to=scene.county, ordered=True
        )
    )
    cut = shapely.intersection(cells, scene.county)
    codes = [f"64022199{i:04d}" for i in range(len(cut))]
    return frame_table(scene, cut, name=settlements["name"].to_numpy(), code=codes)


def _forest(scene: Scene) -> gpd.GeoDataFrame:
    land = scene.land
    shapes, r, c = _blocks(scene, land.where("0301", "0305", "0307"), 2, land.code)
    code = np.array([k for k, _ in CODES])[land.code[r, c]]
    u, v = land.u_km[0, c], land.v_km[r, 0]
    wild = land.landscape[r, c] == 0
    a, b = noise(u, v, 2.2, 83), noise(u, v, 1.1, 84)
    arbor, shrub = code == "0301", code == "0305"
    # a few stands of trees were not measured: their carbon is by age, or the class default
    measured = arbor & (noise(u, v, 0.7, 85) < 0.8)
    stock = np.where(measured, np.round(np.where(wild, 75, 35) * (1 + 0.5 * a), 1), np.nan)
    area = polygon_area_m2(shapes, scene.crs)
    species = np.where(wild, "青海云杉", np.where(b > 0, "新疆杨", "榆树"))
    limits = [b > 0.4, b > 0, b > -0.4]
    grown = np.select(limits, [0, 1, 2], 3)
    slow = np.where(wild, 6.5, np.where(b > 0, 1.0, 2.0))
    age = np.round(slow * np.array([8.0, 14.0, 18.0, 26.0])[grown] + 2.0 * a)
    height, width = np.round(4.0 + 0.25 * age / slow, 1), np.round(5.0 + 0.6 * age / slow, 1)
    stems = np.round(stock / (np.pi / 4 * (width / 100) ** 2 * height * 0.45))
    town = np.array(["国有", "集体", "个人"])[np.select([wild, a > 0], [0, 1], 2)]
    return frame_table(
        scene,
        shapes,
        stand_id=[f"{i + 1:05d}" for i in range(len(shapes))],
        age_years=np.where(arbor, age, np.where(shrub, np.nan, np.round(4 + 2 * a))),
        height_m=np.where(measured, height, np.nan),
        dbh_cm=np.where(measured, width, np.nan),
        stems_ha=np.where(measured, stems, np.nan),
        purpose=np.where(wild, "自然保护林", np.where(b > 0, "农田防护林", "防风固沙林")),
        forest_class=np.where(wild, "重点公益林", "一般公益林"),
        tree_owner=town,
        area_stated=np.round(area / 10_000, 2),
        forest_type=np.select([arbor, shrub], ["arbor", "shrub"], "young"),
        special_shrub=_only(shrub, np.where(b > -0.3, "yes", "no")),
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
        age_class=_only(
            arbor,
            np.select(limits, ["young", "middle", "near_mature"], "mature"),
        ),
        stock_m3_ha=stock,
        volume_m3=np.round(stock * area / 10_000, 1),
    )


_PLOTS = 60


def _forest_plots(scene: Scene, stands: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Measured plots in stands of trees: 6 % more wood than the map says, with noise."""
    trees = stands[stands["stock_m3_ha"].notna()]
    own = trees.iloc[np.unique(np.linspace(0, len(trees) - 1, _PLOTS).astype(int))]
    k = np.arange(len(own))
    off = noise(k * 2.3, k * 1.7, 1.0, 134)
    return frame_table(
        scene,
        shapely.point_on_surface(np.asarray(own.geometry.array)),
        plot_id=[f"F{i:03d}" for i in k],
        volume_m3_ha=np.round(own["stock_m3_ha"].to_numpy() * 1.06 * (1 + 0.25 * off), 1),
        species=own["species"].to_numpy(),
        year=[2023] * len(own),
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
    return frame_table(
        scene,
        shapes,
        level=level,
        wetland_type=kind,
        origin=np.where(natural, "natural", "constructed"),
        protected_as=_only(park, "国家湿地公园"),
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
            land.where("0602") | ((land.landscape == 5) & (noise(u, v, 5.0, 91) > -0.15)),
            (land.landscape == 0) | (land.landscape == 3),
            land.where("0101", "0102", "0103"),
            land.landscape == 5,
        ],
        [3, 5, 0, 2, 1],
        4,
    )
    shapes, r, c = _blocks(scene, np.ones(index.shape, bool), 4, index)
    picked = index[r, c]
    words = next(f for f in layer("spatial_plan").fields if f.name == "zone_use").values
    names = np.array([words[use][0] for use in uses])
    return frame_table(scene, shapes, zone_use=np.array(uses)[picked], name=names[picked])


def cell_layers(scene: Scene) -> dict[str, gpd.GeoDataFrame]:
    """Polygon layers that are sets of land cells, by catalogue id; not the parcels."""
    land = scene.land
    u, v = np.broadcast_arrays(land.u_km, land.v_km)
    west = land.landscape <= 1

    def cells(where: Mask, level: int, **columns: object) -> gpd.GeoDataFrame:
        shapes, _, _ = _blocks(scene, where, level)
        return frame_table(
            scene, shapes, **{k: [value] * len(shapes) for k, value in columns.items()}
        )

    crop = land.where("0101", "0102")
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
        ),
        "water_body": cells(land.where("1102"), 3, name="湖泊", water_type="lake"),
        "wetland_restoration": cells(
            land.where("1204") & (np.abs(u) < 8), 1, name="退化湿地", state="saline"
        ),
    }
    out["forest_land"] = _forest(scene)
    out["forest_plots"] = _forest_plots(scene, out["forest_land"])
    out["wetland"] = _wetlands(scene)
    out["spatial_plan"] = _spatial_plan(scene)
    out["settlement"] = _settlements(scene)
    out["villages"] = _villages(scene, out["settlement"])
    return out
