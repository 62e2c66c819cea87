"""Archives of tiles to test with: the colour of a tile says which one it is."""

from __future__ import annotations

import io
import math
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

Box = tuple[float, float, float, float]
PINGLUO: Box = (106.1, 38.5, 107.0, 39.2)


def colour(z: int, x: int, y: int) -> tuple[int, int, int]:
    """Of the tile, its own among neighbours."""
    return (10 * z) % 256, (37 * x) % 256, (91 * y) % 256


def picture(z: int, x: int, y: int, kind: str = "PNG") -> bytes:
    """A tile of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (256, 256), colour(z, x, y)).save(out, kind)
    return out.getvalue()


def tiles_over(box: Box, zooms: Iterable[int]) -> list[tuple[int, int, int]]:
    """Numbers of the tiles a box touches (slippy map: x from 180 W, y from 85.05 N)."""
    out = []
    for z in zooms:
        n = 2**z
        x0, x1 = (math.floor((lon + 180) / 360 * n) for lon in (box[0], box[2]))
        y1, y0 = (
            math.floor((1 - math.log(math.tan(r) + 1 / math.cos(r)) / math.pi) / 2 * n)
            for r in map(math.radians, (box[1], box[3]))
        )
        out += [(z, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]
    return out


def mbtiles(
    path: Path,
    zooms: Sequence[int] = range(8, 11),
    box: Box = PINGLUO,
    kind: str = "PNG",
    metadata: dict[str, str] | None = None,
) -> Path:
    """An MBTiles 1.3 file, its rows counted from the south."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
    db.execute(
        "CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER,"
        " tile_data BLOB)"
    )
    known = {"name": "航拍 <b>2024</b>", "bounds": ",".join(map(str, box))} | (metadata or {})
    db.executemany("INSERT INTO metadata VALUES (?, ?)", known.items())
    rows = [(z, x, 2**z - 1 - y, picture(z, x, y, kind)) for z, x, y in tiles_over(box, zooms)]
    db.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    return path


def pmtiles(
    path: Path,
    zooms: Sequence[int] = range(8, 11),
    box: Box = PINGLUO,
    kind: TileType = TileType.PNG,
) -> Path:
    """A PMTiles file of version 3."""
    with path.open("wb") as stream:
        writer = Writer(stream)
        for z, x, y in sorted(tiles_over(box, zooms), key=lambda t: zxy_to_tileid(*t)):
            writer.write_tile(zxy_to_tileid(z, x, y), picture(z, x, y))
        keys = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
        head = dict(zip(keys, (int(v * 1e7) for v in box), strict=True))
        head |= {"tile_type": kind, "tile_compression": Compression.NONE}
        writer.finalize(
            {**head, "center_zoom": 8, "center_lon_e7": 0, "center_lat_e7": 0},
            {"name": "卫星影像"},
        )
    return path
