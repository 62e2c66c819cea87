"""The layout of a plant on a sheet of A3."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.charts import house_style, save_figure
from geoplan.charts.style import colours
from geoplan.report.draw import add_shapes
from geoplan.report.draw_layout import A3_IN, PANEL, set_sheet
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.pv.array.study import PolygonPlant

__all__ = ["draw_array_plan"]

Style = Mapping[str, Any]


def _styles() -> dict[str, Style]:
    c = colours()["cycle"]
    return {
        "no_go": {
            "facecolor": "#d9d9d9",
            "edgecolor": "#888888",
            "hatch": "///",
            "linewidth": 0,
        },
        "land": {"facecolor": "#f4f1ea", "edgecolor": "none"},
        "roads": {"facecolor": "#c9b98a", "edgecolor": "none"},
        "tables": {"facecolor": "#1f5f8b", "edgecolor": "none"},
        "collector": {"facecolor": "none", "edgecolor": "#b3003c", "linewidth": 0.9},
        "inverters": {"color": "#2ca02c", "markersize": 1.5},
        "transformers": {"color": c[1], "markersize": 4.0},
        "substation": {"color": "black", "markersize": 9.0},
        "site": {"facecolor": "none", "edgecolor": "black", "linewidth": 1.3},
    }


def draw_array_plan(
    found: PolygonPlant, layers: dict[str, gpd.GeoDataFrame], path: Path, *, lang: str
) -> tuple[Path, Path]:
    """Write the layout as `path` (PNG) and, beside it, as PDF on A3.

    Parameters
    ----------
    found : PolygonPlant
    layers : dict of GeoDataFrame
        Of `siting.pv.array.features.array_features`.
    path : Path
        Ends in ``.png``.
    lang : {"zh", "en"}
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    a = found.array
    with house_style():
        figure = Figure(figsize=A3_IN)
        FigureCanvasAgg(figure)
        ax = figure.add_axes(PANEL)
        marks = []
        for key, style in _styles().items():
            if key not in layers:
                continue
            marks.append(_put(ax, key, layers[key], style, lang))
        scale = set_sheet(ax, a.site.bounds, lang)
        ax.legend(handles=marks, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
        title = say(
            "geoplan.array.plan_title",
            site=found.site.name,
            dc=f"{a.dc_mw:,.2f}",
            ac=f"{a.ac_mw:,.2f}",
            scale=f"1:{scale:,}",
        )
        # a name is no formula of the drawing library
        figure.text(0.06, 0.94, title(lang), fontsize=16, parse_math=False)
        words = (say("geoplan.report.internal")(lang), say("geoplan.pack.not_survey")(lang))
        foot = " · ".join((*words, str(a.crs.name)))
        figure.text(0.06, 0.025, foot, fontsize=9)
        return save_figure(figure, path), save_figure(figure, path.with_suffix(".pdf"))


def _put(
    ax: Any,  # noqa: ANN401 - axes of the library
    key: str,
    layer: gpd.GeoDataFrame,
    style: Style,
    lang: str,
) -> Any:  # noqa: ANN401 - a handle of the legend
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    label = say(f"geoplan.array.layer_{key}")(lang)
    if "markersize" in style:
        xy = layer.geometry
        ax.plot(xy.x, xy.y, linestyle="", marker="s", zorder=7, **style)
        return Line2D([], [], linestyle="", marker="s", label=label, **style)
    add_shapes(ax, layer, zorder=6 if key in ("collector", "site") else 2, **style)
    if key in ("collector", "site"):
        return Line2D([], [], color=style["edgecolor"], label=label)
    return Patch(label=label, **style)
