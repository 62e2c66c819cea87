"""Archives of tiles are read by the specifications, and a bad one is told, not trusted."""

from __future__ import annotations

import gzip
import sqlite3
import time
from pathlib import Path

import pytest
from pmtiles.tile import TileType

from geoplan.tiles import archive
from geoplan.tiles.archive import open_archive, tile_of
from gis.errors import DataError
from tests.geoplan.tiles.archives import PINGLUO, mbtiles, picture, pmtiles, tiles_over


@pytest.mark.parametrize("make", [mbtiles, pmtiles])
def test_every_tile_is_its_own(tmp_path, make):
    found = open_archive(make(tmp_path / f"影像.{make.__name__}"))
    assert (found.kind, found.least, found.most) == ("png", 8, 10)
    assert found.bounds_ll == pytest.approx(PINGLUO)
    for at in tiles_over(PINGLUO, range(8, 11)):
        assert tile_of(found, *at) == picture(*at)
    # beside the county, above and below its levels, outside of the world
    for at in [(10, 0, 0), (7, 101, 48), (11, 1628, 782), (10, -1, 0), (10, 1 << 10, 0)]:
        assert tile_of(found, *at) is None


def test_tiles_of_a_known_place(tmp_path):
    """106.6 E, 38.9 N at zoom 10: x = 286.6/360*1024 = 815.2; y = 391.8 (slippy map)."""
    found = open_archive(mbtiles(tmp_path / "a.mbtiles"))
    assert tile_of(found, 10, 815, 391) == picture(10, 815, 391)
    with sqlite3.connect(tmp_path / "a.mbtiles") as db:  # rows there count from the south
        row = db.execute("SELECT 1 FROM tiles WHERE tile_column=815 AND tile_row=632")
        assert row.fetchone() == (1,)  # 1023 - 391


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", "jpeg"), ("WEBP", "webp")])
def test_kinds_of_pictures(tmp_path, kind, ending):
    found = open_archive(mbtiles(tmp_path / "a.mbtiles", [8], kind=kind))
    assert found.kind == ending


def test_deep_directories(tmp_path):
    """Thousands of tiles stand in leaves below the root directory."""
    found = open_archive(pmtiles(tmp_path / "a.pmtiles", [14], (106.0, 38.0, 107.6, 39.4)))
    every = tiles_over((106.0, 38.0, 107.6, 39.4), [14])
    assert len(every) > 5_000
    for at in every[:: len(every) // 50]:
        assert tile_of(found, *at) == picture(*at)


def _text(path: Path) -> Path:
    path.write_text("这不是切片", encoding="utf-8")
    return path


def _no_tables(path: Path) -> Path:
    sqlite3.connect(path).execute("CREATE TABLE a (b)").connection.close()
    return path


def _empty(path: Path) -> Path:
    return mbtiles(path, [])


def _svg(path: Path) -> Path:
    mbtiles(path, [8])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE tiles SET tile_data = ?", (b"<svg onload='alert(1)'/>",))
    return path


def _too_deep(path: Path) -> Path:
    mbtiles(path, [8])
    with sqlite3.connect(path) as db:
        db.execute("UPDATE tiles SET zoom_level = 40")
    return path


def _cut(path: Path) -> Path:
    pmtiles(path, [8])
    path.write_bytes(path.read_bytes()[:130])
    return path


def _vector(path: Path) -> Path:
    return pmtiles(path, [8], kind=TileType.MVT)


def _bomb(path: Path) -> Path:
    """A root directory of 64 MB in 64 kB."""
    pmtiles(path, [8])
    raw = bytearray(path.read_bytes())
    packed = gzip.compress(b"\x00" * (64 << 20))
    raw[8:16] = len(raw).to_bytes(8, "little")
    raw[16:24] = len(packed).to_bytes(8, "little")
    path.write_bytes(bytes(raw) + packed)
    return path


FAULTS = {
    "text.mbtiles": (_text, "切片文件读不出来"),
    "text.pmtiles": (_text, "切片文件"),
    "tables.mbtiles": (_no_tables, "切片文件读不出来"),
    "empty.mbtiles": (_empty, "没有切片"),
    "svg.mbtiles": (_svg, "不是图片"),
    "deep.mbtiles": (_too_deep, "0 至 22"),
    "cut.pmtiles": (_cut, "不完整"),
    "vector.pmtiles": (_vector, "矢量"),
    "bomb.pmtiles": (_bomb, "不完整"),
    "a.zip": (_text, "不是切片文件"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_no_archive_is_told(tmp_path, name):
    make, words = FAULTS[name]
    path = make(tmp_path / name)
    with pytest.raises(DataError) as told:
        open_archive(path)
    text = told.value.text("zh")
    assert words in text
    assert name in text
    assert "MBTiles 或 PMTiles" in text
    assert "[[map.tiles]]" in text
    assert told.value.text("en").isascii() or name in told.value.text("en")


def test_a_view_that_never_ends_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_QUERY_S", 0.3)
    path = tmp_path / "a.mbtiles"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
        db.execute(
            "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS zoom_level,"
            " i AS tile_column, i AS tile_row, x'00' AS tile_data FROM n"
        )
    began = time.monotonic()
    with pytest.raises(DataError, match="cannot be read"):
        open_archive(path)
    assert time.monotonic() - began < 10


def test_a_tile_that_is_no_picture_is_not_given(tmp_path):
    path = mbtiles(tmp_path / "a.mbtiles", [8, 9])
    found = open_archive(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE tiles SET tile_data = ? WHERE zoom_level = 9", (b"<html>",))
    (bad, *_) = tiles_over(PINGLUO, [9])
    assert tile_of(found, *bad) is None


def test_the_file_is_not_written_to(tmp_path):
    path = mbtiles(tmp_path / "a.mbtiles", [8])
    before = path.read_bytes()
    found = open_archive(path)
    tile_of(found, 8, 203, 97)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mbtiles"]
