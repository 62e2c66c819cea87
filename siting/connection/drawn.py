"""Existing PV that is drawn more than once on one land: which of the drawings counts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.say import Sentence, say
from layers.spec import Text
from siting.connection.matching import (
    later_generation,
    mw_words,
    on_one_land,
    other_stages,
    plain_name,
)

__all__ = ["drawn_once", "number_of"]


def number_of(value: Any) -> float:  # noqa: ANN401 - whatever a table holds
    """A cell as a number; NaN where it is none.

    Examples
    --------
    >>> number_of("60"), number_of(None)
    (60.0, nan)
    """
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def drawn_once(
    table: pd.DataFrame, known: set[str], told: list[Sentence]
) -> Iterable[tuple[str, Any, frozenset[str]]]:
    """Name and row of each drawing, and the other names its land is drawn under.

    Of several on one land there is one, unless their names say two stages. A later generation
    that covers most of an earlier one has replaced it. Else a known year counts before none,
    then the drawing another list knows by name, then that of the most MW; a drawing without a
    capacity only lends its year.
    """
    rows = [row for _, row in table.iterrows()]
    given = [str(r.get("name") or "").strip() for r in rows]
    names = [
        g if g not in {"", "nan", "None", "<NA>"} else f"#{i}" for i, g in enumerate(given, 1)
    ]
    mw = [v if (v := number_of(r.get("capacity_mw"))) > 0 else 0.0 for r in rows]
    years = [int(v) if (v := number_of(r.get("year"))) > 0 else None for r in rows]
    shapes = np.array([r.geometry for r in rows], dtype=object)
    near = shapely.STRtree(shapes).query(shapes, predicate="intersects").T if len(rows) else ()
    left: dict[int, int] = {}
    for i, j in sorted((int(a), int(b)) for a, b in near if a < b):
        if left.keys() & {i, j} or not on_one_land(shapes[i], shapes[j]):
            continue
        if other_stages(*(Text(zh=names[k], en=names[k]) for k in (i, j))):
            continue
        later = later_generation(years[i], years[j]) if mw[i] > 0 and mw[j] > 0 else 0
        if later and not _covered(*((j, i) if later < 0 else (i, j)), shapes):
            later = 0
        first, second = (
            (mw[k] > 0, years[k] is not None, plain_name(names[k]) in known, mw[k])
            for k in (i, j)
        )
        less, more = (i, j) if later > 0 or (not later and first < second) else (j, i)
        left[less] = more
        told.append(
            say(
                f"siting.connection.{'pv_replaced' if later else 'pv_drawn_twice'}",
                name=names[more],
                other=names[less],
                mw=mw_words(mw[more]),
                other_mw=mw_words(mw[less]),
                year=str(years[more]),
                other_year=str(years[less]),
            )
        )
        if years[more] is None and years[less] is not None:
            years[more] = years[less]
            rows[more] = rows[more].copy()
            rows[more]["year"] = years[less]
            told.append(
                say(
                    "siting.connection.pv_year_of_twin",
                    name=names[more],
                    other=names[less],
                    year=str(years[less]),
                )
            )
    for i, row in enumerate(rows):
        if i not in left:
            also = (plain_name(names[k]) for k in left if _last(left, k) == i)
            yield names[i], row, frozenset(also)


def _covered(earlier: int, later: int, shapes: Any) -> bool:  # noqa: ANN401 - an array
    """Whether most of the earlier land is the later one's: a part of it leaves the rest."""
    own = float(shapely.area(shapes[earlier]))
    both = float(shapely.area(shapely.intersection(shapes[earlier], shapes[later])))
    return own == 0 or both > own / 2


def _last(left: Mapping[int, int], i: int) -> int:
    """The drawing that counts in place of the i-th."""
    while i in left:
        i = left[i]
    return i
