"""The table of boundary points: coordinates, sides, areas and closings, read back."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from types import SimpleNamespace

import docx
import geopandas as gpd
import openpyxl
import pytest
import shapely

from geoplan.export.points import write_boundary_points, write_points
from gis.files.exchange.table import point_table
from gis.files.read_features import read_features
from gis.files.write import write_coordinate_txt
from siting.check.outline import Outline

EAST, NORTH = 35_500_000.0, 4_300_000.0
HEADS = ["点号", "X 北 [m]", "Y 东 [m]", "边长 [m]"]
# a triangle of 30, 40 and 50 m in a square of 200 m, and a part of its own
RINGS = (
    [(0.0, 0.0), (0.0, 200.0), (200.0, 200.0), (200.0, 0.0)],
    [(50.0, 50.0), (50.0, 80.0), (90.0, 80.0)],
    [(300.1234, 0.0), (300.1234, 60.0), (360.0, 0.0)],
)


def moved(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(EAST + x, NORTH + y) for x, y in ring]


@pytest.fixture(scope="module")
def land() -> gpd.GeoDataFrame:
    first = shapely.Polygon(moved(RINGS[0]), [moved(RINGS[1])])
    parts = shapely.multipolygons([first, shapely.Polygon(moved(RINGS[2]))])
    strip = shapely.box(EAST, NORTH + 500, EAST + 10, NORTH + 520)
    columns = {"name": ["甲", "=乙"], "use": ["光伏", ""]}
    return gpd.GeoDataFrame(columns, geometry=[parts, strip], crs=4523)


@pytest.fixture(scope="module")
def files(land, tmp_path_factory) -> tuple[Path, Path]:
    book, word = write_points(tmp_path_factory.mktemp("p") / "红线", land, title="红线")
    return book, word


def rings_in(rows: list[list[object]]) -> list[list[list[object]]]:
    """Rings of a table: rows with a point, cut where a side is missing."""
    out: list[list[list[object]]] = [[]]
    for row in rows:
        if re.fullmatch(r"J\d+", str(row[0])) and row[1] not in (None, ""):
            out[-1].append(row)
            if row[3] in (None, ""):
                out.append([])
    return [r for r in out if r]


def check_rings(rings: list[list[list[object]]]) -> None:
    """Three rings of the first parcel and one of the second, each closed."""
    assert [len(r) - 1 for r in rings] == [4, 3, 3, 4]
    for ring, drawn in zip(rings, RINGS, strict=False):
        got = [(float(r[2]), float(r[1])) for r in ring[:-1]]
        for (x, y), (a, b) in zip(got, moved(drawn), strict=True):
            assert (x, y) == pytest.approx((a, b), abs=5.1e-4)
    for ring in rings:
        assert [ring[-1][k] for k in range(3)] == [ring[0][k] for k in range(3)]
        north = [float(r[1]) for r in ring]
        east = [float(r[2]) for r in ring]
        for k, row in enumerate(ring[:-1]):
            side = math.dist((north[k], east[k]), (north[k + 1], east[k + 1]))
            assert float(row[3]) == pytest.approx(side, abs=5.1e-4)
        # closing sums: what is gone north and east comes back
        for gone in (north, east):
            steps = [b - a for a, b in itertools.pairwise(gone)]
            assert sum(steps) == pytest.approx(0, abs=1e-6)
            assert max(map(abs, steps)) > 1
    assert [r[0] for r in rings[1]] == ["J5", "J6", "J7", "J5"]
    assert [float(r[3]) for r in rings[1][:-1]] == [30.0, 40.0, 50.0]


def test_workbook_reads_back_to_the_millimetre(files):
    book = openpyxl.load_workbook(files[0])
    (sheet,) = book.worksheets
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    head = rows.index(HEADS)
    check_rings(rings_in(rows[head + 1 :]))
    said = "\n".join(str(r[0]) for r in rows)
    assert "示意，不是勘测定界成果" in said
    assert "3 度分带，第 35 带，中央子午线 105°E" in said
    assert "带号 35" in said
    # a name that looks like a formula is text
    assert "地块 2　=乙" in said
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)
    assert sheet.print_title_rows == f"$1:${head + 1}"
    assert int(sheet.page_setup.paperSize) == 9  # A4
    assert "&P" in sheet.oddFooter.center.text
    assert len(sheet.row_breaks.brk) == 1


def test_word_file_reads_back_to_the_millimetre(files):
    word = docx.Document(str(files[1]))
    rows: list[list[object]] = []
    for table in word.tables:
        cells = [[c.text for c in row.cells] for row in table.rows]
        assert cells[0] == HEADS
        assert "w:tblHeader" in table.rows[0]._tr.xml
        rows += cells[1:]
    assert len(word.tables) == 4
    check_rings(rings_in(rows))
    text = "\n".join(p.text for p in word.paragraphs)
    assert "示意，不是勘测定界成果" in text
    assert "第 2 圈（扣除），界址点 3 个，周长 120.000 m" in text
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert "PAGE" in section.footer._element.xml
    assert "不是勘测定界成果" in section.footer.paragraphs[0].text


def test_areas_are_those_of_the_plane_and_of_the_ellipsoid(land, files):
    found = point_table(land)
    # 200 x 200 less a triangle of 600, and one of 59.8766 x 60 / 2 by the printed coordinates
    assert found.parcels[0].plane_m2 == pytest.approx(40_000 - 600 + 59.8766 * 60 / 2, abs=1e-6)
    # on the central meridian the scale is 1: both agree to some parts in a million
    one = found.parcels[0]
    assert one.area_m2 == pytest.approx(one.plane_m2, rel=1e-5)
    text = "\n".join(p.text for p in docx.Document(str(files[1])).paragraphs)
    assert f"平面面积 {one.plane_m2:.2f} m²" in text
    ha, mu = one.area_m2 / 1e4, one.area_m2 * 15 / 1e4
    assert f"合 {ha:.4f} 公顷、{mu:.2f} 亩" in text
    assert "合计 2 个地块，界址点 14 个" in text


def test_the_english_one(land, tmp_path):
    book, word = write_points(tmp_path / "site", land, title="site", lang="en")
    said = [str(r[0].value) for r in openpyxl.load_workbook(book).active.iter_rows()]
    assert "Indicative; not a boundary survey" in said
    text = "\n".join(p.text for p in docx.Document(str(word)).paragraphs)
    assert "central meridian 105 E" in text
    assert set(re.findall("[一-鿿]", text)) == set("甲乙光伏")  # names alone


def test_points_of_a_coordinate_text_keep_their_names(tmp_path):
    path = tmp_path / "a.txt"
    lines = ["5,0.0600,1,甲,面,,,,@"]
    lines += [
        f"界{n},1,{y:.3f},{x:.3f}"
        for n, (x, y) in zip((7, 9, 8, 7), [*moved(RINGS[1]), moved(RINGS[1])[0]], strict=True)
    ]
    head = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=35\n[地块坐标]\n"
    path.write_text(head + "\n".join(lines), encoding="gb18030")
    frame = read_features(path)
    for one in (frame, frame.to_crs(4545)):
        (parcel,) = point_table(one).parcels
        (ring,) = parcel.rings
        assert [p.name for p in ring.points] == ["界7", "界9", "界8", "界7"]
        assert ring.points[0].east_m == EAST + 50
        assert point_table(one).zone == 35
    assert point_table(frame, "EPSG:4524").parcels[0].rings[0].points[0].name == "界7"
    assert point_table(frame, "EPSG:4545").meridian_deg == 108


def test_a_checked_text_goes_out_as_it_came_in(tmp_path):
    path = tmp_path / "红线.txt"
    write_coordinate_txt(
        path, gpd.GeoDataFrame(geometry=[shapely.Polygon(moved(RINGS[1]))], crs=4523)
    )
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n") + b"\n# 1:500\n")
    drawn = read_features(path)
    outline = Outline(drawn.to_crs(4544), drawn.geometry.iloc[0], "", drawn=drawn)
    found = SimpleNamespace(outline=outline, path=str(path))
    plan = SimpleNamespace(plan=SimpleNamespace(synthetic=True))
    book, word, text = write_boundary_points(found, plan, tmp_path / "out", lang="zh")
    first = openpyxl.load_workbook(book).active["A1"].value
    assert "合成" in first
    assert any("合成" in p.text for p in docx.Document(str(word)).paragraphs)
    assert [p.name for p in (book, word, text)] == [
        "红线_界址点成果表.xlsx",
        "红线_界址点成果表.docx",
        "红线_坐标.txt",
    ]
    assert text.read_bytes() == path.read_bytes()
