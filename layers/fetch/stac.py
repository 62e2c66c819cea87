"""Assets of a STAC item brought as a layer: the county's window of each."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.parse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from gis.errors import ConfigError, DataError, Fault
from gis.files.given import given_file
from gis.foreign import foreign_reason
from gis.say import Sentence, listed, say
from gis.tiles.clip import clip_raster
from layers.catalogue import layer as layer_of
from layers.fetch.bring import bring
from layers.fetch.bring_piece import Ways, bring_piece
from layers.fetch.into_plan import layer_table, plan_with
from layers.fetch.manners import Manners, shown
from layers.fetch.open_data import OpenData, data_folder, is_lacking
from layers.fetch.pieces import Piece
from layers.fetch.record import Record, alone
from layers.fetch.source import Source
from layers.open.county import county_boundary_ll
from layers.plan.model import Download, Plan
from layers.result import Progress
from layers.spec import Text

__all__ = ["fetch_stac"]

_HTTP = ("http://", "https://")
_ITEM_MB, _ASSET_MB = 8.0, 20_000.0
_MARGIN_DEG = 0.05
_TIFF = (".tif", ".tiff")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def fetch_stac(
    plan: Plan,
    item: str,
    assets: Sequence[str],
    layer_id: str,
    progress: Progress,
    *,
    remark: str = "",
) -> OpenData:
    """Bring assets of a STAC item as a layer of a plan.

    Parameters
    ----------
    plan : Plan
        A loaded plan. A layer it has, or declares absent, is not touched.
    item : str
        File or address of the item.
    assets : sequence of str
        One GeoTIFF; or the bands of a scene, for a layer that is made of them.
    layer_id : str
    progress : callable
        Told file, bytes or pieces done and in all.
    remark : str
        Comment above what is written into the plan.

    Returns
    -------
    OpenData

    Raises
    ------
    ConfigError
        A layer that is none, no raster, or given; an asset the item does not have.
    DataError
        An item that cannot be had or is none.
    """
    spec = layer_of(layer_id)
    if spec.geometry != "raster":
        raise ConfigError(say("layers.fetch.stac_raster_only"), where="--layer", got=layer_id)
    if not is_lacking(plan, layer_id):
        raise ConfigError(say("layers.fetch.layer_is_given"), where="--layer", got=layer_id)
    if len(set(assets)) != 1 and not spec.scenes:
        raise ConfigError(
            say("layers.fetch.one_asset"), where="--asset", got=listed(assets) or ""
        )
    folder = data_folder(plan)
    with alone(folder, plan.plan.id):
        ways = Ways(folder, Record(folder), progress)
        doc, home = _item(item, ways)
        name = _PLAIN.sub("_", str(doc["id"]))[:100].strip(".") or "item"
        source = _source(
            doc, shown(item) if item.lower().startswith(_HTTP) else Path(item).name
        )
        source = source.model_copy(update={"gives": (layer_id,)})
        ways.manners[source.id] = Manners()
        files: list[Path] = []
        notes: list[Sentence] = []
        faults: list[Fault] = []
        for i, asset in enumerate(dict.fromkeys(assets)):
            try:
                file = f"{name}/{_PLAIN.sub('_', asset)}.tif"
                came = _bring(plan, source, _asset(doc, asset), file, home, ways)
            except DataError as err:
                faults += err.faults
                continue
            if isinstance(came, Path):
                files.append(came)
            else:
                notes.append(came)
            progress(asset, i + 1, len(assets))
        written: tuple[Path | None, Path | None] = (None, None)
        if files and not (faults or notes):
            table = _table(plan, source, doc, assets, files)
            if len(files) > 1:
                beside = files[0].parent / "item.json"
                beside.write_text(json.dumps(doc, ensure_ascii=False), encoding="utf-8")
            written = plan_with(plan, {layer_id: dict(table)}, {}, remark)
    below = folder.relative_to(plan.data_root).as_posix()
    return OpenData(
        layers={layer_id: source.edition} if written[0] else {},
        files={f"{below}/{k}": str(v["sha256"]) for k, v in ways.record.rows().items()},
        bytes_brought=ways.brought,
        notes=tuple(notes),
        faults=tuple(faults),
        plan=written[0],
        kept=written[1],
    )


def _item(item: str, ways: Ways) -> tuple[Mapping[str, Any], str]:
    """An item, and the folder or address its own addresses start from."""
    if item.lower().startswith(_HTTP):
        mark = hashlib.sha256(item.encode()).hexdigest()[:16]
        file = ways.folder / "stac" / f"item-{mark}.json"
        file.unlink(missing_ok=True)  # small, and its addresses may be signed for an hour
        bring(Download(url=item, path=file.name, max_mb=_ITEM_MB), file, ways.progress)
        ways.add(file.stat().st_size)
        home = item
    else:
        file = given_file(item)
        home = str(file.parent)
    try:
        if file.stat().st_size > _ITEM_MB * 1e6:
            raise ValueError(file.stat().st_size)
        doc = json.loads(file.read_text(encoding="utf-8-sig"))
        if not isinstance(doc["assets"], dict) or not isinstance(doc["properties"], dict):
            raise TypeError(file.name)
        str(doc["id"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as err:
        raise DataError(
            say("layers.fetch.no_stac_item"), where=shown(item), got=foreign_reason(err)
        ) from err
    return doc, home


def _asset(doc: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = doc["assets"].get(name)
    if not isinstance(found, dict) or not isinstance(found.get("href"), str):
        raise ConfigError(
            say("layers.fetch.no_such_asset"),
            where="--asset",
            got=name,
            expected=listed(map(str, doc["assets"])),
        )
    return found


def _address(asset: Mapping[str, Any], home: str) -> str:
    """Where an asset is: an address of http, or a path of this machine."""
    other = asset.get("alternate")
    ways = [asset["href"]]
    if isinstance(other, dict):
        ways += [a["href"] for a in other.values() if isinstance(a, dict) and "href" in a]
    if home.lower().startswith(_HTTP):
        ways = [urllib.parse.urljoin(home, str(w)) for w in ways]
    for way in map(str, ways):
        if way.lower().startswith(_HTTP):
            return way
    first = str(ways[0])
    if "://" in first or home.lower().startswith(_HTTP):
        raise DataError(
            say("layers.fetch.asset_not_http"),
            where=shown(first),
            todo=say("layers.fetch.bring_it_yourself"),
        )
    return str(Path(home) / first)


def _bring(
    plan: Plan, source: Source, asset: Mapping[str, Any], name: str, home: str, ways: Ways
) -> Path | Sentence:
    at = _address(asset, home)
    path = urllib.parse.urlsplit(at).path if at.lower().startswith(_HTTP) else at
    if PurePosixPath(path).suffix.lower() not in _TIFF and "tiff" not in str(asset.get("type")):
        raise DataError(
            say("layers.fetch.asset_no_geotiff"),
            where=shown(at),
            got=str(asset.get("type") or PurePosixPath(path).suffix),
            todo=say("layers.fetch.bring_it_yourself"),
        )
    m = _MARGIN_DEG
    west, south, east, north = county_boundary_ll(plan).bounds
    box = (west - m, south - m, east + m, north + m)
    piece = Piece(source, name, at, box, source.gives)
    if at.lower().startswith(_HTTP):
        return bring_piece(piece, ways)
    target = ways.folder / source.id / name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not clip_raster(given_file(at), box, target):
        return say("layers.fetch.no_tile", title=source.title, name=Path(at).name)
    what: dict[str, object] = {
        "source": source.id,
        "edition": source.edition,
        "url": f"file:{Path(at).name}",
    }
    ways.record.add(f"{source.id}/{name}", what)
    return target


def _words(value: object, otherwise: str) -> str:
    return " ".join(str(value).split())[:300] if isinstance(value, str) and value else otherwise


def _source(doc: Mapping[str, Any], item: str) -> Source:
    """What an item says of itself, as a source."""
    properties = doc["properties"]
    name = _words(doc.get("collection"), _words(doc["id"], "STAC"))
    providers = properties.get("providers")
    named = [
        str(p["name"])
        for p in (providers if isinstance(providers, list) else [])
        if isinstance(p, dict) and p.get("name")
    ]
    when = _words(properties.get("datetime") or properties.get("start_datetime"), "")
    title = Text(zh=name, en=name)
    words = ", ".join(named)[:300] or name
    return Source(
        id="stac",
        rank=9,
        kind="tiles",
        gives=("dem",),
        base="https://localhost",
        address="-",
        name="-",
        suffix=".tif",
        max_mb=_ASSET_MB,
        licence=_words(properties.get("license"), ""),
        date=when[:10],
        edition=_words(doc["id"], "item"),
        resolution="-",
        quality="recalled",
        documentation=item,
        title=title,
        attribution=Text(zh=words, en=words),
        coverage=title,
        note=title,
    )


def _table(
    plan: Plan,
    source: Source,
    doc: Mapping[str, Any],
    assets: Sequence[str],
    files: Sequence[Path],
) -> Mapping[str, object]:
    """The table of the layer, with the scale and the unknown value the item gives."""
    day = datetime.now(UTC).date()
    paths = [f.relative_to(plan.data_root).as_posix() for f in files]
    table = layer_table(source, paths, day)
    if not source.date:  # when it was brought says nothing of when it was seen
        del table["date"]
    if len(files) > 1:
        return {**table, "path": PurePosixPath(paths[0]).parent.as_posix()}
    said = _asset(doc, assets[0])
    bands = said.get("raster:bands") or said.get("bands")
    band = bands[0] if isinstance(bands, list) and bands and isinstance(bands[0], dict) else {}
    for key in ("scale", "offset", "nodata"):
        value = band.get(key, band.get(f"raster:{key}"))
        if isinstance(value, int | float) and not isinstance(value, bool):
            table[key] = value
    return table
