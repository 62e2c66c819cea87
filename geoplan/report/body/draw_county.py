"""Draws the map of the county: relief, townships, zones, land and sites with their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.charts import house_style, save_figure
from geoplan.charts.style import colours
from geoplan.maps.drawn.labels import Label, place_labels, short_name
from geoplan.maps.themes import themes
from geoplan.report.draw import add_shapes
from geoplan.report.figures import figure_path
from gis.say import listed, say
from layers.result import optional_layer
from siting.sites.judged import provisional_rows

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["county_axes", "draw_county"]

_SIMPLE_M = 100.0
_RANKS = {"sites": 1, "zones": 2, "townships": 3}
_WAITING: dict[str, Any] = {"facecolor": "#f9e6cc", "hatch": "/////", "linestyle": "--"}
"""Look of provisional sites, over that of sites."""
_LOOKS: dict[str, dict[str, Any]] = {
    "county": {"facecolor": "#f4f1ea", "edgecolor": "#333333", "linewidth": 0.9},
    "townships": {"facecolor": "none", "edgecolor": "#9a9a9a", "linewidth": 0.4},
    "zones": {"facecolor": "none", "edgecolor": "#7b5ea7", "linewidth": 1.3, "linestyle": "--"},
    "sites": {"facecolor": "#e9a13b", "edgecolor": "#6b4a12", "linewidth": 0.5, "alpha": 0.9},
}


def _named(frame: gpd.GeoDataFrame, lang: str) -> list[tuple[float, float, str]]:
    """Points inside the features with what they are called."""
    columns = (f"title_{lang}", f"name_{lang}", "name", "township", "title_zh", "id")
    column = next((c for c in columns if c in frame.columns), None)
    if column is None:
        return []
    points = frame.geometry.representative_point()
    return [(p.x, p.y, str(t)) for p, t in zip(points, frame[column], strict=True)]


def county_axes(ax: Any, run: Path, lang: str, *, size: float = 7.0) -> None:  # noqa: ANN401
    """Put the county on axes of matplotlib.

    Parameters
    ----------
    ax : Axes
    run : Path
        Run folder.
    lang : {"zh", "en"}
    size : float
        Of the type [pt].
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks: list[Any] = []
    names: list[Label] = []
    for name, look in _LOOKS.items():
        frame = optional_layer(run, name)
        if frame is None or not len(frame):
            continue
        drawn = frame.assign(geometry=frame.geometry.simplify(_SIMPLE_M))
        label = say(f"geoplan.body.map_{name}")(lang)
        late = provisional_rows(frame)
        for part, more in ((~late, {}), (late, _WAITING)):
            if not part.any():
                continue
            drawn_as = {**look, **more}
            add_shapes(ax, drawn[part], **drawn_as)
            words = say("geoplan.print.provisional", name=label)(lang) if more else label
            if name in ("zones", "townships"):
                line = {k: look[k] for k in ("linewidth", "linestyle") if k in look}
                marks.append(Line2D([], [], color=look["edgecolor"], label=words, **line))
            elif name == "sites":
                marks.append(Patch(label=words, **drawn_as))
        names += _labels(frame, name, look["edgecolor"], lang, size)
    county = optional_layer(run, "county")
    box = None if county is None else county.total_bounds
    _frame(ax, box, size, lang)
    ax.apply_aspect()
    left = [f"{layer} {n}" for layer, n in place_labels(ax, names, halo=1.8).items()]
    if left:
        words = say("geoplan.print.unnamed", layer=listed(left))(lang)
        at = {"transform": ax.transAxes, "ha": "right", "va": "bottom"}
        ax.text(1.0, 0.0, words, fontsize=0.9 * size, color=colours()["dim"], **at)
    if marks:
        ax.legend(
            handles=marks, loc="upper right", bbox_to_anchor=(1.0, 0.0), fontsize=size,
            ncols=min(len(marks), 3), frameon=False,
        )  # fmt: skip


def _labels(
    frame: gpd.GeoDataFrame,
    name: str,
    edge: str,
    lang: str,
    size: float,
) -> list[Label]:
    """Names of a layer, those of sites first."""
    if name not in _RANKS:
        return []
    area = frame.geometry.area.to_numpy()
    layer = next(v for v in themes().vector if v.layer == name).title(lang)
    if name == "sites":
        points = frame.geometry.representative_point()
        short = [str(t).partition("-")[2] or str(t) for t in frame["site_id"]]
        told = [(p.x, p.y, t) for p, t in zip(points, short, strict=True)]
    else:
        told = _named(frame, lang)
    tones = {"sites": colours()["ink"], "townships": colours()["dim"]}
    points_pt = size * {"townships": 0.8, "zones": 0.95}.get(name, 1.0)
    return [
        Label(
            *(layer, short_name(text), x, y, _RANKS[name], float(weight)),
            *(points_pt, tones.get(name, edge)),
            bold=name == "sites",
        )
        for (x, y, text), weight in zip(told, area, strict=False)
    ]


def _frame(ax: Any, box: Any, size: float, lang: str) -> None:  # noqa: ANN401
    """Scale bar, north arrow, no ticks."""
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    for side in ax.spines.values():
        side.set_visible(False)
    if box is None:
        return
    west, south, east, north = box
    pad = 0.03 * max(east - west, north - south)
    ax.set_xlim(west - pad, east + pad)
    ax.set_ylim(south - pad, north + pad)
    length = float(10 ** np.floor(np.log10((east - west) / 3)))
    x, y = west, south
    ax.plot([x, x + length], [y, y], color="black", linewidth=2)
    ax.text(x, y + 0.4 * pad, f"{length / 1000:,.0f} km", fontsize=size)
    ax.annotate(
        say("geoplan.report.north")(lang),
        (0.03, 0.99), xytext=(0.03, 0.90), xycoords="axes fraction",
        textcoords="axes fraction", ha="center", va="center", fontsize=size,
        arrowprops={"arrowstyle": "-|>", "color": "black"},
    )  # fmt: skip


def draw_county(run: Path, lang: str) -> None:
    """Draw the map as a picture of the report; its height is that of the county."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    county = optional_layer(run, "county")
    if county is None or not len(county):
        return
    west, south, east, north = county.total_bounds
    wide = 6.0
    figure = Figure(figsize=(wide, min(6.5, max(3.2, wide * (north - south) / (east - west)))))
    FigureCanvasAgg(figure)
    with house_style():
        county_axes(figure.add_axes((0.01, 0.07, 0.98, 0.92)), run, lang)
        save_figure(figure, figure_path(run, "county", lang))
