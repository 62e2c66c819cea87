"""Printed maps: the scale is true, the grid is right, nothing is missing."""

# ruff: noqa: E501
from __future__ import annotations

import base64
import io
import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from carbon_sink.outcome_change import ChangeSummary, Footprint
from carbon_sink.summary import CarbonSummary
from geoplan.charts.style import house_style
from geoplan.maps import print as prints
from geoplan.maps import sheet_ramp
from geoplan.maps.book import map_book
from geoplan.maps.contents import county_frame, paper_contents, run_contents
from geoplan.maps.drawn.labels import Label, labels_of, place_labels
from geoplan.maps.drawn.parcels import draw_parcels
from geoplan.maps.drawn.vectors import draw_vector
from geoplan.maps.frame import sources_told
from geoplan.maps.page import PageData, _ramp_layer
from geoplan.maps.print import PrintRequest, drawn_themes, print_map, print_themes
from geoplan.maps.sheet import convergence_deg, grid_step, sheet_for
from geoplan.maps.sheet_notes import AWAITING, note_lines
from geoplan.maps.sheet_ramp import draw_ramp, raster_ramp
from geoplan.maps.themes import raster_theme, themes
from geoplan.paper import paper_titles, write_paper
from geoplan.report.qgis.rasters import quantity_renderer
from geoplan.report.qgis.states import bare_land
from gis.errors import ConfigError
from layers.spec import Text
from tests.carbon_sink.conftest import CRS, write_plan
from tests.geoplan.fake_run import fake_run

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return fake_run(tmp_path_factory.mktemp("run"), cell_m=200.0, n_parcels=300)


@pytest.mark.parametrize("paper", ["A4", "A3", "A0"])
@pytest.mark.parametrize("shape", [(60_000, 40_000), (30_000, 80_000), (900, 700)])
def test_scale_is_true_in_both_directions(paper, shape):
    sheet = sheet_for((0, 0, *shape), paper)
    left, bottom, right, top = sheet.bounds
    # ground metres = paper millimetres / 1000 * denominator
    assert right - left == pytest.approx(sheet.frame_mm[2] / 1000 * sheet.scale, rel=1e-12)
    assert top - bottom == pytest.approx(sheet.frame_mm[3] / 1000 * sheet.scale, rel=1e-12)
    assert right - left >= shape[0]
    assert top - bottom >= shape[1]
    # the frame and the side column stay on the paper
    for x, y, w, h in (sheet.frame_mm, sheet.side_mm):
        assert x > 0
        assert y > 0
        assert x + w < sheet.width_mm
        assert y + h < sheet.height_mm


def test_scale_that_does_not_fit_is_refused():
    with pytest.raises(ConfigError, match="does not fit at this scale"):
        sheet_for((0, 0, 60_000, 40_000), "A3", scale=50_000)
    with pytest.raises(ConfigError, match="no such paper"):
        sheet_for((0, 0, 1, 1), "B5")


def test_convergence_is_the_textbook_one():
    # gamma = dL sin B to first order: at 106.5 E of CM 105, 38.9 N: 1.5 sin 38.9 = 0.942
    x, y = pyproj.Transformer.from_crs(4490, 4544, always_xy=True).transform(106.5, 38.9)
    got = convergence_deg(pyproj.CRS(4544), x, y)
    assert got == pytest.approx(1.5 * np.sin(np.radians(38.9)), abs=1e-3)
    x, y = pyproj.Transformer.from_crs(4490, 4545, always_xy=True).transform(106.5, 38.9)
    assert convergence_deg(pyproj.CRS(4545), x, y) == pytest.approx(-0.942, abs=1e-3)


def test_grid_steps_are_round():
    for length in np.geomspace(100, 1e6, 40):
        step = grid_step(length)
        assert step / 10 ** np.floor(np.log10(step)) in (1, 2, 5)
        assert 3 <= length / step <= 12


def test_drawn_map_has_its_parts_and_no_missing_glyph(run):
    contents = run_contents(run)
    with house_style(installed=False), warnings.catch_warnings():
        warnings.simplefilter("error")
        bounds = tuple(contents.layer("county").total_bounds)
        figure, sheet = prints.sheet_figure(contents, PrintRequest("eligibility_pv"), bounds)
        figure.canvas.draw()
    texts = [x.get_text() for x in figure.findobj(match=lambda o: hasattr(o, "get_text"))]
    joined = "\n".join(texts)
    for word in ("平罗县光伏选址适宜性图", "图例", "坐标北", "真北", "子午线收敛角", f"1:{sheet.scale:,}",
                 "EPSG:4544", "审图号：（未申请）", "内部资料 · 未经审图", "不是勘测定界图",
                 "合成示例数据", "87 条规则中有 12 条未判定", "0123456789ab"):  # fmt: skip
        assert word in joined, word
    # the map's own axes: x per millimetre equals the scale
    ax = figure.axes[0]
    box = ax.get_position()
    mm = box.width * sheet.width_mm
    left, right = ax.get_xlim()
    assert (right - left) / mm * 1000 == pytest.approx(sheet.scale, rel=1e-9)
    mm = box.height * sheet.height_mm
    bottom, top = ax.get_ylim()
    assert (top - bottom) / mm * 1000 == pytest.approx(sheet.scale, rel=1e-9)


def test_states_on_paper_are_told_without_colour(run):
    contents = run_contents(run)
    bounds = tuple(contents.layer("county").total_bounds)
    with house_style():
        figure, _ = prints.sheet_figure(contents, PrintRequest("eligibility_pv"), bounds)
    painted = np.asarray(figure.axes[0].images[0].get_array()).reshape(-1, 4)
    seen = {tuple(c) for c in np.unique(painted, axis=0).tolist()}
    # ground and lines of prohibited land #e6cdc7: three fifths of 230, 205, 199
    assert {(230, 205, 199, 255), (138, 123, 117, 255)} <= seen
    assert (255, 255, 255, 255) in seen  # the dots of land that cannot be judged
    legend = [p.get_hatch() for ax in figure.axes for p in ax.patches if p.get_hatch()]
    assert len(set(legend)) == 2


def test_sites_on_provisional_land_say_so_on_paper(run):
    contents = run_contents(run)
    bounds = tuple(contents.layer("county").total_bounds)
    with house_style():
        figure, _ = prints.sheet_figure(contents, PrintRequest("sites", lang="en"), bounds)
    texts = [x.get_text() for x in figure.findobj(match=lambda o: hasattr(o, "get_text"))]
    joined = " ".join(texts)
    assert "PV Provisional: 12 of 87 rules not judged" in joined
    assert "Wind Provisional: 12 of 87 rules not judged" in joined


def test_review_number_replaces_the_note(run):
    contents = run_contents(run)
    bounds = tuple(contents.layer("county").total_bounds)
    with house_style():
        request = PrintRequest("sites", lang="en", review_number="S(2026)001")
        figure, _ = prints.sheet_figure(contents, request, bounds)
    joined = "\n".join(
        x.get_text() for x in figure.findobj(match=lambda o: hasattr(o, "get_text"))
    )
    assert "Map review number: S(2026)001" in joined
    assert "not officially reviewed" not in joined


def _of_single_cells(folder: Path) -> Path:
    """A change of +-40.7 in one cell of 64, each alone among cells of 0."""
    import rasterio

    change = np.zeros((160, 160), np.float32)
    change[1::8, 1::16], change[1::8, 9::16] = 40.7, -40.7
    path = folder / "carbon_change_2015_2023.tif"
    place = rasterio.transform.from_origin(500_000, 4_300_000, 100.0, 100.0)
    facts = {"height": 160, "width": 160, "count": 1, "dtype": "float32", "crs": "EPSG:4544"}
    with rasterio.open(path, "w", driver="GTiff", transform=place, nodata=np.nan, **facts) as f:
        f.write(change, 1)
    return path


def test_every_map_of_a_raster_has_the_same_ends_of_its_ramp(tmp_path):
    """Screen, paper and QGIS; between cells lie values no cell has, and none of them counts."""
    from matplotlib.figure import Figure

    path = _of_single_cells(tmp_path)
    theme = raster_theme("carbon_change_2015_2023")
    ramp = raster_ramp(path, theme)
    # of the cells that changed all hold +-40.7: so do the percentiles 2 and 98
    assert (ramp.low, ramp.high) == pytest.approx((-40.7, 40.7))
    data = PageData({"layers": []})
    _ramp_layer(data, path.stem, path, theme, SimpleNamespace(carbon=None))
    (layer,) = data.meta["layers"]
    assert (layer["ramp"]["low"], layer["ramp"]["high"]) == ("-40.7", "40.7")
    assert layer["ramp"]["stops"] == list(ramp.stops)
    # the whole sheet, and one of a corner with a single changed cell on it
    for side in (16_000, 700):
        sheet = sheet_for((500_000, 4_299_300, 500_000 + side, 4_300_000), "A4")
        legend = draw_ramp(
            Figure().subplots(),
            SimpleNamespace(rasters={path.stem: path}, summary=SimpleNamespace(carbon=None)),
            path.stem,
            sheet,
            "en",
        )
        assert [x.label for x in legend[1::2]] == ["-40.7 tC/ha", "0.0 tC/ha", "40.7 tC/ha"]
    items = quantity_renderer(theme, path, 1).findall("rastershader/colorrampshader/item")
    assert [items[0].get("label"), items[-1].get("label")] == ["-40.7 tC/ha", "40.7 tC/ha"]


def test_a_small_gain_beside_large_losses_is_seen_on_every_map(tmp_path):
    """+0.054 beside -2.2 was the colour of no change; it is the last of its side."""
    import rasterio
    from matplotlib.figure import Figure

    path = _of_single_cells(tmp_path)
    with rasterio.open(path, "r+") as f:
        change = f.read(1)
        f.write(np.where(change > 0, 0.054, np.where(change < 0, -2.2, 0.0)), 1)
    theme = raster_theme(path.stem)
    ramp = raster_ramp(path, theme)
    assert ramp.values == pytest.approx([-2.2, -1.1, 0.0, 0.027, 0.054])
    data = PageData({"layers": []})
    _ramp_layer(data, path.stem, path, theme, SimpleNamespace(carbon=None))
    told = data.meta["layers"][0]["ramp"]
    assert (float(told["low"]), told["middle"], float(told["high"])) == (-2.2, "0", 0.054)
    items = quantity_renderer(theme, path, 1).findall("rastershader/colorrampshader/item")
    at = {round(float(x.get("value")), 4): x.get("color") for x in items}
    assert (at[0.054], at[0.0]) == (ramp.stops[-1], "#f7f7f7")
    sheet = sheet_for((500_000, 4_284_000, 516_000, 4_300_000), "A4")
    summary = SimpleNamespace(carbon=None)
    contents = SimpleNamespace(rasters={path.stem: path}, summary=summary)
    ax = Figure().subplots()
    draw_ramp(ax, contents, path.stem, sheet, "en")
    (image,) = ax.images
    assert [float(image.norm(v)) for v in (-2.2, 0.0, 0.054)] == pytest.approx(
        [0, 0.5, 1], abs=1e-6
    )


@pytest.mark.parametrize(
    ("name", "open_frac", "neither_ha", "told"),
    [
        ("carbon_change_2015_2023", 0.2, 0.0, True),
        ("carbon_change_2015_2023", 0.0, 30.0, True),  # no map knows it at either date
        ("carbon_change_2015_2023", 0.0, 0.0, False),
        ("carbon_density", 0.2, 0.0, True),
        ("fvc_change_2015_2023", 0.2, 0.0, False),  # of vegetation, not of carbon
    ],
)
def test_land_without_a_figure_has_its_place_in_the_legend(
    tmp_path, name, open_frac, neither_ha, told
):
    from matplotlib.figure import Figure

    path = _of_single_cells(tmp_path)
    feet = Footprint(both=1.0, before_only=0.0, after_only=0.0, neither=neither_ha)
    change = ChangeSummary.model_construct(
        from_year=2015, to_year=2023, footprints_ha=feet, bound_note=Text(zh="全", en="all")
    )
    carbon = CarbonSummary.model_construct(
        area_not_estimated_frac=open_frac, change=change, soc_depth_cm=30, weak_frac=0.1,
        climate_zone="cool_temperate_dry",
    )  # fmt: skip
    summary = SimpleNamespace(carbon=carbon)
    data = PageData({"layers": []})
    _ramp_layer(data, name, path, raster_theme(name), summary)
    words = {"zh": "无数值（未估算）", "en": "no value (not estimated)"}
    assert data.meta["layers"][0]["ramp"]["blank"] == (words if told else None)
    sheet = sheet_for((500_000, 4_284_000, 516_000, 4_300_000), "A4")
    contents = SimpleNamespace(rasters={name: path}, summary=summary)
    legend = draw_ramp(Figure().subplots(), contents, name, sheet, "zh")
    assert (legend[-1].label == words["zh"]) is told


def test_a_theme_that_is_0_everywhere_is_no_sheet(run, tmp_path):
    import rasterio

    path = _of_single_cells(tmp_path)
    contents = run_contents(run)
    contents = replace(contents, rasters={**contents.rasters, path.stem: path})
    assert path.stem in drawn_themes(contents)
    with rasterio.open(path, "r+") as f:
        f.write(np.zeros((160, 160), np.float32), 1)
    assert path.stem not in drawn_themes(contents)
    assert set(drawn_themes(contents)) == set(print_themes(contents)) - {path.stem}


def test_land_without_a_figure_is_hatched_on_the_page_and_in_qgis(tmp_path):
    """Of 16 km by 16 km a square of 4 km is not known; the county ends 2 km before the rim."""
    import rasterio
    from PIL import Image
    from shapely import box

    path = _of_single_cells(tmp_path)
    with rasterio.open(path, "r+") as f:
        change = f.read(1)
        change[40:80, 40:80] = np.nan
        f.write(change, 1)
    county = box(500_000, 4_284_000, 514_000, 4_300_000)
    carbon = CarbonSummary.model_construct(
        area_not_estimated_frac=1 / 16, change=None, soc_depth_cm=30, weak_frac=0.1,
        climate_zone="cool_temperate_dry",
    )  # fmt: skip
    data = PageData({"layers": []})
    county_m = gpd.GeoSeries([county], crs="EPSG:4544").to_crs("EPSG:3857").item()
    args = raster_theme(path.stem), SimpleNamespace(carbon=carbon), county_m
    _ramp_layer(data, path.stem, path, *args)
    (layer,) = data.meta["layers"]
    *_, last = (data.blobs[c["blob"]] for c in layer["chunks"])
    bare = np.asarray(Image.open(io.BytesIO(base64.b64decode(last))).convert("RGBA"))
    # (4 km)^2 of the (16 km)^2 of the picture, which is turned by a few degrees
    assert (bare[..., 3] > 0).mean() == pytest.approx(1 / 16, rel=0.06)
    # a line of grey, and twice as much of a paler one
    kinds, n = np.unique(bare[bare[..., 3] > 0][:, 0], return_counts=True)
    assert kinds[n.argmax()] > 200 > kinds[n.argmin()]
    found = bare_land(path, county)
    assert set(found["value"]) == {"none"}
    assert found.area.sum() == pytest.approx(4_000**2, rel=0.02)
    assert found.total_bounds == pytest.approx((504_000, 4_292_000, 508_000, 4_296_000), abs=60)


def _sheet_axes(side=10_000.0):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    sheet = sheet_for((0.0, 0.0, side, side), "A3")
    figure = Figure(figsize=(sheet.width_mm / 25.4, sheet.height_mm / 25.4))
    FigureCanvasAgg(figure)
    ax = sheet.axes(figure, sheet.frame_mm)
    left, bottom, right, top = sheet.bounds
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    return ax, sheet


def _label(text, *, x=5_000.0, y=5_000.0, rank=1, weight=1.0, base=False, layer="sites"):
    return Label(layer, text, x, y, rank, weight, 7.5, "#1f2933", base)


def test_names_are_measured_without_what_no_font_has():
    ax, _ = _sheet_axes()
    assert place_labels(ax, [_label("A\x0btown")]) == {}
    assert [t.get_text() for t in ax.texts] == ["A town"]


def test_sites_are_named_by_rank_and_not_by_size():
    _, sheet = _sheet_axes()
    land = [shapely.box(0, 0, 4_000, 4_000), shapely.box(5_000, 0, 6_000, 1_000)]
    sites = gpd.GeoDataFrame({"site_id": ["PV-02", "PV-01"], "rank": [2, 1]}, geometry=land)
    look = next(v for v in themes().vector if v.layer == "sites")
    weights = {x.text: x.weight for x in labels_of(sites, look, sheet, "zh")}
    assert weights == {"PV-01": 1.0, "PV-02": 0.5}


def test_names_stand_on_no_other_and_those_without_room_are_counted():
    """Thirty sites of one middle: eleven places are tried, and the zone has one of them."""
    ax, _ = _sheet_axes()
    labels = [_label(f"PV-{i:02d}", weight=30.0 - i) for i in range(30)]
    left = place_labels(ax, [*labels, _label("zone", rank=0, layer="zones")])
    boxes = [t.get_window_extent() for t in ax.texts]
    apart = 0.1 * boxes[0].height  # a tenth of a line at least is free between two names
    assert not any(
        a.padded(apart / 2).overlaps(b.padded(apart / 2))
        for k, a in enumerate(boxes)
        for b in boxes[:k]
    )
    assert ax.texts[0].get_text() == "zone"  # the first rank has the middle
    assert ax.texts[0].get_position() == pytest.approx((5_000.0, 5_000.0))
    written = [t.get_text() for t in ax.texts[1:]]
    assert written == [f"PV-{i:02d}" for i in range(len(written))]  # the largest ones
    assert 3 <= len(written) <= 10
    assert left == {"sites": 30 - len(written)}
    frame = ax.get_window_extent()
    assert all(frame.x0 <= b.x0 and b.x1 <= frame.x1 for b in boxes)


def test_a_name_on_paper_stands_at_its_own_site_or_a_line_leads_to_it():
    """Twelve squares of land side by side, each narrower and lower than its name."""
    ax, _ = _sheet_axes()
    land = [shapely.box(3_000 + 150 * i, 4_950, 3_140 + 150 * i, 5_050) for i in range(12)]
    middles = [x.centroid for x in land]
    labels = [
        replace(_label(f"PV-{i:02d}", x=m.x, y=m.y, weight=12.0 - i), land=x)
        for i, (x, m) in enumerate(zip(land, middles, strict=True))
    ]
    left = place_labels(ax, labels)
    assert len(ax.texts) + left.get("sites", 0) == 12
    ends = [shapely.Point(*line.get_xydata()[-1]) for line in ax.lines]
    led = 0
    for text in ax.texts:
        own = land[int(text.get_text()[3:])]
        at = shapely.Point(*text.get_position())
        nearest = min(land, key=at.distance)
        by_line = any(own.distance(e) < 1.0 for e in ends)
        led += by_line
        assert by_line or at.distance(own) <= at.distance(nearest)
    assert len(ax.texts) > 6
    assert led > 0


def test_a_town_of_its_townships_name_is_told_once_and_the_base_names_forty():
    ax, _ = _sheet_axes()
    base = {"base": True, "rank": 6, "layer": "towns"}
    spread = [
        _label(f"v{i}", x=1_000.0 + 800.0 * (i % 10), y=1_000.0 + 800.0 * (i // 10), **base)
        for i in range(60)
    ]
    left = place_labels(
        ax, [_label("town", layer="townships"), _label("town", **base), *spread]
    )
    assert [t.get_text() for t in ax.texts].count("town") == 1
    assert len(ax.texts) == 41
    assert left == {"towns": 20}


def test_provisional_sites_are_hatched_in_a_dashed_line_and_have_a_line_of_the_legend():
    sites = gpd.GeoDataFrame(
        {"site_id": ["PV-01", "PV-02"], "tech": ["pv", "pv"], "provisional": [True, False]},
        geometry=[
            shapely.box(1_000, 1_000, 2_000, 2_000),
            shapely.box(4_000, 4_000, 5_000, 5_000),
        ],
        crs=CRS,
    )
    ax, sheet = _sheet_axes()
    look = next(v for v in themes().vector if v.layer == "sites" and not v.id)
    items = draw_vector(ax, sites, look, sheet, "zh")
    assert [(i.label, i.pattern) for i in items] == [
        ("光伏场址", ""),
        ("光伏场址（暂定）", AWAITING),
    ]
    sure, late = ax.patches
    assert (sure.get_hatch(), sure.get_linestyle()) == (None, "-")
    assert late.get_hatch()
    assert late.get_linestyle() == (0, (4.0, 2.0))
    # three tenths of #16397f (22, 57, 127) on white: 255 - 0.3 * (255 - v), rounded down
    assert (items[1].colour, items[0].colour) == ("#b9c3d8", "#16397f")


def test_code_words_of_lines_are_words_in_the_legend():
    lines = [shapely.LineString([(k, 1_000), (k, 9_000)]) for k in (2_000, 4_000)]
    ways = gpd.GeoDataFrame({"kind": ["cable", "road"]}, geometry=lines, crs=CRS)
    ax, sheet = _sheet_axes()
    look = next(v for v in themes().vector if v.layer == "wind_lines")
    assert [i.label for i in draw_vector(ax, ways, look, sheet, "zh")] == ["集电线路", "道路"]


def test_the_base_of_the_plans_own_layers_is_on_every_sheet(run):
    contents = run_contents(run)
    county = contents.layer("county")
    left, bottom, right, top = county.total_bounds
    middle = (bottom + top) / 2
    river = gpd.GeoDataFrame(
        {"name": ["大河"]},
        geometry=[shapely.LineString([(left, middle), (right, middle)])],
        crs=county.crs,
    )
    for theme in ("eligibility_pv", "sites", "ecosystem", "carbon_density"):
        request = PrintRequest(theme, base={"base_river": river})
        with house_style():
            figure, _ = prints.sheet_figure(contents, request, tuple(county.total_bounds))
        texts = [x.get_text() for x in figure.findobj(match=lambda o: hasattr(o, "get_text"))]
        assert {"河流", "大河"} <= set(texts), theme


def test_carbon_by_parcel_has_a_sheet_where_there_is_no_raster_of_it(run):
    """Parcels of 0, 10, ... 100 tC/ha: the ends are the percentiles 2 and 98, 2 and 98."""
    contents = run_contents(run)
    assert print_themes(contents).count("carbon_density") == 1
    bare = replace(
        contents,
        rasters={k: v for k, v in contents.rasters.items() if not k.startswith("carbon")},
    )
    assert print_themes(bare).count("carbon_density") == 1
    parcels = gpd.GeoDataFrame(
        {"total_tc_ha": [*np.arange(0.0, 101.0, 10.0), np.nan]},
        geometry=[shapely.box(800 * i, 0, 800 * i + 800, 800) for i in range(12)],
        crs=CRS,
    )
    ax, sheet = _sheet_axes()
    made = SimpleNamespace(layer=lambda _: parcels, summary=SimpleNamespace(carbon=None))
    head, *items = draw_parcels(ax, made, "carbon_density", sheet, "en")
    assert head.heading
    # (98 - 2) / 5 = 19.2 a class
    assert [i.label for i in items] == [
        "< 21.2 tC/ha", "21.2 – 40.4 tC/ha", "40.4 – 59.6 tC/ha", "59.6 – 78.8 tC/ha", "≥ 78.8 tC/ha",
    ]  # fmt: skip
    # 0 10 20 | 30 40 | 50 | 60 70 | 80 90 100
    rings = [int((p.get_path().codes == 1).sum()) for p in ax.patches]
    assert rings == [3, 2, 1, 2, 3]


def test_printed_files_are_called_by_their_titles(run, tmp_path):
    made = tmp_path / "run"
    shutil.copytree(run, made)
    (made / "print").mkdir()
    for name in ("eligibility_pv_A3.pdf", "sites_A0.png", "sites_township.pdf", "own.pdf"):
        (made / "print" / name).write_bytes(b"")
    assert paper_titles(made, "zh") == {
        "print/eligibility_pv_A3.pdf": "平罗县光伏选址适宜性图（A3 纸质图）",
        "print/sites_A0.png": "平罗县候选场址分布图（A0 纸质图）",
        "print/sites_township.pdf": "平罗县候选场址分布图（图册）",
    }
    assert paper_titles(made, "en")["print/sites_A0.png"].endswith("candidate sites (A0 sheet)")


def test_the_ends_of_a_ramp_are_not_those_of_overviews(tmp_path, monkeypatch):
    """An overview of means has 40.7 / 4 where one cell of four changed, and 0 beside -40.7."""
    import rasterio

    path = _of_single_cells(tmp_path)
    with rasterio.open(path, "r+") as f:
        f.build_overviews([2, 4], rasterio.enums.Resampling.average)
    monkeypatch.setattr(sheet_ramp, "_LOOKED_AT", 160 * 160 // 4)
    ramp = raster_ramp(path, raster_theme("carbon_change_2015_2023"))
    assert ramp.high == pytest.approx(40.7)


@pytest.mark.parametrize("ending", ["pdf", "png", "svg"])
def test_formats(run, tmp_path, ending):
    out = print_map(run, tmp_path / f"图.{ending}", PrintRequest("sites", paper="A4"))
    head = out.read_bytes()[:300]
    assert {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}[ending] in head


@pytest.mark.slow
def test_same_run_same_bytes(run, tmp_path):
    request = PrintRequest("sites", paper="A4")
    a = print_map(run, tmp_path / "a.pdf", request).read_bytes()
    b = print_map(run, tmp_path / "b.pdf", request).read_bytes()
    assert a == b


def test_every_theme_prints(run, tmp_path):
    themes = print_themes(run_contents(run))
    assert {
        "eligibility_pv",
        "sites",
        "ecosystem",
        "wind",
        "pv_yield",
        "carbon_density",
    } <= set(themes)
    for theme in ("ecosystem", "wind", "carbon_density"):
        print_map(run, tmp_path / f"{theme}.png", PrintRequest(theme, paper="A4", lang="en"))
    with pytest.raises(ConfigError, match="no such theme"):
        print_map(run, tmp_path / "x.png", PrintRequest("nothing"))
    with pytest.raises(ConfigError, match="not a print format"):
        print_map(run, tmp_path / "x.gif", PrintRequest("sites"))


def test_a_run_without_a_screening_is_printed_in_the_county_of_the_plan(
    run, tmp_path, monkeypatch
):
    """A run of carbon alone leaves no county: the plan gives the border and the sheet."""
    monkeypatch.setattr("geoplan.paper.check_result", lambda run: None)  # a file is taken away
    bare = tmp_path / "run"
    shutil.copytree(run, bare)
    (path,) = bare.glob("steps/*/county.layer.parquet")
    county = gpd.read_parquet(path)
    path.unlink()
    monkeypatch.setattr("geoplan.maps.contents.county_frame", lambda plan: county)
    monkeypatch.setattr("geoplan.maps.base.base_frames", lambda plan: {})
    monkeypatch.setattr("geoplan.maps.relief.relief_of", lambda plan: None)
    told = []
    (out,) = write_paper(
        *(bare, "A4", "carbon_density", "png", ""),
        lang="en",
        review_number="",
        plan=SimpleNamespace(),
        progress=lambda *x: told.append(x),
    )
    # what the sheets share, then the one sheet, then all
    assert told == [("paper", 0, 2), ("paper", 1, 2), ("paper", 1, 1)]
    request = PrintRequest("carbon_density", paper="A4", lang="en")
    whole = print_map(run, tmp_path / "whole.png", request)
    assert out.read_bytes() == whole.read_bytes()
    with pytest.raises(ConfigError, match="no screening") as e:
        print_map(bare, tmp_path / "x.png", request)
    assert "geoplan screen" in str(e.value)
    assert paper_contents(run, None).layer("county").geometry.equals(county.geometry)


def test_the_county_of_a_plan_is_a_layer_of_one_feature(tmp_path):
    plan = write_plan(tmp_path)
    county = county_frame(plan)
    assert county.crs == CRS
    # four by three kilometres
    assert county.geometry.area.tolist() == pytest.approx([12e6])
    assert (county.loc[0, "name_zh"], county.loc[0, "name_en"]) == ("小县", "mini county")


@pytest.mark.slow
def test_map_books(run, tmp_path):
    request = PrintRequest("eligibility_pv", paper="A4")
    book = map_book(run, tmp_path / "book.pdf", request, by="township")
    # five townships in the fake county, one page each
    assert (
        book[0].read_bytes().count(b"/Type /Page\n")
        + book[0].read_bytes().count(b"/Type /Page ")
        == 5
    )
    pages = map_book(run, tmp_path / "sites", request, by="site", only=["PV-01", "PV-02"])
    assert [p.name for p in pages] == ["site_01_PV-01.png", "site_02_PV-02.png"]
    with pytest.raises(ConfigError, match="nothing to print"):
        map_book(run, tmp_path / "x.pdf", request, by="site", only=["none"])
    with pytest.raises(ConfigError, match="no such series"):
        map_book(run, tmp_path / "x.pdf", request, by="river")


def test_a_sheet_names_the_sources_of_what_it_shows_and_the_rest_by_number(run):
    """The fake run's two sources: parcels and heights."""
    contents = run_contents(run)
    told = {
        names: sources_told(contents, names, "zh")
        for names in ((), ("relief", "sites"), ("relief", "base_river"))
    }
    assert told[()] == "共 2 项，见报告附表"
    assert told["relief", "sites"] == told["relief", "base_river"]
    assert told["relief", "sites"] == "数字高程模型 2020、其余 1 项见报告附表"
    lines = note_lines(contents, pyproj.CRS(4544), (), None, "en", "", ("relief",))
    assert "Sources: DEM 2020, 1 more in the annex of the report" in [t for t, _ in lines]
