"""Where turbines should stand: greedy placing, annealed random search, gradient polish.

Deterministic: the same seed gives the same layout on any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, ModelError
from gis.say import say
from siting.wind.layout.kernel import allowed, anneal, greedy, too_close
from siting.wind.layout.region import (
    Region,
    Spacing,
    circle_region,
    feasible,
    mask_region,
    ring_region,
)
from siting.wind.resource.rose import HOURS_YR, Rose
from siting.wind.wake.gaussian import GaussWake, direction_vectors, gauss_aep, gauss_gradient

__all__ = [
    "Layout",
    "Region",
    "Search",
    "Spacing",
    "Task",
    "circle_region",
    "feasible",
    "mask_region",
    "optimise",
    "place_greedy",
    "ring_region",
]

Float = NDArray[np.float64]
PowerFunction = Callable[[Float], Float]

_TABLE = 4096

# Temperatures of the search as shares of one turbine's energy: at first a move may cost some
# per cent of a turbine, at the end next to nothing
_HOT, _COLD = 0.03, 5e-6


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be laid out: turbines of one kind in a wind climate, on land of theirs.

    Attributes
    ----------
    power, slope : callable
        Power [kW] over wind speed and its derivative; without `slope` nothing is polished.
    """

    rose: Rose
    wake: GaussWake
    power: PowerFunction
    region: Region
    spacing: Spacing
    slope: PowerFunction | None = None


@dataclass(frozen=True)
class Search:
    """How long is searched.

    Attributes
    ----------
    starts
        Layouts to begin with; the first is greedy, the others are random.
    steps
        Moves each of them is annealed over.
    seed
        Of everything that is drawn.
    threads
        At once; the answer does not depend on it.
    """

    starts: int = 4
    steps: int = 200_000
    seed: int = 1
    threads: int = 2


_USUAL = Search()


@dataclass(frozen=True, eq=False)
class Layout:
    """A layout and the energy the search model gives it.

    Attributes
    ----------
    x_m, y_m : (n,) float
    aep_mwh_yr
        By the constant-thrust wake of the search.
    history_mwh_yr
        Best energy after start, greedy, annealing and polish.
    """

    x_m: Float
    y_m: Float
    aep_mwh_yr: float
    history_mwh_yr: dict[str, float]
    seed: int


def _table(rose: Rose, power: PowerFunction) -> Float:
    """Energy of one turbine [MWh/yr] by direction (rows) over its loss from 0 to 1."""
    loss = np.linspace(0.0, 1.0, _TABLE)
    v = rose.speed_m_s
    produced = np.asarray(power((v[:, None] * (1.0 - loss[None, :])).ravel()))
    share = rose.frequency * (HOURS_YR / 1000.0)
    return np.ascontiguousarray(share @ produced.reshape(len(v), _TABLE))


def _candidates(region: Region, most: int, rng: np.random.Generator) -> tuple[Float, Float]:
    """Positions inside the region, at most `most`, evenly drawn."""
    if region.mask.size:
        rows, cols = np.nonzero(region.mask)
        if len(rows) > most:
            pick = np.sort(rng.choice(len(rows), most, replace=False))
            rows, cols = rows[pick], cols[pick]
        left, top, cell = region.frame
        return left + (cols + 0.5) * cell, top - (rows + 0.5) * cell
    left, bottom, right, top = region.box
    xs: list[float] = []
    ys: list[float] = []
    for _ in range(400):
        px = rng.uniform(left, right, most)
        py = rng.uniform(bottom, top, most)
        for a, b in zip(px, py, strict=True):
            if allowed(float(a), float(b), *region.rules):
                xs.append(float(a))
                ys.append(float(b))
            if len(xs) >= most:
                return np.array(xs), np.array(ys)
    if not xs:
        raise ModelError(say("siting.wind_layout.no_position_lies_inside_region"))
    return np.array(xs), np.array(ys)


def _at(grid: NDArray[np.float32], region: Region, x: Float, y: Float, empty: float) -> Float:
    if not grid.size:
        return np.full(len(x), empty)
    left, top, cell = region.frame
    col = np.clip(((x - left) / cell).astype(int), 0, grid.shape[1] - 1)
    row = np.clip(((top - y) / cell).astype(int), 0, grid.shape[0] - 1)
    return np.asarray(grid[row, col], dtype=float)


def place_greedy(
    n: int,
    task: Task,
    *,
    seed: int = 1,
    least_mwh_yr: float = 0.0,
    most_candidates: int = 3000,
) -> tuple[Float, Float]:
    """Place up to `n` turbines, each where it adds most to the whole.

    Stops early when no position is left, or when the best one adds less than
    `least_mwh_yr`.
    """
    rng = np.random.default_rng(seed)
    region, wake = task.region, task.wake
    cx, cy = _candidates(region, most_candidates, rng)
    x, y = np.zeros(n), np.zeros(n)
    cos, sin = direction_vectors(task.rose.direction_deg)
    count = greedy(
        np.ascontiguousarray(cx),
        np.ascontiguousarray(cy),
        np.ascontiguousarray(_at(region.bonus, region, cx, cy, 0.0)),
        x,
        y,
        0,
        n,
        cos,
        sin,
        wake.k,
        wake.epsilon_d * wake.rotor_m,
        wake.ct * wake.rotor_m**2 / 8,
        _table(task.rose, task.power),
        task.spacing.ellipse,
        np.ascontiguousarray(_at(region.factor, region, cx, cy, 1.0)),
        least_mwh_yr,
    )
    return x[:count], y[:count]


def _random_start(
    n: int,
    region: Region,
    spacing: Spacing,
    rng: np.random.Generator,
    hold: tuple[Float, Float],
) -> tuple[Float, Float]:
    """`n` positions that keep the spacing, to `hold` as well, by dart throwing."""
    ellipse = spacing.ellipse
    for _ in range(60):
        cx, cy = _candidates(region, max(4000, 60 * n), rng)
        order = rng.permutation(len(cx))
        xs: list[float] = []
        ys: list[float] = []
        for i in order:
            a, b = float(cx[i]), float(cy[i])
            taken = zip([*xs, *hold[0]], [*ys, *hold[1]], strict=True)
            if all(not too_close(a - float(p), b - float(q), ellipse) for p, q in taken):
                xs.append(a)
                ys.append(b)
                if len(xs) == n:
                    return np.array(xs), np.array(ys)
    raise ModelError(
        say("siting.wind_layout.land_does_not_hold_many"),
        got=say("siting.wind_layout.n_turbines", n=n),
        todo=say("siting.wind_layout.fewer_larger_turbines_less_spacing"),
    )


def _polish(
    x: Float, y: Float, task: Task, slope: PowerFunction, rounds: int
) -> tuple[Float, Float]:
    """Steepest ascent that keeps every turbine on its land and its distance."""
    region, spacing = task.region, task.spacing
    climate = (task.rose, task.wake, task.power, slope)
    ellipse = spacing.ellipse
    aep, gx, gy = gauss_gradient(x, y, *climate)
    reach = 0.1 * task.wake.rotor_m
    for _ in range(rounds):
        size = float(np.hypot(gx, gy).max())
        if size <= 0 or reach < 1e-4:
            break
        nx, ny = x + gx * reach / size, y + gy * reach / size
        for i in range(len(x)):
            fits = allowed(float(nx[i]), float(ny[i]), *region.rules) and not any(
                too_close(float(nx[i] - nx[j]), float(ny[i] - ny[j]), ellipse)
                for j in range(len(x))
                if j != i
            )
            if not fits:
                nx[i], ny[i] = x[i], y[i]
        # two turbines that moved at once may have met: such a step is not taken
        better, bx, by = gauss_gradient(nx, ny, *climate)
        if better > aep and not feasible(nx, ny, region, spacing):
            x, y, aep, gx, gy = nx, ny, better, bx, by
            reach *= 1.5
        else:
            reach *= 0.5
    return x, y


def optimise(
    n: int,
    task: Task,
    search: Search = _USUAL,
    *,
    start_xy: tuple[Float, Float] | None = None,
    fixed_xy: tuple[Float, Float] | None = None,
) -> Layout:
    """Best layout of `n` identical turbines found from several starts.

    Every start but the greedy one is random; each is annealed and, where the task has a
    `slope`, polished along the gradient.

    Parameters
    ----------
    n : int
        Number of turbines.
    task : Task
    search : Search
    start_xy : pair of (n,) float, optional
        A layout to improve in place of the greedy one.
    fixed_xy : pair of (m,) float, optional
        Turbines of the same kind that stay; they make and feel wakes and keep distance.

    Returns
    -------
    Layout

    Raises
    ------
    ModelError
        When the land does not hold `n` turbines.
    """
    if n < 1 or search.starts < 1:
        raise ConfigError(
            say("siting.wind_layout.nothing_place"),
            got=say("siting.wind_layout.turbines_starts", n=n, starts=search.starts),
        )
    wake, region, spacing = task.wake, task.region, task.spacing
    climate = (task.rose, wake, task.power)
    table = _table(task.rose, task.power)
    cos, sin = direction_vectors(task.rose.direction_deg)
    free_mwh = float(table[:, 0].sum())
    hold = (np.zeros(0), np.zeros(0)) if fixed_xy is None else fixed_xy
    m = n + len(hold[0])

    def one(index: int) -> tuple[Float, Float, dict[str, float]]:
        rng = np.random.default_rng([search.seed, index])
        if index == 0 and start_xy is not None:
            x, y = (np.array(v, dtype=float) for v in start_xy)
        else:
            x = y = np.zeros(0)
            if index == 0 and not len(hold[0]):
                x, y = place_greedy(n, task, seed=search.seed)
            if len(x) < n:
                x, y = _random_start(n, region, spacing, rng, hold)
        begin = gauss_aep(x, y, *climate).aep_mwh_yr
        both_x, both_y = np.concatenate([x, hold[0]]), np.concatenate([y, hold[1]])
        anneal(
            both_x,
            both_y,
            n,
            cos,
            sin,
            wake.k,
            np.full(m, wake.epsilon_d * wake.rotor_m),
            np.full(m, wake.ct * wake.rotor_m**2 / 8),
            table,
            *region.rules,
            region.factor,
            region.bonus,
            spacing.ellipse,
            region.box,
            search.steps,
            _HOT * free_mwh,
            _COLD * free_mwh,
            int(rng.integers(1, 2**31 - 1)),
        )
        x, y = both_x[:n], both_y[:n]
        stages = {"start": begin, "annealed": gauss_aep(x, y, *climate).aep_mwh_yr}
        if task.slope is not None and not len(hold[0]) and not region.bonus.any():
            x, y = _polish(x, y, task, task.slope, 60)
            stages["polished"] = gauss_aep(x, y, *climate).aep_mwh_yr
        return x, y, stages

    if search.threads > 1 and search.starts > 1:
        with ThreadPoolExecutor(search.threads) as pool:
            found = list(pool.map(one, range(search.starts)))
    else:
        found = [one(i) for i in range(search.starts)]
    scores = [list(stages.values())[-1] for _, _, stages in found]
    x, y, stages = found[int(np.argmax(scores))]
    return Layout(x, y, max(scores), stages, search.seed)
