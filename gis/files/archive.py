"""Archives, XML, Parquet and HDF5 from strangers: limits first, then contents."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from gis.constants import constants
from gis.errors import DataError
from gis.say import listed, say

__all__ = ["check_hdf5", "check_parquet", "check_xml", "netcdf_engine", "unpacked"]

_CHUNK = 1 << 20
_BATCH_ROWS = 1 << 18
_HDF5 = b"\x89HDF\r\n\x1a\n"
_SHOWN = 5  # links named in a message


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
            expected=say(
                "gis.files.at_most_mb_times",
                most=limits["zip_bytes_max"] / 1e6,
                times=limits["zip_ratio_max"],
            ),
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
    where = path.name  # the folder is the server's, no word for who sent the file
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


def check_parquet(path: Path, label: str = "") -> None:
    """Refuse a Parquet file whose rows would take more memory than a reader may.

    A dictionary holds a long text once, and a row four bytes that point to it: a file of
    kilobytes can hold hundreds of gigabytes. Its rows are counted without being made.

    Raises
    ------
    DataError
    """
    import pyarrow.parquet as pq

    most = float(constants("limits")["reader_memory_bytes"])
    file = pq.ParquetFile(path)
    groups = [file.metadata.row_group(k) for k in range(file.metadata.num_row_groups)]
    chunks = [g.column(c) for g in groups for c in range(g.num_columns)]
    total = 0.0
    pointed: set[str] = set()
    for one in chunks:
        held = "RLE_DICTIONARY" in one.encodings or "PLAIN_DICTIONARY" in one.encodings
        if held and one.physical_type == "BYTE_ARRAY":
            pointed.add(one.path_in_schema)
        total += max(one.total_uncompressed_size, 8 * one.num_values)
    for name in sorted(pointed):
        if total <= most:
            total += _dictionary_bytes(path, name, most)
    if total > most:
        raise DataError(
            say("gis.given.unpacks_too_far"),
            where=label or str(path),
            got=say("gis.given.at_least_mb", n=total / 1e6),
            expected=say("gis.given.memory", n=most / 1e6),
            todo=say("gis.given.simplify"),
        )


def _dictionary_bytes(path: Path, column: str, most: float) -> float:
    """Bytes of a column of texts when every row holds its own; counted up to `most`."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path, read_dictionary=[column])
    total = 0.0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=[column]):
        values: Any = batch.column(0)
        while pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
            values = values.flatten()
        if not pa.types.is_dictionary(values.type):  # read as it is: its size was counted
            return total
        each = pc.binary_length(values.dictionary).fill_null(0).to_numpy(zero_copy_only=False)
        rows = values.indices.drop_null().to_numpy(zero_copy_only=False)
        total += float(np.asarray(each, dtype=np.float64)[rows].sum())
        if total > most:
            break
    return total


def netcdf_engine(path: Path) -> str:
    """Which reader of xarray a NetCDF file is for, by its first bytes."""
    with path.open("rb") as stream:
        return "h5netcdf" if stream.read(8).startswith(_HDF5) else "scipy"


def check_hdf5(path: Path, label: str = "") -> None:
    """Refuse an HDF5 (NetCDF-4) file with parts that lie in other files.

    The library follows such links wherever they lead; files of another format pass.

    Raises
    ------
    DataError
    """
    with path.open("rb") as stream:
        if not stream.read(8).startswith(_HDF5):
            return
    import h5py

    away: list[str] = []

    def look(name: str, link: Any) -> None:  # noqa: ANN401 - a link of the library
        if isinstance(link, h5py.ExternalLink):
            away.append(f"{name}: {link.filename}")

    def read(name: str, found: Any) -> None:  # noqa: ANN401 - a group or a data set
        if not isinstance(found, h5py.Dataset):
            return
        if found.external:
            away.append(f"{name}: {found.external[0][0]}")
        elif found.is_virtual:
            away.extend(
                f"{name}: {s.file_name}" for s in found.virtual_sources() if s.file_name != "."
            )

    with h5py.File(path, "r") as file:
        file.visititems_links(look)
        if not away:
            file.visititems(read)
    if away:
        raise DataError(
            say("gis.given.points_elsewhere"),
            where=label or str(path),
            got=listed(away, _SHOWN),
            todo=say("gis.given.export_data"),
        )
