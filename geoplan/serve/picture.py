"""State rasters as one Web Mercator picture, painted in a fraction of a second."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyproj

from geoplan.glossary import state_word
from geoplan.maps.judged import HATCHED, PROVISIONAL, state_colours, state_patterns, state_table
from geoplan.maps.reasons import STATES
from geoplan.maps.values import Legend
from gis.cells.grid import Grid, grid_bounds, grid_crs
from gis.cells.webmap import mercator_bounds_ll
from gis.say import both, say

__all__ = ["LegendOf", "Painter", "painter", "state_legend"]

LegendOf = dict[str, Legend]
"""State -> its colour, words and pattern."""

MAX_PX = 1_800_000
"""A little more than a full-HD screen."""


@dataclass(frozen=True)
class Painter:
    """Which cell of the plan grid each pixel of the picture shows.

    Attributes
    ----------
    cell : (h, w) int64
        Flat index of the cell, -1 outside the grid.
    bounds_ll
        (west, south, east, north) of the picture.
    """

    cell: npt.NDArray[np.int64]
    bounds_ll: tuple[float, float, float, float]

    def webp(
        self,
        state: npt.NDArray[np.uint8],
        palette: Mapping[str, str],
        little: npt.NDArray[np.bool_] | None = None,
    ) -> bytes:
        """The picture of a state raster on the plan grid, lossless; the page lays patterns on.

        `little` says where too little was judged: provisional land is hatched there.
        """
        from PIL import Image  # heavy

        table = state_table(palette)
        shown = np.where(self.cell >= 0, state.ravel()[np.maximum(self.cell, 0)], 0)
        if little is not None:
            here = little.ravel()[np.maximum(self.cell, 0)] & (shown == PROVISIONAL)
            shown = np.where(here, HATCHED, shown)
        out = io.BytesIO()
        Image.fromarray(table[shown]).save(out, "WEBP", lossless=True, quality=0, method=0)
        return out.getvalue()


def painter(grid: Grid) -> Painter:
    """The painter of a plan grid: nearest cell of each Web Mercator pixel."""
    left, bottom, right, top = grid_bounds(grid)
    crs = pyproj.CRS.from_user_input(str(grid_crs(grid)))
    to_web = pyproj.Transformer.from_crs(crs, 3857, always_xy=True)
    back = pyproj.Transformer.from_crs(3857, crs, always_xy=True)
    west, south, east, north = to_web.transform_bounds(left, bottom, right, top, densify_pts=41)
    h, w = grid.shape
    fine = (east - west) * (north - south) / (h * w)
    step = float(np.sqrt(max(fine, (east - west) * (north - south) / MAX_PX)))
    nx, ny = int(np.ceil((east - west) / step)), int(np.ceil((north - south) / step))
    x = west + (np.arange(nx) + 0.5) * step
    y = north - (np.arange(ny) + 0.5) * step
    px, py = back.transform(*np.meshgrid(x, y))
    cell = (right - left) / w
    col = np.floor((px - left) / cell).astype(np.int64)
    row = np.floor((top - py) / cell).astype(np.int64)
    inside = (col >= 0) & (col < w) & (row >= 0) & (row < h)
    bounds = mercator_bounds_ll(west, north - ny * step, west + nx * step, north)
    return Painter(np.where(inside, row * w + col, -1), bounds)


def state_legend(
    tech: str, palette: Mapping[str, str], limit: float, *, thin: bool
) -> LegendOf:
    """What the picture's colours and patterns mean, by state; ``hatched`` is beside them.

    Parameters
    ----------
    tech : str
    palette : mapping
        State -> ``"#rrggbb"``.
    limit : float
        Provisional land of which a smaller share was judged is hatched, 0 to 1.
    thin : bool
        Less than the limit was judged of the whole.
    """
    patterns = state_patterns(thin=thin)
    out: LegendOf = {}
    for i, state in enumerate(STATES):
        if state != "outside":
            words = both(state_word(state, tech))
            look = patterns.get(i, "")
            out[state] = {"colour": palette[state], "label": words, "pattern": look}
    late = state_word("provisional", tech)
    words = both(say("geoplan.common.hatched", state=late, limit_pct=100 * limit))
    colour, look = state_colours(palette)[HATCHED], patterns[HATCHED]
    out["hatched"] = {"colour": colour, "label": words, "pattern": look}
    return out
