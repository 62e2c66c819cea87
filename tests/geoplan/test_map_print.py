"""Printed maps: the scale is true, the grid is right, nothing is missing."""

# ruff: noqa: E501
from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pyproj
import pytest

from carbon_sink.outcome_change import ChangeSummary, Footprint
from carbon_sink.summary import CarbonSummary
from geoplan.charts.style import house_style
from geoplan.maps import print as prints
from geoplan.maps import sheet_ramp
from geoplan.maps.book import map_book
from geoplan.maps.contents import county_frame, paper_contents, run_contents
from geoplan.maps.page import PageData, _ramp_layer
from geoplan.maps.print import PrintRequest, print_map, print_themes
from geoplan.maps.sheet import convergence_deg, grid_step, make_room, sheet_for
from geoplan.maps.sheet_ramp import draw_ramp, raster_ramp
from geoplan.maps.themes import raster_theme
from geoplan.paper import write_paper
from geoplan.report.qgis.rasters import quantity_renderer
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


def test_a_label_on_another_is_moved_a_line_and_stays_over_its_land():
    """A township and the zone inside it have one middle, and both names are to be read."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    labels = [
        ax.text(0.5, 0.5, w, ha="center", va="center")
        for w in ("township", "a zone of it", "x")
    ]
    for i, label in enumerate(labels):
        others = labels[:i]
        view = SimpleNamespace(texts=[*others, label], transData=ax.transData)
        make_room(view, label)
    boxes = [x.get_window_extent() for x in labels]
    assert labels[0].get_position() == pytest.approx((0.5, 0.5))  # the first has its place
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert all(x.get_position()[0] == pytest.approx(0.5) for x in labels)


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
    (out,) = write_paper(
        *(bare, "A4", "carbon_density", "png", ""),
        lang="en",
        review_number="",
        county=county,
    )
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
