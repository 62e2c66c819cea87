"""Vector layers on a printed map, each with its lines of the legend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.maps.contents import class_word
from geoplan.maps.page import SPARE_COLOURS
from geoplan.maps.sheet import Sheet
from geoplan.maps.sheet_notes import AWAITING, LegendItem, dashes
from geoplan.maps.themes import VectorTheme
from gis.say import say
from siting.sites.judged import provisional_rows

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["PALE", "compound_path", "draw_vector", "paler"]

Axes = Any
_DENSE = 2_000
"""Polygons beyond this are drawn as pixels inside a vector page."""
_LATE = "8 4"
PALE = 0.3
"""Strength of the colour of land that is provisional, under its hatching."""


def compound_path(geoms: npt.NDArray[Any]) -> Any:  # noqa: ANN401 - a matplotlib Path
    """All polygons as one compound path, holes wound the other way."""
    from matplotlib.path import Path as Outline

    parts = shapely.get_parts(shapely.orient_polygons(shapely.get_parts(geoms)))
    rings = shapely.get_rings(parts)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(xy), Outline.LINETO, np.uint8)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    codes[first] = Outline.MOVETO
    return Outline(xy, codes)


def _classes(gdf: gpd.GeoDataFrame, look: VectorTheme) -> Iterator[tuple[Any, str, str]]:
    """(mask, colour, zh/en title or value) of each class that is there."""
    if not look.style_by or look.style_by not in gdf or look.ramp:
        yield np.ones(len(gdf), bool), look.stroke, ""
        return
    values = (
        gdf[look.style_by]
        .map({True: "yes", False: "no"}.get)
        .fillna(gdf[look.style_by].astype(str))
    )
    named = {str(c.value): c for c in look.classes}
    spare = iter(SPARE_COLOURS * 20)
    for value in dict.fromkeys([*named, *values]):
        mask = (values == value).to_numpy()
        if mask.any():
            known = named.get(value)
            yield mask, known.colour if known else next(spare), value


def paler(colour: str, strength: float) -> str:
    """`colour` thinned on white.

    Examples
    --------
    >>> paler("#000000", 0.3)
    '#b2b2b2'
    """
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{int(255 - strength * (255 - p)):02x}" for p in parts)


def _shown(colour: str, look: VectorTheme, *, late: bool, dense: bool) -> str:
    """The colour of an area, the same on the map and in the legend."""
    if not look.fill:
        return "none"
    strength = PALE if late else 1.0 if dense else min(1.0, look.opacity + 0.2)
    return paler(colour, strength)


def _split(
    gdf: gpd.GeoDataFrame, mask: npt.NDArray[np.bool_]
) -> Iterator[tuple[npt.NDArray[np.bool_], bool]]:
    """A class, parted into what is confirmed and what is provisional."""
    late = provisional_rows(gdf)
    for part, provisional in ((mask & ~late, False), (mask & late, True)):
        if part.any():
            yield part, provisional


def _draw_areas(
    ax: Axes,
    geoms: npt.NDArray[Any],
    look: VectorTheme,
    colour: str,
    sheet: Sheet,
    *,
    late: bool,
) -> None:
    from matplotlib.patches import PathPatch

    dense = len(geoms) > _DENSE
    patch = PathPatch(
        compound_path(geoms),
        facecolor=_shown(colour, look, late=late, dense=dense),
        edgecolor=look.stroke,
        linewidth=(0.15 if dense else 0.8 * look.width) * sheet.factor,
        linestyle=dashes(look.dash or (_LATE if late else "")),
        zorder=10 + look.order / 2,
        rasterized=dense,
    )
    if late:
        patch.set_hatch("/////")
    ax.add_patch(patch)


def draw_vector(
    ax: Axes, gdf: gpd.GeoDataFrame, look: VectorTheme, sheet: Sheet, lang: str
) -> list[LegendItem]:
    """Draw what of a layer is on the sheet; provisional land is hatched in a dashed line.

    Parameters
    ----------
    ax : Axes
    gdf : GeoDataFrame
        Plan CRS.
    look : VectorTheme
    sheet : Sheet
    lang : {"zh", "en"}

    Returns
    -------
    list of LegendItem
        Of what was drawn; empty for a layer with nothing on the sheet.
    """
    frame = shapely.box(*sheet.bounds)
    gdf = gdf[shapely.intersects(np.asarray(gdf.geometry.values), frame)]
    items: list[LegendItem] = []
    if gdf.empty:
        return items
    titles = {str(c.value): c.title(lang) for c in look.classes}
    z = 10 + look.order / 2
    for mask, colour, value in _classes(gdf, look):
        label = titles.get(value, class_word(value)[lang]) or look.title(lang)
        if look.geometry == "polygon":
            for part, late in _split(gdf, mask):
                geoms = np.asarray(gdf.geometry.values)[part]
                _draw_areas(ax, geoms, look, colour, sheet, late=late)
                fill = _shown(colour, look, late=late, dense=len(geoms) > _DENSE)
                words = say("geoplan.print.provisional", name=label)(lang) if late else label
                items.append(
                    LegendItem(
                        words,
                        fill,
                        edge=look.stroke,
                        dash=look.dash or (_LATE if late else ""),
                        width=look.width,
                        pattern=AWAITING if late else "",
                    )
                )
            continue
        geoms = np.asarray(gdf.geometry.values)[mask]
        if look.geometry == "line":
            from matplotlib.collections import LineCollection

            lines = [shapely.get_coordinates(g) for g in shapely.get_parts(geoms)]
            drawn = {"linewidths": 0.8 * look.width * sheet.factor, "colors": colour}
            style = [dashes(look.dash)]
            ax.add_collection(LineCollection(lines, linestyles=style, zorder=z, **drawn))
            item = LegendItem(label, colour, kind="line", dash=look.dash, width=look.width)
            items.append(item)
        else:
            xy = shapely.get_coordinates(shapely.centroid(geoms))
            ring = look.symbol == "ring"
            ax.plot(
                xy[:, 0],
                xy[:, 1],
                "s" if look.symbol == "square" else "o",
                ms=look.radius * 0.8 * sheet.factor,
                mfc="white" if ring else colour,
                mec=look.stroke if ring else "white",
                mew=0.8,
                zorder=z,
                ls="none",
            )
            kind = "ring" if ring else "dot"
            items.append(LegendItem(label, colour, kind=kind, edge=look.stroke))
    return items
