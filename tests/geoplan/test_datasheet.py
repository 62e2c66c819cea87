"""The data sheet: written, filled in, read back into a plan, compared; faults by cell."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
import zipfile

import geopandas as gpd
import openpyxl
import pytest
import shapely

from geoplan.cli import main
from geoplan.datasheet.layout import LAYER_COLUMNS
from geoplan.datasheet.paths import leads, paths
from geoplan.datasheet.read import read_sheet_file
from geoplan.datasheet.rows import rows_of
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.say import in_lang
from layers.plan.locality import Locality
from tests.layers.catalogue.test_supply import CORE

HERE = Locality(adcode="640221")
NAMES = {"zh": ("数据清单", "片区", "目标"), "en": ("layers", "zones", "targets")}


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    """A sheet in each language, as the command writes it."""
    folder = tmp_path_factory.mktemp("sheets")
    for lang in NAMES:
        path = str(folder / f"{lang}.xlsx")
        assert main(["layers", "--sheet", path, "--county", "640221", "--lang", lang]) == 0
    return folder


@pytest.fixture(params=["zh", "en"])
def blank(request, handed_out, tmp_path):
    """A sheet to fill in, its language."""
    path = tmp_path / "plan.xlsx"
    shutil.copy(handed_out / f"{request.param}.xlsx", path)
    return path, request.param


def filled(path, lang, layers=(), zones=(), targets=()):
    """Fill cells in by (layer, column) and whole rows of zones and targets."""
    book = openpyxl.load_workbook(path)
    page = book[NAMES[lang][0]]
    keys = list(LAYER_COLUMNS)
    rows = {page.cell(i, 1).value: i for i in range(2, page.max_row + 1)}
    for layer, column, value in layers:
        page.cell(rows[layer], keys.index(column) + 1, value)
    for name, some in zip(NAMES[lang][1:], (zones, targets), strict=True):
        for i, row in enumerate(some, 2):
            for j, value in enumerate(row, 1):
                book[name].cell(i, j, value)
    book.save(path)
    return rows


def test_core_first_and_everything_the_steps_read(blank):
    path, lang = blank
    page = openpyxl.load_workbook(path)[NAMES[lang][0]]
    ids = [page.cell(i, 1).value for i in range(2, page.max_row + 1)]
    assert ids[:8] == CORE
    assert {"dem", "weather", "turbines", "zones", "targets"} <= set(ids)
    assert {"slope", "aspect"}.isdisjoint(ids)
    assert len(ids) == len(set(ids))
    # 40 rules read the parcels, by the books themselves
    from siting.rules import search_rules, split_by_area

    own = [r for r in split_by_area(search_rules(), HERE)[0] if "land_parcels" in r.layer_ids]
    keys = list(LAYER_COLUMNS)
    assert page.cell(2, keys.index("rules") + 1).value == len(own)
    # nothing has been run: no figure, and the reason stands beside it
    assert page.cell(2, keys.index("land_km2") + 1).value is None
    assert page.cell(2, keys.index("land_note") + 1).value


def test_lists_frozen_header_and_paper(blank):
    path, lang = blank
    page = openpyxl.load_workbook(path)[NAMES[lang][0]]
    lists = [v.formula1 for v in page.data_validations.dataValidation]
    word = {
        "zh": '"已有,已有但不齐全,待取得,确实没有"',
        "en": '"have,not complete,to come,truly absent"',
    }[lang]
    assert word in lists
    assert page.freeze_panes == "C2"
    assert page.page_setup.orientation == "landscape"
    assert int(page.page_setup.paperSize) == 9  # A4
    assert page.print_title_rows == "$1:$1"


def test_a_sheet_becomes_a_plan(blank, tmp_path, capsys):
    path, lang = blank
    (tmp_path / "三调").mkdir()
    box = shapely.box(106.5, 38.8, 106.6, 38.9)
    gpd.GeoDataFrame({"DLBM": ["0102"]}, geometry=[box], crs=4490).to_file(
        tmp_path / "三调" / "d.gpkg", layer="DLTB"
    )
    filled(
        path,
        lang,
        [
            ("land_parcels", "path", "三调/d.gpkg"),
            ("land_parcels", "table", "DLTB"),
            ("land_parcels", "date", 2024),
            ("road", "state", "have"),
            ("road", "path", "gone.shp"),
            ("great_wall", "absent_because", "文物局 2025 年函复"),
            ("weather", "state", "have"),
            ("weather", "path", "w.csv"),
            ("railway", "path", "promised.shp"),  # to come, as the sheet is handed out
            ("wetland", "note", "林草局 6 月给"),
            ("river", "path", "postgis:base.river"),
            ("river", "state", "partly"),
            ("river", "note", "志愿者绘制"),
            ("buildings", "state", {"zh": "已有但不齐全", "en": "not complete"}[lang]),
            ("buildings", "path", "gone.shp"),
        ],
        [["gaoren", "高仁", None, 106.6, 38.66, 106.72, 38.78, None, "光伏", "近似"]],
        [
            [
                "t1",
                None,
                "capacity",
                "new_energy_capacity",
                2030,
                1500,
                "MW",
                ">=",
                None,
                "2",
                "q",
                None,
                "县发改局、供电公司",
            ]
        ],
    )
    out = tmp_path / "plan" / "p.toml"
    words = ["new", "640221", "--sheet", str(path), "--out", str(out), "--lang", lang]
    assert main(words) == 0
    said = capsys.readouterr().err
    assert "gone.shp" in said
    assert "三调/d.gpkg" not in said
    plan = load_plan(out)
    parcels = plan.layers["land_parcels"]
    assert plan.resolve(parcels.path) == (tmp_path / "三调" / "d.gpkg").resolve()
    assert (parcels.layer, parcels.date) == ("DLTB", "2024")
    assert plan.layers["road"].path == "../gone.shp"
    assert plan.layers["great_wall"].assumed_absent == "文物局 2025 年函复"
    assert plan.layers["wetland"].required_from_user == "林草局 6 月给"
    assert plan.layers["river"].table == "base.river"
    assert plan.layers["river"].incomplete == "志愿者绘制"
    assert in_lang(plan.layers["buildings"].incomplete, "en") == "the plan says so"
    assert not plan.layers["road"].incomplete
    assert plan.layers["railway"].required_from_user
    assert plan.layers["power_line"].required_from_user
    (zone,) = plan.zones
    assert (zone.title.zh, zone.title.en) == ("高仁", "高仁")  # one language is enough
    assert zone.bounds_ll == (106.6, 38.66, 106.72, 38.78)
    assert (zone.purpose, zone.status) == ("pv", "approximate")
    (target,) = plan.targets
    assert (target.year, target.value, target.relation) == (2030, 1500.0, ">=")
    assert in_lang(target.responsible, "zh") == "县发改局、供电公司"
    from siting.pv.study.section import PvSection

    assert plan.section(PvSection).weather.path == "../w.csv"


def test_every_fault_at_once_by_sheet_row_and_column(blank):
    path, lang = blank
    rows = filled(
        path,
        lang,
        [
            ("road", "state", "vielleicht"),
            ("railway", "state", "have"),
            ("canal", "state", "truly absent"),  # and a path no system can have
            ("dem", "path", "=1+1"),
            ("wetland", "path", "/vsicurl/http://x/y.gpkg"),
            ("turbines", "path", "old.MDB"),
            ("river", "date", "soon"),
            ("canal", "path", "长" * 3000),
            ("habitat", "layer", "habbitat"),
        ],
        [
            ["Bad Id", "甲", None, 106, 38, "east", 39],
            ["z", "甲", None, 106, 38, 107, 39],
            ["z", "乙", None, 106, 38, 107, 39],
        ],
        [
            ["t1", "甲", None, "x", "soon", 5, "MW", ">=", None, "2", "q"],
            ["t2", "甲", None, "chargers", 2030, 5, "MW", ">=", None, "2", "q"],
            ["t3", "甲", None, "new_energy_capacity", 2030, 5, "ha", ">=", None, "2", "q"],
        ],
    )
    with pytest.raises(ConfigError) as refused:
        read_sheet_file(path)
    found = [f.where(lang) for f in refused.value.faults]
    head = {
        "zh": ("状态", "路径", "确无此类要素的理由", "数据日期", "图层代码", "东（°）", "年份"),
        "en": (
            "State",
            "Path",
            "Truly absent because",
            "Date",
            "Layer id",
            "East (deg)",
            "Year",
        ),
    }[lang]
    state, place, reason, date, layer, east, year = head
    indicator, unit, zone = {
        "zh": ("指标", "单位", "片区代码"),
        "en": ("Indicator", "Unit", "Zone id"),
    }[lang]
    wanted = [
        *((0, rows["road"], state), (0, rows["railway"], place)),
        *((0, rows["canal"], reason), (0, rows["dem"], place), (0, rows["wetland"], place)),
        *((0, rows["turbines"], place), (0, rows["river"], date), (0, rows["habitat"], layer)),
        *((1, 2, east), (2, 2, year), (2, 3, indicator), (2, 4, unit), (1, 4, zone)),
    ]
    for sheet, row, column in wanted:
        name = NAMES[lang][sheet]
        assert [w for w in found if name in w and f" {row} " in w and column in w], (
            name,
            row,
            column,
            found,
        )
    assert any("plan.xlsx" in w for w in found)


def test_a_faulty_sheet_writes_no_plan(blank, tmp_path, capsys):
    path, lang = blank
    filled(path, lang, [("road", "state", "have")])
    out = tmp_path / "p.toml"
    assert main(["new", "640221", "--sheet", str(path), "--out", str(out)]) == 2
    assert not out.exists()
    out.write_text("mine", encoding="utf-8")
    filled(path, lang, [("road", "path", "r.shp")])
    assert main(["new", "640221", "--sheet", str(path), "--out", str(out)]) == 2
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_sheet_is_not_overwritten_and_no_formula_is_written(blank, tmp_path, capsys):
    path, _ = blank
    before = path.read_bytes()
    assert main(["layers", "--sheet", str(path)]) == 2
    assert path.read_bytes() == before
    for page in openpyxl.load_workbook(path).worksheets:
        for row in page.iter_rows():
            assert not [c for c in row if c.data_type == "f"]
    assert main(["layers", "--county", "640221"]) == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"<html>"])
def test_no_workbook(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        read_sheet_file(path)


def test_a_workbook_that_swells_and_one_with_a_far_cell(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(ConfigError):
        read_sheet_file(path)
    book = openpyxl.Workbook()
    book.active.title = "layers"
    book.active.append(["layer", "state", "path"])
    book.active["XFD1048576"] = 1
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(ConfigError, match="cells"):
        read_sheet_file(tmp_path / "b.xlsx")


def test_a_county_by_name(tmp_path, capsys):
    path = tmp_path / "a.xlsx"
    assert main(["layers", "--sheet", str(path), "--county", "平罗县", "--lang", "zh"]) == 0
    book = openpyxl.load_workbook(path)
    assert "平罗县" in book["填写说明"]["A1"].value
    assert main(["layers", "--sheet", str(tmp_path / "b.xlsx"), "--county", "平啰县"]) == 2
    assert not (tmp_path / "b.xlsx").exists()


def test_no_rule_is_lost_between_sheet_and_books():
    rows = {r.layer: r for r in rows_of(HERE)}
    from siting.rules import search_rules, split_by_area

    wanted = {i for r in split_by_area(search_rules(), HERE)[0] for i in r.layer_ids}
    assert wanted - set(rows) == {"slope", "aspect"}
    # heights are asked for in their place, with the rules of both
    own = split_by_area(search_rules(), HERE)[0]
    steep = {r.id for r in own if {"slope", "aspect"} & set(r.layer_ids)}
    assert steep
    assert set(rows["dem"].rules) == steep


def test_land_of_heights_is_that_of_slope():
    from siting.screen.judged.layer_land import LayerLand

    land = {"slope": LayerLand(3.5, 0.0), "road": LayerLand(1.0, 0.0)}
    rows = {r.layer: r for r in rows_of(HERE, land=land)}
    assert rows["dem"].land == LayerLand(3.5, 0.0)
    assert rows["road"].land == LayerLand(1.0, 0.0)
    assert rows["river"].land is None


def test_paths_as_file_managers_and_other_systems_write_them(tmp_path):
    for name in ("a b/x.shp", "a b/y.shp", "c;d.shp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    sheet = tmp_path / "plan.xlsx"
    cases = {
        '"a b\\x.shp"': ("a b/x.shp",),
        "a b/x.shp; a b\\y.shp\uff1b": ("a b/x.shp", "a b/y.shp"),
        "a b/x.shp\n\u201ca b/y.shp\u201d": ("a b/x.shp", "a b/y.shp"),
        "c;d.shp": ("c;d.shp",),  # a file is called so
        "\\\\server\\share\\x.gdb": ("//server/share/x.gdb",),
        " ": (),
    }
    assert {k: paths(sheet, k) for k in cases} == cases
    assert [leads(sheet, p) for p in ("a b/*.shp", "a b/*.tif", "a b/x.shp")] == [
        True,
        False,
        True,
    ]


def test_a_layer_in_several_files_is_a_list_in_the_plan(blank, tmp_path, capsys):
    path, lang = blank
    for name in ("n.tif", "s.tif"):
        (tmp_path / name).touch()
    cells = [("dem", "path", "n.tif; s.tif"), ("ndvi", "path", "B04.tif;gone.tif")]
    filled(path, lang, [*cells, ("ndvi", "state", "have")])
    plan = tmp_path / "p.toml"
    assert main(["new", "640221", "--sheet", str(path), "--out", str(plan)]) == 0
    layers = tomllib.loads(plan.read_text(encoding="utf-8"))["layers"]
    assert layers["dem"]["path"] == ["n.tif", "s.tif"]
    # a part that is not there is said
    assert "gone.tif" in capsys.readouterr().err


def test_columns_and_values_of_the_named_files_are_mapped(blank, tmp_path, capsys):
    """Classes under another heading, in two files without a system; lines with text for kV."""
    path, lang = blank
    for name, classes in {
        "国道.shp": ["G109"] * 5 + ["二级"],
        "县道.shp": ["X201"] * 6,
    }.items():
        lines = [shapely.LineString([(106.5, 38.8), (106.6, 38.9 + d / 50)]) for d in range(6)]
        roads = gpd.GeoDataFrame({"技术等级": classes}, geometry=lines, crs=4490)
        # zone 35 before the easting
        roads.to_crs(4523).to_file(tmp_path / name, encoding="GBK")
        (tmp_path / name).with_suffix(".prj").unlink()
    line = gpd.GeoDataFrame({"DYDJ": ["35千伏"]}, geometry=lines[:1], crs=4490)
    line.to_file(tmp_path / "l.gpkg")
    cells = [("road", "path", "国道.shp\n县道.shp"), ("power_line", "path", "l.gpkg")]
    filled(path, lang, [*cells, ("railway", "path", "gone.shp"), ("railway", "state", "have")])
    plan = tmp_path / "p.toml"
    assert main(["new", "640221", "--sheet", str(path), "--out", str(plan)]) == 0
    layers = tomllib.loads(plan.read_text(encoding="utf-8"))["layers"]
    road = layers["road"]
    assert (road["crs"], road["fields"]) == ("EPSG:4523", {"road_class": "技术等级"})
    # a build is no class of the law: unknown, and told
    words = {"G109": "national", "X201": "county", "二级": ""}
    assert road["values"]["road_class"] == words
    assert "二级" in capsys.readouterr().err
    assert layers["power_line"]["values"] == {"voltage_kv": {"35千伏": "35"}}
    assert layers["railway"] == {"path": "gone.shp"}


@pytest.mark.slow
def test_doctor_compares_and_writes_a_copy(blank, tmp_path, capsys):
    path, lang = blank
    from tests.layers.doctor.test_findings import lattice

    lattice().to_file(tmp_path / "d.gpkg")
    filled(
        path,
        lang,
        [
            ("land_parcels", "path", "d.gpkg"),
            ("land_parcels", "date", "2024-06"),
            ("road", "state", "have"),
            ("road", "path", "gone.shp"),
            ("river", "state", "have"),
            ("river", "path", "d.gpkg"),
        ],
    )
    county = gpd.GeoDataFrame(geometry=[shapely.union_all(lattice().geometry)], crs="EPSG:4544")
    county.to_file(tmp_path / "county.gpkg")
    plan = tmp_path / "p.toml"
    plan.write_text(
        '[plan]\nid = "t"\ntitle = { zh = "测", en = "test" }\nas_of = 2026-01-01\n'
        '[area]\nboundary = { path = "county.gpkg" }\ncrs = "EPSG:4544"\n'
        '[layers.land_parcels]\npath = "d.gpkg"\ndate = "2025"\n',
        encoding="utf-8",
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    report = tmp_path / "report"
    words = ["doctor", str(plan), "--sheet", str(path), "--report", str(report)]
    assert main([*words, "--lang", lang]) == 0
    text = capsys.readouterr().out
    assert "gone.shp" in text
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    page = openpyxl.load_workbook(report / "plan_checked.xlsx")[NAMES[lang][0]]
    column = page.max_column
    assert page.cell(1, column).value == {"zh": "核对结果", "en": "Found"}[lang]
    found = {page.cell(i, 1).value: page.cell(i, column).value for i in range(2, page.max_row)}
    assert "2024-06" in found["land_parcels"]
    assert "2025" in found["land_parcels"]
    assert "gone.shp" in found["road"]
    assert (
        found["river"]
        == {
            "zh": "清单有，规划文件没有用",
            "en": "in the sheet, but the plan does not use it",
        }[lang]
    )
    # once more: the copy of before stays
    assert main([*words, "--lang", lang]) == 0
    assert (report / "plan_checked_2.xlsx").exists()
