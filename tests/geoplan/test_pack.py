"""The approval pack and the overlap analysis, on the tiny sample."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pytest
import shapely

from geoplan.cli import main
from geoplan.demo import sample_plan
from geoplan.report.overlap import plant_lines
from geoplan.report.pack import list_for, material_list, write_pack
from gis.crs.systems import same_crs
from gis.errors import ConfigError
from gis.files.read import read_features
from layers.result import read_layer

pytestmark = pytest.mark.slow  # writing a pack takes half a minute


@pytest.fixture(scope="module")
def site(tiny_run: Path) -> str:
    return str(read_layer(tiny_run, "sites")["site_id"].iloc[0])


@pytest.fixture(scope="module")
def pack(tiny_run: Path, site: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pack")
    # the list is found by the county code of the plan
    write_pack(sample_plan("tiny"), tiny_run, site, out, province="", lang="zh")
    return out


def test_pack_holds_what_it_promises(pack: Path, site: str) -> None:
    for name in (f"{site}_坐标.txt", f"{site}_表格.xlsx", f"{site}_报件.docx"):
        assert (pack / name).stat().st_size > 0, name
    for name in ("site.gpkg", "site.shp", "site.cpg", "site.kml", "site.dxf"):
        assert (pack / "gis" / name).exists(), name
    # what is for programs does not lie among what is handed in
    assert [p.name for p in pack.iterdir() if p.suffix == ".json"] == []
    assert (pack / "gis" / f"{site}_审查意见.json").exists()


def test_the_pack_says_the_day_of_the_law(pack: Path, site: str) -> None:
    day = sample_plan("tiny").plan.as_of.isoformat()
    book = openpyxl.load_workbook(pack / f"{site}_表格.xlsx", read_only=True)
    rows = list(book["规则压占"].iter_rows(values_only=True))
    column = rows[0].index("法规日期")
    assert f"在 {day} 有效的条文" in {r[column] for r in rows[1:]}
    told = {r[1] for r in book["法规日期与变动"].iter_rows(values_only=True)}
    assert f"法规日期：{day}" in told
    cells = {
        c.text
        for t in docx.Document(str(pack / f"{site}_报件.docx")).tables
        for row in t.rows
        for c in row.cells
    }
    assert any(f"在 {day} 有效的条文；" in c for c in cells)


def test_coordinates_read_back_to_the_same_area(pack: Path, tiny_run: Path, site: str) -> None:
    from gis.cells.area import polygon_area_m2

    back = read_features(pack / f"{site}_坐标.txt")
    sites = read_layer(tiny_run, "sites")
    want = float(sites.loc[sites["site_id"] == site, "area_m2"].iloc[0])
    got = float(polygon_area_m2(back.geometry, back.crs).sum())
    assert got == pytest.approx(want, rel=1e-6)  # four decimals of a metre are written


def test_points_of_the_pack_are_those_of_its_coordinate_text(pack: Path, site: str) -> None:
    """Workbook, table of points and text: one zone, one order, one name a point."""
    text = (pack / f"{site}_坐标.txt").read_bytes().decode("gb18030")
    lines = [x.split(",") for x in text.splitlines() if x.startswith("J")]
    wanted = [(c[0], float(c[2]), float(c[3])) for c in lines]
    (table,) = (pack / "界址点").glob("*.xlsx")
    rows = openpyxl.load_workbook(table).active.iter_rows(values_only=True)
    got = [r[:3] for r in rows if isinstance(r[1], float)]
    assert [g[0] for g in got] == [w[0] for w in wanted]
    assert (
        np.abs(np.array([g[1:] for g in got]) - [w[1:] for w in wanted]).max() < 1.1e-4
    )  # the last of four decimals
    sheet = openpyxl.load_workbook(pack / f"{site}_表格.xlsx")["界址点成果表（草表）"]
    header, *points = sheet.iter_rows(values_only=True)
    at = header.index("X 北 [m]")
    assert [p[at : at + 2] for p in points] == [g[1:] for g in got]
    # every coordinate has the four decimals of the text on paper too, those that are 0 as well
    pages = (
        docx.Document(str(p)) for p in (pack / f"{site}_报件.docx", *pack.glob("*/*.docx"))
    )
    for page in pages:
        cells = {c.text for t in page.tables for r in t.rows for c in r.cells}
        assert {f"{w[1]:.4f}" for w in wanted} <= cells


def test_the_boundary_as_printed_lies_inside_the_legal_edge(
    pack: Path, pv_pack: tuple[Path, str]
) -> None:
    """What a reviewer draws from the text: 0.00 m2 outside, by the points themselves."""
    for folder in (pack, pv_pack[0]):
        (text,) = folder.glob("*_坐标.txt")
        rings: dict[str, list[tuple[float, float]]] = {}
        for line in text.read_bytes().decode("gb18030").splitlines():
            if line.startswith("J"):
                _, ring, north, east = line.split(",")
                rings.setdefault(ring, []).append((float(east), float(north)))
        edge = read_features(folder / "gis" / "legal_edge.gpkg").geometry.union_all()
        faces = shapely.polygonize([shapely.LineString(r) for r in rings.values()])
        drawn = shapely.union_all(
            [f for f in faces.geoms if edge.contains(f.representative_point())]
        )
        assert drawn.difference(edge).area == 0.0
        site = read_features(folder / "gis" / "site.gpkg").geometry.union_all()
        assert drawn.symmetric_difference(site).area < 1e-3
        corners = shapely.get_coordinates(site)
        assert np.abs(corners - np.round(corners, 4)).max() < 1e-6


def test_every_file_of_the_pack_is_in_the_zone_of_its_coordinate_text(pack: Path) -> None:
    (text,) = pack.glob("*_坐标.txt")
    zone = read_features(text).crs
    for name in ("site.gpkg", "site.shp", "legal_edge.gpkg"):
        assert same_crs(read_features(pack / "gis" / name).crs, zone), name
    site = read_features(pack / "gis" / "site.gpkg").iloc[0]
    if site["tech"] == "pv":
        assert site["capacity_mw"] == pytest.approx(site["area_mu"] / 25)


def test_area_table_balances_as_printed(pack: Path, site: str) -> None:
    book = openpyxl.load_workbook(pack / f"{site}_表格.xlsx")
    sheet = book["用地面积表"]
    header, *rows = [[c.value for c in r] for r in sheet.iter_rows()]
    table = {r[0]: dict(zip(header[1:], r[1:], strict=True)) for r in rows}
    parts = ("农用地", "建设用地", "未利用地", "无地类")
    for column in header[1:]:
        total = sum(table[p][column] for p in parts if p in table)
        assert round(total, 4) == round(table["合计"][column], 4), column


def test_the_first_sheet_is_the_conclusion_and_areas_have_their_decimals(
    pack: Path, site: str
) -> None:
    book = openpyxl.load_workbook(pack / f"{site}_表格.xlsx")
    assert book.sheetnames[:2] == ["结论", "材料清单"]
    told = [r[0] for r in book["结论"].iter_rows(min_row=2, values_only=True)]
    assert "合成" in told[0]
    assert any("重叠合计 0.00 m²" in t for t in told)
    head, first = (list(r) for r in book["地类面积"].iter_rows(max_row=2))
    shown = {h.value: c.number_format for h, c in zip(head, first, strict=True)}
    assert (shown["面积 公顷"], shown["面积 亩"], shown["占比 %"]) == ("0.0000", "0.00", "0.00")


def test_checklist_says_what_is_missing(pack: Path, site: str) -> None:
    sheet = openpyxl.load_workbook(pack / f"{site}_表格.xlsx")["材料清单"]
    states = {r[0].value: r[1].value for r in sheet.iter_rows(min_row=2)}
    assert states["申请报告"] == "由申请单位提供"
    assert states["用地坐标表（2000 坐标系，TXT 格式）"] == "已生成草稿"


def test_a_plant_on_land_is_not_asked_for_shares_of_roofs(pv_pack: tuple[Path, str]) -> None:
    """Shares of public roofs bind the county; the terms of land use bind the plant."""
    folder, site = pv_pack
    sheet = openpyxl.load_workbook(folder / f"{site}_表格.xlsx")["项目条件"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert rows
    assert not [r for r in rows if "屋顶" in str(r[1]) or "公共建筑" in str(r[1])]


def test_capacity_is_told_with_the_land(pack: Path, site: str) -> None:
    row = read_features(pack / "gis" / "site.gpkg").iloc[0]
    told = [p.text for p in docx.Document(str(pack / f"{site}_报件.docx")).paragraphs]
    wanted = f"容量 {row['capacity_mw']:,.1f} MW"
    assert any(t.startswith(wanted) for t in told), told[:30]


def test_a_wind_farm_without_turbines_or_capacity_says_so() -> None:
    """3 turbines of 5.0 MW are 15 MW; of a run without any nothing is invented."""
    told = [x("zh") for x in plant_lines("wind", 15.0, [5.0] * 3)]
    assert "容量 15.0 MW" in told[0]
    assert "风机 3 台、15.0 MW" in told[1]
    none = [x("en") for x in plant_lines("wind", float("nan"), [])]
    assert none[0].startswith("The run gives the site no capacity")
    assert none[1].startswith("The run places no turbine")
    assert "not the land to apply for" in none[2]


def test_never_called_a_survey(pack: Path, site: str) -> None:
    import zipfile

    with zipfile.ZipFile(pack / f"{site}_报件.docx") as z:
        text = "".join(z.read(n).decode() for n in z.namelist() if n.endswith(".xml"))
    assert "勘测定界图" not in text
    assert "不是勘测定界成果" in text
    assert "合成" in text


def test_unknown_site_and_province_are_named(tiny_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such site"):
        write_pack(
            sample_plan("tiny"), tiny_run, "X-9", tmp_path, province="ningxia", lang="zh"
        )
    with pytest.raises(ConfigError, match="ningxia"):
        material_list("atlantis")


def test_check_of_a_site_finds_no_forbidden_land(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    plan = tmp_path / "plan.toml"
    text = (root / "plans" / "sample.toml").read_text(encoding="utf-8")
    plan.write_text(text.replace('sample = "demo"', 'sample = "tiny"'), encoding="utf-8")
    args = ["check", str(pack / "gis" / "site.gpkg"), str(plan), "--json"]
    assert main([*args, "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    found = json.loads(out[out.index("{") :])
    # the site was cut against the vector constraints: nothing hard is left in it
    assert found["result"] in {"pass", "conditional"}
    assert all(r["overlap_m2"] == 0 for r in found["rules"] if r["result"] == "fail")
    names = sorted(p.suffix for p in (tmp_path / "out").iterdir())
    assert names == [".docx", ".gpkg", ".html", ".xlsx"]


@pytest.fixture(scope="module")
def pv_pack(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Pack of a PV site with a substation of 1 ha."""
    sites = read_layer(tiny_run, "sites")
    name = str(sites.loc[sites["tech"] == "pv", "site_id"].iloc[0])
    out = tmp_path_factory.mktemp("pv_pack")
    plan = sample_plan("tiny")
    write_pack(plan, tiny_run, name, out, province="ningxia", lang="zh", substation_ha=1.0)
    return out, name


def test_layout_covers_the_site_once(pv_pack: tuple[Path, str], tiny_run: Path) -> None:
    out, name = pv_pack
    layout = read_features(out / "gis" / "layout.gpkg", layer="layout")
    assert set(layout["part"]) == {"array", "roads", "remaining", "substation"}
    sites = read_layer(tiny_run, "sites")
    whole = sites.loc[sites["site_id"] == name]
    # land types tile the site: their areas add up, and they do not overlap
    assert layout["area_m2"].sum() == pytest.approx(whole["area_m2"].iloc[0], rel=1e-6)
    assert layout.geometry.union_all().area == pytest.approx(
        layout.geometry.area.sum(), rel=1e-9
    )
    rows = read_features(out / "gis" / "layout.gpkg", layer="layout_rows")
    parts = layout.set_index("part").geometry
    assert parts["array"].buffer(1e-3).covers(rows.geometry.union_all())
    assert not rows.geometry.intersects(parts["substation"]).any()
    # 1 ha in the plane of the plan; another zone or the ellipsoid differ by under 0.1 %
    assert parts["substation"].area == pytest.approx(10_000.0, rel=1e-3)


def test_layout_files_and_table(pv_pack: tuple[Path, str]) -> None:
    out, name = pv_pack
    assert (out / f"{name}_布局图.png").read_bytes()[:4] == b"\x89PNG"
    assert (out / f"{name}_布局图.pdf").read_bytes()[:4] == b"%PDF"
    dxf = (out / "gis" / "layout.dxf").read_text(errors="ignore")
    assert all(part in dxf for part in ("array", "roads", "substation", "collector", "rows"))
    sheet = openpyxl.load_workbook(out / f"{name}_表格.xlsx")["布局用地表"]
    rows = [[c.value for c in r] for r in sheet.iter_rows(min_row=2)]
    table = {r[0]: r[1:] for r in rows}
    parts = ("光伏方阵", "升压站", "场内道路", "退让带与未布置")
    assert table["合计"][0] == pytest.approx(sum(table[p][0] for p in parts), abs=1e-9)
    assert table["合计"][1] == pytest.approx(sum(table[p][1] for p in parts), abs=1e-9)
    assert table["集电线路"][0] is None  # land of trenches is not estimated
    assert table["集电线路"][2] > 0
    items = openpyxl.load_workbook(out / f"{name}_表格.xlsx")["材料清单"]
    found = {r[0].value: r[1].value for r in items.iter_rows(min_row=2)}
    assert found["块状项目平面布局图"] == "已生成草稿"


def test_substation_of_unknown_area_is_a_place_only(tiny_run: Path) -> None:
    from geoplan.report.layout_table import layout_table
    from siting.pv.study.land_plan import site_layout

    sites = read_layer(tiny_run, "sites")
    name = str(sites.loc[sites["tech"] == "pv", "site_id"].iloc[0])
    layout = site_layout(sample_plan("tiny"), tiny_run, name)
    assert list(layout.part("substation").geometry.geom_type) == ["Point"]
    table = layout_table(layout, "en").set_index("Land type")
    assert table.loc["substation", ["area [ha]", "area [mu]"]].isna().all()
    assert "not estimated" in table.loc["substation", "remark"]


def test_the_list_of_the_county_is_taken_and_another_province_is_told():
    assert list_for("640221") == "ningxia"
    assert list_for("150425") == "inner_mongolia"
    with pytest.raises(ConfigError, match="inner_mongolia, ningxia"):
        list_for("650102")
    with pytest.raises(ConfigError, match="adcode"):
        list_for("")
