"""A quantity on a printed map: its colours, and a legend whose bounds differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from geoplan.maps.contents import RunContents
from geoplan.maps.rasters import ramp_digits, ramp_limits
from geoplan.maps.sheet import Sheet
from geoplan.maps.sheet_notes import LegendItem
from geoplan.maps.themes import raster_theme, themes
from gis.cells.webmap import read_preview

__all__ = ["bound_texts", "draw_ramp", "is_signed"]

_DIVERGING = "change"
_MOST_DIGITS = 8
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
    from matplotlib.colors import LinearSegmentedColormap

    values = np.where(seen.valid, seen.values.astype(float), np.nan)
    if look.percent and np.nanmax(values) <= 1.5:
        values = values * 100
    signed = look.symmetric or is_signed(values)
    stops = themes().ramp(_DIVERGING if signed else look.ramp)
    limits = ramp_limits(values, symmetric=signed)
    if limits is None:
        return []
    low, high = limits
    left, bottom, right, top = seen.bounds
    ax.imshow(
        values,
        extent=(left, right, bottom, top),
        vmin=low,
        vmax=high or 1.0,
        zorder=1,
        interpolation="nearest",
        cmap=LinearSegmentedColormap.from_list(look.ramp, list(stops)),
    )
    unit = look.unit
    bounds = [low + (high - low) * i / (len(stops) - 1) for i in range(len(stops))]
    if high == low:  # one value has one colour
        bounds, stops = [low], stops[:1]
    texts = bound_texts(bounds, ramp_digits(low, high, look.decimals))
    return [
        LegendItem(look.title_of(name)(lang), heading=True),
        *(LegendItem(f"{text} {unit}", c) for text, c in zip(texts, stops, strict=True)),
    ]
