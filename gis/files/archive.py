"""Open archives and XML from strangers: limits first, then contents."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gis.constants import constants
from gis.errors import DataError

__all__ = ["check_xml", "unpacked"]

_CHUNK = 1 << 20


def _member_name(info: zipfile.ZipInfo) -> str:
    """Name of a member; archives made on Chinese Windows hold GBK without saying so."""
    name = info.filename
    if info.flag_bits & 0x800:  # the UTF-8 flag
        return name
    raw = name.encode("cp437", errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _check(infos: list[zipfile.ZipInfo], where: str) -> None:
    limits = constants("limits")
    if len(infos) > limits["zip_members_max"]:
        raise DataError(
            "the archive has too many files",
            where=where,
            got=str(len(infos)),
            expected=f"at most {limits['zip_members_max']}",
        )
    total = sum(i.file_size for i in infos)
    packed = max(sum(i.compress_size for i in infos), 1)
    if total > limits["zip_bytes_max"] or (
        total > 100 * _CHUNK and total / packed > limits["zip_ratio_max"]
    ):
        raise DataError(
            "the archive would unpack to too much",
            where=where,
            got=f"{total / 1e6:.0f} MB, {total / packed:.0f} times its size",
            expected=f"at most {limits['zip_bytes_max'] / 1e6:.0f} MB",
            todo="unpack it by hand and give the file itself",
        )
    for info in infos:
        path = PurePosixPath(_member_name(info).replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise DataError(
                "the archive holds a path that leaves it",
                where=where,
                got=str(path),
                todo="do not use this file; ask who made it",
            )
        if info.flag_bits & 0x1:
            raise DataError("the archive is encrypted", where=where, todo="unpack it by hand")


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack a zip into a temporary folder that lives as long as the context.

    Raises
    ------
    DataError
        When it is no zip, too large, too many, encrypted, or a member's path leaves it.
    """
    where = str(path)
    limits = constants("limits")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as e:
        raise DataError("this is not a readable zip archive", where=where) from e
    with archive, tempfile.TemporaryDirectory(prefix="geoplan-") as folder:
        infos = [i for i in archive.infolist() if not i.is_dir()]
        _check(infos, where)
        left = int(limits["zip_bytes_max"])
        for info in infos:
            target = Path(folder, *PurePosixPath(_member_name(info).replace("\\", "/")).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(info) as source, target.open("wb") as sink:
                    # The sizes in a zip's table may lie: count what really comes out.
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise DataError("the archive unpacks to too much", where=where)
                        sink.write(chunk)
            except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as e:
                raise DataError(
                    "a member of the archive is damaged", where=f"{where}/{info.filename}"
                ) from e
        yield Path(folder)


def check_xml(path: Path) -> None:
    """Refuse XML that is too large or defines entities.

    Raises
    ------
    DataError
        Entity definitions can make a small file swell in memory or read other files; no
        KML or GPX needs them.
    """
    limit = constants("limits")["xml_bytes_max"]
    size = path.stat().st_size
    if size > limit:
        raise DataError(
            "the XML file is too large",
            where=str(path),
            got=f"{size / 1e6:.0f} MB",
            expected=f"at most {limit / 1e6:.0f} MB",
            todo="convert it to GeoPackage",
        )
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            # UTF-16 puts a zero byte between letters
            text = (tail + chunk).replace(b"\x00", b"").upper()
            if b"<!ENTITY" in text or b"<!DOCTYPE" in text:
                raise DataError(
                    "the XML file defines a document type or entities",
                    where=str(path),
                    todo="remove the DOCTYPE; a KML needs none",
                )
            tail = chunk[-32:]
