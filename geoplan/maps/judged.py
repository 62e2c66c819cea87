"""Provisional land on maps: hatched where too little of the law was judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.glossary import tech_word
from geoplan.maps.contents import RunContents
from geoplan.maps.rasters import Pattern, patterned
from geoplan.maps.reasons import STATES
from gis.cells.webmap import Preview, WebRaster
from gis.say import Sentence, say
from siting.screen.summary import JudgedSummary

__all__ = [
    "HATCHED",
    "PROVISIONAL",
    "hatched_states",
    "judged_notes",
    "judged_of",
    "little_at",
    "little_judged",
    "provisional_note",
    "state_colours",
    "state_patterns",
    "state_table",
    "thin_note",
    "thinly_judged",
    "with_little_judged",
]

PROVISIONAL = STATES.index("provisional")
HATCHED = len(STATES)
"""Stands beside the states for provisional land of which too little was judged."""


def state_colours(palette: Mapping[str, str]) -> dict[int, str]:
    """Colours of the states by number, no two the same: the page tells patterns by them.

    Examples
    --------
    >>> found = state_colours(dict.fromkeys(STATES, "#7463b4"))
    >>> found[PROVISIONAL], found[HATCHED], STATES.index("outside") in found
    ('#7463b4', '#7463b5', False)
    """
    found = {i: palette[s] for i, s in enumerate(STATES) if s != "outside"}
    # one step of blue, which nobody sees
    found[HATCHED] = f"#{int(palette['provisional'][1:], 16) ^ 1:06x}"
    return found


def state_table(palette: Mapping[str, str]) -> npt.NDArray[np.uint8]:
    """Colours of the states by number, (n, 4); outside is transparent."""
    table = np.zeros((HATCHED + 1, 4), np.uint8)
    for i, c in state_colours(palette).items():
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


def thin_note(tech: str, judged: JudgedSummary) -> Sentence:
    """Says that a map of a technology is no answer, for less than the limit was judged."""
    return say(
        "geoplan.map.thin",
        tech=tech_word(tech),
        share_pct=100 * judged.frac,
        limit_pct=100 * judged.limit,
    )


def provisional_note(tech: str, n: int, of: int, lang: str) -> str:
    """Says of a technology that `n` rules of `of` were not judged.

    Examples
    --------
    >>> provisional_note("pv", 12, 87, "en")
    'PV Provisional: 12 of 87 rules not judged'
    """
    said = say("geoplan.common.provisional", n=n, m=of)(lang)
    return f"{tech_word(tech)(lang)} {said}"


def judged_notes(contents: RunContents, techs: Collection[str], lang: str) -> Iterator[str]:
    """What a sheet that shows land of `techs` has to say of rules that were not judged."""
    for tech, (n, of) in contents.open_rules.items():
        if tech in techs:
            yield provisional_note(tech, n, of, lang)
    for tech, judged in thinly_judged(contents).items():
        if tech in techs:
            yield thin_note(tech, judged)(lang)


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
    state: npt.NDArray[Any],
    seen: Preview | None,
    limit: float,
    palette: Mapping[str, str],
    *,
    thin: bool = False,
    size: tuple[int, int] | None = None,
) -> tuple[npt.NDArray[np.uint8], bool]:
    """A picture of states with the patterns of the map, and whether land was little judged.

    Parameters
    ----------
    state : (h, w) array
        Numbers of `STATES`.
    seen : Preview or None
        Judged share of the same cells [%].
    limit : float
        Smaller shares are little, 0 to 1.
    palette : mapping
        State -> ``"#rrggbb"``.
    thin : bool
        Less than the limit was judged of the whole.
    size : (h, w), optional
        Pixels of the picture where it is printed, so that a pattern's lines fall on them.

    Returns
    -------
    (h, w, 4) array, bool

    Examples
    --------
    Of eight pixels a row of prohibited land two are darker:

    >>> taken = np.full((1, 1), STATES.index("taken"))
    >>> grey = dict.fromkeys(STATES, "#c8c8c8")
    >>> rgba, _ = hatched_states(taken, None, 0.5, grey, size=(8, 8))
    >>> (rgba[..., 0] < 200).sum(axis=1).tolist()
    [2, 2, 2, 2, 2, 2, 2, 2]
    """
    index, marked = np.asarray(state), False
    if seen is not None and seen.values.shape == index.shape:
        little = little_at(index, seen.values, seen.valid, limit)
        index, marked = np.where(little, HATCHED, index), bool(little.any())
    if size is not None:
        rows, cols = (
            ((np.arange(n) + 0.5) * have / n).astype(np.intp)
            for n, have in zip(size, index.shape, strict=True)
        )
        index = index[np.ix_(rows, cols)]
    painted = state_table(palette)[index]
    for value, pattern in state_patterns(thin=thin).items():
        painted = patterned(painted, index == value, pattern)
    return painted, marked


def with_little_judged(web: WebRaster, share: WebRaster, limit: float) -> WebRaster:
    """States on the map's pixels, with `HATCHED` where less than `limit` was judged."""
    if share.values.shape != web.values.shape:
        return web
    little = little_at(web.values, share.values, share.valid, limit)
    return replace(web, values=np.where(little, HATCHED, web.values).astype(web.values.dtype))
