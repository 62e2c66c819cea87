"""Flows from classes on the left to classes on the right, as bands of their width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from geoplan.charts.style import colours, new_figure
from gis.say import say

__all__ = ["sankey"]

_GAP = 0.02  # between two classes, of the whole height
_BAR = 0.03  # width of a class
_LINE = 9  # points of text a class needs at least, of the picture's 100


def _places(
    names: Sequence[str], size: Mapping[str, float], most: int
) -> dict[str, tuple[float, float]]:
    """Top and height of every class on one side, from the top down.

    Room is kept for the gaps of `most` classes, so that a band is as wide on either side.
    """
    whole = sum(size.values())
    free = 1.0 - _GAP * max(most - 1, 0)
    out, at = {}, 1.0
    for name in names:
        height = free * size[name] / whole
        out[name] = (at, height)
        at -= height + _GAP
    return out


def _order(
    flows: Mapping[tuple[str, str], float], side: int
) -> tuple[list[str], dict[str, float]]:
    size: dict[str, float] = {}
    for pair, value in flows.items():
        size[pair[side]] = size.get(pair[side], 0.0) + value
    return sorted(size, key=lambda k: (-size[k], k)), size


def _labels(
    ax: Any,  # noqa: ANN401 - matplotlib is untyped
    places: Mapping[str, tuple[float, float]],
    size: Mapping[str, float],
    x: float,
    align: str,
) -> None:
    """Names beside the bars, moved apart where bars are thinner than a line of text."""
    c = colours()
    step = _LINE / 200.0
    at = np.array([top - height / 2 for top, height in places.values()])
    for k in range(1, len(at)):
        at[k] = min(at[k], at[k - 1] - step)
    for y, name in zip(at, places, strict=True):
        text = f"{name}  {size[name]:,.1f}"
        ax.text(x, y, text, ha=align, va="center", fontsize=8, color=c["ink"])


def sankey(
    flows: Mapping[tuple[str, str], float], *, unit: str, lang: str, title: str = ""
) -> Any:  # noqa: ANN401 - a figure
    """What went from each class to each class.

    Parameters
    ----------
    flows : mapping
        (from, to) -> amount, above 0.
    unit : str
    lang : {"zh", "en"}

    Returns
    -------
    Figure
    """
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path as Outline

    c = colours()
    left, left_size = _order(flows, 0)
    right, right_size = _order(flows, 1)
    most = max(len(left), len(right))
    n = max(most, 4)
    figure, ax = new_figure(height_cm=min(4.0 + 0.9 * n, 20.0))
    ax.axis("off")
    starts, ends = _places(left, left_size, most), _places(right, right_size, most)
    tint = {k: c["cycle"][i % len(c["cycle"])] for i, k in enumerate(left)}
    used_left = {k: top for k, (top, _) in starts.items()}
    used_right = {k: top for k, (top, _) in ends.items()}
    for a in left:
        for b in right:
            value = flows.get((a, b), 0.0)
            if value <= 0:
                continue
            here = starts[a][1] * value / left_size[a]
            there = ends[b][1] * value / right_size[b]
            y0, y1 = used_left[a], used_right[b]
            used_left[a], used_right[b] = y0 - here, y1 - there
            x0, x1 = _BAR, 1.0 - _BAR
            points = [
                (x0, y0), (0.5, y0), (0.5, y1), (x1, y1),
                (x1, y1 - there), (0.5, y1 - there), (0.5, y0 - here), (x0, y0 - here),
                (x0, y0),
            ]  # fmt: skip
            codes = [
                Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3,
                Outline.CLOSEPOLY,
            ]  # fmt: skip
            ax.add_patch(
                PathPatch(
                    Outline(points, codes), facecolor=tint[a], alpha=0.45, edgecolor="none"
                )
            )
    for places, x in ((starts, 0.0), (ends, 1.0 - _BAR)):
        for name, (top, height) in places.items():
            colour = tint.get(name, c["dim"]) if x == 0.0 else c["dim"]
            ax.add_patch(Rectangle((x, top - height), _BAR, height, color=colour, lw=0))
    _labels(ax, starts, left_size, -0.02, "right")
    _labels(ax, ends, right_size, 1.02, "left")
    for x, key, align in ((-0.02, "from_class", "right"), (1.02, "to_class", "left")):
        words = f"{say(f'geoplan.charts.{key}')(lang)} [{unit}]"
        ax.text(x, 1.05, words, ha=align, va="bottom", fontsize=8, color=c["dim"])
    ax.set_xlim(-0.55, 1.55)
    ax.set_ylim(-0.05, 1.12)
    ax.set_title(title)
    return figure
