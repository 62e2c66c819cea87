"""WAsP files of a folder in its plan: a rose, a flow model's grid, a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gis.errors import GeoplanError
from gis.say import Lang, Sentence, listed, say
from siting.wind.resource.wasp_grid import read_wind_grid
from siting.wind.resource.wasp_map import read_wasp_map
from siting.wind.resource.wasp_tab import read_tab

__all__ = ["WindFiles", "wind_files"]

WindFiles = tuple[dict[str, str], list[str]]
"""Keys of ``[wind]`` and the remarks above it."""

_KINDS: tuple[tuple[str, tuple[str, ...], Callable[[Path], object]], ...] = (
    ("rose_path", (".tab",), read_tab),
    ("grid_path", (".wrg", ".rsf"), read_wind_grid),
    ("map_path", (".map",), read_wasp_map),
)


def wind_files(
    folder: Path, files: Sequence[Path], lang: Lang, *, has_series: bool
) -> WindFiles:
    """Keys for the one file of a kind that can be read, and what is said of the others.

    Parameters
    ----------
    folder : Path
        Paths are told relative to it.
    files : sequence of Path
    has_series : bool
        Whether the plan has a wind series, beside which a rose is not used.
    """
    keys: dict[str, str] = {}
    remarks: list[str] = []
    for key, suffixes, read in _KINDS:
        own = [p for p in files if p.suffix.lower() in suffixes]
        good = [p for p in own if _read(p, read)]
        if not own:
            continue
        shown = [p.relative_to(folder).as_posix() for p in (good or own)]
        text: Sentence
        if not good:
            text = say("geoplan.newplan.no_wind_file", names=listed(shown))
        elif len(good) > 1:
            text = say("geoplan.newplan.several_wind_files", names=listed(shown), wind_key=key)
        elif key == "rose_path" and has_series:
            text = say("geoplan.newplan.rose_beside_series", name=shown[0])
        else:
            keys[key] = shown[0]
            text = say(f"geoplan.newplan.wind_{key}", name=shown[0])
        remarks.append(text(lang))
    return keys, remarks


def _read(path: Path, read: Callable[[Path], object]) -> bool:
    try:
        read(path)
    except GeoplanError:
        return False
    return True
