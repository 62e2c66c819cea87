"""The pictures of the report: drawn once per language, found by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.report.document import Figure
from gis.say import say

__all__ = ["figure_blocks", "figure_path", "zone_picture"]


def figure_path(run: Path, name: str, lang: str) -> Path:
    """Where the picture `name` of the run lies in `lang` (PNG; an SVG may stand beside)."""
    return run / "figures" / lang / f"{name}.png"


def zone_picture(run: Path, number: int, lang: str) -> Path:
    """Where the map of the zone lies whose sheet is the `number`-th of the run, from 0 on."""
    return figure_path(run, f"zone_{number + 1}", lang)


def figure_blocks(
    run: Path, name: str, lang: str, *, width_frac: float = 1.0
) -> Iterator[Figure]:
    """The picture `name` as a block, or nothing when it was not drawn."""
    path = figure_path(run, name, lang)
    if path.exists():
        kind = name.split("_")[0]
        caption = say(f"geoplan.report.f_{kind}", name=name.partition("_")[2])(lang)
        id_ = f"fig_{name.lower().replace('-', '_')}"
        yield Figure(id_, caption, path, caption, width_frac)
