"""What a person hands over is opened as what its name says, or refused before GDAL looks."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import socket
import threading
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from gis.errors import ConfigError, DataError
from gis.files.given import given_bytes, given_file
from gis.files.raster_info import open_raster_file
from gis.files.read import list_layers, raster_info, read_features
from gis.files.write import write_features
from gis.toml import parse_toml

SQUARE = [[106.0, 38.0], [106.1, 38.0], [106.1, 38.1], [106.0, 38.0]]
FEATURE = {
    "type": "Feature",
    "properties": {"crs": "none", "link": "link"},
    "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
}


@pytest.fixture(scope="module")
def asked():
    """A server on this machine, and the paths it has been asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - as the server calls it

        def log_message(self, *_args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", paths
    server.shutdown()
    server.server_close()


def _vrt(source: str) -> str:
    return (
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>'
        f"{source}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )


def _collection(**more: object) -> str:
    return json.dumps({"type": "FeatureCollection", **more, "features": [FEATURE]})


def _features(url: str, secret: Path) -> dict[str, str]:
    link = {"type": "link", "properties": {"href": f"{url}/crs"}}
    far = f"/vsicurl/{url}/x.geojson"
    return {
        "network.vrt": _vrt(far),
        "network.geojson": _vrt(far),
        "network.json": _vrt(far),
        "network.kml": _vrt(far),
        "network.gml": _vrt(far),
        "network.dxf": _vrt(far),
        "network.gpkg": _vrt(far),
        "network.fgb": _vrt(far),
        "network.shp": _vrt(far),
        "network.tab": _vrt(far),
        "file.geojson": _vrt(str(secret)),
        "file.kml": _vrt(str(secret)),
        "both.geojson": json.dumps({"a": _vrt(far)}),
        "both.json": json.dumps({"type": "x", "a": _vrt(far).replace('"', "'")}),
        "wfs.gml": f"<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
        "steps.geojson": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {far}"}
        ),
        "link.geojson": _collection(crs=link),
        "link.json": _collection(crs=link),
        "url.geojson": _collection(crs={"type": "URL", "properties": {"url": f"{url}/crs"}}),
        "escaped.geojson": _collection(crs=link).replace('"crs": {', '"c\\u0072s": {'),
        "spaces.geojson": _collection(crs=link).replace(
            '"crs": {', '"crs"' + " " * 900 + ": {"
        ),
        "far.geojson": _collection(a=" " * 8_400_000, crs=link),
        "upper.geojson": _collection(crs=link)
        .replace('"crs"', '"CRS"')
        .replace("link", "LINK"),
        "address.geojson": far,
    }


NAMES = list(_features("", Path()))


@pytest.mark.parametrize("name", NAMES)
def test_no_file_of_features_reaches_the_network_or_another_file(tmp_path, asked, name):
    url, paths = asked
    paths.clear()
    secret = tmp_path / "secret.geojson"
    secret.write_text(_collection(), encoding="utf-8")
    path = tmp_path / name
    path.write_text(_features(url, secret)[name], encoding="utf-8")
    with pytest.raises(DataError) as err:
        read_features(path, crs="EPSG:4490")
    assert name in str(err.value)
    with pytest.raises(DataError):
        list_layers(path)
    assert paths == []


def _tif(path: Path, **tags: dict[str, str]) -> Path:
    place = rasterio.transform.from_bounds(106, 38, 107, 39, 600, 600)
    with rasterio.open(
        path, "w", driver="GTiff", width=600, height=600, count=1, dtype="float32",
        crs="EPSG:4490", transform=place,
    ) as out:  # fmt: skip
        out.write(np.ones((1, 600, 600), np.float32))
        for domain, values in tags.items():
            out.update_tags(ns=domain, **values)
    return path


def _raster_vrt(source: str, n: int) -> str:
    return (
        f'<VRTDataset rasterXSize="{n}" rasterYSize="{n}"><SRS>EPSG:4490</SRS>'
        "<GeoTransform>106,0.002,0,39,0,-0.002</GeoTransform>"
        '<VRTRasterBand dataType="Byte" band="1"><SimpleSource><SourceFilename>'
        f"{source}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )


@pytest.mark.parametrize(
    "name", ["vrt.tif", "vrt.vrt", "wms.tif", "wcs.tif", "said.tif", "aux.tif", "ovr.tif"]
)
def test_no_raster_reaches_the_network(tmp_path, asked, name):
    url, paths = asked
    paths.clear()
    path = tmp_path / name
    far = f"/vsicurl/{url}/r.tif"
    texts = {
        "vrt.tif": _raster_vrt(far, 4),
        "vrt.vrt": _raster_vrt(far, 4),
        "wms.tif": f'<GDAL_WMS><Service name="TMS"><ServerUrl>{url}/a</ServerUrl></Service>'
        "</GDAL_WMS>",
        "wcs.tif": f"<WCS_GDAL><ServiceURL>{url}/wcs?</ServiceURL></WCS_GDAL>",
    }
    if name in texts:
        path.write_text(texts[name], encoding="utf-8")
    elif name == "said.tif":
        _tif(path, OVERVIEWS={"OVERVIEW_FILE": far})
    else:
        _tif(path)
        beside = path.with_name(name + (".ovr" if name == "ovr.tif" else ".aux.xml"))
        beside.write_text(
            _raster_vrt(far, 300)
            if name == "ovr.tif"
            else '<PAMDataset><Metadata domain="OVERVIEWS">'
            f'<MDI key="OVERVIEW_FILE">{far}</MDI></Metadata></PAMDataset>',
            encoding="utf-8",
        )
    with pytest.raises(DataError), open_raster_file(path) as src:
        src.read(1, out_shape=(100, 100))
    with pytest.raises(DataError):
        raster_info(path)
    assert paths == []


def test_what_is_only_named_like_a_mark_is_read(tmp_path):
    # a property called "crs" or "link", and a system by name, are data
    path = tmp_path / "a.geojson"
    path.write_text(
        _collection(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}),
        encoding="utf-8",
    )
    assert len(read_features(path)) == 1
    assert raster_info(_tif(tmp_path / "a.TIF")).shape == (600, 600)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among files here")
@pytest.mark.parametrize(
    "suffix", [".tif", ".geojson", ".gpkg", ".csv", ".txt", ".zip", ".kml"]
)
def test_pipes_loops_and_sockets_are_refused_at_once(tmp_path, suffix):
    pipe, loop = tmp_path / f"pipe{suffix}", tmp_path / f"loop{suffix}"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    try:
        os.chdir(tmp_path)  # the address of a socket has to be short
        server.bind(f"s{suffix}")
    finally:
        os.chdir(here)
        server.close()
    reader = raster_info if suffix == ".tif" else read_features
    for path, word in (
        (pipe, "a pipe"),
        (loop, "a loop of symbolic links"),
        (tmp_path / f"s{suffix}", "a socket"),
        (Path("/dev/zero"), "a device"),
        (Path("a\0b.tif"), "a zero byte"),
        (Path("/vsicurl/http://127.0.0.1/a.tif"), "GDAL"),
    ):
        with pytest.raises(DataError, match=word):
            reader(path)


def test_a_plan_is_configuration(tmp_path):
    loop = tmp_path / "plan.toml"
    loop.symlink_to(loop)
    with pytest.raises(ConfigError, match="symbolic links"):
        given_bytes(loop, ConfigError)
    # a file that is not there is for the caller to tell
    assert given_file(tmp_path / "none") == tmp_path / "none"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a = " + "9" * 5000, "too many digits"),
        ("a = " + "[" * 3000 + "]" * 3000, "nested"),
        ("a = " + "{b = " * 3000, "nested"),
    ],
)
def test_numbers_and_brackets_without_end_are_a_fault_of_the_file(text, word):
    with pytest.raises(ConfigError, match=word):
        parse_toml(text.encode(), "plan.toml")


@pytest.mark.parametrize("suffix", [".json", ".geojson"])
@pytest.mark.parametrize(
    "text",
    [
        "[" * 3000 + "]" * 3000,
        _collection(x=1).replace('"x": 1', '"x": ' + "9" * 5000),
        _collection().replace("106.0", "9" * 5000, 1),
        _collection(x=0).replace('"x": 0', '"x": ' + "[" * 3000 + "]" * 3000),
    ],
    ids=["brackets", "number", "coordinate", "deep"],
)
def test_json_without_end_is_a_fault_of_the_file(tmp_path, suffix, text):
    path = tmp_path / f"a{suffix}"
    path.write_text(text, encoding="utf-8")
    with contextlib.suppress(DataError):  # GDAL may pass over a value that is no attribute
        assert np.isfinite(read_features(path).total_bounds).all()


def test_every_format_we_write_is_read(tmp_path):
    frame = gpd.GeoDataFrame(
        {"a": [1]}, geometry=[shapely.box(500_000, 4_300_000, 500_500, 4_300_400)], crs=4544
    )
    for name in ("a.gpkg", "a.geojson", "a.fgb", "a.parquet"):
        path = tmp_path / name
        if name.endswith(".parquet"):
            frame.to_parquet(path)
        elif name.endswith(".gpkg"):
            write_features(path, "a", frame)
        else:
            frame.to_file(path)
        assert read_features(path).geometry.area.sum() > 0
