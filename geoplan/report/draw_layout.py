"""Draws the layout plan of a PV site as PNG and PDF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.charts import house_style, save_figure
from geoplan.charts.style import colours
from geoplan.report.draw import add_shapes
from gis.say import say
from siting.pv.study.land_plan import AREAS, SiteLayout

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["A3_IN", "PANEL", "draw_layout_plan", "set_sheet", "true_scale"]

A3_IN = (16.54, 11.69)
PANEL = (0.06, 0.08, 0.70, 0.82)  # of the sheet
_M_IN = 0.0254
_MARGIN = 0.04
_ROUND = (10, 15, 20, 25, 30, 40, 50, 60, 80)


def _looks() -> dict[str, str]:
    c = colours()["cycle"]
    return {
        "array": "#cfe3f5", "rows": "#1f5f8b", "roads": "#efe6cf", "remaining": "#f4f1ea",
        "substation": c[1], "collector": "#b3003c", "connection": "#7b5ea7",
    }  # fmt: skip


def true_scale(
    bounds: tuple[float, float, float, float],
) -> tuple[int, tuple[float, float, float, float]]:
    """The largest round scale at which the site fits the sheet, and the ground it shows.

    Examples
    --------
    The panel is 294 mm x 243 mm; 2,000 m x 1,000 m with margins need 1:7,344 at least.

    >>> true_scale((0.0, 0.0, 2000.0, 1000.0))[0]
    8000
    """
    x0, y0, x1, y1 = bounds
    paper = A3_IN[0] * _M_IN * PANEL[2], A3_IN[1] * _M_IN * PANEL[3]
    grow = 1 + 2 * _MARGIN
    least = max((x1 - x0) * grow / paper[0], (y1 - y0) * grow / paper[1])
    steps = (k * 10**e for e in range(1, 7) for k in _ROUND)
    scale = next(n for n in steps if n >= least)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    dx, dy = scale * paper[0] / 2, scale * paper[1] / 2
    return scale, (x - dx, y - dy, x + dx, y + dy)


def _legend(ax: Any, layout: SiteLayout, lang: str, *, routed: bool) -> None:  # noqa: ANN401
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    paint = _looks()
    marks: list[Any] = []
    for key in AREAS:
        area = layout.part(key)["area_m2"].sum() / 1e4
        text = say(f"geoplan.pack.part_{key}")(lang)
        if area:
            marks.append(
                Patch(
                    facecolor=paint[key], edgecolor="#555555", label=f"{text}  {area:,.2f} ha"
                )
            )
        else:
            marks.append(Line2D([], [], marker="s", color=paint[key], linestyle="", label=text))
    marks.append(Patch(facecolor=paint["rows"], label=say("geoplan.pack.part_rows")(lang)))
    km = layout.part("collector")["length_m"].sum() / 1000
    text = f"{say('geoplan.pack.part_collector')(lang)}  {km:,.1f} km"
    marks.append(Line2D([], [], color=paint["collector"], label=text))
    if routed:
        text = say("geoplan.pack.part_connection")(lang)
        marks.append(Line2D([], [], color=paint["connection"], linestyle="--", label=text))
    ax.legend(handles=marks, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)


def set_sheet(ax: Any, bounds: tuple[float, ...], lang: str) -> int:  # noqa: ANN401
    """Set axes to a round scale around `bounds`, with bar, coordinates and north.

    Returns
    -------
    int
        The number of the scale, 1:`scale`.
    """
    scale, box = true_scale((bounds[0], bounds[1], bounds[2], bounds[3]))
    ax.set_xlim(box[0], box[2])
    ax.set_ylim(box[1], box[3])
    ax.set_aspect("equal")
    ax.grid(visible=True, linewidth=0.3)
    ax.ticklabel_format(useOffset=False, style="plain")
    ax.tick_params(axis="y", rotation=90, labelsize=8)
    scale_bar(ax, box)
    ax.annotate(
        say("geoplan.report.north")(lang),
        (1.06, 0.32), xytext=(1.06, 0.22), xycoords="axes fraction",
        textcoords="axes fraction", ha="center", va="center",
        arrowprops={"arrowstyle": "-|>", "color": "black"},
    )  # fmt: skip
    return scale


def scale_bar(ax: Any, box: tuple[float, float, float, float]) -> None:  # noqa: ANN401
    """A bar of a round length in the lower left corner of a box [m]."""
    x0, y0, x1, y1 = box
    length = 10 ** np.floor(np.log10((x1 - x0) / 3))
    x, y = x0 + 0.02 * (x1 - x0), y0 + 0.02 * (y1 - y0)
    ax.plot([x, x + length], [y, y], color="black", linewidth=3, zorder=9)
    ax.annotate(f"{length:,.0f} m", (x, y), xytext=(0, 4), textcoords="offset points", zorder=9)


def draw_layout_plan(
    layout: SiteLayout,
    site: gpd.GeoDataFrame,
    routes: gpd.GeoDataFrame | None,
    path: Path,
    *,
    lang: str,
    banner: str = "",
) -> tuple[Path, Path]:
    """Write the plan as `path` (PNG) and, beside it, as PDF on A3.

    Parameters
    ----------
    layout : SiteLayout
    site : GeoDataFrame
        The one site, in the plan CRS.
    routes : GeoDataFrame or None
        Grid connections of the run.
    path : Path
        Ends in ``.png``.
    lang : {"zh", "en"}
    banner : str
        Printed above the drawing, such as that the data are synthetic.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    paint = _looks()
    name = str(site["site_id"].iloc[0])
    with house_style():
        figure = Figure(figsize=A3_IN)
        FigureCanvasAgg(figure)
        ax = figure.add_axes(PANEL)
        for key in ("remaining", "array", "roads"):
            add_shapes(ax, layout.part(key), facecolor=paint[key], edgecolor="none")
        add_shapes(ax, layout.part("rows"), facecolor=paint["rows"], edgecolor="none")
        add_shapes(
            ax, layout.part("collector"), facecolor="none", edgecolor=paint["collector"],
            linewidth=0.9,
        )  # fmt: skip
        station = layout.part("substation")
        centre = station.geometry.iloc[0].centroid
        if layout.substation_known:
            add_shapes(ax, station, facecolor=paint["substation"], edgecolor="black", zorder=6)
        else:
            ax.plot(
                [centre.x], [centre.y], marker="s", markersize=9, color=paint["substation"],
                markeredgecolor="black", zorder=7,
            )  # fmt: skip
        own = routes[routes["site_id"] == name] if routes is not None else None
        if own is not None and len(own):
            add_shapes(
                ax, own, facecolor="none", edgecolor=paint["connection"], linewidth=1.6,
                linestyle="--",
            )  # fmt: skip
        add_shapes(ax, site, facecolor="none", edgecolor="black", linewidth=1.3)
        scale = set_sheet(ax, tuple(site.total_bounds), lang)
        _legend(ax, layout, lang, routed=own is not None and len(own) > 0)
        figure.text(
            0.06,
            0.94,
            f"{name} · {say('geoplan.pack.h_layout')(lang)} · 1:{scale:,} (A3)",
            fontsize=18,
        )
        figure.text(0.76, 0.94, banner, fontsize=10, ha="right", color=colours()["minus"])
        words = (say("geoplan.report.internal")(lang), say("geoplan.pack.not_survey")(lang))
        foot = " · ".join((*words, str(site.crs.name)))
        figure.text(0.06, 0.025, foot, fontsize=9)
        pdf = path.with_suffix(".pdf")
        return save_figure(figure, path), save_figure(figure, pdf)
