"""Which parcel of a text each row of a table is, and whether it is still the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.files.exchange.kept import KeptText
from gis.files.exchange.lines import FIELDS

__all__ = ["Match", "as_cell", "matches", "rings_of"]

# there and back through another system moves a point by some 1e-8 m, a survey by 1e-3 m
_SAME_M, _SAME_DEG = 1e-6, 1e-11
_TEXTS = ("parcel_no", "name", "sheet", "use", "dlbm")

Rings = list[npt.NDArray[np.float64]]
_Key = tuple[tuple[int, ...], int, int]


@dataclass(frozen=True)
class Match:
    """What a row of a table has to do with a text.

    Attributes
    ----------
    parcel
        Number of the parcel it is, -1 for one the text does not have.
    same_shape
        Whether its points are those of the text.
    cells
        Cells of the parcel's own line that are others now.
    """

    parcel: int = -1
    same_shape: bool = False
    cells: Mapping[str, str] | None = None


def rings_of(geom: Any) -> Rings:  # noqa: ANN401 - a geometry
    """Points of the rings of a polygon, each part's holes after its outer ring."""
    return [
        shapely.get_coordinates(r)
        for p in shapely.get_parts(geom)
        for r in (p.exterior, *p.interiors)
    ]


def as_cell(value: Any) -> str:  # noqa: ANN401 - a cell of a table
    """A value as a cell of a parcel's line, in which a comma would begin another.

    Examples
    --------
    >>> as_cell("A@B"), as_cell(None), as_cell(float("nan")), as_cell(7.0)
    ('A＠B', '', '', '7')
    """
    return " ".join(_plain(value).splitlines()).replace(",", "\uff0c").replace("@", "\uff20")


def _plain(value: Any) -> str:  # noqa: ANN401 - a cell of a table
    text = "" if value is None else str(value)
    if isinstance(value, float):
        return "" if value != value else text.removesuffix(".0")
    return "" if text == "<NA>" else text


def _sizes(geom: Any) -> tuple[int, ...]:  # noqa: ANN401 - a geometry
    """Points of each ring; a 0 between parts."""
    out: list[int] = []
    for part in shapely.get_parts(geom):
        out += [0, *shapely.get_num_coordinates(shapely.get_rings(part)).tolist()]
    return tuple(out)


def _near(xy: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Whole numbers a first point may be found under, the plain ones first."""
    x, y = float(xy[0, 0]), float(xy[0, 1])
    keys = [(round(x + a), round(y + b)) for a, b in product((0, -1e-3, 1e-3), repeat=2)]
    return list(dict.fromkeys(keys))


def matches(
    kept: KeptText, geoms: Sequence[Any], columns: Mapping[str, Sequence[Any]]
) -> list[Match]:
    """What each row has to do with a text.

    Parameters
    ----------
    kept : KeptText
    geoms : sequence of geometry
        In the system of the text.
    columns : mapping
        Cells of the rows by name; what is not there is as it was.
    """
    limit = _SAME_DEG if kept.crs.is_geographic else _SAME_M
    pairs = kept.parcels()
    held = [shapely.get_coordinates(s.shape) for _, s in pairs]
    known: dict[_Key, list[int]] = {}
    for k, (_, own) in enumerate(pairs):
        if len(held[k]) and not own.repairs:
            at = _near(held[k])[0]
            known.setdefault((_sizes(own.shape), *at), []).append(k)
    free = dict.fromkeys(range(len(pairs)))
    out: list[Match | None] = [None] * len(geoms)
    cells = [{n: columns[n][i] for n in columns if n in FIELDS} for i in range(len(geoms))]
    for i, geom in enumerate(geoms):
        xy = shapely.get_coordinates(geom)
        if not len(xy):
            continue
        sizes = _sizes(geom)
        found = [
            k
            for at in _near(xy)
            for k in known.get((sizes, *at), ())
            if k in free and np.abs(held[k] - xy).max() <= limit
        ]
        if found:
            others = {k: _others(pairs[k][0].cells, cells[i]) for k in found}
            best = min(found, key=lambda k: (len(others[k]), k))
            del free[best]
            out[i] = Match(best, same_shape=True, cells=others[best])
    left = [i for i, m in enumerate(out) if m is None]
    for i, k in _by_name(kept, left, list(free), cells).items():
        out[i] = Match(k, cells=_others(pairs[k][0].cells, cells[i]))
    return [m or Match() for m in out]


def _by_name(
    kept: KeptText, rows: list[int], free: list[int], cells: Sequence[Mapping[str, Any]]
) -> dict[int, int]:
    """Row -> parcel for those with other points: by number, by name, else by what is left."""
    out: dict[int, int] = {}
    for name in ("parcel_no", "name"):
        theirs = _single({k: kept.text.parcels[k].cells.get(name, "") for k in free})
        mine = _single({i: as_cell(cells[i].get(name)) for i in rows})
        out |= {i: theirs[v] for v, i in mine.items() if v in theirs}
        rows = [i for i in rows if i not in out]
        taken = set(out.values())
        free = [k for k in free if k not in taken]
    if len(rows) == len(free):
        out |= dict(zip(rows, free, strict=True))
    return out


def _single(names: Mapping[int, str]) -> dict[str, int]:
    """Name -> whose it is, of names that are one's alone."""
    counts = Counter(names.values())
    return {v: k for k, v in names.items() if v and counts[v] == 1}


def _others(written: Mapping[str, str], cells: Mapping[str, Any]) -> dict[str, str]:
    """Cells that say something else than the text; an area only that it is another."""
    changed = {
        n: as_cell(cells[n])
        for n in _TEXTS
        if n in cells and _plain(cells[n]).strip() != written.get(n, "").strip()
    }
    if "area_ha" in cells and _number(cells["area_ha"]) != _number(written.get("area_ha")):
        changed["area_ha"] = ""
    return changed


def _number(value: Any) -> float | None:  # noqa: ANN401 - a cell
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number == number else None
