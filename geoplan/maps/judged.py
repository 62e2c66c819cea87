"""Provisional land on maps: hatched where too little of the law was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.maps.contents import RunContents
from geoplan.maps.rasters import Pattern, lined
from geoplan.maps.reasons import STATES
from gis.cells.webmap import Preview, WebRaster
from siting.screen.summary import JudgedSummary

__all__ = [
    "HATCHED",
    "PROVISIONAL",
    "hatched_states",
    "judged_of",
    "little_at",
    "little_judged",
    "state_patterns",
    "state_table",
    "thinly_judged",
    "with_little_judged",
]

PROVISIONAL = STATES.index("provisional")
HATCHED = len(STATES)
"""Stands beside the states for provisional land of which too little was judged."""


def state_table(palette: Mapping[str, str]) -> npt.NDArray[np.uint8]:
    """Colours of the states by number, (n, 4); outside is transparent."""
    table = np.zeros((HATCHED + 1, 4), np.uint8)
    for i, s in enumerate(STATES):
        if s != "outside":
            c = palette[s]
            table[i] = (int(c[1:3], 16), int(c[3:5], 16), int(c[5:7], 16), 255)
    return table


def little_judged(contents: RunContents) -> tuple[Path, Mapping[str, float]] | None:
    """Raster of the judged share, and limits by technology; None without provisional land."""
    path = contents.rasters.get("judged_share")
    if path is None:
        return None
    parts = contents.summary.screening or {}
    return path, {k: p.judged.limit for k, p in parts.items() if p.judged is not None}


def thinly_judged(contents: RunContents) -> dict[str, JudgedSummary]:
    """Technologies of which less than the limit was judged: their whole map is no answer."""
    parts = contents.summary.screening or {}
    found = {k: p.judged for k, p in parts.items() if p.judged is not None}
    return {k: j for k, j in found.items() if j.frac < j.limit}


def state_patterns(*, thin: bool) -> dict[int, Pattern]:
    """Patterns that tell the states of a picture apart without colour.

    Parameters
    ----------
    thin : bool
        Less than the limit was judged of the whole: every state lies under white bands.

    Examples
    --------
    >>> sorted(STATES[k] for k in state_patterns(thin=False) if k != HATCHED)
    ['provisional', 'taken', 'unknown']
    """
    found: dict[int, Pattern] = {}
    if thin:
        for i, state in enumerate((*STATES, "hatched")):
            if state != "outside":
                found[i] = "veil"
        return found
    found[STATES.index("taken")] = "back"
    found[STATES.index("unknown")] = "dots"
    found[PROVISIONAL] = "veil"
    found[HATCHED] = "lines"
    return found


def judged_of(contents: RunContents) -> dict[str, int]:
    """Rules in force, by technology."""
    parts = contents.summary.screening or {}
    return {k: p.judged.of for k, p in parts.items() if p.judged is not None}


def little_at(
    state: npt.NDArray[Any],
    percent: npt.NDArray[Any],
    known: npt.NDArray[np.bool_],
    limit: float,
) -> npt.NDArray[np.bool_]:
    """Provisional land of which less than `limit` was judged.

    Percents are rounded down: where one cannot tell, land is marked.

    Examples
    --------
    >>> state, percent = np.array([5, 5, 5, 1]), np.array([49, 50, 0, 0])
    >>> little_at(state, percent, np.array([True, True, False, True]), 0.5).tolist()
    [True, False, False, False]
    """
    least = np.ceil(100 * limit - 1e-9)
    return np.asarray((state == PROVISIONAL) & known & (percent < least), dtype=bool)


def hatched_states(
    painted: npt.NDArray[np.uint8],
    state: npt.NDArray[Any],
    seen: Preview | None,
    limit: float,
) -> tuple[npt.NDArray[np.uint8], bool]:
    """A picture of states with little judged land hatched, and whether there is any."""
    if seen is None or seen.values.shape != state.shape:
        return painted, False
    little = little_at(state, seen.values, seen.valid, limit)
    return lined(painted, little), bool(little.any())


def with_little_judged(web: WebRaster, share: WebRaster, limit: float) -> WebRaster:
    """States on the map's pixels, with `HATCHED` where less than `limit` was judged."""
    if share.values.shape != web.values.shape:
        return web
    little = little_at(web.values, share.values, share.valid, limit)
    return replace(web, values=np.where(little, HATCHED, web.values).astype(web.values.dtype))
