"""CAD drawings: what belongs to the project is chosen, and what is left out is told."""

from __future__ import annotations

import struct

import pytest

from gis.cells.area import polygon_area_m2
from gis.errors import DataError
from gis.files.dxf_facts import dxf_facts
from gis.files.read import notes_of, read_features

X, Y = 643_900.0, 4_284_500.0
SQUARE = ((X, Y), (X + 200, Y), (X + 200, Y + 200), (X, Y + 200))


def ring(points, layer="0", closed=1, extra=()):
    out = [0, "LWPOLYLINE", 100, "AcDbEntity", 8, layer, *extra, 100, "AcDbPolyline"]
    out += [90, len(points), 70, closed]
    for x, y in points:
        out += [10, x, 20, y]
    return out


def square(dx=0.0, dy=0.0, size=200.0, layer="0", **more):
    x, y = X + dx, Y + dy
    return ring(((x, y), (x + size, y), (x + size, y + size), (x, y + size)), layer, **more)


def text(word, layer="0"):
    at = [10, X, 20, Y, 30, 0.0, 40, 2.0, 1, word]
    return [0, "TEXT", 100, "AcDbEntity", 8, layer, 100, "AcDbText", *at]


def point(layer="0"):
    return [0, "POINT", 100, "AcDbEntity", 8, layer, 100, "AcDbPoint", 10, X, 20, Y, 30, 0.0]


def drawing(path, *objects, layers=(), units=6, version="AC1024"):
    """A DXF with a header, a table of layers (name, flags, colour) and objects."""
    out = [0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, version]
    out += [9, "$DWGCODEPAGE", 3, "ANSI_936"]
    if units is not None:
        out += [9, "$INSUNITS", 70, units]
    out += [0, "ENDSEC", 0, "SECTION", 2, "TABLES", 0, "TABLE", 2, "LAYER", 70, len(layers)]
    for name, flags, colour in layers:
        out += [0, "LAYER", 2, name, 70, flags, 62, colour, 6, "Continuous"]
    out += [0, "ENDTAB", 0, "ENDSEC", 0, "SECTION", 2, "ENTITIES"]
    for number, one in enumerate(objects, 0x31):
        out += [*one[:2], 5, f"{number:X}", *one[2:]]
    out += [0, "ENDSEC", 0, "EOF"]
    path.write_text("\n".join(str(v) for v in out) + "\n", encoding="utf-8")
    return path


def read(path, kind="polygon", **more):
    return read_features(path, crs="EPSG:4544", kind=kind, **more)


def codes(frame):
    return {n.code for n in notes_of(frame)}


def area(frame):
    return float(polygon_area_m2(frame.geometry.to_numpy(), frame.crs).sum())


# 200 x 200 m on the map over the square of the scale there: 1.65 deg from the meridian
# the scale is 1 + (1.65 pi/180 cos 38.7)^2 / 2 = 1.000253, its square 1.00051
ONE = 39_979.6


def test_frozen_and_switched_off_layers_are_left_out_and_told(tmp_path):
    layers = [("红线", 0, 7), ("旧红线", 1, 7), ("关闭", 0, -7)]
    objects = [square(layer="红线"), square(-1000, layer="旧红线"), square(-2000, layer="关闭")]
    got = read(drawing(tmp_path / "a.dxf", *objects, layers=layers))
    assert area(got) == pytest.approx(ONE, abs=0.1)
    told = next(n for n in notes_of(got) if n.code == "drawing_hidden")
    assert told.text("zh").startswith("2 个对象")
    assert "旧红线 (1)" in told.text("en")


def test_layer_names_in_the_old_code_page(tmp_path):
    path = drawing(tmp_path / "a.dxf", square(), layers=[("旧红线", 1, 7)], version="AC1015")
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    assert dxf_facts(path).hidden == {"旧红线"}


@pytest.mark.parametrize("extra", [(67, 1), (60, 1)], ids=["paper space", "invisible"])
def test_paper_space_and_invisible_objects_are_left_out(tmp_path, extra):
    got = read(drawing(tmp_path / "a.dxf", square(), square(-1000, extra=extra)))
    assert len(got) == 1
    assert got.total_bounds[0] == X
    assert "drawing_hidden" in codes(got)


def test_a_drawing_with_nothing_shown_is_refused(tmp_path):
    path = drawing(tmp_path / "a.dxf", square(layer="红线"), layers=[("红线", 1, 7)])
    with pytest.raises(DataError, match="everything in the drawing is frozen"):
        read(path)


def test_islands_are_holes_and_islands_in_them_are_land(tmp_path):
    objects = [square(), square(50, 50, 100), square(80, 80, 20)]
    got = read(drawing(tmp_path / "a.dxf", *objects))
    # 200^2 - 100^2 + 20^2 on the map
    assert sum(g.area for g in got.geometry) == pytest.approx(30_400.0)
    assert "drawing_islands" in codes(got)


def test_parcels_side_by_side_and_of_other_layers_are_no_islands(tmp_path):
    objects = [square(), square(200), square(50, 50, 100, layer="建筑")]
    got = read(drawing(tmp_path / "a.dxf", *objects))
    assert len(got) == 3
    assert "drawing_islands" not in codes(got)
    assert "drawing_layers" in codes(got)
    only = read(drawing(tmp_path / "b.dxf", *objects), layer="建筑")
    assert [g.area for g in only.geometry] == pytest.approx([10_000.0])


def test_an_outline_drawn_twice_counts_once(tmp_path):
    got = read(drawing(tmp_path / "a.dxf", square(), ring((*SQUARE[2:], *SQUARE[:2]))))
    assert sum(g.area for g in got.geometry) == pytest.approx(40_000.0)
    assert "drawing_twice" in codes(got)


def test_labels_and_marks_are_left_out_with_a_note(tmp_path):
    objects = [square(layer="红线"), text("J1"), text("项目红线"), point()]
    got = read(drawing(tmp_path / "a.dxf", *objects))
    assert area(got) == pytest.approx(ONE, abs=0.1)
    told = {n.code: n.figures.get("n") for n in notes_of(got)}
    assert told["drawing_texts"] == 2
    assert told["drawing_aside"] == 1


def test_marks_are_what_a_layer_of_points_wants_and_lines_what_one_of_lines_does(tmp_path):
    path = drawing(tmp_path / "a.dxf", square(), text("J1"), point())
    assert list(read(path, kind="point").geom_type) == ["Point"]
    assert list(read(path, kind="line").geom_type) == ["LineString"]


def test_a_ring_open_by_a_millimetre_is_closed_and_told(tmp_path):
    points = (*SQUARE, (X, Y + 0.001))
    got = read(drawing(tmp_path / "a.dxf", ring(points, closed=0)))
    assert got.geometry[0].area == pytest.approx(40_000.0, abs=0.2)
    told = next(n for n in notes_of(got) if n.code == "drawing_nearly_closed")
    assert "0.001" in told.text("en")


def test_a_ring_open_by_a_metre_is_no_area_and_told(tmp_path):
    path = drawing(tmp_path / "a.dxf", square(), ring((*SQUARE, (X, Y + 0.9)), closed=0))
    got = read(path)
    assert len(got) == 1
    assert next(n for n in notes_of(got) if n.code == "drawing_open").text("en").find("0.9") > 0


def test_single_lines_that_meet_are_put_together(tmp_path):
    sides = [
        ring((a, b), closed=0) for a, b in zip(SQUARE, SQUARE[1:] + SQUARE[:1], strict=True)
    ]
    got = read(drawing(tmp_path / "a.dxf", *sides))
    assert [g.area for g in got.geometry] == pytest.approx([40_000.0])
    assert "drawing_joined" in codes(got)


@pytest.mark.parametrize(
    ("units", "factor", "unit"), [(4, 1000.0, "mm"), (5, 100.0, "cm"), (0, 1000.0, "mm")]
)
def test_a_drawing_in_another_unit_is_refused_with_the_factor(tmp_path, units, factor, unit):
    points = [(x * factor, y * factor) for x, y in SQUARE]
    path = drawing(tmp_path / "a.dxf", ring(points), units=units)
    with pytest.raises(DataError) as err:
        read(path)
    assert f"fit {unit}, off by {factor:g} times" in str(err.value)
    assert f"scale it by {1 / factor:g} about the origin" in str(err.value)


def test_a_template_that_says_millimetres_of_metres_is_read_and_told(tmp_path):
    got = read(drawing(tmp_path / "a.dxf", square(), units=4))
    assert area(got) == pytest.approx(ONE, abs=0.1)
    assert "drawing_unit_kept" in codes(got)


# ---------------------------------------------------------------- cases kept beside


BLOCK = [
    *(
        0,
        "SECTION",
        2,
        "BLOCKS",
        0,
        "BLOCK",
        5,
        "A1",
        8,
        "0",
        2,
        "WT",
        70,
        0,
        10,
        0,
        20,
        0,
        30,
        0,
    ),
    *(3, "WT", 1, "", 0, "CIRCLE", 5, "A2", 8, "0", 10, 60, 20, 0, 30, 0, 40, 20),
    *(0, "LINE", 5, "A4", 8, "0", 10, 0, 20, 0, 30, 0, 11, 0, 21, 60, 31, 0),
    *(0, "ENDBLK", 5, "A3", 8, "0", 0, "ENDSEC"),
]


def with_block(path):
    """The drawing with a symbol that stands beside its own place."""
    lines = path.read_text(encoding="utf-8")
    at = lines.index("0\nSECTION\n2\nENTITIES")
    block = "".join(f"{v}\n" for v in BLOCK)
    path.write_text(lines[:at] + block + lines[at:], encoding="utf-8")
    return path


def insert(dx, dy, layer="TURBINES"):
    at = [2, "WT", 10, X + dx, 20, Y + dy, 30, 0]
    return [0, "INSERT", 100, "AcDbEntity", 8, layer, 100, "AcDbBlockReference", *at]


def test_turbines_drawn_as_blocks_are_where_they_are_inserted(tmp_path):
    """Their symbol is a circle 60 m away: its middle would be the place otherwise."""
    path = with_block(drawing(tmp_path / "a.dxf", insert(0, 0), insert(500, 700)))
    got = read(path, "point")
    assert [(p.x - X, p.y - Y) for p in got.geometry] == [(0, 0), (500, 700)]
    assert "WT (2)" in next(n.text("en") for n in notes_of(got) if n.code == "drawing_blocks")
    frozen = with_block(
        drawing(tmp_path / "b.dxf", insert(0, 0), insert(9, 9, "OLD"), layers=[("OLD", 1, 7)])
    )
    assert len(read(frozen, "point")) == 1
    # areas are drawn as they look: the ring of a parcel may be a block
    assert "LineString" in read(path, "line").geometry.iloc[0].geom_type


def binary(path, *, wide=True):
    """A text drawing as a binary one; the forms of the DXF reference."""
    lines = path.read_text(encoding="utf-8").splitlines()
    out = b"AutoCAD Binary DXF\r\n\x1a\x00"
    for code, value in zip(map(int, lines[::2]), lines[1::2], strict=False):
        out += struct.pack("<H", code) if wide else struct.pack("<B", code)
        if 10 <= code <= 59:
            out += struct.pack("<d", float(value))
        elif 60 <= code <= 79:
            out += struct.pack("<h", int(value))
        elif 90 <= code <= 99:
            out += struct.pack("<i", int(value))
        else:
            out += value.encode() + b"\x00"
    path.write_bytes(out)
    return path


@pytest.mark.parametrize("wide", [True, False])
def test_a_binary_drawing_says_what_a_text_one_says(tmp_path, wide):
    objects = square(layer="NEW"), square(300, layer="OLD"), square(600, layer="OFF")
    path = drawing(
        tmp_path / "a.dxf", *objects, layers=[("OLD", 1, 7), ("OFF", 0, -7)], units=4
    )
    want = dxf_facts(path)
    got = dxf_facts(binary(path, wide=wide))
    assert got == want
    assert got.hidden == {"OLD", "OFF"}
    assert got.unit == "mm"


def test_hidden_layers_of_a_binary_drawing_are_left_out(tmp_path):
    """Three squares, one of them frozen and one off: one is the project's."""
    objects = square(layer="NEW"), square(300, layer="OLD"), square(600, layer="OFF")
    path = drawing(tmp_path / "a.dxf", *objects, layers=[("OLD", 1, 7), ("OFF", 0, -7)])
    got = read(binary(path))
    assert area(got) == pytest.approx(ONE, rel=1e-4)
    assert "drawing_hidden" in codes(got)


def test_a_binary_drawing_that_breaks_off_ends_in_a_message(tmp_path):
    whole = binary(drawing(tmp_path / "a.dxf", square())).read_bytes()
    for n in range(18, len(whole), 7):
        (tmp_path / "b.dxf").write_bytes(whole[:n])
        assert dxf_facts(tmp_path / "b.dxf").metres > 0
    with pytest.raises(DataError, match=r"b\.dxf"):
        read(tmp_path / "b.dxf")


@pytest.mark.parametrize(
    ("case", "m2", "told"),
    [
        ("b16/d10_frozen_layer.dxf", 39_979.6, "drawing_hidden"),
        ("b17/d2_nested_hole.dxf", 29_984.7, "drawing_islands"),
        ("b18/d1_text_labels.dxf", 39_979.6, "drawing_texts"),
    ],
)
def test_cases_of_drawings(shared, case, m2, told):
    got = read(shared / "cases" / case)
    assert area(got) == pytest.approx(m2, abs=0.1)
    assert told in codes(got)


def test_case_of_a_drawing_in_millimetres(shared):
    with pytest.raises(DataError, match=r"1000 times.*\$INSUNITS = mm"):
        read(shared / "cases" / "b21" / "d11_mm.dxf")
