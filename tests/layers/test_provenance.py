"""What a source is known by: names and bytes of its files."""

from __future__ import annotations

from pathlib import Path

from layers.provenance import file_sha256


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
