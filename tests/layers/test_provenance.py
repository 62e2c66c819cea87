"""What a source is known by: names and bytes of its files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from layers.provenance import file_sha256, file_stamp


def folder(base: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = base / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return base


def test_a_folder_is_known_by_where_its_files_lie(tmp_path: Path) -> None:
    # two days of a scene: the same names of files, in the folders of each other
    one = folder(tmp_path / "1", aug__red=b"x", may__red=b"y")
    two = folder(tmp_path / "2", aug__red=b"y", may__red=b"x")
    moved = folder(tmp_path / "3", aug__red=b"x", june__red=b"y")
    same = folder(tmp_path / "4", aug__red=b"x", may__red=b"y")
    marks = [file_sha256(f) for f in (one, two, moved)]
    assert len(set(marks)) == 3
    # where the folder itself lies does not count
    assert file_sha256(same) == marks[0]


def test_bytes_do_not_pass_from_one_file_to_the_next(tmp_path: Path) -> None:
    one = folder(tmp_path / "1", a=b"1", b=b"2")
    two = folder(tmp_path / "2", a=b"1b", c=b"2")
    three = folder(tmp_path / "3", a=b"1" + b"b\x001\x00" + b"2", b=b"")
    assert len({file_sha256(f) for f in (one, two, three)}) == 3


TRANSFORM = b"<PAMDataset><GeoTransform>1, 30, 0, 2, 0, -30</GeoTransform></PAMDataset>"
STATISTICS = b'<PAMDataset><MDI key="STATISTICS_MEAN">4</MDI></PAMDataset>'


@pytest.mark.parametrize(
    ("name", "beside", "content", "counts"),
    [
        ("a.tif", "a.tfw", b"30", True),
        ("a.TIF", "A.TFW", b"30", True),
        ("a.tiff", "a.tiffw", b"30", True),
        ("a.tif", "a.wld", b"30", True),
        ("a.asc", "a.prj", b"CGCS2000", True),
        ("a.bil", "a.hdr", b"NROWS 2", True),
        ("a.tif", "a.tif.msk", b"II*", True),
        ("a.tif", "a.tif.aux.xml", TRANSFORM, True),
        ("a.tif", "a.aux.xml", TRANSFORM, True),
        ("a.shp", "a.cpg", b"GBK", True),
        ("\u5730\u7c7b[1].shp", "\u5730\u7c7b[1].dbf", b"x", True),
        ("a.gpkg", "a.gpkg-wal", b"x", True),
        # what a desktop program writes when it shows a file, and what is another file
        ("a.gpkg", "a.gpkg-wal", b"", False),
        ("a.tif", "a.tif.aux.xml", STATISTICS, False),
        ("a.tif", "a.qml", b"<qgis/>", False),
        ("a.tif", "a.shp", b"x", False),
        ("a.tif", "ab.tfw", b"30", False),
        ("a.toml", "a.prj", b"x", False),
    ],
)
def test_what_says_where_a_raster_lies_is_part_of_it(
    tmp_path: Path, name: str, beside: str, content: bytes, counts: bool
) -> None:
    path = folder(tmp_path, **{name: b"1"}) / name
    alone, stamp = file_sha256(path), file_stamp(path)
    assert alone == hashlib.sha256(b"1").hexdigest()
    folder(tmp_path, **{beside: content})
    with_it = file_sha256(path)
    assert (with_it != alone) == counts
    if counts:
        assert file_stamp(path) != stamp
        folder(tmp_path, **{beside: content + b" "})
        assert file_sha256(path) not in (alone, with_it)
