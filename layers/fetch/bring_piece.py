"""One piece of open data brought: its window where the server gives ranges, whole otherwise."""

from __future__ import annotations

import json
import shutil
import threading
import urllib.error
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gis.errors import DataError
from gis.files.given import given_file
from gis.files.raster_info import raster_info
from gis.say import Sentence, say
from gis.tiles.clip import clip_raster
from layers.fetch.bring import bring
from layers.fetch.manners import Manners, shown
from layers.fetch.pieces import Piece
from layers.fetch.ranges import NoRangesError, RangeFile
from layers.fetch.record import Record
from layers.plan.model import Download
from layers.provenance import file_sha256
from layers.result import Progress

__all__ = ["Ways", "bring_piece"]


@dataclass
class Ways:
    """How pieces are brought: from the network, or from a folder on a stick.

    Attributes
    ----------
    folder
        Where they go.
    record
        Of what came.
    stick
        Folder that is searched in place of the network; None to ask the network.
    sums
        File name -> sha256 the stick's own list gives.
    """

    folder: Path
    record: Record
    progress: Progress
    stick: Path | None = None
    sums: Mapping[str, str] = field(default_factory=dict)
    manners: dict[str, Manners] = field(default_factory=dict)
    brought: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, n: int) -> None:
        """Count bytes that came over the network."""
        with self._lock:
            self.brought += n


def _what(piece: Piece) -> dict[str, object]:
    """What decides what a file holds."""
    box = None if piece.box_ll is None else [round(v, 6) for v in piece.box_ll]
    return {"source": piece.source.id, "edition": piece.source.edition, "box": box}


def bring_piece(piece: Piece, ways: Ways) -> Path | Sentence:
    """Bring one piece unless it is there already.

    Parameters
    ----------
    piece : Piece
    ways : Ways

    Returns
    -------
    Path or Sentence
        The file; or what is said of a piece the source does not have here.

    Raises
    ------
    DataError
        When it cannot be had or is not what it should be.
    """
    name = f"{piece.source.id}/{piece.name}"
    target = ways.folder / name
    if ways.record.has(name, _what(piece)):
        return target
    where = _from_stick(piece, ways) if ways.stick is not None else None
    target.parent.mkdir(parents=True, exist_ok=True)
    if where is not None:
        touches = _kept(piece, where, target)
        shown_url = f"file:{where.name}"
    else:
        shown_url = shown(piece.url)
        try:
            touches = _from_network(piece, target, ways)
        except DataError as err:
            if piece.source.gaps and _not_there(err):
                return say("layers.fetch.no_tile", title=piece.source.title, name=piece.name)
            raise
    if not touches:
        if piece.source.tile_deg or piece.source.kind == "country":  # not what its name says
            raise DataError(
                say("layers.fetch.lies_elsewhere"),
                where=shown_url,
                got=piece.name,
                todo=say("layers.fetch.check_mirror"),
            )
        return say("layers.fetch.no_tile", title=piece.source.title, name=piece.name)
    _check_content(piece, target)
    ways.record.add(name, {**_what(piece), "url": shown_url})
    return target


def _not_there(err: DataError) -> bool:
    cause = err.__cause__
    return isinstance(cause, urllib.error.HTTPError) and cause.code == 404


def _from_stick(piece: Piece, ways: Ways) -> Path:
    """The file of a piece in the folder that was carried here."""
    if ways.stick is None:
        raise AssertionError
    found = sorted(p for p in ways.stick.rglob(piece.name) if given_file(p).is_file())
    if not found:
        raise DataError(
            say("layers.fetch.not_on_stick"),
            where=str(ways.stick),
            expected=piece.name,
            todo=say("layers.fetch.see_list"),
        )
    want = ways.sums.get(piece.name, "")
    if want and (got := file_sha256(found[0])) != want:
        raise DataError(
            say("layers.fetch.stick_file_damaged"),
            where=str(found[0]),
            got=got,
            expected=want,
        )
    return found[0]


def _kept(piece: Piece, file: Path, target: Path) -> bool:
    """Take a whole file over: its window, or all of it."""
    if piece.box_ll is not None:
        return clip_raster(file, piece.box_ll, target)
    part = target.with_name(target.name + ".part")
    shutil.copyfile(file, part)
    part.replace(target)
    return True


def _from_network(piece: Piece, target: Path, ways: Ways) -> bool:
    source = piece.source
    manners = ways.manners[source.id]
    if piece.box_ll is not None:
        try:
            remote = RangeFile(piece.url, target, manners, piece.name)
        except NoRangesError:
            return _whole(piece, target, ways, manners)
        try:
            touches = clip_raster(remote, piece.box_ll, target)
            remote.check()
        except (DataError, NoRangesError):
            target.unlink(missing_ok=True)
            try:
                remote.check()  # what came is kept for the next call
            except NoRangesError:
                remote.drop()
                return _whole(piece, target, ways, manners)
            remote.drop()
            raise
        ways.add(remote.brought)
        remote.drop()
        return touches
    return _whole(piece, target, ways, manners)


def _whole(piece: Piece, target: Path, ways: Ways, manners: Manners) -> bool:
    """The whole file, for a server that gives no pieces of it."""
    item = Download(url=piece.url, path=piece.name, max_mb=piece.source.max_mb)
    if piece.box_ll is None:
        bring(item, target, ways.progress, manners)
        ways.add(target.stat().st_size)
        return True
    whole = target.with_name("whole-" + target.name)
    bring(item, whole, ways.progress, manners)
    ways.add(whole.stat().st_size)
    try:
        return clip_raster(whole, piece.box_ll, target)
    finally:
        whole.unlink(missing_ok=True)


def _check_content(piece: Piece, target: Path) -> None:
    """A service that failed may say so in a good reply: that is no data."""
    if piece.box_ll is not None:
        try:
            info = raster_info(target)
        except DataError:
            target.unlink(missing_ok=True)  # what is refused is not found again as data
            raise
        one_band = piece.source.id != "stac"
        if one_band and (info.count != 1 or np.dtype(info.dtype).kind not in "iuf"):
            target.unlink()
            raise DataError(
                say("layers.fetch.one_band_of_numbers"),
                where=shown(piece.url),
                got=f"{info.count} x {info.dtype}",
                todo=say("layers.fetch.check_mirror"),
            )
    if target.suffix != ".json":
        return
    try:
        doc = json.loads(target.read_bytes())
    except (ValueError, RecursionError):
        doc = None
    remark = str(doc.get("remark", "")) if isinstance(doc, dict) else ""
    failed = "error" in remark.lower() or "timed out" in remark.lower()
    if isinstance(doc, dict) and not failed:
        return
    target.unlink(missing_ok=True)
    raise DataError(
        say("layers.fetch.service_failed"),
        where=shown(piece.url).partition("?")[0],
        got=remark[:200] or target.name,
        todo=say("layers.fetch.try_later"),
    )
