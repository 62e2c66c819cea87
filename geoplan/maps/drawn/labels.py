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
_LED = tuple(
    (turn * np.pi / 8, lines)
    for lines in (2.2, 3.2, 4.4, 6.0, 8.0)
    for turn in (0, 8, 1, 15, 7, 9, 2, 14, 6, 10, 3, 13, 5, 11, 4, 12)
)
"""Where a name stands at the end of a line: the direction, the level ones first, and how many
lines from its land."""
_CLEARLY = 0.3
"""Lines by which a name beside its land is nearer to it than to that of another."""
_APART = 0.15
"""Of the height of its letters: what is left free around a name."""
_ON_LAND = 1.6
"""Width of the white around names of the theme, that of the base being 1."""
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
    land
        What it names: it stands there, or beside it and nearer to it than to what another name
        of its layer names, or at the end of a line to it. Without it nothing is asked.
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
    land: Any = None


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
            land=inside[i],
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


@dataclass
class _Room:
    """What a sheet has taken already, in pixels: names, and the lines that lead to names."""

    frame: Any
    taken: list[Any]
    lines: list[Any]

    def free(self, box: Any) -> bool:  # noqa: ANN401 - matplotlib is untyped
        """Whether a name may stand in the box."""
        own = shapely.box(box.x0, box.y0, box.x1, box.y1)
        return (
            _within(box, self.frame)
            and not any(box.overlaps(b) for b in self.taken)
            and not any(own.intersects(line) for line in self.lines)
        )

    def open(self, line: Any) -> bool:  # noqa: ANN401 - a shapely line
        """Whether a line crosses no name and no other line."""
        names = (shapely.box(b.x0, b.y0, b.x1, b.y1) for b in self.taken)
        return not any(line.intersects(other) for other in (*names, *self.lines))


def _stands(
    own: Any,  # noqa: ANN401 - matplotlib is untyped
    at: tuple[float, float],
    land: Any,  # noqa: ANN401 - a shapely geometry or None
    others: Sequence[Any],
    room: _Room,
    *,
    led: bool,
) -> tuple[float, float, Any] | None:
    """Steps [px] from `at` to where a name of the box `own` stands, with the line it needs."""
    height = own.height
    for wide, lines in _MOVES:
        dx, dy = wide * own.width, lines * height
        middle = shapely.Point(at[0] + dx, at[1] + dy)
        if not room.free(own.translated(dx, dy)):
            continue
        if land is not None and (far := land.distance(middle)) > 0:
            near = far + _CLEARLY * height
            if any(o is not land and o.distance(middle) <= near for o in others):
                continue
        return dx, dy, None
    if land is None or not led:
        return None
    end = shapely.Point(*at)
    for turn, lines in _LED:
        dx = np.cos(turn) * (lines * height + (own.width - height) / 2)
        dy = np.sin(turn) * lines * height
        box = own.translated(dx, dy)
        name = shapely.box(box.x0, box.y0, box.x1, box.y1)
        if not room.free(box) or any(o is not land and o.intersects(name) for o in others):
            continue
        line = shapely.shortest_line(name, end)
        if room.open(line):
            return float(dx), float(dy), line
    return None


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
    room = _Room(ax.get_window_extent(), [], [])
    lands = _lands(ax, labels)
    # what stands on dark or hatched land has a wider one
    white = {
        base: [withStroke(linewidth=halo * (1.0 if base else _ON_LAND), foreground="white")]
        for base in (True, False)
    }
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
            path_effects=white[label.base],
            clip_on=True,
        )
        own = text.get_window_extent()
        x, y = ax.transData.transform((label.x, label.y))
        land = lands[label.layer].get(id(label))
        others = list(lands[label.layer].values())
        found = _stands(own, (x, y), land, others, room, led=not label.base)
        if found is None and label.rank > 0:
            text.remove()
            left[label.layer] += 1
            continue
        dx, dy, line = found or (0.0, 0.0, None)
        back = ax.transData.inverted().transform
        text.set_position(back((x + dx, y + dy)))
        room.taken.append(own.translated(dx, dy).padded(_APART * own.height))
        if line is not None:
            room.lines.append(line)
            ends = back(shapely.get_coordinates(line))
            look = {"color": "#1f2933", "lw": 0.3 * halo, "path_effects": white[True]}
            ax.plot(ends[:, 0], ends[:, 1], zorder=_ABOVE - 1, **look)
            ax.plot(*ends[-1], "o", ms=halo, mew=0, zorder=_ABOVE - 1, **look)
    return dict(left)


def _lands(ax: Axes, labels: Sequence[Label]) -> dict[str, dict[int, Any]]:
    """Layer -> label -> what it names in pixels of the sheet."""
    out: dict[str, dict[int, Any]] = {label.layer: {} for label in labels}
    for label in labels:
        if label.land is not None:
            out[label.layer][id(label)] = shapely.transform(label.land, ax.transData.transform)
    return out
