"""Names on a printed map: none on another, and those that find no room are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoplan.charts.fonts import bold_weight
from geoplan.maps.sheet import Sheet
from geoplan.maps.themes import VectorTheme
from gis.files.plain_text import washed

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Label", "labels_of", "place_labels", "short_name"]

Axes = Any
_MOVES = (
    *((0, 0), (0, -1.2), (0, 1.2), (0.7, 0), (-0.7, 0), (0, -2.4), (0, 2.4)),
    *((1.15, -1.2), (1.15, 1.2), (-1.15, -1.2), (-1.15, 1.2)),
)
"""Where a label finds room, in its widths and lines from the middle of its land."""
_TRIED, _BASE_TRIED = 400, 40
"""Labels of a layer that are tried, the largest features first; the base is no gazetteer."""
_LONGEST = 18
_APART = 0.15
"""Of the height of its letters: what is left free around a name."""
_ABOVE = 65  # all that is drawn but the focus
_BASE_PT, _OWN_PT = 6.2, 7.5


@dataclass(frozen=True)
class Label:
    """A name and where it would best stand.

    Attributes
    ----------
    layer
        Title of the layer whose feature it names.
    rank
        Whose names are placed first; those of rank 0 always stand.
    weight
        Which come first inside a rank: larger or better ranked ones.
    base
        Of the layers beneath the theme.
    """

    layer: str
    text: str
    x: float
    y: float
    rank: int
    weight: float
    points: float
    colour: str
    base: bool = False
    bold: bool = False


def short_name(name: str) -> str:
    """A name as it stands on a map, cut where it is long.

    Examples
    --------
    >>> short_name("平罗县城乡供水一体化工程取水口保护区"), short_name("a" * 19)
    ('平罗县城乡供水一体化工程取水口保护区', 'aaaaaaaaaaaaaaaaa…')
    """
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def labels_of(gdf: gpd.GeoDataFrame, look: VectorTheme, sheet: Sheet, lang: str) -> list[Label]:
    """Labels of the features on the sheet; none for a layer without names.

    A name that several features have (the parts of a river) stands once, on the largest.
    """
    column = look.label_en if lang == "en" and look.label_en in gdf else look.label
    if not column or column not in gdf or look.geometry == "point":
        return []
    frame = shapely.box(*sheet.bounds)
    inside = shapely.intersection(np.asarray(gdf.geometry.values), frame)
    size = shapely.length(inside) if look.geometry == "line" else shapely.area(inside)
    names = [str(v).strip() for v in gdf[column].fillna("")]
    base = look.layer.startswith("base_")
    # ranked land is named from the best on, other land from the largest
    weight = 1.0 / gdf["rank"].fillna(np.inf).to_numpy(float) if "rank" in gdf else size
    largest: dict[str, int] = {}
    for i in np.argsort(-size, kind="stable"):
        if names[i] and not shapely.is_empty(inside[i]):
            largest.setdefault(names[i], int(i))
    at = list(largest.values())
    points = shapely.get_coordinates(shapely.point_on_surface(inside[at]))
    return [
        Label(
            layer=look.title(lang),
            text=short_name(names[i]),
            x=float(x),
            y=float(y),
            rank=look.label_rank,
            weight=float(weight[i]),
            points=(_BASE_PT if base else _OWN_PT) * sheet.factor,
            colour=look.stroke if base else "#1f2933",
            base=base,
        )
        for i, (x, y) in zip(at, points, strict=True)
    ]


def _tried(labels: Sequence[Label], left: Counter[str]) -> Iterator[Label]:
    """By rank and size, a name once; of a layer with very many only the largest."""
    seen: Counter[str] = Counter()
    told: set[str] = set()
    for label in sorted(labels, key=lambda x: (x.rank, -x.weight, x.text)):
        if label.base and label.text in told:  # a town of the township's name
            continue
        told.add(label.text)
        seen[label.layer] += 1
        if seen[label.layer] > (_BASE_TRIED if label.base else _TRIED):
            left[label.layer] += 1
        else:
            yield label


def _within(box: Any, frame: Any) -> bool:  # noqa: ANN401 - matplotlib is untyped
    return bool(
        box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1
    )


def place_labels(ax: Axes, labels: Sequence[Label], *, halo: float = 2.0) -> Mapping[str, int]:
    """Write names where they stand on no other and inside the frame.

    Parameters
    ----------
    ax : Axes
        With its limits and shape as they will be drawn.
    labels : sequence of Label
    halo : float
        Width of the white around the letters [pt].

    Returns
    -------
    mapping
        Title of a layer -> names that found no room.
    """
    from matplotlib.patheffects import withStroke

    left: Counter[str] = Counter()
    frame = ax.get_window_extent()
    taken: list[Any] = []
    for label in _tried(labels, left):
        text = ax.text(
            label.x,
            label.y,
            washed(label.text),  # it is measured here, before a figure is saved
            ha="center",
            va="center",
            fontsize=label.points,
            color=label.colour,
            zorder=_ABOVE,
            fontweight=bold_weight() if label.bold else "normal",
            path_effects=[withStroke(linewidth=halo, foreground="white")],
            clip_on=True,
        )
        own = text.get_window_extent()
        x, y = ax.transData.transform((label.x, label.y))
        for wide, lines in _MOVES:
            dx, dy = wide * own.width, lines * own.height
            box = own.translated(dx, dy)
            if _within(box, frame) and not any(box.overlaps(b) for b in taken):
                text.set_position(ax.transData.inverted().transform((x + dx, y + dy)))
                taken.append(box.padded(_APART * own.height))
                break
        else:
            if label.rank == 0:
                taken.append(own.padded(_APART * own.height))
                continue
            text.remove()
            left[label.layer] += 1
    return dict(left)
