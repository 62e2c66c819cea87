"""Open archives and XML from strangers: limits first, then contents."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gis.constants import constants
from gis.errors import DataError
from gis.say import say

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
            say("gis.files.archive_has_too_many_files"),
            where=where,
            got=str(len(infos)),
            expected=say("gis.files.at_most", most=limits["zip_members_max"]),
        )
    total = sum(i.file_size for i in infos)
    packed = max(sum(i.compress_size for i in infos), 1)
    if total > limits["zip_bytes_max"] or (
        total > 100 * _CHUNK and total / packed > limits["zip_ratio_max"]
    ):
        raise DataError(
            say("gis.files.archive_would_unpack_too_much"),
            where=where,
            got=say("gis.files.mb_times_its_size", size=total / 1e6, times=total / packed),
            expected=say("gis.files.at_most_mb", most=limits["zip_bytes_max"] / 1e6),
            todo=say("gis.files.unpack_by_hand_give_file"),
        )
    for info in infos:
        path = PurePosixPath(_member_name(info).replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise DataError(
                say("gis.files.archive_holds_path_leaves"),
                where=where,
                got=str(path),
                todo=say("gis.files.do_not_use_this_file"),
            )
        if info.flag_bits & 0x1:
            raise DataError(
                say("gis.files.archive_encrypted"),
                where=where,
                todo=say("gis.files.unpack_by_hand"),
            )


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
        raise DataError(say("gis.files.this_not_readable_zip_archive"), where=where) from e
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
                            raise DataError(
                                say("gis.files.archive_unpacks_too_much"), where=where
                            )
                        sink.write(chunk)
            except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError) as e:
                raise DataError(
                    say("gis.files.member_archive_damaged"), where=f"{where}/{info.filename}"
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
            say("gis.files.xml_file_too_large"),
            where=str(path),
            got=f"{size / 1e6:.0f} MB",
            expected=say("gis.files.at_most_mb", most=limit / 1e6),
            todo=say("gis.files.convert_geopackage"),
        )
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            # UTF-16 puts a zero byte between letters
            text = (tail + chunk).replace(b"\x00", b"").upper()
            if b"<!ENTITY" in text or b"<!DOCTYPE" in text:
                raise DataError(
                    say("gis.files.xml_file_defines_document_type"),
                    where=str(path),
                    todo=say("gis.files.remove_doctype_kml_needs_none"),
                )
            tail = chunk[-32:]
