"""The offline map: what is in the file, and that nothing in it points outside."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.maps import write_map
from geoplan.maps.assets import app_js, manifest, vendor_css, vendor_js
from geoplan.maps.features import pack_features, unpack_features
from geoplan.maps.offline import inline_head, json_text, remote_references
from geoplan.maps.themes import themes
from gis.errors import ConfigError, DataError

HERE = Path(__file__).parent


def _fake():
    spec = importlib.util.spec_from_file_location("fake_run", HERE / "fake_run.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake_run"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return _fake().fake_run(tmp_path_factory.mktemp("run 甲"), cell_m=200.0, n_parcels=300)


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
    monkeypatch.setitem(manifest()["fflate"]["files"], "fflate.js", "0" * 64)
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
    from geoplan.text import strings

    known = set(strings("map")) | set(strings("common"))
    asked = set(re.findall(r'GP\.(?:key|t)\("([a-z_.]+)"', app_js()))
    stems = {k for k in asked if k.endswith((".", "_"))}
    assert asked - stems - known == set()


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
