"""Where a plant lies: county, surroundings out of the plan's layers, and a photograph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.charts.style import colours, new_figure
from geoplan.lender.chapters import Kind, farm_layer
from geoplan.report.draw import add_shapes, frame_pair
from gis.errors import GeoplanError
from gis.say import say
from layers.open.plan_layers import open_features
from layers.result import optional_layer

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.lines import Line2D

    from layers.plan.model import Plan

__all__ = ["photo_frame", "photo_of", "place_map"]

Figure = Any

_LEAST_MARGIN_M = 1500.0
_PHOTOS = ("photo.jpg", "photo.jpeg", "photo.png")
_PHOTO_BYTES = 20 << 20
# layer of the plan -> how it is drawn, in the order of drawing
_AROUND: dict[str, dict[str, Any]] = {
    "water_body": {"facecolor": "#bcd7ea", "edgecolor": "none"},
    "settlement": {"facecolor": "#d9c3a5", "edgecolor": "none"},
    "river": {"facecolor": "none", "edgecolor": "#6aa5cf", "linewidth": 1.0},
    "road": {"facecolor": "none", "edgecolor": "#8c8c8c", "linewidth": 0.7},
    "railway": {"facecolor": "none", "edgecolor": "#444444", "linewidth": 0.9},
    "power_line": {"facecolor": "none", "edgecolor": "#c45a1c", "linewidth": 0.8},
}
_POINTS = {"substations": {"marker": "s", "color": "#c45a1c", "ms": 3.5}}


def _near(frame: gpd.GeoDataFrame | None, box: tuple[float, ...]) -> gpd.GeoDataFrame | None:
    if frame is None or not len(frame):
        return None
    near = frame.cx[box[0] : box[2], box[1] : box[3]]
    return near if len(near) else None


def _layer(plan: Plan, name: str) -> gpd.GeoDataFrame | None:
    """A layer of the plan for the map; one that cannot be read was told by the run."""
    try:
        return open_features(plan, name)
    except GeoplanError:
        return None


def place_map(plan: Plan, run: Path, plant: str, farm: str, kind: Kind, lang: str) -> Figure:
    """County on the left, plant and surroundings on the right; None without a place."""
    from matplotlib.lines import Line2D

    county = optional_layer(run, "county")
    shape, dots = None, None
    if kind == "pv":
        sites = optional_layer(run, "sites")
        shape = None if sites is None else sites[sites["site_id"] == plant]
    else:
        dots = farm_layer(run, farm)
        shape = optional_layer(run, "greenfield_area") if _is_new(run, farm) else None
    own = [f for f in (shape, dots) if f is not None and len(f)]
    if county is None or not own:
        return None
    bounds = np.array([f.total_bounds for f in own])
    x0, y0 = bounds[:, :2].min(axis=0)
    x1, y1 = bounds[:, 2:].max(axis=0)
    margin = max(0.5 * max(x1 - x0, y1 - y0), _LEAST_MARGIN_M)
    half = 0.5 * max(x1 - x0, y1 - y0) + margin
    mx, my = (x0 + x1) / 2, (y0 + y1) / 2
    box = (mx - half, my - half, mx + half, my + half)
    c = colours()
    fig, whole = new_figure(height_cm=8.5)
    whole.remove()
    fig.set_layout_engine("none")  # both axes have their places
    left = fig.add_axes((0.01, 0.02, 0.40, 0.94))
    right = fig.add_axes((0.43, 0.20, 0.56, 0.78))
    add_shapes(left, county, facecolor="#f4f1ea", edgecolor="#333333", linewidth=0.8)
    towns = optional_layer(run, "townships")
    add_shapes(left, towns, facecolor="none", edgecolor="#aaaaaa", linewidth=0.3)
    edge = county.total_bounds  # where the section is larger than the county
    shown = np.array([*np.maximum(box[:2], edge[:2]), *np.minimum(box[2:], edge[2:])])
    frame = shown[[0, 1, 2, 1, 2, 3, 0, 3, 0, 1]].reshape(-1, 2)
    left.plot(frame[:, 0], frame[:, 1], color=c["minus"], lw=1.2)
    add_shapes(right, county, facecolor="#fbf9f4", edgecolor="#333333", linewidth=0.8)
    marks = _surroundings(plan, right, box)
    old = _near(optional_layer(run, "turbines_existing"), box)
    if old is not None and kind != "pv":
        right.plot(old.geometry.x, old.geometry.y, "x", ms=3, color=c["dim"])
        marks.append(("farm_old", Line2D([], [], marker="x", color=c["dim"], ls="")))
    if shape is not None:
        add_shapes(right, shape, facecolor=c["minus"], alpha=0.45, edgecolor="#222222")
        marks.append(("own_area", Line2D([], [], color=c["minus"], lw=5, alpha=0.45)))
    if dots is not None:
        right.plot(dots.geometry.x, dots.geometry.y, "o", ms=3.5, color=c["minus"])
        marks.append(("farm_new", Line2D([], [], marker="o", color=c["minus"], ls="")))
    frame_pair(left, right, county.total_bounds, box, lang)
    handles = [mark for _, mark in marks]
    labels = [say(f"geoplan.lender.map_{name}")(lang) for name, _ in marks]
    fig.legend(handles, labels, loc="lower right", ncol=4, fontsize=7, frameon=False)
    return fig


def _is_new(run: Path, farm: str) -> bool:
    from geoplan.lender.chapters import prefix_of

    return prefix_of(run, farm) == "greenfield"


def _surroundings(
    plan: Plan,
    ax: Any,  # noqa: ANN401 - axes of matplotlib
    box: tuple[float, ...],
) -> list[tuple[str, Line2D]]:
    from matplotlib.lines import Line2D

    marks: list[tuple[str, Line2D]] = []
    for name, style in _AROUND.items():
        near = _near(_layer(plan, name), box)
        if near is None:
            continue
        add_shapes(ax, near, **style)
        filled = style["facecolor"] != "none"
        colour = style["facecolor"] if filled else style["edgecolor"]
        marks.append((name, Line2D([], [], color=colour, lw=5 if filled else 1.2)))
    for name, style in _POINTS.items():
        near = _near(_layer(plan, name), box)
        if near is not None:
            middle = near.geometry.centroid
            ax.plot(middle.x, middle.y, ls="", **style)
            sign = Line2D([], [], marker=style["marker"], color=style["color"], ls="")
            marks.append((name, sign))
    return marks


def photo_of(folder: Path) -> Path | None:
    """The photograph a user has put beside the report; None without one that opens.

    A picture under one of the names ``photo.jpg``, ``photo.jpeg``, ``photo.png``, of at most
    20 MB.
    """
    from PIL import Image

    for name in _PHOTOS:
        path = folder / name
        if not path.is_file() or path.stat().st_size > _PHOTO_BYTES:
            continue
        try:
            with Image.open(path) as picture:
                picture.verify()
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            continue
        return path
    return None


def photo_frame(lang: str) -> Figure:
    """An empty frame where the photograph of the site goes."""
    fig, ax = new_figure(height_cm=6.0)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(True)
        side.set_linestyle((0, (4, 4)))
        side.set_color("#999999")
    ax.text(0.5, 0.5, say("geoplan.lender.photo_here")(lang), ha="center", va="center",
            color="#777777", transform=ax.transAxes, wrap=True)  # fmt: skip
    return fig
