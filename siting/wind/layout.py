"""Where turbines should stand: greedy placing, annealed random search, gradient polish.

Deterministic: the same seed gives the same layout on any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, ModelError
from siting.wind.layout_kernel import allowed, anneal, greedy, too_close
from siting.wind.rose import HOURS_YR, Rose
from siting.wind.wake import GaussWake, direction_vectors, gauss_aep, gauss_gradient

__all__ = [
    "Layout",
    "Region",
    "Spacing",
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
class Region:
    """Land a turbine may stand on: a mask, a circle, rings, or several of them at once.

    Attributes
    ----------
    mask : (h, w) uint8
        1 where allowed; row 0 is north. Empty when not used.
    frame : (3,) float
        Left, top and cell size of the mask [m].
    circle : (3,) float
        Centre and radius [m]; no radius, no circle.
    ring_xy, ring_start
        Closed rings, even-odd.
    factor, bonus : (h, w) float32
        Energy relative to the rose's place [-], and what a position is worth beyond its
        energy (a pad that stands, a road beside it) [MWh/yr].
    """

    mask: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    frame: Float = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    circle: Float = field(default_factory=lambda: np.zeros(3))
    ring_xy: Float = field(default_factory=lambda: np.zeros((0, 2)))
    ring_start: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    factor: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    bonus: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @property
    def box(self) -> Float:
        """(left, bottom, right, top) of what is allowed [m]."""
        boxes = []
        if self.mask.size:
            rows, cols = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(0))
            if not rows.size:
                raise ModelError("no cell is left for a turbine", todo="relax the rules")
            left, top, cell = self.frame
            boxes.append(
                [
                    left + cols[0] * cell,
                    top - (rows[-1] + 1) * cell,
                    left + (cols[-1] + 1) * cell,
                    top - rows[0] * cell,
                ]
            )
        if self.circle[2] > 0:
            x, y, r = self.circle
            boxes.append([x - r, y - r, x + r, y + r])
        if len(self.ring_start) > 1:
            low, high = self.ring_xy.min(axis=0), self.ring_xy.max(axis=0)
            boxes.append([low[0], low[1], high[0], high[1]])
        if not boxes:
            raise ConfigError("the region is not bounded", expected="a mask, circle or ring")
        all_ = np.array(boxes, dtype=float)
        return np.concatenate([all_[:, :2].max(axis=0), all_[:, 2:].min(axis=0)])

    @property
    def rules(self) -> tuple[NDArray[np.uint8], Float, Float, Float, NDArray[np.int64]]:
        """What the kernels take to judge a position."""
        return self.mask, self.frame, self.circle, self.ring_xy, self.ring_start


@dataclass(frozen=True)
class Spacing:
    """Least distance between turbines: an ellipse along the main wind direction.

    Attributes
    ----------
    main_m, cross_m
        Along and across the wind [m].
    main_direction_deg
        Direction the main wind comes from.
    """

    main_m: float
    cross_m: float
    main_direction_deg: float = 0.0

    @property
    def ellipse(self) -> Float:
        """(cos, sin) of the main axis and the two half axes."""
        cos, sin = direction_vectors(np.array([self.main_direction_deg]))
        return np.array([cos[0], sin[0], self.main_m, self.cross_m])


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


def circle_region(radius_m: float, x_m: float = 0.0, y_m: float = 0.0) -> Region:
    """A disc."""
    return Region(circle=np.array([x_m, y_m, radius_m]))


def ring_region(rings: Sequence[Float]) -> Region:
    """The inside of rings, even-odd; rings are closed when they are not."""
    closed = [r if np.array_equal(r[0], r[-1]) else np.vstack([r, r[:1]]) for r in rings]
    start = np.concatenate([[0], np.cumsum([len(r) for r in closed])]).astype(np.int64)
    return Region(
        ring_xy=np.ascontiguousarray(np.vstack(closed), dtype=float), ring_start=start
    )


def mask_region(
    mask: NDArray[np.bool_],
    left_m: float,
    top_m: float,
    cell_m: float,
    *,
    factor: NDArray[np.floating] | None = None,
    bonus: NDArray[np.floating] | None = None,
) -> Region:
    """Cells of a north-up grid."""
    allowed_cells = np.ascontiguousarray(mask, dtype=np.uint8)
    one = np.ones(mask.shape) if factor is None else factor
    none = np.zeros(mask.shape) if bonus is None else bonus
    return Region(
        mask=allowed_cells,
        frame=np.array([left_m, top_m, cell_m], dtype=float),
        factor=np.ascontiguousarray(one, dtype=np.float32),
        bonus=np.ascontiguousarray(none, dtype=np.float32),
    )


def feasible(x_m: Float, y_m: Float, region: Region, spacing: Spacing) -> list[str]:
    """What is wrong with a layout, empty when nothing is.

    Examples
    --------
    >>> feasible(np.array([0.0, 100.0, 2000.0]), np.zeros(3), circle_region(1300.0),
    ...     Spacing(260.0, 260.0))
    ['turbine 2 outside the allowed land', 'turbines 0 and 1 too close (100 m)']
    """
    out = [
        f"turbine {i} outside the allowed land"
        for i in range(len(x_m))
        if not allowed(float(x_m[i]), float(y_m[i]), *region.rules)
    ]
    ellipse = spacing.ellipse
    for i in range(len(x_m)):
        for j in range(i + 1, len(x_m)):
            dx, dy = float(x_m[i] - x_m[j]), float(y_m[i] - y_m[j])
            if too_close(dx, dy, ellipse):
                out.append(f"turbines {i} and {j} too close ({np.hypot(dx, dy):.0f} m)")
    return out


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
        raise ModelError("no position lies inside the region")
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
    rose: Rose,
    wake: GaussWake,
    power: PowerFunction,
    region: Region,
    spacing: Spacing,
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
    cx, cy = _candidates(region, most_candidates, rng)
    x, y = np.zeros(n), np.zeros(n)
    cos, sin = direction_vectors(rose.direction_deg)
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
        _table(rose, power),
        spacing.ellipse,
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
        "the land does not hold that many turbines at this spacing",
        got=f"{n} turbines",
        todo="fewer or larger turbines, less spacing, or more land",
    )


def _polish(
    x: Float,
    y: Float,
    rose: Rose,
    wake: GaussWake,
    power: PowerFunction,
    slope: PowerFunction,
    region: Region,
    spacing: Spacing,
    rounds: int,
) -> tuple[Float, Float]:
    """Steepest ascent that keeps every turbine on its land and its distance."""
    ellipse = spacing.ellipse
    aep, gx, gy = gauss_gradient(x, y, rose, wake, power, slope)
    reach = 0.1 * wake.rotor_m
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
        better, bx, by = gauss_gradient(nx, ny, rose, wake, power, slope)
        if better > aep and not feasible(nx, ny, region, spacing):
            x, y, aep, gx, gy = nx, ny, better, bx, by
            reach *= 1.5
        else:
            reach *= 0.5
    return x, y


def optimise(
    n: int,
    rose: Rose,
    wake: GaussWake,
    power: PowerFunction,
    region: Region,
    spacing: Spacing,
    *,
    slope: PowerFunction | None = None,
    starts: int = 4,
    steps: int = 200_000,
    seed: int = 1,
    threads: int = 2,
    start_xy: tuple[Float, Float] | None = None,
    fixed_xy: tuple[Float, Float] | None = None,
) -> Layout:
    """Best layout of `n` identical turbines found from `starts` starts.

    Every start but the greedy one is random; each is annealed over `steps` moves and, where
    `slope` is given, polished along the gradient.

    Parameters
    ----------
    n : int
        Number of turbines.
    power, slope : callable
        Power [kW] over wind speed and its derivative.
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
    if n < 1 or starts < 1:
        raise ConfigError("nothing to place", got=f"{n} turbines, {starts} starts")
    table = _table(rose, power)
    cos, sin = direction_vectors(rose.direction_deg)
    box = region.box
    free_mwh = float(table[:, 0].sum())
    hold = (np.zeros(0), np.zeros(0)) if fixed_xy is None else fixed_xy
    m = n + len(hold[0])

    def one(index: int) -> tuple[Float, Float, dict[str, float]]:
        rng = np.random.default_rng([seed, index])
        if index == 0 and start_xy is not None:
            x, y = (np.array(v, dtype=float) for v in start_xy)
        else:
            x = y = np.zeros(0)
            if index == 0 and not len(hold[0]):
                x, y = place_greedy(n, rose, wake, power, region, spacing, seed=seed)
            if len(x) < n:
                x, y = _random_start(n, region, spacing, rng, hold)
        begin = gauss_aep(x, y, rose, wake, power).aep_mwh_yr
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
            box,
            steps,
            _HOT * free_mwh,
            _COLD * free_mwh,
            int(rng.integers(1, 2**31 - 1)),
        )
        x, y = both_x[:n], both_y[:n]
        stages = {"start": begin, "annealed": gauss_aep(x, y, rose, wake, power).aep_mwh_yr}
        if slope is not None and not len(hold[0]) and not region.bonus.any():
            x, y = _polish(x, y, rose, wake, power, slope, region, spacing, 60)
            stages["polished"] = gauss_aep(x, y, rose, wake, power).aep_mwh_yr
        return x, y, stages

    if threads > 1 and starts > 1:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(one, range(starts)))
    else:
        found = [one(i) for i in range(starts)]
    scores = [list(stages.values())[-1] for _, _, stages in found]
    x, y, stages = found[int(np.argmax(scores))]
    return Layout(x, y, max(scores), stages, seed)
