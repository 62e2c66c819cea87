"""Assets of a STAC item: only through fetch, only the county's window, nothing given lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import layers.fetch.manners
import layers.fetch.ranges
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from gis.cells.grid import plan_grid
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError
from layers.fetch.manners import shown
from layers.fetch.open_data import OpenData
from layers.fetch.stac import fetch_stac
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan
from tests.layers.fetch.server import Server, tiff

SIZE = 4.0  # degrees, from 105 E and 41 N


class Archive(Server):
    """An archive of one scene in degrees: red 0.1, near infrared 0.4, a cloud in the west."""

    def _make(self, path: str) -> bytes | None:
        n = 800
        flat = np.random.default_rng(1).integers(0, 2, (n, n)).astype("uint16")
        match path:
            case "/a/B04.tif":
                return tiff(105, 41, SIZE, flat + 2000, nodata=0)
            case "/a/nir.tif?sig=s3cret":
                return tiff(105, 41, SIZE, flat * 0 + 5000, nodata=0)
            case "/a/scl.tif":
                classes = np.full((n // 2, n // 2), 4, "uint8")
                classes[:, : int(1.4 / SIZE * n / 2)] = 9  # west of 106.4
                return tiff(105, 41, SIZE, classes)
            case "/items/one.json":
                return json.dumps(item(self.url)).encode()
        return None


def item(url: str, **properties: object) -> dict[str, object]:
    bands = [{"scale": 0.0001, "offset": -0.1, "nodata": 0}]
    kind = "image/tiff; application=geotiff; profile=cloud-optimized"
    return {
        "type": "Feature",
        "id": "S2A_48TXJ_20230812_0_L2A",
        "collection": "sentinel-2-l2a",
        "properties": {
            "datetime": "2023-08-12T03:55:39Z", "license": "proprietary",
            "providers": [{"name": "ESA"}, {"name": "Element 84"}], **properties,
        },
        "assets": {
            "red": {"href": f"{url}/a/B04.tif", "type": kind, "raster:bands": bands},
            "nir": {
                "href": "s3://bucket/nir.tif", "type": kind, "raster:bands": bands,
                "alternate": {"https": {"href": f"{url}/a/nir.tif?sig=s3cret"}},
            },
            "scl": {"href": "../a/scl.tif", "type": kind},
            "page": {"href": f"{url}/a/page.html", "type": "text/html"},
            "bucket": {"href": "s3://bucket/x.tif", "type": kind},
            "own": {"href": "file:///etc/passwd", "type": kind},
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def web() -> Iterator[Archive]:
    server = Archive()
    yield server
    server.close()


@pytest.fixture
def server(web: Archive, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(layers.fetch.manners.time, "sleep", lambda _: None)
    monkeypatch.setattr(layers.fetch.ranges, "_PIECE", 4096)
    web.asked.clear()
    web.sent = 0
    return web


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    new_plan("640221", tmp_path / "p.toml")
    return load_plan(tmp_path / "p.toml")


def bring(plan: Plan, item: str, *assets: str, layer: str = "ndvi") -> OpenData:
    return fetch_stac(plan, item, assets, layer, lambda *_: None, remark="stac")


@pytest.mark.slow
def test_bands_of_a_scene_become_its_index(server: Archive, plan: Plan) -> None:
    found = bring(plan, f"{server.url}/items/one.json", "red", "nir", "scl")
    assert (found.faults, found.notes) == ((), ())
    assert found.layers == {"ndvi": "S2A_48TXJ_20230812_0_L2A"}
    whole = sum(len(server.body(p) or b"") for p in ("/a/B04.tif", "/a/nir.tif?sig=s3cret"))
    assert server.sent < 0.2 * whole
    new = load_plan(plan.path)
    source = new.layers["ndvi"]
    assert (source.date, source.licence) == ("2023-08-12", "proprietary")
    assert "ESA" in str(source.attribution)
    x, y = transform_points([106.4], [38.9], "EPSG:4326", "EPSG:4544")
    grid = plan_grid((x[0] - 3000, y[0] - 3000, x[0] + 3000, y[0] + 3000), 4544, 500)
    read = open_raster(new, "ndvi", grid)
    assert read is not None
    values, known = read
    # (0.4 - 0.1) / 0.5, to the last digit of the numbers: 2000 or 2001 of 10,000
    assert values[:, -3:] == pytest.approx(0.6, abs=0.001)
    assert not known[:, :4].any()
    # no signature is written down
    for file in (*plan.path.parent.rglob("fetched.json"), plan.path):
        assert "s3cret" not in file.read_text(encoding="utf-8")
    # a second time nothing but the item comes
    server.asked.clear()
    bring(load_plan(plan.path), f"{server.url}/items/one.json", "red", "nir", "scl")
    assert dict(server.asked) == {"/items/one.json": 1}


def test_one_asset_with_its_scale(server: Archive, plan: Plan) -> None:
    file = plan.path.parent / "item.json"
    file.write_text(json.dumps(item(server.url)), encoding="utf-8")
    found = bring(plan, str(file), "red", layer="ghi")
    assert found.faults == ()
    source = load_plan(plan.path).layers["ghi"]
    assert (source.scale, source.offset, source.nodata) == (0.0001, -0.1, 0.0)


def test_the_day_it_was_brought_is_not_the_day_it_was_seen(server: Archive, plan: Plan) -> None:
    file = plan.path.parent / "item.json"
    file.write_text(json.dumps(item(server.url, datetime=None)), encoding="utf-8")
    assert bring(plan, str(file), "red", layer="ghi").faults == ()
    assert load_plan(plan.path).layers["ghi"].date == ""


@pytest.mark.parametrize(
    ("assets", "layer", "word"),
    [
        (("blue",), "ndvi", "no such asset"),
        (("red",), "road", "raster layer only"),
        (("red", "nir"), "dem", "one asset"),
    ],
)
def test_what_is_asked_wrongly_is_refused(
    server: Archive, plan: Plan, assets: tuple[str, ...], layer: str, word: str
) -> None:
    before = plan.path.read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match=word):
        bring(plan, f"{server.url}/items/one.json", *assets, layer=layer)
    assert plan.path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("asset", "word"),
    [("page", "no GeoTIFF"), ("bucket", "no address of http"), ("own", "no address of http")],
)
def test_an_asset_that_cannot_come_is_told(
    server: Archive, plan: Plan, asset: str, word: str
) -> None:
    found = bring(plan, f"{server.url}/items/one.json", asset)
    assert word in "\n".join(map(str, found.faults))
    assert (found.layers, found.plan) == ({}, None)


def test_a_layer_of_the_user_is_not_touched(server: Archive, plan: Plan) -> None:
    given = plan.layers["dem"].model_copy(update={"path": "m.tif", "required_from_user": ""})
    mine = plan.model_copy(update={"layers": {**plan.layers, "dem": given}})
    with pytest.raises(ConfigError, match="not touched"):
        bring(mine, f"{server.url}/items/one.json", "red", layer="dem")
    assert not server.asked


@pytest.mark.parametrize("text", ["", "[]", '{"assets": {}}', '{"id": 1, "assets": []}'])
def test_what_is_no_item_is_told(server: Archive, plan: Plan, text: str) -> None:
    file = plan.path.parent / "item.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="no STAC item"):
        bring(plan, str(file), "red")


def test_no_signature_is_shown() -> None:
    assert shown("https://a/b.tif?x=1&sig=abc%2F&y=2") == "https://a/b.tif?x=1&sig=-&y=2"
    assert "abc" not in shown("https://a/b?X-Amz-Signature=abc&X-Amz-Credential=abc")
