"""Answers that are in order and wrong, servers that lead astray, two fetches at once."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasterio.transform import from_origin

from gis.errors import ConfigError, DataError
from layers.fetch import manners
from layers.fetch.manners import Manners, pace
from layers.fetch.open_data import data_folder, wanted_data
from layers.fetch.osm import osm_features
from layers.fetch.record import alone
from layers.fetch.source import parse_source, sources
from tests.conftest import ROOT
from tests.layers.fetch.server import Server, dem_tile
from tests.layers.fetch.test_open_data import DEM, bring, plan_of

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(web: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(manners.time, "sleep", lambda _: None)
    web.asked.clear()
    yield web
    web.mood = None


# ---------------------------------------------------------------- what is in order and wrong


def test_a_tile_of_another_place_is_a_fault_and_no_sea(server: Server, tmp_path: Path) -> None:
    # 10 N 20 E lies in Africa; the tiles asked for begin at 38 N 105 E
    server.mood = lambda *_: (200, {"Content-Type": "image/tiff"}, dem_tile(10, 20))
    found = bring(plan_of(tmp_path), server, DEM)
    assert found.notes == ()
    assert all("lie where its name says" in f.text("en") for f in found.faults)
    assert len(found.faults) == 6  # 38 and 39 N by 105, 106 and 107 E


def test_a_picture_is_no_height(server: Server, tmp_path: Path) -> None:
    from rasterio.io import MemoryFile

    with MemoryFile() as held:
        with held.open(
            driver="GTiff", width=64, height=64, count=3, dtype="uint8", crs="EPSG:4326",
            transform=from_origin(105, 41, 3 / 64, 3 / 64),
        ) as out:  # fmt: skip
            out.write(np.zeros((3, 64, 64), "uint8"))
        body = held.read()
    server.mood = lambda *_: (200, {"Content-Type": "image/tiff"}, body)
    found = bring(plan_of(tmp_path), server, DEM)
    assert "3 x uint8" in str(found.faults[0].text("en"))
    assert not list(tmp_path.rglob("*DEM.tif"))


@pytest.mark.slow
@pytest.mark.parametrize("source", ["pvgis", "nasa_power", "openstreetmap"])
def test_an_empty_answer_is_asked_for_again(
    server: Server, tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path)
    server.mood = lambda *_: (200, dict(JSON), b"{}")
    first = bring(plan, server, source)
    assert (first.layers, first.plan) == ({}, None)
    assert first.faults
    server.mood = None  # a service that was down for an hour
    second = bring(plan_of(tmp_path), server, source)
    assert second.faults == ()
    assert second.layers


@pytest.mark.parametrize("lon", ["Infinity", "NaN", "1e9"])
def test_a_line_to_nowhere_is_no_answer(tmp_path: Path, lon: str) -> None:
    file = tmp_path / "a.json"
    way = '{"type": "way", "id": 1, "tags": {"highway": "primary"}, "geometry": '
    line = f'[{{"lon": 106.5, "lat": 38.9}}, {{"lon": {lon}, "lat": 38.9}}]'
    file.write_text(f'{{"elements": [{way}{line}}}]}}')
    with pytest.raises(DataError):
        osm_features(file, "road", sources()["openstreetmap"].osm["road"])


# ---------------------------------------------------------------- led astray


@pytest.mark.parametrize(
    ("from_host", "to_host", "refused"),
    [
        ("93.184.216.34", "169.254.169.254", True),  # where clouds give out passwords
        ("93.184.216.34", "127.0.0.1", True),
        ("93.184.216.34", "10.0.0.8", True),
        ("93.184.216.34", "::1", True),
        ("93.184.216.34", "93.184.216.35", False),
        ("10.0.0.8", "10.0.0.9", False),  # an intranet's own business
    ],
)
def test_a_server_outside_does_not_send_us_inside(
    monkeypatch: pytest.MonkeyPatch, from_host: str, to_host: str, *, refused: bool
) -> None:
    known = {"one.example": from_host, "two.example": to_host}

    def looked_up(name: str, *_: object, **__: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[name], 0))]

    monkeypatch.setattr(manners.socket, "getaddrinfo", looked_up)
    request = urllib.request.Request("https://one.example/a.tif")

    def redirect() -> object:
        return manners._OnlyHttp().redirect_request(
            request, None, 302, "", {}, "https://two.example/b.tif"
        )

    if refused:
        with pytest.raises(DataError, match=r"internal address two\.example"):
            redirect()
    else:
        assert redirect() is not None


def test_a_place_is_free_when_the_answer_is_read(server: Server) -> None:
    one = Manners(at_once=1)
    address = server.url + "/pvgis/seriescalc?lat=38.0&lon=106.0"
    second = threading.Thread(target=lambda: one.ask(address).__enter__().read())
    with one.ask(address):
        second.start()
        second.join(0.1)
        assert second.is_alive()
    second.join(10)
    assert not second.is_alive()


def test_a_server_that_drips_is_left(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 130 s long 200 bytes a second are 26,000 bytes
    pace(time.monotonic() - 130, 26_100)
    pace(time.monotonic() - 100, 1)  # it may begin slowly
    with pytest.raises(TimeoutError):
        pace(time.monotonic() - 130, 25_000)
    monkeypatch.setattr(manners, "_SLOW_S", -1.0)
    monkeypatch.setattr(manners, "_SLOW_BYTES_S", 1e15)
    found = bring(plan_of(tmp_path), server, DEM, "pvgis")  # by ranges, and whole
    assert found.layers == {}
    assert len(found.faults) == 7


def test_two_fetches_of_a_county_do_not_mix(server: Server, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    with (
        alone(data_folder(plan), "other"),
        pytest.raises(ConfigError, match="another run is writing"),
    ):
        bring(plan, server, "pvgis")
    assert not server.asked
    assert bring(plan, server, "pvgis").faults == ()


# ---------------------------------------------------------------- what is written wrongly


@pytest.mark.parametrize(
    "base",
    [
        "http://",
        "http:///dem",
        "http://h/{lat}",
        "http://h/a b",
        "http://[::1",
        "http://h:99999/x",
        "http://h/x?token=SECRET",
        "http://h/x#top",
        "http://me:SECRET@h/x",
    ],
)
def test_a_mirror_is_a_server_and_a_folder(tmp_path: Path, base: str) -> None:
    with pytest.raises(ConfigError) as told:
        wanted_data(plan_of(tmp_path), mirrors={DEM: base})
    assert "SECRET" not in str(told.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tile_deg = 1", "tile_deg = 0"),
        ("{name}/{name}.tif", "{foo}.tif"),
        ("{lat:02d}", "{lat:zz}"),
        ("{lat:02d}", "{lat"),
        ('_DEM"', '_DEM/../../x"'),
        ('kind = "tiles"', 'kind = "lattice"'),
        ('kind = "tiles"', 'kind = "country"'),
    ],
)
def test_a_source_that_cannot_be_asked_is_refused_when_it_is_read(old: str, new: str) -> None:
    text = (ROOT / "layers/fetch/sources" / f"{DEM}.toml").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(ConfigError):
        parse_source(text.replace(old, new), "x.toml")
