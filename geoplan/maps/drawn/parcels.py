"""Carbon by parcel on a printed map, for a run that has it by parcel and not as a raster."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import shapely

from geoplan.maps.contents import RunContents
from geoplan.maps.drawn.ramp_steps import NO_VALUE
from geoplan.maps.drawn.vectors import compound_path
from geoplan.maps.raster_notes import raster_blank
from geoplan.maps.rasters import ramp_digits, ramp_limits
from geoplan.maps.sheet import Sheet
from geoplan.maps.sheet_notes import LegendItem
from geoplan.maps.sheet_ramp import bound_texts
from geoplan.maps.themes import raster_theme, themes

__all__ = ["draw_parcels", "has_parcels"]

_LAYER, _COLUMN = "ecosystem", "total_tc_ha"
_EDGE = "#66707c"


def has_parcels(contents: RunContents) -> bool:
    """Whether the run has its carbon by parcel."""
    return _LAYER in contents.layers


def draw_parcels(
    ax: Any,  # noqa: ANN401 - matplotlib is untyped
    contents: RunContents,
    name: str,
    sheet: Sheet,
    lang: str,
) -> list[LegendItem]:
    """Parcels in five classes of their carbon [tC/ha], of equal width; as `draw_ramp` draws.

    The ends are those of all parcels of the county, whatever part the sheet shows.
    """
    from matplotlib.patches import PathPatch

    look = raster_theme(name)
    frame = contents.layer(_LAYER)
    values = frame[_COLUMN].to_numpy(float)
    limits = ramp_limits(values)
    if limits is None:
        return []
    low, high = limits
    stops = themes().ramp(look.ramp)
    edges = np.linspace(low, high, len(stops) + 1)
    here = shapely.intersects(np.asarray(frame.geometry.values), shapely.box(*sheet.bounds))
    known = np.isfinite(values)
    number = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(stops) - 1)
    for i, colour in enumerate(stops):
        mask = here & known & (number == i)
        if mask.any():
            path = compound_path(np.asarray(frame.geometry.values)[mask])
            ax.add_patch(
                PathPatch(path, facecolor=colour, edgecolor="none", zorder=1, rasterized=True)
            )
    texts = bound_texts(edges.tolist(), ramp_digits(low, high, look.decimals))
    classes = [
        LegendItem(f"{text} {look.unit}", c)
        for text, c in zip(
            (
                f"< {texts[1]}",
                *(f"{a} – {b}" for a, b in itertools.pairwise(texts[1:-1])),
                f"≥ {texts[-2]}",
            ),
            stops,
            strict=True,
        )
    ]
    if high == low:
        classes = [LegendItem(f"{texts[0]} {look.unit}", stops[0])]
    blank = raster_blank(look.note, contents.summary)
    clear = (
        []
        if blank is None
        else [LegendItem(blank(lang), NO_VALUE, edge=_EDGE, pattern="lines")]
    )
    return [LegendItem(look.title_of(name)(lang), heading=True), *classes, *clear]
