"""A small map for the sheet of each zone and park: its land by state, sites and stations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from geoplan.charts import house_style, save_figure
from geoplan.glossary import state_word
from geoplan.report.draw import add_shapes, frame_pair
from geoplan.report.figures import zone_picture
from gis.say import say
from layers.result import optional_layer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["draw_zones"]

_STATES = {"left": "#74a66a", "conditional": "#e8c468", "taken": "#d9d4cb"}
_DRAWN = ("county", "townships", "zone_sheets", "eligible_pv", "sites", "substations")
_FINE_M = 20.0  # finer than a point of the picture
_AROUND = 0.06


def _cut(frame: gpd.GeoDataFrame | None, shape: Any) -> gpd.GeoDataFrame | None:  # noqa: ANN401
    """The part of a layer that lies in a shape."""
    if frame is None:
        return None
    near = frame[shapely.intersects(frame.geometry.to_numpy(), shape)]
    land = shapely.intersection(near.geometry.to_numpy(), shape)
    return near.assign(geometry=land).set_crs(frame.crs, allow_override=True)


def _zone_map(
    zone: gpd.GeoDataFrame, drawn: Mapping[str, gpd.GeoDataFrame | None], lang: str
) -> Any:  # noqa: ANN401
    """County with the zone on the left; its land for PV and its sites on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    figure = Figure(figsize=(6.3, 3.6))
    FigureCanvasAgg(figure)
    left = figure.add_axes((0.01, 0.14, 0.45, 0.84))
    right = figure.add_axes((0.47, 0.14, 0.52, 0.84))
    county = drawn["county"]
    line = {"facecolor": "none", "edgecolor": "#5d3fa0"}
    add_shapes(left, county, facecolor="#f4f1ea", edgecolor="#333333", linewidth=0.8)
    add_shapes(left, drawn["townships"], facecolor="none", edgecolor="#aaaaaa", linewidth=0.3)
    add_shapes(left, zone, facecolor="#5d3fa0", alpha=0.5, edgecolor="none")
    shape = zone.geometry.iloc[0]
    x0, y0, x1, y1 = shape.bounds
    pad = _AROUND * max(x1 - x0, y1 - y0)
    box = (x0 - pad, y0 - pad, x1 + pad, y1 + pad)
    add_shapes(right, zone, facecolor=_STATES["taken"], edgecolor="none")
    marks = []
    land = _cut(drawn["eligible_pv"], shape)
    for state, colour in _STATES.items():
        if land is not None:
            own = land[land["state"] == state]
            add_shapes(right, own, facecolor=colour, edgecolor="none")
        marks.append(Patch(facecolor=colour, label=state_word(state)(lang)))
    sites = _cut(drawn["sites"], shapely.box(*box))
    if sites is not None and len(sites):
        add_shapes(right, sites, facecolor="none", edgecolor="#222222", linewidth=0.8)
        marks.append(
            Patch(facecolor="none", edgecolor="#222222", label=say("geoplan.zones.sites")(lang))
        )
        for name, at in zip(sites["site_id"], sites.representative_point(), strict=True):
            right.annotate(
                name, (at.x, at.y), ha="center", va="center", fontsize=6, annotation_clip=True,
                bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
    stations = drawn["substations"]
    if stations is not None:
        spots = stations.representative_point().cx[box[0] : box[2], box[1] : box[3]]
        right.plot(spots.x, spots.y, "^", color="#b3003c", markersize=6, linestyle="")
    add_shapes(right, zone, linewidth=1.4, **line)
    frame_pair(left, right, (zone if county is None else county).total_bounds, box, lang)
    figure.legend(handles=marks, loc="lower center", ncol=4, frameon=False, fontsize=7)
    return figure


def draw_zones(run: Path, lang: str) -> None:
    """Draw the map of every zone and park of a run; nothing where it has none."""
    zones = optional_layer(run, "zone_sheets")
    if zones is None or not len(zones):
        return
    drawn = {name: optional_layer(run, name) for name in _DRAWN}
    for name, frame in drawn.items():
        if frame is not None and name not in ("zone_sheets", "substations"):
            fine = 100.0 if name in ("county", "townships") else _FINE_M
            drawn[name] = frame.assign(geometry=frame.geometry.simplify(fine).make_valid())
    with house_style():
        for k in range(len(zones)):
            save_figure(_zone_map(zones.iloc[[k]], drawn, lang), zone_picture(run, k, lang))
