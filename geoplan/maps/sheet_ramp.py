"""The colours of a quantity, the same on every map, and those of a printed one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geoplan.maps.contents import RunContents
from geoplan.maps.drawn.ramp_steps import NO_VALUE
from geoplan.maps.raster_notes import raster_blank
from geoplan.maps.rasters import ramp_digits, ramp_limits
from geoplan.maps.sheet import Sheet
from geoplan.maps.sheet_notes import LegendItem
from geoplan.maps.themes import RasterTheme, raster_theme, themes
from gis.cells.webmap import read_preview
from gis.files.raster_info import raster_info

__all__ = ["Ramp", "bound_texts", "draw_ramp", "is_signed", "raster_ramp"]

_DIVERGING = "change"
_LOOKED_AT = 4_000_000  # cells that the ends of a ramp come from
_SHARE = 1.5  # shares of one, with what rounding adds
_MOST_DIGITS = 8
_EDGE = "#66707c"  # of the swatch of what is left clear
_LOST = 0.1  # of the larger end: a smaller one alone would be as pale as no change
_SIDE = 0.02  # share of the values a sign must have to count


def bound_texts(values: Sequence[float], decimals: int) -> list[str]:
    """The bounds of a legend with as many decimals as tell them apart.

    Examples
    --------
    >>> bound_texts([1540.02, 1540.11, 1540.2], 0)
    ['1,540.0', '1,540.1', '1,540.2']
    >>> bound_texts([-0.5, 0.0, 0.5], 1)
    ['-0.5', '0.0', '0.5']
    """
    for digits in range(decimals, _MOST_DIGITS):
        texts = [f"{v:,.{digits}f}" for v in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def is_signed(values: np.ndarray[Any, np.dtype[np.floating[Any]]]) -> bool:
    """Whether a share of the values worth showing lies on each side of 0.

    Examples
    --------
    >>> is_signed(np.array([-1.0, 0.0, 2.0])), is_signed(np.array([0.0, 1.0, np.nan]))
    (True, False)
    """
    shown = values[np.isfinite(values) & (values != 0)]
    if not shown.size:
        return False
    below = float((shown < 0).mean())
    return _SIDE < below < 1 - _SIDE


@dataclass(frozen=True)
class Ramp:
    """Colours of a quantity and the values they stand for.

    Attributes
    ----------
    stops
        Colours from `low` to `high`, evenly spaced, on each side of 0 where `parted`.
    low, high
        In the unit of the raster.
    scale
        What a legend multiplies them with: 100 where shares of one are told in percent.
    parted
        0 has the middle colour, whatever the ends.
    """

    stops: tuple[str, ...]
    low: float
    high: float
    scale: float
    parted: bool = False

    @property
    def values(self) -> list[float]:
        """What each colour stands for, in the unit of the raster."""
        at = np.linspace(0.0, 1.0, len(self.stops))
        known = (self.low, 0.0, self.high) if self.parted else (self.low, self.high)
        found: list[float] = np.interp(at, np.linspace(0.0, 1.0, len(known)), known).tolist()
        return found

    def digits(self, decimals: int) -> int:
        """Decimals of a legend: as many as the smaller end needs."""
        low, high = self.low * self.scale, self.high * self.scale
        sides = ((low, 0.0), (0.0, high)) if self.parted else ((low, high),)
        return max(ramp_digits(*side, decimals) for side in sides)


def _own_ends(
    values: np.ndarray[Any, np.dtype[np.floating[Any]]], low: float, high: float
) -> tuple[float, float]:
    """Ends of a signed ramp; a sign that would look like no change gets its own.

    Examples
    --------
    A gain of 0.054 beside losses of 2.2 is in the last colour, not in that of no change:

    >>> _own_ends(np.repeat([0.0, 0.054, -2.2], [984, 13, 3]), -2.2, 2.2)
    (-2.2, 0.054)
    >>> _own_ends(np.array([-1.0, 0.0, 2.0]), -2.0, 2.0)
    (-2.0, 2.0)
    """
    below, above = (ramp_limits(x) for x in (values[values < 0], values[values > 0]))
    if below is None or above is None:
        return low, high
    loss, gain = below[0], above[1]
    return (loss, gain) if min(-loss, gain) < _LOST * max(-loss, gain) else (low, high)


def raster_ramp(path: Path, theme: RasterTheme) -> Ramp | None:
    """The ramp of a raster's first band: of the whole raster, whatever part a map shows.

    Parameters
    ----------
    path : path
    theme : RasterTheme

    Returns
    -------
    Ramp or None
        None where the raster has no value to tell apart.

    Raises
    ------
    DataError
        When the file cannot be opened.

    Notes
    -----
    The cells are the raster's own: a mean of cells, or one warped between them, mixes land that
    changed with land that did not, and every map would have ends of its own.
    """
    seen = read_preview(path, raster_info(path).bounds, max_px=_LOOKED_AT, own_cells=True)
    if seen is None:
        return None
    values = seen.values[seen.valid].astype(float)
    if theme.nothing_is_clear:
        values = values[values != 0]
    signed = theme.symmetric or is_signed(values)
    limits = ramp_limits(values, symmetric=signed)
    if limits is None:
        return None
    if signed:
        limits = _own_ends(values, *limits)
    scale = 100.0 if theme.percent and float(values.max()) <= _SHARE else 1.0
    return Ramp(themes().ramp(_DIVERGING if signed else theme.ramp), *limits, scale, signed)


def draw_ramp(
    ax: Any,  # noqa: ANN401
    contents: RunContents,
    name: str,
    sheet: Sheet,
    lang: str,
) -> list[LegendItem]:
    """Put a raster on the sheet, in colours that part at 0 where it has both signs."""
    look = raster_theme(name)
    seen = read_preview(contents.rasters[name], sheet.bounds, kind="intensive")
    if seen is None or not seen.valid.any():
        return []
    from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm

    ramp = raster_ramp(contents.rasters[name], look)
    if ramp is None:
        return []
    valid = seen.valid & (seen.values != 0) if look.nothing_is_clear else seen.valid
    values = np.where(valid, seen.values.astype(float), np.nan) * ramp.scale
    stops = ramp.stops
    low, high = ramp.low * ramp.scale, ramp.high * ramp.scale
    left, bottom, right, top = seen.bounds
    unit, blank = look.unit, raster_blank(look.note, contents.summary)
    norm = TwoSlopeNorm(0.0, low, high) if ramp.parted else Normalize(low, high or 1.0)
    ax.imshow(
        values,
        extent=(left, right, bottom, top),
        norm=norm,
        zorder=1,
        interpolation="nearest",
        cmap=LinearSegmentedColormap.from_list(look.ramp, list(stops)),
    )
    bounds = [v * ramp.scale for v in ramp.values]
    if high == low:  # one value has one colour
        bounds, stops = [low], stops[:1]
    texts = bound_texts(bounds, ramp.digits(look.decimals))
    return [
        LegendItem(look.title_of(name)(lang), heading=True),
        *(LegendItem(f"{text} {unit}", c) for text, c in zip(texts, stops, strict=True)),
        *(
            []
            if blank is None
            else [LegendItem(blank(lang), NO_VALUE, edge=_EDGE, pattern="lines")]
        ),
    ]
