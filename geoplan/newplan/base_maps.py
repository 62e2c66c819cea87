"""Archives of picture tiles of a folder in its plan, beneath the maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geoplan.tiles.archive import KINDS, open_archive
from geoplan.tiles.base import Box, has_tiles
from gis.errors import GeoplanError
from gis.say import Lang, say

__all__ = ["base_maps"]


def base_maps(
    folder: Path, files: Sequence[Path], box: Box, lang: Lang
) -> tuple[list[dict[str, str]], list[str]]:
    """Entries of ``[[map.tiles]]``, and what is said of the archives that are not taken.

    Parameters
    ----------
    folder : Path
        Paths are told relative to it.
    files : sequence of Path
    box : tuple of 4 float
        West, south, east, north of the county [degrees].
    """
    rows: list[dict[str, str]] = []
    left: list[str] = []
    for path in sorted(p for p in files if p.suffix.casefold() in KINDS):
        name = path.relative_to(folder).as_posix()
        try:
            archive = open_archive(path)
            over = has_tiles(archive, box)
        except GeoplanError as err:
            left.append(f"{name}: {err.faults[0].text(lang)}")
            continue
        if over:
            rows.append({"path": name, "title": archive.name or path.stem})
        else:
            left.append(f"{name}: {say('geoplan.tiles.elsewhere')(lang)}")
    return rows, left
