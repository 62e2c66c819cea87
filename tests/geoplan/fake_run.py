"""A small finished run folder, made by hand, for the tests and benchmarks of map and charts.

It has the shape of a real run (layers, tables, rasters, summary) and nothing of its content:
a county of an ellipse, square parcels, a screen with a handful of codes.
"""

# ruff: noqa: E501
from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.transform import from_origin

from carbon_sink.summary import CarbonSummary, ClosureSummary, IndicatorRow, Spread
from layers.answers.answer import TargetAnswer
from layers.result import StepResult, Warn, save_step
from layers.run_folder import RunFolder, seal
from layers.spec import Text
from siting.pv.study.summary import PvSummary, WeatherSummary
from siting.screen.summary import CountyArea, LawSummary, TechScreening
from siting.sites.summary import SiteRow
from siting.wind.summary import ReferenceCheck, WindSummary, WindWeather

CRS = "EPSG:4544"
X0, Y0 = 605_000.0, 4_286_000.0  # near 106.2 E, 38.7 N
WIDTH_M, HEIGHT_M = 54_000.0, 46_000.0
HOSTILE = "<script>window.HACKED=1</script><img src=x onerror=window.HACKED=2>"

RULES = [
    (
        "PV-001",
        "hard",
        "verified",
        "PV不得占用永久基本农田",
        "No PV on permanent basic farmland",
    ),
    ("PV-002", "hard", "verified", "PV不得占用基本草原", "No PV on basic grassland"),
    ("PV-014", "hard", "recalled", "距铁路保护区以外", "Outside railway protection zone"),
    (
        "PV-020",
        "conditional",
        "verified",
        "灌木林地仅限林光互补",
        "Shrub land only with agro-PV",
    ),
    ("PV-031", "preference", "verified", "优先利用沙漠戈壁", "Prefer desert and gobi"),
    ("PV-050", "hard", "recalled", HOSTILE, HOSTILE),
]
CODES = [
    (0, 0, "", "", "", ""),
    (1, 1, "", "", "PV-031", ""),
    (2, 2, "", "PV-020", "", ""),
    (3, 3, "PV-001", "", "", ""),
    (4, 3, "PV-001;PV-014;PV-050", "PV-020", "", ""),
    (5, 4, "", "", "", "PV-002"),
    (300, 3, "PV-002", "", "", ""),
]


def county() -> shapely.Polygon:
    a = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    r = 1 + 0.08 * np.sin(5 * a) + 0.05 * np.cos(9 * a)
    x = X0 + WIDTH_M / 2 + 0.44 * WIDTH_M * r * np.cos(a)
    y = Y0 + HEIGHT_M / 2 + 0.44 * HEIGHT_M * r * np.sin(a)
    return shapely.Polygon(np.column_stack([x, y]))


def _screen(cell_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Code index and mask of the county."""
    w, h = int(WIDTH_M / cell_m), int(HEIGHT_M / cell_m)
    x = X0 + (np.arange(w) + 0.5) * cell_m
    y = Y0 + HEIGHT_M - (np.arange(h) + 0.5) * cell_m
    gx, gy = np.meshgrid((x - X0) / WIDTH_M, (y - Y0) / HEIGHT_M)
    wave = np.sin(9 * gx + 2 * np.sin(5 * gy)) + np.cos(11 * gy - 3 * gx)
    code = np.full((h, w), 1, np.uint16)
    code[wave > 0.3] = 3
    code[wave > 1.0] = 4
    code[wave < -0.9] = 2
    code[(gx > 0.72) & (gy > 0.6)] = 300
    code[(gx < 0.2) & (gy < 0.5)] = 5
    canal = np.abs(gy - 0.35 - 0.3 * gx) < 0.008
    code[canal] = 3
    inside = shapely.contains_xy(county(), *np.meshgrid(x, y))
    code[~inside] = 0
    return code, inside


def _tif(path: Path, bands: list[np.ndarray], cell_m: float, nodata, names=()) -> None:
    h, w = bands[0].shape
    with rasterio.open(
        path, "w", driver="GTiff", width=w, height=h, count=len(bands), dtype=bands[0].dtype,
        crs=CRS, transform=from_origin(X0, Y0 + HEIGHT_M, cell_m, cell_m), nodata=nodata,
        compress="deflate", tiled=True,
    ) as dst:  # fmt: skip
        for i, band in enumerate(bands, 1):
            dst.write(band, i)
            if names:
                dst.set_band_description(i, names[i - 1])


def _parcels(n: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """About `n` quadrilaterals with wavy edges that tile the county's box."""
    k = int(np.sqrt(n * WIDTH_M / HEIGHT_M)) + 1
    m = int(n / k) + 1
    gx, gy = np.meshgrid(np.linspace(0, 1, k + 1), np.linspace(0, 1, m + 1))
    gx = gx + rng.normal(0, 0.18 / k, gx.shape)
    gy = gy + rng.normal(0, 0.18 / m, gy.shape)
    px, py = X0 + gx * WIDTH_M, Y0 + gy * HEIGHT_M
    corner = np.stack([px, py], axis=-1)
    # each shared edge gets the same intermediate points from both sides
    t = np.linspace(0, 1, 6)[:-1, None]
    bend = np.sin(t * np.pi)

    def edge(a, b, amount):
        return a[..., None, :] * (1 - t) + b[..., None, :] * t + bend * amount[..., None, None]

    hx = rng.normal(0, 0.04 * WIDTH_M / k, (m + 1, k))
    vy = rng.normal(0, 0.04 * HEIGHT_M / m, (m, k + 1))
    hor = edge(corner[:, :-1], corner[:, 1:], hx)
    ver = edge(corner[:-1], corner[1:], vy)
    flip_h = np.concatenate([corner[:, 1:, None], hor[:, :, :0:-1]], axis=2)
    flip_v = np.concatenate([corner[1:, :, None], ver[:, :, :0:-1]], axis=2)
    ring = np.concatenate([hor[:-1], ver[:, 1:], flip_h[1:], flip_v[:, :-1]], axis=2)
    polys = shapely.polygons(ring.reshape(-1, ring.shape[2], 2))
    inside = shapely.contains(county(), shapely.centroid(polys))
    polys = polys[inside]
    groups = np.array(
        ["forest", "shrub", "grassland", "wetland", "water", "cropland", "built", "bare"]
    )
    c = shapely.get_coordinates(shapely.centroid(polys))
    pick = (np.sin(c[:, 0] / 2600) + np.cos(c[:, 1] / 2100) + 2) * 1.9 + rng.normal(
        0, 0.7, len(c)
    )
    group = groups[np.clip(pick, 0, 7).astype(int)]
    area = shapely.area(polys)
    return gpd.GeoDataFrame(
        {
            "parcel_id": [f"6402211{i:08d}" for i in range(len(polys))],
            "dlbm": np.char.add("0", (pick.astype(int) % 9 + 1).astype(str)),
            "ecosystem": group,
            "group": group,
            "zldwmc": np.where(np.arange(len(polys)) % 2, "东村", "西村"),
            "area_m2": area,
            "agb_tc_ha": np.round(rng.gamma(2, 5, len(polys)), 2),
            "soc_tc_ha": np.round(rng.normal(45, 9, len(polys)), 1),
        },
        geometry=polys,
        crs=CRS,
    )


_WEATHER = {"source": "invented", "synthetic": True}
_PV = PvSummary(
    weather=WeatherSummary(
        years=(), typical_year=True, ghi_kwh_m2_yr=1600.0, findings=(), **_WEATHER
    ),
    mounting="fixed", tilt_deg=36.0, sites=(), capacity_mw=1055.0, p50_mwh_yr=1_780_000.0,
    p90_mwh_yr=1_650_000.0, yield_map=None, storage_note=None,
)  # fmt: skip
_WIND = WindSummary(
    turbines=33, capacity_mw=49.5, mean_speed_m_s=6.1, mean_rho_kg_m3=1.05,
    gross_mwh_yr=112_000.0, wake_loss_frac=0.05, wake_spread_frac=None, p50_mwh_yr=99_000.0,
    p75_mwh_yr=92_000.0, p90_mwh_yr=86_000.0, p95_mwh_yr=82_000.0, p99_mwh_yr=76_000.0,
    uncertainty_frac=0.1, haircut_frac=0.0, full_load_hours_h=2000.0, density_correction="iec",
    reference=ReferenceCheck(curve="", windpowerlib_mwh_yr=1.0, engine_mwh_yr=1.0, difference_frac=0.0),
    weather=WindWeather(speed_scale=1.0, **_WEATHER),
)  # fmt: skip
_CARBON = CarbonSummary(
    townships_note=None,
    land_source="parcels", area_source="ellipsoidal",
    closure=ClosureSummary(parcels_ha=1.0, county_ha=1.0, relative=0.0), soc_depth_cm=100,
    climate_zone="cool_temperate_dry", volume_form=None,
    total_tc=Spread(value=9.1e6, mean=9.1e6, median=9.1e6, low=7.2e6, high=11.3e6, sd=1e6),
    total_tco2e=None, approach1_tc=None, pools_tc={}, area_not_estimated_frac=0.0,
    area_partly_estimated_frac=0.0, weak_frac=0.0, by_grade_frac={}, recalled_rows_on=(),
    draws=1000, area_ha_by_group={}, wetland_flux=None, change=None,
    choices=(), choices_low_tc=None, choices_high_tc=None, inventories=None,
)  # fmt: skip


def _indicator(id_: str, zh: str, en: str, found: tuple, target: float, unit: str, met):
    value, low, high = found
    none = {"zh": "", "en": ""}
    return IndicatorRow(
        id=id_, indicator=id_, value=value, low=low, high=high, unit=unit, unit_zh=unit,
        unit_en=unit, target=target, year=2025, relation=">=", caliber="", data_year=0,
        numerator=None, denominator=None, numerator_unit="", gap=None, gap_ha=None, gap_mu=None,
        met=met, quality="measured", section="", quote="", source_step="primary", source="",
        met_text={True: "yes", False: "no", None: "unknown"}[met], title={"zh": zh, "en": en},
        note=none, caliber_title=none, caliber_meant=False, caliber_reason=none,
    ).model_dump()  # fmt: skip


_SHARED = (
    *("id", "indicator", "title", "section", "quote", "source_step", "year", "relation"),
    *("target", "unit", "value", "low", "high", "gap", "gap_ha", "numerator", "denominator"),
    *("numerator_unit", "data_year", "caliber", "caliber_title", "caliber_meant"),
    *("caliber_reason", "quality", "source", "note"),
)
_ENDINGS = {True: "met", False: "not_met", None: "not_judged"}


def _site_rows(sites: gpd.GeoDataFrame) -> list[dict]:
    """The sites as the summary has them; what the layer does not say is not known."""
    said = sites.drop(columns="geometry").to_dict("records")
    rest = dict.fromkeys(SiteRow.model_fields)
    rest |= {"area_before_m2": 0.0, "certified": True, "lon": 106.2, "lat": 38.7}
    words = ("not_judged", "road_class", "substation", "zone_most")
    return [
        SiteRow.model_validate(rest | dict.fromkeys(words, "") | row).model_dump()
        for row in said
    ]


def fake_run(folder: Path, *, cell_m: float = 60.0, n_parcels: int = 900) -> Path:
    """Write a run into `folder` and give it back."""
    rng = np.random.default_rng(7)
    work = folder
    work.mkdir(parents=True, exist_ok=True)
    run = RunFolder(target=work, work=work)
    code, inside = _screen(cell_m)
    state = np.zeros(301, np.uint8)
    for c, s, *_ in CODES:
        state[c] = s
    pv = state[code]
    wind = np.where(pv == 2, 1, pv).astype(np.uint8)
    _tif(work / "eligibility.tif", [pv, wind], cell_m, 0, ("pv", "wind"))
    _tif(work / "screening_pv.tif", [code], cell_m, 0)
    gx = np.linspace(0, 1, code.shape[1])[None] * np.ones(code.shape)
    smooth = (1500 + 200 * np.sin(gx * 6)).astype(np.float32)
    _tif(work / "pv_yield.tif", [np.where(inside, smooth, np.nan)], cell_m, np.nan)
    carbon = (60 + 40 * np.cos(gx * 9)).astype(np.float32)
    _tif(work / "carbon_density.tif", [np.where(inside, carbon, np.nan)], cell_m, np.nan)
    shape = county()
    strips = [
        shapely.intersection(
            shape,
            shapely.box(X0 + i * WIDTH_M / 5, Y0, X0 + (i + 1) * WIDTH_M / 5, Y0 + HEIGHT_M),
        )
        for i in range(5)
    ]
    names = ["崇岗镇", "城关镇", "宝丰镇", "高庄乡", "红崖子乡"]
    rules = pd.DataFrame(
        [
            {
                "rule_id": i, "title_zh": zh, "title_en": en, "kind": kind, "source_step": conf,
                "citation": "《自然资源部办公厅 国家林业和草原局办公室 国家能源局综合司关于支持光伏发电产业发展规范用地管理有关工作的通知》(自然资办发〔2023〕12号) 一(二)",
                "quote": "新建、扩建光伏发电项目,一律不得占用永久基本农田、基本草原、Ⅰ级保护林地",
                "judged": i != "PV-002", "reason": "" if i != "PV-002" else "layer missing",
                "gross_ha": 100.0, "exclusive_ha": 20.0,
            }
            for i, kind, conf, zh, en in RULES
        ]
    )  # fmt: skip
    codes = pd.DataFrame(
        CODES, columns=["code", "state", "hard_rules", "conditional_rules", "preference_rules",
                        "unknown_rules"],
    )  # fmt: skip
    cell_ha = cell_m**2 / 1e4
    area = {s: float((pv == i).sum() * cell_ha)
            for i, s in enumerate(["outside", "left", "conditional", "taken", "unknown"])}  # fmt: skip
    area.pop("outside")
    screening = {
        tech: TechScreening(
            area_ha=area, area_mu={k: 15 * v for k, v in area.items()}, closure=0.0,
            scenario="as_written", rules=(), waterfall=(), not_judged=12, of=87,
            provisional=True, not_judged_rules=(), not_in_force_here_rules=(),
            area_unknown_rules=(),
            law=LawSummary(
                as_of=date(2026, 1, 1), unsettled_ha=0.0, look_ups=(), unknown_rules=(), changes=()
            ),
        ).model_dump()
        for tech in ("pv", "wind")
    }  # fmt: skip
    km2 = shape.area / 1e6
    area_of = CountyArea(
        area_km2=km2, area_ha=100 * km2, area_mu=1500 * km2, polygon_area_km2=km2
    )
    save_step(
        run,
        "screen",
        StepResult(
            summary={"county": area_of.model_dump(), "screening": screening},
            layers={
                "county": gpd.GeoDataFrame({"name": ["平罗县"]}, geometry=[shape], crs=CRS),
                "townships": gpd.GeoDataFrame({"name": names}, geometry=strips, crs=CRS),
                "zones": gpd.GeoDataFrame(
                    {"zone": ["gaoren"], "title_zh": ["高仁光伏基地"], "title_en": ["Gaoren PV base"],
                     "purpose": ["pv"], "status": ["approximate"]},
                    geometry=[shapely.box(X0 + 3.1e4, Y0 + 1.2e4, X0 + 4.3e4, Y0 + 2.4e4)], crs=CRS),
            },
            rasters={"eligibility": work / "eligibility.tif", "screening_pv": work / "screening_pv.tif"},
            tables={"rules_pv": rules, "codes_pv": codes},
            warnings=[
                Warn("layer_missing", Text(zh="缺少基本草原图层", en="Basic grassland layer is missing"))
            ],
        ),
    )  # fmt: skip
    centre = [(0.35, 0.2), (0.55, 0.25), (0.62, 0.52), (0.3, 0.72), (0.48, 0.83)]
    polys = [
        shapely.Point(X0 + a * WIDTH_M, Y0 + b * HEIGHT_M).buffer(900 + 250 * i, quad_segs=4)
        for i, (a, b) in enumerate(centre)
    ]
    sites = gpd.GeoDataFrame(
        {
            "site_id": [f"PV-{i + 1:02d}" for i in range(4)] + [HOSTILE],
            "tech": ["pv", "pv", "pv", "wind", "wind"],
            "zone": ["gaoren"] * 5,
            "township": names,
            "area_m2": [p.area for p in polys],
            "area_ha": [p.area / 1e4 for p in polys],
            "area_mu": [p.area / 1e4 * 15 for p in polys],
            "capacity_mw": [p.area / 2e4 for p in polys],
            "slope_mean_deg": [1.2, 2.0, 0.4, 3.3, 2.2],
            "conditional_rules": ["PV-020", "", "", "PV-020", ""],
            "rank": [1, 2, 3, 4, 5],
        },
        geometry=polys,
        crs=CRS,
    )
    pv_sites = pd.DataFrame(
        {
            "site_id": [f"PV-{i + 1:02d}" for i in range(4)],
            "p50_mwh_yr": [210_000.0, 350_000.0, 520_000.0, 700_000.0],
            "p90_mwh_yr": [195_000.0, 324_000.0, 480_000.0, 651_000.0],
            "full_load_hours_h": [1611.0, 1640.0, 1655.0, 1602.0],
        }
    )
    save_step(run, "sites", StepResult(layers={"sites": sites}, summary={"sites": _site_rows(sites)}))  # fmt: skip
    save_step(run, "pv", StepResult(tables={"pv_sites": pv_sites}, summary={"pv": _PV.model_dump()}, rasters={"pv_yield": work / "pv_yield.tif"}))  # fmt: skip
    turb = shapely.points(
        X0 + 8000 + 700 * np.arange(33), Y0 + 33_000 + 300 * np.sin(np.arange(33))
    )
    new = shapely.points(X0 + 8200 + 2200 * np.arange(10), Y0 + 33_500 + np.zeros(10))
    save_step(run, "wind", StepResult(layers={
        "turbines_existing": gpd.GeoDataFrame({"turbine_id": [f"WDZ-{i:02d}" for i in range(33)], "capacity_mw": 1.5, "hub_height_m": 70.0}, geometry=turb, crs=CRS),
        "turbines_new": gpd.GeoDataFrame({"turbine_id": [f"N-{i:02d}" for i in range(10)], "capacity_mw": 5.0, "hub_height_m": 110.0}, geometry=new, crs=CRS)},
        summary={"wind": _WIND.model_dump()}))  # fmt: skip
    none = {"zh": "", "en": ""}
    indicators = [
        _indicator("forest_cover", "森林覆盖率", "Forest cover", (9.8, 9.1, 10.6), 10.5, "%", False),
        _indicator("grass_fvc", "草原综合植被盖度", "Grassland cover", (58.2, 55.0, 61.0), 57.0, "%", True),
        _indicator("wetland", "湿地面积", "Wetland area", (None, None, None), 28.0, "万亩", None),
    ]  # fmt: skip
    save_step(run, "carbon", StepResult(layers={"ecosystem": _parcels(n_parcels, rng)}, rasters={"carbon_density": work / "carbon_density.tif"}, summary={"carbon": _CARBON.model_dump()}))  # fmt: skip
    answers = [
        TargetAnswer(**{k: i[k] for k in _SHARED}, answer=_ENDINGS[i["met"]], reason=none,
            closes=none, responsible=none, unit_title={"zh": i["unit"], "en": i["unit"]},
            year_note=none).model_dump()
        for i in indicators
    ]  # fmt: skip
    save_step(run, "targets", StepResult(summary={"indicators": indicators, "targets": answers}))  # fmt: skip
    summary: dict[str, object] = {
        "schema": 2,
        "plan": {"id": "fake", "title": {"zh": "平罗县", "en": "Pingluo County"}, "synthetic": True},
        "run": {"id": "0123456789ab", "finished": "2026-11-22T08:00:00"},
        "provenance": {"run_id": "0123456789ab"},
        "sources": [
            {"layer": "parcels", "title": {"zh": "国土变更调查图斑", "en": "Land parcels"}, "source": "合成示例", "date": "2024-12-31", "synthetic": True},
            {"layer": "dem", "title": {"zh": "数字高程模型", "en": "DEM"}, "source": "合成示例", "date": "2020", "synthetic": True},
        ],
        "warnings": [],
    }  # fmt: skip
    for step in ("screen", "sites", "pv", "wind", "carbon", "targets"):
        body = json.loads((work / "steps" / step / "step.json").read_text(encoding="utf-8"))
        summary |= body["summary"]
        summary["warnings"] += body["warnings"]
    (work / "summary.json").write_text(
        json.dumps(summary, ensure_ascii=False), encoding="utf-8"
    )
    names = ("screen", "sites", "pv", "wind", "carbon", "targets")
    seal(run, names, plan="fake", run_id="0123456789ab")
    return work
