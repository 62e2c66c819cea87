"""Every correction of the law audit, and where it is entered.

`row` is the id in the audit's table, `rules` the rules it became here. A case states what the
text in force on a day must be: law and article, words, effect on land, days. `land` draws what
the rule is about: the state of that land with the rule and without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.siting.rules.day_county import TODAY


@dataclass(frozen=True)
class Land:
    """Land drawn for a correction, and its state with the rule and without."""

    layers: Mapping[str, Mapping[str, Any]]
    now: str
    without: str = "left"
    question: str = ""
    day: date = TODAY
    how: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One row of the audit's table."""

    row: str
    rules: tuple[str, ...]
    law: str = ""
    article: str = ""
    quote: str = ""
    effect: str = ""
    step: str = ""
    begins: str = ""
    ends: str = ""
    day: date = TODAY
    also: str = ""  # an edition whose words hold on another day, or beside it
    land: tuple[Land, ...] = ()
    conservative: str = ""  # effect in the conservative scenario, where it differs


CODE, CROPLAND, PV12 = "code_2026", "cropland_2026", "pv_land_2023"
NOTICE, DRAFT = "wind_forest_grass_2026", "wind_forest_grass_draft_2025"
NEXT_YEAR = date(2027, 1, 1)
FIRST = "禁止在饮用水水源一级保护区内新建、改建、扩建与供水设施和保护水源无关的建设项目"
AVOID = "历史文化保护线、特殊自然景观价值和文化标识区域、天然林地"
NEVER = "一律不得占用永久基本农田、基本草原、Ⅰ级保护林地和东北内蒙古重点国有林区"
SHRUB = "可使用年降水量400毫米以下区域的灌木林地以及其他区域覆盖度低于50%的灌木林地"
STRICT = "实行严格保护和管理，确保面积不减少、质量不下降、用途不改变"
NX108 = "引黄灌区农业发展用地区、扬黄灌溉受水区农业发展用地区"
WALL = "任何单位或者个人进行工程建设，不得拆除、穿越、迁移长城"
NX_WALL = "在长城保护范围内不得进行工程建设或者可能影响长城安全及其环境的活动"
MINES = "不直接影响正常勘查、开采活动的，可以不作为压覆矿产资源处理"
VIBRATION = "在测震观测环境保护范围内设置无线信号发射装置、进行振动作业和往复机械运动"
EROSION = "禁止在黄河流域水土流失严重、生态脆弱区域开展可能造成水土流失的生产建设活动"
STEPPE = "禁止在荒漠、半荒漠和严重退化、沙化、盐碱化、石漠化、水土流失的草原"
RESERVE = "除下列活动外，自然保护区核心保护区内禁止人为活动"
AVOID_HABITAT = (
    "风电、光伏发电、围堰、填海、围海等建设项目的选址选线，应当避让野生动物重要栖息地"
)
ZONE1 = {"drinking_water_zone": {"zone": "first"}}
ZONE2 = {"drinking_water_zone": {"zone": "second"}}
PARCEL = {
    name: {"land_parcels": {"dlbm": code}}
    for name, code in {
        "arbor": "0301",
        "bamboo": "0302",
        "shrub": "0305",
        "other": "0307",
    }.items()
}
FOREST = {"forest_type": "shrub", "origin": "planted", "protection_level": "II"}
FOREST |= {"public_welfare": "none", "shrub_cover_pct": 20.0}


def forest(**fields: Any) -> dict[str, dict[str, Any]]:
    """Forest land that no rule is about, but for the fields given."""
    return {"forest_land": FOREST | fields}


def rail(rail_class: str, setting: str | None) -> dict[str, dict[str, Any]]:
    return {"railway": {"rail_class": rail_class, "setting": setting}}


def recalled(rule: str, effect: str = "conditional") -> Case:
    return Case(rule, (rule,), step="recalled", effect=effect)


CASES = (
    # ------------------------------------------------------- the code and the cropland law
    Case("PV-025", ("PV-025",), CODE, "第三百一十九条", FIRST, "taken", begins="2026-08-15",
         also="water_pollution_2017", land=(Land(ZONE1, "taken"),)),
    Case("WD-029", ("WD-029",), CODE, "第三百一十九条", FIRST, "taken", begins="2026-08-15",
         also="water_pollution_2017", land=(Land(ZONE1, "taken"),)),
    Case("PV-026", ("PV-026",), CODE, "第三百二十条",
         "禁止在饮用水水源二级保护区内新建、改建、扩建排放污染物的建设项目", "conditional",
         begins="2026-08-15", also="water_pollution_2017", land=(Land(ZONE2, "conditional"),)),
    Case("WD-052", ("WD-052",), CODE, "第一百五十一条",
         "排放污染物，应当符合污染物排放标准、重点污染物排放总量控制指标、排污许可管理",
         "conditional", begins="2026-08-15", also="noise_2021"),
    Case("PV-081", ("PV-081",), CROPLAND, "第二十三条",
         "非农业建设应当节约使用土地，可以利用荒地的，不得占用耕地", "conditional",
         begins="2027-01-01", day=NEXT_YEAR, also="land_2019",
         land=(Land({"land_parcels": {"dlbm": "0103"}}, "taken", "taken", day=NEXT_YEAR),
               Land({"land_parcels": {"dlbm": "0103"}}, "conditional", day=NEXT_YEAR,
                    how={"part": "substation", "without": ["PV-066"]}))),
    Case("WD-022", ("WD-022",), CROPLAND, "第二十四条",
         "永久基本农田经依法划定后，任何单位和个人不得擅自占用或者改变其用途", "taken",
         begins="2027-01-01", day=NEXT_YEAR, also="land_2019",
         land=(Land({"permanent_basic_farmland": {}}, "taken", day=NEXT_YEAR),
               Land({"permanent_basic_farmland": {}}, "taken"))),
    Case("AF-002", ("AF-002",), CROPLAND, "第二十五条",
         "禁止占用耕地挖湖造景或者擅自在耕地上绿化造林", "taken", begins="2027-01-01",
         day=NEXT_YEAR, also="food_security_2023",
         land=(Land({"land_parcels": {"dlbm": "0103"}}, "taken", "conditional",
                    day=NEXT_YEAR),)),
    Case("AF-001", ("AF-001",), CROPLAND, "第二十七条",
         "除法律、行政法规另有规定外，禁止将永久基本农田转为其他农用地", "taken",
         begins="2027-01-01", day=NEXT_YEAR, also="land_2019",
         land=(Land({"permanent_basic_farmland": {}}, "taken", day=NEXT_YEAR,
                    how={"without": ["AF-008"]}),)),
    Case("AF-005", ("AF-005",), CROPLAND, "第二十七条",
         "国家严格控制耕地转为林地、草地、园地等其他农用地", "conditional",
         begins="2027-01-01", day=NEXT_YEAR, also="food_security_2023"),
    Case("WD-023", ("WD-023",), CROPLAND, "第二十六条、第二十八条",
         "建设项目确需占用耕地的，应当对占用耕地的必要性、合理性和用地规模进行分析论证",
         "conditional", begins="2027-01-01", day=NEXT_YEAR, also="land_2019",
         land=(Land({"land_parcels": {"dlbm": "0103"}}, "conditional", day=NEXT_YEAR),)),
    Case("WT-012", ("WT-012",), CROPLAND, "第二十五条", "禁止占用耕地挖湖造景", "taken",
         begins="2027-01-01", day=NEXT_YEAR, also="wetland_2021",
         land=(Land({"land_parcels": {"dlbm": "0103"}}, "taken", day=NEXT_YEAR),)),
    # ----------------------------------------------------------------------- protected areas
    Case("PV-015", ("PV-015",), "nature_reserves_2026", "第二十六条", RESERVE, "taken",
         begins="2026-03-15", also="nature_reserves_2017",
         land=(Land({"nature_reserve": {"name": "某"}}, "taken", question="pv"),
               Land({"nature_reserve": {"name": "某"}}, "taken", "conditional",
                    question="wind"))),
    Case("NEW-01", ("NE-001",), "national_park_2025", "第二十七条、第二十八条",
         "国家公园一般控制区内仅允许开展下列人为活动", "taken", begins="2026-01-01",
         land=(Land({"national_park": {}}, "taken", question="pv"),
               Land({"national_park": {}}, "taken", question="wind"))),
    # ------------------------------------------------------------------ PV notice of 2023
    Case("PV-006", ("PV-006",), PV12, "二（一）", "不得将乔木林地、竹林地等采伐改造为灌木林地",
         "taken", begins="2023-03-20",
         land=(Land(PARCEL["arbor"], "taken"), Land(PARCEL["bamboo"], "taken"))),
    Case("PV-007", ("PV-007",), PV12, "二（一）", SHRUB, "taken", begins="2023-03-20",
         land=(Land(forest(shrub_cover_pct=50.0), "taken", how={"rain_mm": 400.0}),
               Land(forest(shrub_cover_pct=49.0), "left", how={"rain_mm": 400.0}),
               Land(forest(shrub_cover_pct=50.0), "left", how={"rain_mm": 399.0}))),
    Case("PV-005", ("PV-005",), PV12, "二（一）", SHRUB, "conditional", begins="2023-03-20",
         land=(Land(PARCEL["shrub"], "conditional"),
               Land(PARCEL["arbor"], "taken", "taken"))),
    Case("NEW-02", ("PV-096",), PV12, "二（一）", SHRUB, "taken", begins="2023-03-20",
         also="pv_forest_2015", land=(Land(PARCEL["other"], "taken"),)),
    Case("PV-010", ("PV-010",), quote="光伏支架最低点应高于灌木1米以上，与地面距离不低于2.5米",
         step="secondary", effect="conditional"),
    Case("PV-012", ("PV-012",), PV12, "二（一）", "鼓励光伏方阵用地采用“草光互补”模式", "none",
         begins="2023-03-20"),
    Case("PV-001", ("PV-001",), PV12, "一（二）", NEVER, "taken", begins="2023-03-20",
         also="land_2019", land=(Land({"permanent_basic_farmland": {}}, "taken"),)),
    Case("PV-002", ("PV-002",), PV12, "一（二）", NEVER, "taken", begins="2023-03-20",
         day=date(2026, 8, 14), also=CODE,
         land=(Land({"basic_grassland": {}}, "taken", "conditional", day=date(2026, 8, 14)),)),
    Case("PV-003", ("PV-003",), PV12, "一（二）", NEVER, "taken", begins="2023-03-20",
         also="forest_land_permits_2015",
         land=(Land(forest(protection_level="I"), "taken"),)),
    Case("PV-004", ("PV-004",), PV12, "二（一）",
         "光伏方阵用地不得占用耕地，占用其他农用地的，应根据实际合理控制", "taken",
         begins="2023-03-20",
         land=(Land({"land_parcels": {"dlbm": "0102"}}, "taken", "conditional"),)),
    Case("NEW-03", ("PV-097",), PV12, "一（二）", AVOID, "taken", begins="2023-03-20",
         land=(Land(forest(origin="natural"), "taken"),
               Land(forest(origin="natural"), "taken", how={"part": "substation"}))),
    Case("NEW-04", ("PV-098",), PV12, "一（二）",
         "项目选址应当避让耕地、生态保护红线、历史文化保护线", "conditional",
         begins="2023-03-20", land=(Land({"heritage_line": {}}, "conditional"),
                                    Land({"landscape_zone": {}}, "conditional"))),
    Case("PV-060", ("PV-060", "PV-104"), "", "", effect="",
         land=(Land({"sandy_closed_area": {}}, "taken", how={"part": "array"}),
               Land({"sandy_closed_area": {}}, "taken", how={"part": "road"}),
               Land({"sandy_closed_area": {}}, "taken", how={"part": "substation"}),
               Land({"sandy_closed_area": {}}, "conditional", how={"part": "line"}))),
    Case("PV-005..PV-012", ("PV-005", "PV-006", "PV-007", "PV-012"), PV12, "二（一）"),
    # --------------------------------------------------------------------- Ningxia 2015
    Case("PV-066", ("PV-066",), "ningxia_land_2015", "一",
         "新能源产业的规划建设不得占用耕地和补充耕地后备资源区", "conditional",
         conservative="taken",
         land=(Land({"cropland_reserve": {}}, "conditional"),
               Land({"cropland_reserve": {}}, "taken", how={"scenario": "conservative"}))),
    Case("PV-067", ("PV-067",), "ningxia_land_2015", "一", NX108, "conditional",
         conservative="taken",
         land=(Land({"irrigated_agriculture_zone": {}}, "conditional"),
               Land({"irrigated_agriculture_zone": {}}, "taken",
                    how={"scenario": "conservative"}))),
    Case("NEW-05", ("WD-081",), "ningxia_land_2015", "一", NX108, "conditional",
         conservative="taken",
         land=(Land({"cropland_reserve": {}}, "conditional"),
               Land({"irrigated_agriculture_zone": {}}, "conditional"),
               Land({"irrigated_agriculture_zone": {}}, "taken",
                    how={"scenario": "conservative"}))),
    # ------------------------------------------------------------------------- grassland
    Case("PV-073", ("PV-073",), CODE, "第七百一十六条", STRICT, "taken", begins="2026-08-15",
         land=(Land({"basic_grassland": {}}, "taken", how={"without": ["PV-002"]}),)),
    Case("GR-007", ("GR-007",), CODE, "第七百一十六条", STRICT, "taken", begins="2026-08-15",
         land=(Land({"basic_grassland": {}}, "taken", how={"without": ["GR-001"]}),)),
    Case("GR-001", ("GR-001",), CODE, "第七百一十六条", STRICT, "taken", begins="2026-08-15",
         also="grassland_2021",
         land=(Land({"basic_grassland": {}}, "taken", how={"without": ["GR-007"]}),)),
    Case("GR-006", ("GR-006",), "grassland_permits_2020", "第五条",
         "严格执行生态保护红线管理有关规定，原则上不得占用生态保护红线内的草原", "conditional"),
    # ------------------------------------------------------------------------ Great Wall
    Case("PV-029", ("PV-029",), "ningxia_wall_2021", "", NX_WALL, "conditional", "secondary",
         "2022-01-01", land=(Land({"great_wall_zone": {"zone": "protection"}},
                                  "conditional"),)),
    Case("WD-032", ("WD-032",), "ningxia_wall_2021", "", NX_WALL, "conditional", "secondary",
         "2022-01-01", land=(Land({"great_wall_zone": {"zone": "protection"}},
                                  "conditional"),)),
    Case("PV-030", ("PV-030",), "great_wall_2006", "第十二条", WALL, "taken",
         begins="2006-12-01", land=(Land({"great_wall": {}}, "taken", "conditional"),)),
    Case("PV-030 (b)", ("PV-095",), "great_wall_2006", "第十二条", "", "conditional",
         "recalled"),
    Case("NEW-06", ("WD-082",), "great_wall_2006", "第十二条", WALL, "taken",
         begins="2006-12-01", land=(Land({"great_wall": {}}, "taken"),)),
    Case("PV-031", ("PV-031",), quote="建设控制地带:以墙基(壕堑)保护范围外界向两侧各扩500米",
         effect="conditional", step="recalled"),
    # ----------------------------------------------------------------------- power lines
    Case("PV-048", ("PV-048",), effect="conditional", step="recalled"),
    Case("PV-049", ("PV-049",), effect="conditional", step="recalled"),
    Case("NEW-07", ("WD-083", "WD-094"), effect="conditional", step="recalled"),
    # --------------------------------------------------------------- wind notice of 2026
    Case("WD-008", ("WD-008",), NOTICE, effect="conditional", step="secondary",
         begins="2026-01-22", ends="2030-12-31", conservative="taken",
         land=(Land({"ecological_red_line": {}}, "conditional",
                    how={"without": ["WD-084"]}),)),
    Case("WD-009", ("WD-009",), NOTICE, effect="conditional", step="secondary",
         begins="2026-01-22", ends="2030-12-31", conservative="taken",
         land=(Land({"natural_park": {"level": "provincial"}}, "conditional"),)),
    Case("WD-010", ("WD-010",), NOTICE, effect="conditional", step="secondary",
         begins="2026-01-22", ends="2030-12-31", conservative="taken",
         land=(Land({"wetland": {"level": "provincial", "wetland_type": "river"}},
                    "conditional", "conditional"),)),
    Case("NEW-08", ("WD-084",), "redline_2022", "一（一）",
         "禁止开发性、生产性建设活动", "taken", begins="2022-08-16",
         land=(Land({"ecological_red_line": {}}, "taken", "conditional"),
               Land({"ecological_red_line": {}}, "taken", "unknown", day=date(2024, 6, 1)),
               Land({"ecological_red_line": {}}, "taken", "unknown",
                    day=date(2031, 6, 1)))),
    Case("WD-011", ()),
    Case("WD-012", ("WD-012",), NOTICE, effect="conditional", step="secondary",
         begins="2026-01-22", ends="2030-12-31", conservative="taken",
         land=(Land(forest(forest_type="arbor", public_welfare="national_2"),
                    "conditional"),)),
    Case("WD-013", ("WD-013",), NOTICE, effect="conditional", step="secondary",
         begins="2026-01-22", ends="2030-12-31", conservative="taken",
         land=(Land(PARCEL["arbor"], "taken", "conditional",
                    how={"rain_mm": 180.0, "scenario": "conservative"}),
               Land(PARCEL["arbor"], "conditional", "conditional",
                    how={"rain_mm": 400.0, "scenario": "conservative"}))),
    Case("WD-014", ("WD-014",), DRAFT, quote="除一级国家级公益林地、天然乔木林地和竹林地",
         effect="conditional", conservative="taken",
         land=(Land(forest(public_welfare="national_1"), "conditional"),
               Land(forest(public_welfare="national_1"), "taken",
                    how={"scenario": "conservative"}))),
    Case("WD-015", ("WD-015",), DRAFT, quote="沙漠边缘锁边林草带、基本草原以外的林草地",
         effect="conditional", conservative="taken",
         land=(Land({"desert_lock_belt": {}}, "conditional"),
               Land({"desert_lock_belt": {}}, "taken", how={"scenario": "conservative"}))),
    Case("WD-016", ("WD-016",), CODE, "第七百一十六条", STRICT, "taken", begins="2026-08-15",
         also=NOTICE, land=(Land({"basic_grassland": {}}, "taken"),
                            Land({"basic_grassland": {}}, "conditional",
                                 day=date(2026, 8, 14)))),
    Case("WD-017", ("WD-017",), DRAFT, quote="原则上不进行改造升级，运行期满后应逐步有序退出",
         effect="conditional", conservative="taken"),
    Case("WD-018", ("WD-018",), CODE, "第八百一十六条", AVOID_HABITAT, "conditional",
         begins="2026-08-15", also=NOTICE,
         land=(Land({"habitat": {}}, "conditional", how={"without": ["WD-065"]}),)),
    Case("NEW-09", ("WD-085",), "forest_land_permits_2015", "第四条（一）",
         "各类建设项目不得使用Ⅰ级保护林地", "taken", begins="2015-05-01",
         land=(Land(forest(protection_level="I"), "taken"),)),
    Case("NEW-10", ("WD-086",), NOTICE, "四",
         "已核准(备案)新建或改扩建的风电场项目使用草地的，可按照核准(备案)时用地预审意见执行",
         "conditional", begins="2026-01-22", ends="2030-12-31"),
    Case("WD-020", ("WD-020",), "wind_forest_2019", "",
         "禁止占用天然乔木林（竹林）地、年降雨量400毫米以下区域的有林地", "taken",
         begins="2019-03-27", ends="2024-03-26", day=date(2020, 1, 1),
         land=(Land(forest(forest_type="arbor", origin="natural"), "taken", "unknown",
                    day=date(2020, 1, 1)),
               Land(forest(public_welfare="national_1"), "taken", "unknown",
                    day=date(2024, 3, 26)),
               Land(forest(public_welfare="national_1"), "unknown", "unknown",
                    day=date(2024, 3, 27)))),
    Case("WD-069", ("WD-069",), "village_wind_2024", "",
         "不涉及永久基本农田、生态保护红线、自然保护地和国家沙化土地封禁保护区",
         "conditional", "secondary",
         land=(Land({"ecological_red_line": {}}, "conditional", "conditional",
                    how={"without": ["WD-084"]}),
               Land({"natural_park": {"level": "local"}}, "left", day=date(2031, 6, 1),
                    how={"without": ["WD-009"]}),
               Land({"natural_park": {"level": "local"}}, "conditional",
                    how={"without": ["WD-009"], "project": "village"}))),
    Case("WD-061", ("WD-061",), "geohazards_2003", "第二十一条",
         "在地质灾害易发区内进行工程建设应当在可行性研究阶段进行地质灾害危险性评估",
         "conditional", begins="2004-03-01",
         land=(Land({"geohazard_prone": {"susceptibility": "low"}}, "conditional"),
               Land({"geohazard_danger": {}}, "taken", "taken"))),
    Case("WD-003", ("WD-003",), "repower_2023", "第二条",
         "并网运行达到设计使用年限的风电场应当退役，经安全运行评估，符合安全运行条件可以继续运营",
         "conditional", "secondary"),
    # --------------------------------------------------------------- minerals, roads, water
    Case("PV-078", ("PV-078",), "minerals_regulation_2026", "第二十七条", MINES,
         "conditional", begins="2026-06-15", also="minerals_2024",
         land=(Land({"mining_right": {}}, "conditional"),)),
    Case("WD-077", ("WD-077",), "minerals_regulation_2026", "第二十七条", MINES,
         "conditional", begins="2026-06-15", also="minerals_2024",
         land=(Land({"mining_right": {}}, "conditional", how={"without": ["WD-060"]}),)),
    Case("NEW-11", ("NE-002",), "minerals_regulation_2026", "第五十七条",
         "纳入产地储备的战略性矿产资源，未经国务院自然资源主管部门批准，不得开采或者压覆",
         "taken", begins="2026-06-15",
         land=(Land({"mineral_reserve": {}}, "taken", question="pv"),
               Land({"mineral_reserve": {}}, "taken", question="wind"))),
    Case("NEW-12", ("NE-003",), "rural_roads_2025", "第十二条",
         "村道两侧的建筑控制区的范围由县级人民政府按照省、自治区、直辖市的规定划定",
         "conditional", begins="2025-09-15",
         land=(Land({"road": {"road_class": "village"}}, "conditional", question="pv"),
               Land({"road": {"road_class": "village"}}, "conditional", question="wind"))),
    Case("AF-015", ("AF-015",), "river_courses_2026", "第二十四条", "和树木(堤防防护林除外)",
         "taken", begins="2026-03-20", also="river_courses_2018",
         land=(Land({"river_lake_management": {"water_type": "river"}}, "taken"),)),
    Case("PV-083", ("PV-083",), "earthquake_2024", "第二十八条（三）",
         "在电磁观测环境保护范围内铺设金属管线、电力电缆线路", "conditional",
         begins="2025-01-20", also="earthquake_2011",
         land=(Land({"seismic_zone": {"observation": "electromagnetic"}}, "conditional",
                    how={"part": "line"}),)),
    Case("NEW-13", ("WD-087",), "earthquake_2024", "第二十八条（二）、第三十二条", VIBRATION,
         "conditional", begins="2025-01-20", also="earthquake_2011",
         land=(Land({"seismic_zone": {"observation": "vibration"}}, "conditional"),
               Land({"seismic_zone": {"observation": "fluid"}}, "left"))),
    Case("WD-035", ("WD-035",), "civil_aviation_2025", "第五十六条（二）",
         "修建不符合机场净空要求的建筑物或者设施", "conditional", begins="2026-07-01",
         also="airports_2019", land=(Land({"airport_clearance": {}}, "conditional"),)),
    Case("NEW-14", ("NE-004",), CODE, "第八百八十条", EROSION, "taken", begins="2026-08-15",
         also="yellow_river_2022",
         land=(Land({"soil_erosion_zone": {"severity": "severe"}}, "taken", "conditional",
                    question="pv"),
               Land({"soil_erosion_zone": {"severity": "fragile"}}, "taken", "conditional",
                    question="wind"),
               Land({"soil_erosion_zone": {"severity": "moderate"}}, "conditional",
                    "conditional", question="wind"))),
    Case("NEW-15", ("NE-005",), CODE, "第七百二十条", STEPPE, "conditional",
         begins="2026-08-15", also="grassland_2021",
         land=(Land({"degraded_grassland": {}}, "conditional", question="pv"),
               Land({"degraded_grassland": {}}, "conditional", question="wind"))),
    Case("NEW-16", ("NE-006",), CODE, "第九百一十八条",
         "在沙化土地范围内从事种植、养殖、旅游、风电、光伏发电等生产经营活动", "conditional",
         begins="2026-08-15",
         land=(Land({"sandy_land": {}}, "conditional", question="wind"),
               Land({"sandy_land": {}}, "conditional", "conditional", question="pv"))),
    Case("NEW-17", ("NE-007",), "ancient_trees_2025", "第十八条",
         "建设项目选址、建设，应当避开古树名木保护范围", "conditional", begins="2025-03-15",
         land=(Land({"ancient_tree_zone": {}}, "conditional", question="pv"),
               Land({"ancient_tree_zone": {}}, "conditional", question="wind"))),
    Case("NEW-18", ("NE-008",), "military_industry_2025", "第十五条",
         "在重要军工设施保护区内，禁止建造、设置危害重要军工设施安全和使用效能的设施",
         "taken", begins="2025-09-15",
         land=(Land({"military_industry_zone": {}}, "taken", question="pv"),
               Land({"military_industry_zone": {}}, "taken", question="wind"))),
    # --------------------------------------------------------------------------- railways
    Case("PV-040", ("PV-040", "PV-100", "PV-102"), "railways_2013", "第二十七条、第三十条",
         "", "conditional", begins="2014-01-01"),
    Case("PV-041", ("PV-041", "PV-101", "PV-103"), "railways_2013", "第二十七条、第三十条",
         "", "conditional", begins="2014-01-01"),
    Case("WD-045", ("WD-045", "WD-090", "WD-092"), "railways_2013", "第二十七条、第三十条",
         "", "conditional", begins="2014-01-01"),
    Case("WD-046", ("WD-046", "WD-091", "WD-093"), "railways_2013", "第二十七条、第三十条",
         "", "conditional", begins="2014-01-01"),
    Case("NEW-19", ("WD-088", "WD-089"), "railways_2013", "第二十七条、第三十条",
         "村镇居民居住区高速铁路为15米，其他铁路为12米", "conditional", begins="2014-01-01"),
    # ----------------------------------------------------------- read by nobody, or as drafts
    recalled("PV-017"), recalled("WD-076"), recalled("PV-063"), recalled("PV-064"),
    recalled("PV-076", "none"), recalled("PV-084"), recalled("PV-086", "none"),
    recalled("AF-004"), recalled("AF-010"), recalled("WD-044"), recalled("WD-053"),
    recalled("WD-054"), recalled("WD-056", "none"), recalled("WD-057", "none"),
    recalled("WD-058", "none"), recalled("WD-073", "none"), recalled("WD-074"),
    Case("WD-055", ("WD-055",), "onshore_environment_draft_2024"),
    # its words stand in three reprints; the width is nobody's, and the rule says so
    Case("PV-021", ("PV-021",), "rivers_2022", "三（五）", "要科学论证，严格管控",
         "conditional"),
    Case("PV-024", ("PV-024",), "farmland_water_2016", "第二十四条",
         "任何单位和个人不得擅自占用农业灌溉水源、农田水利工程设施", "conditional",
         begins="2016-07-01", land=(Land({"canal": {}}, "conditional"),)),
    Case("PV-087", ("PV-087",), "onshore_environment_draft_2024", effect="conditional",
         step="secondary"),
)  # fmt: skip

# First days of texts the audit looked up: law -> day -> rules.
FIRST_DAYS = {
    "food_security_2023": ("2024-06-01", "AF-002 AF-005 AF-020 GR-009"),
    "yellow_river_2022": (
        "2023-04-01",
        "AF-006 AF-012 AF-013 PV-022 WT-013 WT-015 WD-028",
    ),
    "forest_2019": ("2020-07-01", "AF-009 WD-021"),
    "pipelines_2010": (
        "2010-10-01",
        "AF-016 PV-051 PV-052 PV-053 PV-054 WD-050 WD-051",
    ),
    "railways_2013": (
        "2014-01-01",
        "AF-019 PV-040 PV-041 PV-042 PV-043 WD-045 WD-046",
    ),
    "water_saving_2024": ("2024-05-01", "AF-026"),
    "relics_2024": ("2025-03-01", "PV-027 PV-028 WD-030 WD-031"),
    "great_wall_2006": ("2006-12-01", "PV-030"),
    "military_facilities_2021": ("2021-08-01", "PV-032 PV-033 PV-034 WD-033 WD-034"),
    "land_regulation_2021": ("2021-09-01", "PV-080"),
    "energy_2024": ("2025-01-01", "PV-090 WD-080"),
    "wetland_2021": (
        "2022-06-01",
        "PV-018 PV-019 WT-001 WT-003 WT-006 WT-007 WT-008 WT-009 WT-010 WT-011 WT-012 "
        "WT-014 WT-016 WD-025 WD-026",
    ),
    "wildlife_2022": ("2023-05-01", "PV-077 WD-065"),
    "geohazards_2003": ("2004-03-01", "PV-055 PV-056 WD-063"),
    "minerals_2024": ("2025-07-01", "PV-078 WD-077"),
    "roads_2011": (
        "2011-07-01",
        "PV-035 PV-036 PV-037 PV-038 PV-039 WD-039 WD-040 WD-041 WD-042 WD-043",
    ),
    "farmland_water_2016": ("2016-07-01", "PV-024"),
    "soil_conservation_2010": ("2011-03-01", "PV-079 WD-078"),
    "noise_2021": ("2022-06-05", "WD-052"),
}
