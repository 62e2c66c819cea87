"""Every rule against many boundaries in one pass: what `check_outline` says of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2
from layers.open.contradiction import refuse_contradictions
from layers.plan.model import Plan
from siting.check.boundary import judge
from siting.check.lands import Grounds, Lands, grounds_of, survey
from siting.check.near import Place, place_of
from siting.check.overlap import NOTHING_M2
from siting.check.reports import Result
from siting.check.shapes import Ground
from siting.check.waiting import worst
from siting.rules import Rule
from siting.screen.coded import Effect
from siting.screen.screening import rules_of
from siting.screen.section import ScreeningSection

__all__ = ["Judged", "RuleFound", "check_lands"]

Array = npt.NDArray[Any]

_MOST = 256  # pieces of land at once
_MOST_CELLS = 4_000_000  # of a raster that is read for the box of them


@dataclass(frozen=True)
class RuleFound:
    """What one rule says about one piece of land.

    Attributes
    ----------
    hit_m2, unknown_m2
        Ellipsoidal area hit, and area that cannot be judged [m2].
    result
        As a whole (`siting.check.boundary.judge`).
    says, awaits
        Its result, unknown where it binds a part of the land and cannot judge another; with the
        layers it waits for.
    """

    rule: Rule
    effect: Effect
    hit_m2: float
    unknown_m2: float
    result: Result
    says: Result
    awaits: tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """The answer for one piece of land.

    Attributes
    ----------
    area_m2
        Ellipsoidal [m2].
    result
        Worst of all rules.
    rules
        One entry a filter rule.
    """

    area_m2: float
    result: Result
    rules: tuple[RuleFound, ...]


def check_lands(
    plan: Plan,
    tech: str,
    lands: Sequence[Any] | Array,
    rules: Sequence[str] | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> tuple[Judged, ...]:
    """Overlap of many boundaries with every rule in force; the layers are read once.

    Parameters
    ----------
    plan : Plan
    tech : {"pv", "wind", "afforest", "wetland", "grass"}
    lands : (n,) polygons
        In the plan's CRS, valid.
    rules : sequence of str, optional
        Ids of the only rules asked; all when None.
    progress : callable
        Told how many of the boundaries are judged.

    Returns
    -------
    tuple of Judged
        In the order of `lands`; areas agree with `siting.check.boundary.check_outline`, which
        also knows distances, classes of land and parts of a project.

    Raises
    ------
    ConfigError
        For a technology there is not, and for a layer that is assumed absent although the
        parcels show it.
    DataError
        When a layer cannot be read.
    """
    refuse_contradictions(plan)
    pairs = [
        (r, e)
        for r, e in zip(*rules_of(plan, tech), strict=True)
        if rules is None or r.id in set(rules)
    ]
    given = np.empty(len(lands), dtype=object)
    given[:] = list(lands)
    section = plan.section(ScreeningSection)
    place, missing = place_of(plan), section.missing
    batches = list(_batches(given, plan.area.cell_m))

    def judged(own: npt.NDArray[np.int64]) -> list[Judged]:
        return _judged(pairs, place, given[own], missing)

    done: list[list[Judged]] = []

    def keep(batch: list[Judged]) -> None:
        done.append(batch)
        progress(sum(map(len, done)), len(given))

    for own in batches[:1]:  # opens the layers, once for all
        keep(judged(own))
    with ThreadPoolExecutor(section.workers) as pool:
        for batch in pool.map(judged, batches[1:]):
            keep(batch)
    where = np.concatenate(batches) if batches else np.zeros(0, dtype=np.int64)
    found = [one for batch in done for one in batch]
    return tuple(found[i] for i in np.argsort(where))


def _batches(lands: Array, cell_m: float) -> Iterator[npt.NDArray[np.int64]]:
    """Pieces of land near to one another, few enough for the rasters of their box."""
    if not len(lands):
        return
    bounds = shapely.bounds(lands)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2

    def split(own: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
        low, high = bounds[own, :2].min(axis=0), bounds[own, 2:].max(axis=0)
        cells = float(np.prod((high - low) / cell_m + 1))
        if len(own) == 1 or (len(own) <= _MOST and cells <= _MOST_CELLS):
            yield own
            return
        axis = int(np.argmax(high - low))
        order = own[np.argsort(middle[own, axis], kind="stable")]
        half = len(order) // 2
        yield from split(order[:half])
        yield from split(order[half:])

    yield from split(np.arange(len(lands)))


def _areas(geometries: Array, crs: Any, known: dict[int, npt.NDArray[np.float64]]) -> Any:  # noqa: ANN401
    """Ellipsoidal areas; of land that many rules leave unknown as a whole only once."""
    if id(geometries) not in known:
        out = np.zeros(len(geometries))
        there = ~shapely.is_empty(geometries)
        if there.any():
            out[there] = polygon_area_m2(geometries[there], crs)
        known[id(geometries)] = out
    return known[id(geometries)]


def _judged(
    pairs: Sequence[tuple[Rule, Effect]],
    place: Place,
    lands: Array,
    missing: Any,  # noqa: ANN401
) -> list[Judged]:
    asked = survey([r for r, _ in pairs], place, lands)
    kept = {id(asked.lands): _areas(asked.lands, place.crs, {})}
    total = kept[id(asked.lands)]
    rows: list[list[RuleFound]] = [[] for _ in lands]
    for rule, effect in pairs:
        found = grounds_of(rule, asked)
        known = dict(kept)
        hit = _areas(found.hit, place.crs, known)
        unknown = _areas(found.unknown, place.crs, known)
        doubt = unknown
        if found.doubtful is not None:
            doubt = _areas(found.doubtful, place.crs, known)
        spared = _kept(rule, asked, hit, total) if rule.kept else np.zeros(len(lands), bool)
        ground = Ground(assumed_absent=found.assumed_absent)
        for i, own in enumerate(rows):
            result = judge(effect, ground, float(hit[i]), float(unknown[i]))
            result = "conditional" if result == "fail" and spared[i] else result
            says, awaits = _says(result, found, float(unknown[i]), float(doubt[i]))
            own.append(
                RuleFound(rule, effect, float(hit[i]), float(unknown[i]), result, says, awaits)
            )
    return [
        Judged(float(total[i]), worst([(r.says, r.awaits) for r in own], missing), tuple(own))
        for i, own in enumerate(rows)
    ]


def _says(
    result: Result, found: Grounds, unknown_m2: float, doubtful_m2: float
) -> tuple[Result, tuple[str, ...]]:
    """See `siting.check.overlap.RuleOverlap.says`."""
    partly = result == "conditional" and unknown_m2 > NOTHING_M2
    sure = found.missing or doubtful_m2 > NOTHING_M2
    return "unknown" if partly else result, found.missing if sure else found.incomplete


def _kept(rule: Rule, asked: Lands, hit_m2: Any, total_m2: Any) -> npt.NDArray[np.bool_]:  # noqa: ANN401
    """Whether all a rule hits of each land may lie inside by its own small share."""
    within = np.ones(len(asked.lands), dtype=bool)
    spared = np.zeros(len(asked.lands))
    for code, most in rule.kept.items():
        test = rule.test.model_copy(update={"classes": (code,)})
        own = grounds_of(rule.model_copy(update={"test": test}), asked).hit
        area = _areas(own, asked.around.crs, {})
        within &= area <= most * total_m2 + NOTHING_M2
        spared += area
    return np.asarray(within & (hit_m2 - spared <= NOTHING_M2), dtype=bool)
