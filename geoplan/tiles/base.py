"""The plan's own base maps: which archives, how deep, and the tiles beside a map's file."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from geoplan.tiles.archive import KINDS, Archive, open_archive, tile_of
from geoplan.tiles.section import TileSource, map_section
from gis.errors import DataError, Fault, GeoplanError, raise_faults
from gis.say import both, say
from layers.open.county import county_boundary_ll
from layers.open.plan_file import plan_file
from layers.plan.model import Plan

if TYPE_CHECKING:
    from geoplan.maps.page import PageData
    from geoplan.maps.values import Words

__all__ = [
    "Base",
    "Bases",
    "Box",
    "TileLayer",
    "add_tiles",
    "credits_of",
    "has_tiles",
    "layer_of",
    "plan_bases",
    "plan_box",
    "readable_bases",
    "tile_faults",
    "write_tiles",
]

TILES = "map_tiles"
"""Folder beside ``map.html``."""
_T = "geoplan.tiles"
_MOST_TILES = 20_000
_MOST_BYTES = 400_000_000
"""Beside one map; a county of 60 km at zoom 16 (2 m a pixel) is 11,000 tiles of 20 kB."""
_MARGIN = 0.02  # degrees: what a view of the county shows around it

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Base:
    """One base map of a plan.

    Attributes
    ----------
    key
        Where the plan names it.
    archive
        The file.
    title
        How the map names it.
    source
        Whose pictures, of which day.
    """

    key: str
    archive: Archive
    title: Words
    source: str


@dataclass(frozen=True)
class Bases:
    """Base maps of a plan that can be shown, and why the others cannot."""

    bases: tuple[Base, ...]
    faults: tuple[Fault, ...]


class TileLayer(TypedDict):
    """A base map as the page is told of it; the token is that of the server that gives it."""

    url: str
    token: str
    title: Words
    source: str
    least: int
    most: int
    bounds: list[float]
    note: Words | None


def _paths(plan: Plan, given: TileSource) -> list[Path]:
    path = plan_file(plan, given.path)
    if path.is_dir():
        return sorted(p for p in path.iterdir() if p.suffix.casefold() in KINDS)
    return [path]


def plan_box(plan: Plan) -> Box:
    """West, south, east, north of a view of the county [degrees, WGS 84]."""
    west, south, east, north = (float(v) for v in county_boundary_ll(plan).bounds)
    return west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN


def _opened(plan: Plan) -> Iterator[Base | Fault]:
    box = plan_box(plan)
    for i, given in enumerate(map_section(plan).tiles):
        key = f"map.tiles[{i}]"
        where = f"{plan.path.name} [{key}] path = {given.path}"
        paths = _paths(plan, given)
        if not paths:
            yield Fault(
                say(f"{_T}.nothing_in_folder"),
                where=where,
                expected=say(f"{_T}.expected"),
                todo=say(f"{_T}.todo"),
            )
        for path in paths:
            try:
                archive = open_archive(path)
                over = has_tiles(archive, box)
            except DataError as err:
                yield from err.faults
                continue
            if not over:
                yield Fault(
                    say(f"{_T}.elsewhere"),
                    where=where,
                    got=", ".join(f"{v:.4f}" for v in archive.bounds_ll),
                    expected=say(f"{_T}.over_county", box=", ".join(f"{v:.4f}" for v in box)),
                    todo=say(f"{_T}.todo"),
                )
                continue
            # a title of the plan is of one file; those of a folder are told apart
            own = given.title if given.title is not None and len(paths) == 1 else None
            title = own.model_dump() if own else dict.fromkeys(("zh", "en"), archive.name)
            if not title["zh"]:
                title = dict.fromkeys(("zh", "en"), path.stem)
            yield Base(key, archive, title, given.source)


def readable_bases(plan: Plan) -> Bases:
    """The base maps of a plan, in its order, as far as they can be read."""
    if not map_section(plan).tiles:
        return Bases((), ())
    try:
        found = list(_opened(plan))
    except GeoplanError as err:  # nothing can be looked for in a county without a boundary
        return Bases((), err.faults)
    return Bases(
        tuple(f for f in found if isinstance(f, Base)),
        tuple(f for f in found if isinstance(f, Fault)),
    )


def plan_bases(plan: Plan) -> tuple[Base, ...]:
    """The base maps of a plan, in its order; none where it names none.

    Raises
    ------
    DataError
        Naming every archive that cannot be read or lies elsewhere.
    """
    found = readable_bases(plan)
    raise_faults(DataError, list(found.faults))
    return found.bases


def tile_faults(plan: Plan) -> list[Fault]:
    """What is wrong with the base maps of a plan; files that are not there told elsewhere."""
    if not all(plan_file(plan, t.path).exists() for t in map_section(plan).tiles):
        return []
    return list(readable_bases(plan).faults)


def _column(lon: float, z: int) -> int:
    return min(max(int((lon + 180.0) / 360.0 * (1 << z)), 0), (1 << z) - 1)


def _row(lat: float, z: int) -> int:
    at = math.asinh(math.tan(math.radians(lat)))
    return min(max(int((1.0 - at / math.pi) / 2.0 * (1 << z)), 0), (1 << z) - 1)


def _span(covered: Box, box: Box, z: int) -> tuple[range, range]:
    """Columns and rows of a zoom over what an archive covers of a box."""
    west, south = max(covered[0], box[0]), max(covered[1], box[1])
    east, north = min(covered[2], box[2]), min(covered[3], box[3])
    if west >= east or south >= north:
        return range(0), range(0)
    return (
        range(_column(west, z), _column(east, z) + 1),
        range(_row(north, z), _row(south, z) + 1),
    )


def has_tiles(archive: Archive, box: Box) -> bool:
    """Whether an archive has a tile over a box; what it says of its bounds may be more."""
    columns, rows = _span(archive.bounds_ll, box, archive.least)
    return any(tile_of(archive, archive.least, x, y) for x in columns for y in rows)


def layer_of(base: Base, url: str, box: Box, most: int, token: str = "") -> TileLayer:
    """What the page is told of a base map of which levels down to `most` can be had."""
    cut, of = base.archive.bounds_ll, base.archive.most
    return {
        "url": url,
        "token": token,
        "title": base.title,
        "source": base.source,
        "least": base.archive.least,
        "most": most,
        "bounds": [
            max(cut[0], box[0]), max(cut[1], box[1]), min(cut[2], box[2]), min(cut[3], box[3]),
        ],
        "note": None if most == of else both(say(f"{_T}.to_zoom", most=most, of=of)),
    }  # fmt: skip


def add_tiles(data: PageData, layers: Sequence[TileLayer]) -> None:
    """Tell a page of its base maps, and whose pictures they are."""
    if not layers:
        return
    data.meta["tiles"] = list(layers)
    data.meta["attributions"] = [*data.meta["attributions"], *credits_of(layers)]


def credits_of(layers: Sequence[TileLayer]) -> list[dict[str, str]]:
    """Whose pictures base maps are, in both languages."""
    return [
        both(say(f"{_T}.credit", title=x["title"].__getitem__, source=x["source"]))
        for x in layers
        if x["source"]
    ]


def write_tiles(plan: Plan, beside: Path) -> list[TileLayer]:
    """Write the tiles over the county beside a map, for a page that is opened as a file.

    Parameters
    ----------
    plan : Plan
    beside : path
        Folder of the map; its ``map_tiles`` is written anew.

    Returns
    -------
    list of TileLayer
        Base maps with addresses below the map's own; a zoom level that would bring more
        than 20,000 tiles or 400 MB, and those below it, are left out and told.

    Raises
    ------
    DataError
        When an archive cannot be read or lies elsewhere.
    """
    bases, box = plan_bases(plan), plan_box(plan)
    folder = beside / TILES
    shutil.rmtree(folder, ignore_errors=True)
    out: list[TileLayer] = []
    tiles, room = _MOST_TILES, _MOST_BYTES
    for i, base in enumerate(bases):
        most = None
        for z in range(base.archive.least, base.archive.most + 1):
            sizes = _write_level(base.archive, box, z, folder / str(i) / str(z), tiles, room)
            if sizes is None:
                break
            tiles, room, most = tiles - len(sizes), room - sum(sizes), z
        if most is not None:
            url = f"{TILES}/{i}/{{z}}/{{x}}/{{y}}.{base.archive.kind}"
            out.append(layer_of(base, url, box, most))
    return out


def _write_level(
    archive: Archive, box: Box, z: int, folder: Path, most_tiles: int, most_bytes: int
) -> list[int] | None:
    """Write a zoom level; the sizes of its tiles, None where it has no room."""
    columns, rows = _span(archive.bounds_ll, box, z)
    sizes: list[int] = []
    if len(columns) * len(rows) > most_tiles:
        return None
    for x in columns:
        for y in rows:
            tile = tile_of(archive, z, x, y)
            if tile is None:
                continue
            sizes.append(len(tile))
            if sum(sizes) > most_bytes:
                shutil.rmtree(folder, ignore_errors=True)
                return None
            path = folder / str(x) / f"{y}.{archive.kind}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(tile)
    return sizes
