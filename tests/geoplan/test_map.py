"""The offline map: what is in the file, and that nothing in it points outside."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from geoplan.answers.target_table import target_text
from geoplan.maps import write_map
from geoplan.maps.assets import app_js, manifest, vendor_css, vendor_js
from geoplan.maps.card import _figures, card_blocks, page_views
from geoplan.maps.contents import RunContents, run_contents, vector_themes
from geoplan.maps.features import pack_features, unpack_features
from geoplan.maps.offline import inline_head, json_text, remote_references
from geoplan.maps.page import (
    MapOptions,
    PageData,
    _class_index,
    _ramp_layer,
    _vector_layer,
    page_data,
)
from geoplan.maps.rasters import (
    class_chunks,
    coarser,
    code_chunks,
    low_zoom,
    ramp_chunks,
    ramp_colours,
    ramp_limits,
)
from geoplan.maps.themes import raster_theme, themes
from geoplan.summary import PlanPart, ProvenancePart, RunPart, RunSummary
from gis.cells.webmap import WebRaster, warp_web
from gis.errors import ConfigError, DataError
from layers.spec import Text
from siting.connection.capacity import Capacity
from siting.screen.summary import JudgedSummary
from tests.geoplan.fake_run import fake_run

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return fake_run(tmp_path_factory.mktemp("run 甲"), cell_m=200.0, n_parcels=300)


@pytest.fixture(scope="module")
def page(run, tmp_path_factory) -> str:
    out = tmp_path_factory.mktemp("map") / "map.html"
    return write_map(run, out).read_text(encoding="utf-8")


def test_nothing_points_outside(page):
    assert remote_references(page) == []


def test_policy_forbids_the_network(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    # before any script, or it would not bind them
    assert page.index("Content-Security-Policy") < page.index("<script")


def test_prefix_without_flag(page):
    assert 'setPrefix("Leaflet")' in page


def test_markup_in_attributes_is_text(page):
    assert "<script>window.HACKED" not in page
    assert "<img src=x" not in page


def test_every_blob_a_layer_names_is_there(page):
    names = set(re.findall(r'id="gp-([^"]+)"', page))
    for blob in re.findall(r'"blob":"([^"]+)"', page):
        assert blob in names


def test_online_base_maps_only_on_request(run, tmp_path):
    out = write_map(run, tmp_path / "m.html", base_maps=("osm",))
    text = out.read_text(encoding="utf-8")
    assert "https://tile.openstreetmap.org" in text
    with pytest.raises(ConfigError, match="no such base map"):
        write_map(run, tmp_path / "n.html", base_maps=("gaode",))
    with pytest.raises(ConfigError, match="no such language"):
        write_map(run, tmp_path / "n.html", lang="fr")


def test_display_only_drops_fields_and_layers(run, tmp_path):
    text = write_map(run, tmp_path / "m.html", display_only=True).read_text(encoding="utf-8")
    assert '"id":"v-sites"' in text
    assert '"id":"v-ecosystem"' not in text
    assert '"name":"p50_mwh_yr"' not in text
    assert '"kind":"display"' in text


def test_review_number_only_when_given(run, tmp_path, page):
    assert '"review_number":""' in page
    text = write_map(run, tmp_path / "m.html", review_number="宁S(2026)001号").read_text(
        "utf-8"
    )
    assert "宁S(2026)001号" in text


def test_a_folder_that_is_no_run(tmp_path):
    with pytest.raises(DataError, match="finished run"):
        write_map(tmp_path, tmp_path / "m.html")


def test_unknown_link_is_an_error():
    m = folium.Map(tiles=None)
    m.get_root().header.add_child(
        folium.Element('<script src="https://example.org/x.js"></script>')
    )
    with pytest.raises(DataError, match=r"example\.org"):
        inline_head(m.get_root().render())


def test_folium_default_is_found_remote():
    # folium 0.20 links ten files; each is a reference the page would ask for
    html = folium.Map(tiles=None).get_root().render()
    assert len(remote_references(html)) == 10
    assert remote_references(inline_head(html)) == []


def test_popups_of_folium_keep_their_jquery():
    m = folium.Map(tiles=None)
    folium.Marker([38.9, 106.5], popup="x", icon=folium.DivIcon()).add_to(m)
    html = inline_head(m.get_root().render())
    assert "jQuery" in html
    assert remote_references(html) == []


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://example.org/a.png">',
        '<link rel="stylesheet" href="//example.org/a.css">',
        "<style>@import 'https://example.org/a.css';</style>",
        '<div style="background:url(http://example.org/a.png)"></div>',
        '<script>fetch("https://example.org/a")</script>',
        '<iframe src="http://example.org"></iframe>',
    ],
)
def test_remote_references_are_seen(html):
    assert len(remote_references(html)) == 1


def test_vendored_files_have_their_hash_and_licence():
    for package, meta in manifest().items():
        assert "LICENSE.txt" in meta["files"]
        assert meta["npm"].startswith("sha512-")
        for name in meta["files"]:
            if name.endswith(".js"):
                assert vendor_js(package, name)
    assert "url(data:image/png" in vendor_css("leaflet", "leaflet.css")


def test_a_changed_vendored_file_is_refused(monkeypatch):
    told = {"fflate": {"files": {"fflate.js": "0" * 64}}}
    monkeypatch.setattr("geoplan.maps.assets.manifest", lambda: told)
    with pytest.raises(DataError, match="not the one that was released"):
        vendor_js("fflate", "fflate.js")


def test_json_cannot_leave_its_element():
    assert "</script" not in json_text('{"a": "</script><script>"}')


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(73, 135), st.floats(18, 53), st.floats(1e-4, 0.5)),
        min_size=1,
        max_size=20,
    )
)
def test_packed_coordinates_come_back_to_half_a_step(boxes):
    polys = [shapely.box(x, y, x + d, y + d) for x, y, d in boxes]
    gdf = gpd.GeoDataFrame({"k": range(len(polys))}, geometry=polys, crs="EPSG:4326")
    meta, xy = unpack_features(pack_features(gdf, {"k": 0}))
    want = shapely.get_coordinates(polys)
    assert meta["n"] == len(polys)
    # rounding to 1e-6 degree moves a coordinate by at most half of it
    assert np.abs(xy - want).max() <= 0.5e-6 + 1e-12


def test_mixed_geometry_is_refused():
    gdf = gpd.GeoDataFrame(geometry=[shapely.Point(106, 38), shapely.box(106, 38, 107, 39)])
    with pytest.raises(DataError, match="mixes"):
        pack_features(gdf, {})


def test_every_key_the_page_asks_for_exists(page):
    from gis.say import texts_of

    known = set(texts_of("geoplan.map")) | set(texts_of("geoplan.common"))
    asked = set(re.findall(r'GP\.(?:key|t)\("([a-z_.]+)"', app_js()))
    stems = {k for k in asked if k.endswith((".", "_"))}
    assert asked - stems - known == set()
    meta = page.partition('id="gp-meta"')[2].partition(">")[2].partition("</script>")[0]
    strings = json.loads(meta)["strings"]
    # what a parcel carries is a Chinese name; GB/T 21010-2017 calls 0101 paddy field
    assert strings["en"]["dlmc.水田"] == "paddy field"
    assert strings["zh"]["dlmc.水田"] == "水田"


@pytest.mark.parametrize(("values", "layers"), [((5.0, 5.0), 0), ((5.0, 9.0), 1)])
def test_a_theme_of_one_colour_is_not_shown(tmp_path, values, layers):
    """One colour from end to end tells nothing, of a raster or of the classes of features."""
    import rasterio
    from rasterio.transform import from_origin

    cells = np.repeat(np.array(values, np.float32)[None], 60, axis=0).repeat(30, axis=1)
    path = tmp_path / "pv_yield.tif"
    place = {"crs": "EPSG:4544", "transform": from_origin(610_000, 4_300_000, 100, 100)}
    place |= {"driver": "GTiff", "width": 60, "height": 60, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **place) as f:
        f.write(cells, 1)
    data = PageData({"layers": []})
    _ramp_layer(data, "pv_yield", path, raster_theme("pv_yield"), SimpleNamespace(carbon=None))
    assert len(data.meta["layers"]) == layers
    roofs = gpd.GeoDataFrame(
        {"kwp": values},
        geometry=[shapely.box(610_000, 4e6, 610_009, 4e6 + 9)] * 2,
        crs="EPSG:4544",
    )
    look = next(v for v in themes().vector if v.layer == "rooftops")
    _vector_layer(data, roofs, look, "rooftops", MapOptions())
    assert len(data.meta["layers"]) == 2 * layers


def test_the_map_tells_how_far_it_is(run, tmp_path):
    """Pictures by pictures and layer by layer, never back, and to the end."""
    told = []
    write_map(run, tmp_path / "map.html", progress=lambda *x: told.append(x))
    assert {(label, whole) for label, _, whole in told} == {("map", 100)}
    done = [x for _, x, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 100)
    # what is not drawn is no work: pictures and layers alone come to the end of the page
    parts = []
    page_data(run_contents(run), MapOptions(), lambda *x: parts.append(x))
    assert parts[-1][0] == parts[-1][1]
    # no part stands for more than a fifth of the whole: 3 pictures, 2 tables, 5 layers and more
    assert max(b - a for a, b in pairwise(done)) <= 20


def test_below_the_judged_share_the_whole_map_lies_under_bands(run):
    """26 of 87 rules, 30 %, under the 50 % asked: PV, and not wind, which says nothing."""
    contents = run_contents(run)
    judged = JudgedSummary(
        frac=0.3, n=26, of=87, hard_frac=0.3, hard_n=13, hard_of=43, limit=0.5, above_ha=0.0,
        below_ha=9.0, next_layers=(),
    )  # fmt: skip
    parts = dict(contents.summary.screening or {})
    parts["pv"] = parts["pv"].model_copy(update={"judged": judged})
    summary = contents.summary.model_copy(update={"screening": parts})
    data = page_data(replace(contents, summary=summary), MapOptions(lang="en"))
    layers = {x["id"]: x for x in data.meta["layers"]}
    pv, wind = (layers[f"r-eligibility-{t}"]["legend"] for t in ("pv", "wind"))
    assert {x["pattern"] for x in pv} == {"veil"}
    assert "veil" not in {x["pattern"] for x in wind}
    said = [b["text"]["en"] for b in data.meta["banners"] if b["kind"] == "thin"]
    assert len(said) == 1
    assert "PV: only 30% of the rules judged (limit 50%)" in said[0]


def test_state_colours_differ_in_lightness():
    # a reader who sees no hue still tells the four states apart: CIE lightness 6 apart
    def lightness(c: str) -> float:
        rgb = [int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        lin = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb]
        y = 0.2126 * lin[0] + 0.7152 * lin[1] + 0.0722 * lin[2]
        return 116 * y ** (1 / 3) - 16

    values = sorted(
        lightness(themes().palette[s]) for s in ("left", "conditional", "taken", "unknown")
    )
    assert min(np.diff(values)) > 6
    # the two that matter most, eligible and taken, are far apart
    assert lightness(themes().palette["taken"]) - lightness(themes().palette["left"]) > 25


def _burnt(tmp_path, crs: str, cell_m: float):
    """600 m squares on the cells of a raster, and the same squares as vectors."""
    import rasterio
    from rasterio.transform import from_origin

    to = pyproj.Transformer.from_crs(4490, crs, always_xy=True)
    x0, y0 = (round(v / cell_m) * cell_m for v in to.transform(106.2, 38.7))
    w, h = int(60_000 / cell_m), int(50_000 / cell_m)
    image = np.zeros((h, w), np.uint8)
    squares = []
    n = round(600 / cell_m)
    for r in range(n, h - n, h // 6):
        for c in range(n, w - n, w // 6):
            image[r : r + n, c : c + n] = 3
            left, top = x0 + c * cell_m, y0 + (h - r) * cell_m
            squares.append(shapely.box(left, top - n * cell_m, left + n * cell_m, top))
    path = tmp_path / "burnt.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=w, height=h, count=1, dtype="uint8", crs=crs, nodata=0,
        transform=from_origin(x0, y0 + h * cell_m, cell_m, cell_m),
    ) as dst:  # fmt: skip
        dst.write(image, 1)
    return path, squares


@pytest.mark.parametrize("crs", ["EPSG:4544", "EPSG:4545", "EPSG:4523"])
def test_pictures_lie_within_half_a_pixel_of_vectors(tmp_path, crs):
    """Squares burnt into a 10 m raster against the squares themselves (issue: half a pixel)."""
    path, squares = _burnt(tmp_path, crs, 10.0)
    web = warp_web(path, kind="classes")
    assert web.shrink == 1.0
    to = pyproj.Transformer.from_crs(crs, 3857, always_xy=True)
    worst = 0.0
    for square in squares:
        xy = shapely.get_coordinates(square)
        cx, cy = np.array(to.transform(xy[:, 0], xy[:, 1]))
        # the warped square in pixel coordinates of the picture
        col, row = (cx - web.west_m) / web.step_m, (web.north_m - cy) / web.step_m
        c0, c1 = int(col.min()) - 2, int(col.max()) + 3
        r0, r1 = int(row.min()) - 2, int(row.max()) + 3
        part = (web.values[r0:r1, c0:c1] == 3) & web.valid[r0:r1, c0:c1]
        rows, cols = np.nonzero(part)
        # centroid of the drawn square against the centroid of the vector
        worst = max(
            worst,
            abs(cols.mean() + c0 + 0.5 - col[:4].mean()),
            abs(rows.mean() + r0 + 0.5 - row[:4].mean()),
        )
        # and every pixel whose centre is half a pixel inside is drawn, outside is not
        ring = shapely.polygons(np.column_stack([col, row]))
        gx, gy = np.meshgrid(np.arange(c0, c1) + 0.5, np.arange(r0, r1) + 0.5)
        assert part[shapely.contains_xy(ring.buffer(-0.5), gx, gy)].all()
        assert not part[~shapely.contains_xy(ring.buffer(0.5), gx, gy)].any()
    assert worst < 0.5


def test_chunks_tile_the_picture_exactly(tmp_path):
    path, _ = _burnt(tmp_path, "EPSG:4544", 25.0)
    web = warp_web(path)
    web = replace(web, valid=np.ones_like(web.valid))
    chunks = class_chunks(web, {0: "#ffffff", 3: "#000000"})
    h, w = web.values.shape
    assert len(chunks) == -(-h // 1024) * -(-w // 1024)
    to = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    first = chunks[0].bounds_ll
    x, y = to.transform(first[0], first[3])
    assert x == pytest.approx(web.west_m, abs=1e-3)
    assert y == pytest.approx(web.north_m, abs=1e-3)
    last = chunks[-1].bounds_ll
    x, y = to.transform(last[2], last[1])
    assert x == pytest.approx(web.west_m + w * web.step_m, abs=1e-3)
    assert y == pytest.approx(web.north_m - h * web.step_m, abs=1e-3)
    # a neighbour begins where the one before it ends
    assert chunks[1].bounds_ll[0] == pytest.approx(first[2], abs=1e-12)


def test_values_of_one_byte_are_painted_like_any_others():
    # percents, the last of them no data, on a picture of two chunks by one
    row = np.arange(1100).astype(np.uint8)
    values = np.repeat(row[None], 8, axis=0)
    small = WebRaster(values, values < 250, 0.0, 0.0, 10.0, 1.0)
    wide = replace(small, values=values.astype(np.int32))
    stops = ("#000000", "#ff8000", "#ffffff")
    pictures = ramp_chunks(small, stops, 0.0, 100.0)
    assert pictures == ramp_chunks(wide, stops, 0.0, 100.0)
    assert len(pictures) == 2
    assert pictures[0].bounds_ll[2] == pictures[1].bounds_ll[0]


def test_codes_survive_the_picture(tmp_path):
    """Codes above 255 and 65,535 come back exactly from the WebP."""
    import base64
    import io

    from PIL import Image

    codes = np.array([[0, 1, 255], [256, 65_535, 70_000]], np.uint32)
    web = WebRaster(codes, np.ones(codes.shape, bool), 0.0, 0.0, 10.0, 1.0)
    (chunk,) = code_chunks(web)
    rgba = np.asarray(Image.open(io.BytesIO(base64.b64decode(chunk.webp))).convert("RGBA"))
    back = rgba[..., 0] + 256 * rgba[..., 1].astype(int) + 65_536 * rgba[..., 2].astype(int)
    assert (back == codes).all()


def test_a_raster_without_crs_is_refused(tmp_path):
    import rasterio

    path = tmp_path / "x.tif"
    with rasterio.open(path, "w", driver="GTiff", width=2, height=2, count=1, dtype="uint8"):
        pass
    with pytest.raises(DataError, match="no CRS"):
        warp_web(path)
    with pytest.raises(DataError, match="not a raster"):
        warp_web(tmp_path / "none.tif")


def test_thinning_keeps_real_classes_and_place():
    values = np.arange(100 * 100, dtype=np.uint16).reshape(100, 100) % 7
    web = WebRaster(values, np.ones(values.shape, bool), 50.0, 90.0, 10.0, 1.0)
    low = coarser(web, max_px=1_000)
    # 10,000 / 1,000 -> every 4th: step 40 m, corner unmoved
    assert (low.step_m, low.west_m, low.north_m, low.values.shape) == (
        40.0,
        50.0,
        90.0,
        (25, 25),
    )
    assert set(np.unique(low.values)) <= set(range(7))
    assert low_zoom(low) == pytest.approx(np.log2(156_543.033928 / 40.0 * 1.5), abs=1e-6)


def test_a_split_theme_becomes_a_layer_a_value(page):
    layers = re.findall(r'"id":"(v-[^"]+)"', page)
    assert len(layers) == len(set(layers))


def test_shares_of_a_popup_are_told_in_per_cent():
    """All but the progress of a target, whose classes on the map are of 1."""
    from geoplan.maps.themes import themes

    fields = [f for v in themes().vector for f in v.fields if f.name.endswith("_frac")]
    assert {f.name for f in fields if not f.percent} == {"progress_frac"}


def test_each_case_of_facilities_has_layers_of_its_own_by_its_title(run):
    import geopandas as gpd

    from geoplan.maps.contents import run_contents
    from geoplan.maps.page import MapOptions, page_data
    from layers.spec import Text
    from siting.facilities.summary import FacilityAnswer

    found = run_contents(run)
    county = found.layer("county")
    spot = county.geometry.iloc[0].representative_point()
    sites = gpd.GeoDataFrame(
        {"facility_case": ["bio", "fire"], "name": ["a", "b"], "facility_state": ["new"] * 2},
        geometry=[spot, spot],
        crs=county.crs,
    )
    rings = gpd.GeoDataFrame(
        {"facility_case": ["bio", "bio"], "within_min": [30.0, 10.0]},
        geometry=[spot.buffer(r) for r in (300, 100)],
        crs=county.crs,
    )
    told = {"unit": "km", "limit": (), "weight_unit": "", "synthetic": True}
    none = {"model": "lscp", "waits_for": (), "refused": None}
    cases = tuple(
        FacilityAnswer(id=i, title=Text(zh=zh, en=en), **told, **none)
        for i, zh, en in (("bio", "沼气", "biogas"), ("fire", "瞭望", "fire watch"))
    )
    held = replace(
        found,
        layers=(*found.layers, "facility_sites", "facility_reach"),
        frames={**found.frames, "facility_sites": sites, "facility_reach": rings},
        summary=found.summary.model_copy(update={"facilities": cases}),
    )
    data = page_data(held, MapOptions())
    titles = {x["id"]: x["title"]["zh"] for x in data.meta["layers"]}
    assert titles["v-facility_sites-bio"].startswith("沼气：")
    # an English title has its capital letter, whatever the case is called
    english = {x["id"]: x["title"]["en"] for x in data.meta["layers"]}
    assert english["v-facility_sites-fire"].startswith("Fire watch: ")
    assert titles["v-facility_sites-fire"].startswith("瞭望：")
    # the legend says what the rings of one colour are
    assert titles["v-facility_reach-bio"] == "沼气：等时圈（10、30 分钟）"


def test_layers_of_a_case_stand_together_in_the_order_of_the_cases():
    """Not by kind: one looks at a case. An id may be the end of another, and have a hyphen."""
    from types import SimpleNamespace

    from geoplan.maps.page import _case_by_case

    def layer(name, group="facilities"):
        return {"id": name, "group": group}

    kinds = ("v-facility_demand", "v-facility_sites")
    by_kind = [layer(f"{k}-{c}") for k in kinds for c in ("a", "b-a")]
    cases = tuple(SimpleNamespace(id=i) for i in ("b-a", "a"))
    layers = [layer("v-roads", "base"), *by_kind, layer("v-county", "base")]
    found = _case_by_case(layers, SimpleNamespace(facilities=cases))
    assert [x["id"].removeprefix("v-facility_") for x in found] == [
        *("v-roads", "demand-b-a", "sites-b-a", "demand-a", "sites-a", "v-county")
    ]


def test_scenarios_are_layers_of_their_technology(run):
    # two pictures of one technology, so that the page can swipe between them
    from geoplan.maps.contents import run_contents
    from geoplan.maps.page import MapOptions, page_data

    found = run_contents(run)
    rasters = {**found.rasters, "eligibility_hard_only": found.rasters["eligibility"]}
    data = page_data(replace(found, rasters=rasters), MapOptions())
    layers = {x["id"]: x for x in data.meta["layers"]}
    own, other = layers["r-eligibility-pv"], layers["r-eligibility_hard_only-pv"]
    assert own["tech"] == other["tech"] == "pv"
    assert own["kind"] == other["kind"] == "raster"
    assert own["visible"]
    assert not other["visible"]
    assert own["title"]["zh"] != other["title"]["zh"]
    assert "hard rules only" in other["title"]["en"]
    assert data.blobs[other["chunks"][0]["blob"]] == data.blobs[own["chunks"][0]["blob"]]


def test_a_scenario_that_changes_nothing_is_not_drawn_twice(run):
    import pandas as pd

    from geoplan.maps.contents import run_contents
    from geoplan.maps.page import _unchanged

    found = run_contents(run)
    # pv: 5 ha are taken there that are left here; wind: the same land
    moved = pd.DataFrame(
        {
            "tech": ["pv", "pv", "wind"],
            "scenario": ["conservative"] * 3,
            "state": ["left", "left", "taken"],
            "state_there": ["left", "taken", "taken"],
            "area_ha": [1.0, 5.0, 3.0],
        }
    )
    named = replace(found, tables=(*found.tables, "scenario_transitions"))
    object.__setattr__(named, "table", lambda _: moved)
    assert _unchanged(named, "conservative") == {"wind"}
    assert _unchanged(named, "") == _unchanged(found, "conservative") == frozenset()


def test_land_that_did_not_change_takes_the_middle_colour():
    # 98.4 % unchanged, the rest gains 40.7 tC/ha: the case of a county two dates apart
    change = np.zeros((50, 100))
    change.flat[:80] = 40.7
    low, high = ramp_limits(change.ravel(), symmetric=True)
    assert (low, high) == (-40.7, 40.7)
    stops = themes().ramp(raster_theme("carbon_change").ramp)
    middle = ramp_colours(stops, 255)[int((0 - low) / (high - low) * 254)]
    assert middle.tolist() == [0xF7, 0xF7, 0xF7]  # the third of the five colours
    assert ramp_limits(np.zeros(5), symmetric=True) is None
    assert ramp_limits(np.array([np.nan]), symmetric=False) is None
    # a loss alone is as far from the middle as a gain of its size
    assert ramp_limits(np.array([0.0, -3.0]), symmetric=True) == (-3.0, 3.0)


def test_a_change_of_cover_is_not_shown_as_cover():
    """Losses and gains of vegetation cover have 0 in the middle, and say their years."""
    change = raster_theme("fvc_change_2015_2023")
    assert change.symmetric
    assert change.title_of("fvc_change_2015_2023").zh.startswith("2015–2023年植被覆盖度变化")
    assert not raster_theme("fvc").symmetric


def test_a_picture_of_carbon_answers_with_its_parcel():
    density = raster_theme("carbon_density")
    asked = next(v for v in themes().vector if v.layer == density.asks)
    told = {f.name: (f.low, f.high) for f in asked.fields}
    assert told["total_tc_ha"] == ("total_low_tc_ha", "total_high_tc_ha")
    assert {"living_tc_ha", "dead_wood_tc_ha", "litter_tc_ha", "soc_tc_ha"} <= set(told)
    code = {f.name for f in asked.fields} & {"ecosystem", "group"}
    assert not code  # words, not ids


def test_no_pixel_of_a_signed_picture_takes_the_tint_of_a_neighbour():
    """Lossy WebP halves the colour: land without a change looked like a loss beside one."""
    rng = np.random.default_rng(3)
    values = rng.choice([-30.0, 0.0, 0.0, 30.0], (64, 64))
    web = WebRaster(values, np.ones((64, 64), bool), 0.0, 64.0, 1.0, 1.0)
    loss, none, gain = "#b35806", "#f7f7f7", "#542788"
    (chunk,) = ramp_chunks(web, (loss, none, gain), -30.0, 30.0)
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(chunk.webp))).convert("RGB"))
    for value, colour in ((-30.0, loss), (0.0, none), (30.0, gain)):
        want = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (shown[values == value] == want).all()


@pytest.mark.parametrize("more", [0, 9_000])  # many features are a picture from afar, too
def test_what_has_no_value_has_its_own_line_in_the_legend(more):
    values = [5.0, 9.0, np.nan, *([7.0] * more)]
    boxes = [shapely.box(6e5 + 20 * i, 4e6, 6e5 + 20 * i + 9, 4e6 + 9) for i in range(3 + more)]
    frame = gpd.GeoDataFrame({"living_tc_ha": values}, geometry=boxes, crs="EPSG:4544")
    look = next(v for v in themes().vector if v.layer == "stands")
    data = PageData({"layers": []})
    _vector_layer(data, frame, look, "stands", MapOptions())
    (layer,) = data.meta["layers"]
    assert layer["classes"][-1]["label"]["zh"] == "无数值（未估算）"
    assert layer["classes"][-1]["colour"] == "#9a9a9a"
    assert _class_index(layer, frame)[2] == len(layer["classes"]) - 1
    assert ("overview" in layer) == (more > 0)
    whole = PageData({"layers": []})
    _vector_layer(whole, frame.dropna(), look, "stands", MapOptions())
    labels = [c["label"]["en"] for c in whole.meta["layers"][0]["classes"]]
    assert "no value (not estimated)" not in labels


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([19.3, np.nan, np.nan], ["19.3 tC/ha", "no value (not estimated)"]),
        ([19.3, 19.3, 19.3], ["19.3 tC/ha"]),
    ],
)
def test_stands_of_one_density_are_shown_with_those_that_have_none(values, labels):
    """Of three stands one is estimated: two of 100 ha not estimated are to be seen."""
    shapes = [shapely.box(x, 4.3e6, x + 1000, 4.301e6) for x in (6.3e5, 6.31e5, 6.32e5)]
    stands = gpd.GeoDataFrame(
        {"stand_id": ["1", "2", "3"], "living_tc_ha": values}, geometry=shapes, crs="EPSG:4544"
    )
    theme = next(v for v in themes().vector if v.layer == "stands")
    data = PageData({"layers": []})
    _vector_layer(data, stands, theme, "stands", MapOptions())
    (layer,) = data.meta["layers"]
    assert [c["label"]["en"] for c in layer["classes"]] == labels
    # of townships one colour from end to end tells nothing
    _vector_layer(data, stands, theme.model_copy(update={"always": False}), "x", MapOptions())
    assert len(data.meta["layers"]) == 1


def test_a_subject_shows_what_there_is_instead():
    """Carbon of parcels where the run has no picture of it: the usual county."""
    carbon = next(v for v in themes().view if v.id == "carbon")
    parcels, picture = {"id": "v-ecosystem"}, {"id": "r-carbon_density"}
    assert page_views([carbon], [parcels])[0]["layers"] == ["v-ecosystem"]
    assert page_views([carbon], [parcels, picture])[0]["layers"] == ["r-carbon_density"]


@pytest.mark.parametrize(
    ("approvals", "grid", "shown", "unit"),
    [
        (500.0, 120.4, "120", "MW"),
        (500.0, None, "未知", ""),  # nobody looked at the grid
        (0.0, 0.0, "0", "MW"),
    ],
)
def test_what_the_grid_takes_is_a_figure_or_said_in_words(approvals, grid, shown, unit):
    found = Capacity(
        sites=60,
        unconditional_mw=0.0,
        with_approvals_mw=approvals,
        with_grid_mw=grid,
        provisional_mw=20_826.0,
        unknown_sites=0,
    )
    figure = _figures(found)["figures"][2]
    assert (figure["value"]["zh"], figure["unit"]) == (shown, unit)


def test_the_card_tells_the_stock_and_its_mean_over_the_land_estimated(run):
    """9,100,000 tC on 250,000 ha of which a fifth has no figure: 9.1e6 / 200,000."""
    found = run_contents(run).summary
    land = found.carbon.closure.model_copy(update={"parcels_ha": 250_000.0})
    carbon = {"closure": land, "area_not_estimated_frac": 0.2}
    told = found.model_copy(update={"carbon": found.carbon.model_copy(update=carbon)})
    lines = [b["title"]["en"] for b in card_blocks(told) if b["kind"] == "line"]
    assert "45.5 tC/ha on average over the land estimated; 20% of the land is not" in lines


def test_the_card_names_the_targets_that_are_not_met(tiny_run):
    """The first three by name, of the others how many."""
    summary = run_contents(tiny_run).summary
    missed = [a for a in summary.targets if a.answer == "not_met"]
    assert len(missed) >= 3

    def told(targets):
        blocks = card_blocks(summary.model_copy(update={"targets": targets}))
        lines = [b["title"]["en"] for b in blocks if b["kind"] == "line"]
        return [x for x in lines if x.startswith("Not met") or x.endswith("see the summary")]

    assert told(tuple(a for a in summary.targets if a.answer != "not_met")) == []
    one = told((missed[0],))
    assert len(one) == 1
    assert missed[0].title("en") in one[0]
    assert target_text(missed[0], "en") in one[0]
    assert len(told(tuple(missed[:3]))) == 3
    many = told((*missed[:3], *missed[:2]))
    assert len(many) == 4
    assert many[3] == "2 more are not met, see the summary"


def test_provisional_sites_are_told_apart_on_the_page(tiny_run):
    contents = run_contents(tiny_run)
    sites = contents.layer("sites")

    def layer_of_sites(late):
        frames = {"sites": sites.assign(provisional=late)}
        data = page_data(replace(contents, frames=frames), MapOptions())
        (layer,) = [x for x in data.meta["layers"] if x["id"] == "v-sites"]
        return layer, unpack_features(data.blobs["v-sites"])[0]

    late = np.arange(len(sites)) % 2 == 0
    layer, packed = layer_of_sites(late)
    assert layer["late"]["en"].startswith("provisional")
    assert "provisional" in packed["attrs"]
    layer, packed = layer_of_sites(np.zeros(len(sites), bool))
    assert "late" not in layer
    assert "provisional" not in packed["attrs"]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({}, "县界（示意）"),
        ({"boundary": "县界.gdb BOU"}, "县界"),
        ({"boundary_official": True}, "县界"),
    ],
)
def test_only_the_bundled_outline_is_called_indicative(own, words):
    plan = PlanPart(id="a", title=Text(zh="甲县", en="A"), **own)
    found = RunSummary(plan=plan, run=RunPart(id=""), provenance=ProvenancePart(run_id=""))
    (county,) = (v for v in vector_themes(found) if v.layer == "county")
    assert county.title("zh") == words


def test_a_site_has_the_cost_of_energy_of_the_money_where_it_is_reckoned(run, monkeypatch):
    """The yield's own, of unit costs alone, is told where the plan has no money."""
    contents = run_contents(run)
    sites = contents.layer("sites")
    ids = list(sites["site_id"])
    pv = pd.DataFrame({"site_id": ids, "lcoe_6pct_cny_mwh": 105.8})
    money = pd.DataFrame({"plant": ids, "lcoe_real_cny_mwh": 113.5})

    def told(**tables: pd.DataFrame) -> list[str]:
        monkeypatch.setattr(RunContents, "table", lambda _, name: tables[name])
        data = page_data(replace(contents, tables=tuple(tables)), MapOptions(lang="en"))
        (layer,) = (x for x in data.meta["layers"] if x["id"] == "v-sites")
        return [f["title"]["en"] for f in layer["fields"] if "LCOE" in f["title"]["en"]]

    assert told(pv_sites=pv) == ["LCOE (unit cost alone, 6 %)"]
    assert told(pv_sites=pv, money_plants=money) == ["LCOE (real, without VAT)"]
