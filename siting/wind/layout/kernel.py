"""Compiled layout search: greedy placing and annealed random moves with cached pair wakes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gis.cells.jit import kernel
from siting.wind.wake.gaussian_kernel import pair_deficit

__all__ = ["allowed", "anneal", "greedy", "too_close"]

F8 = NDArray[np.float64]
F4 = NDArray[np.float32]
I8 = NDArray[np.int64]
U1 = NDArray[np.uint8]


@kernel
def allowed(
    x: float, y: float, mask: U1, frame: F8, circle: F8, ring_xy: F8, ring_start: I8
) -> bool:
    """Whether a turbine may stand at (x, y).

    `frame` is (left, top, cell) of `mask`; `circle` (x, y, radius); rings are closed and
    even-odd. What is empty, or has no radius, does not judge.
    """
    if mask.shape[0] > 0:
        col = math.floor((x - frame[0]) / frame[2])
        row = math.floor((frame[1] - y) / frame[2])
        if row < 0 or col < 0 or row >= mask.shape[0] or col >= mask.shape[1]:
            return False
        if mask[row, col] == 0:
            return False
    if circle[2] > 0.0:
        dx, dy = x - circle[0], y - circle[1]
        if dx * dx + dy * dy > circle[2] * circle[2]:
            return False
    if ring_start.shape[0] > 1:
        inside = False
        for r in range(ring_start.shape[0] - 1):
            for i in range(ring_start[r], ring_start[r + 1] - 1):
                ax, ay = ring_xy[i, 0], ring_xy[i, 1]
                bx, by = ring_xy[i + 1, 0], ring_xy[i + 1, 1]
                if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                    inside = not inside
        return inside
    return True


@kernel
def too_close(dx: float, dy: float, spacing: F8) -> bool:
    """Whether two turbines stand inside the spacing ellipse.

    `spacing` is (cos, sin) of the main axis and the half axes along and across it [m].
    """
    along = dx * spacing[0] + dy * spacing[1]
    across = dy * spacing[0] - dx * spacing[1]
    a, b = along / spacing[2], across / spacing[3]
    close: bool = a * a + b * b < 1.0 - 1e-12
    return close


@kernel
def _energy(table: F8, loss2: float) -> float:
    """Energy of one turbine in one direction at squared loss `loss2`, from its table."""
    top = table.shape[0] - 1
    pos = math.sqrt(max(loss2, 0.0)) * top
    i = int(pos)
    if i >= top:
        return float(table[top])
    f = pos - i
    return float(table[i] + f * (table[i + 1] - table[i]))


@kernel
def _site(x: float, y: float, factor: F4, bonus: F4, frame: F8) -> tuple[float, float]:
    """Relative energy and bonus [MWh/yr] of the cell at (x, y)."""
    if factor.shape[0] == 0:
        return 1.0, 0.0
    col = math.floor((x - frame[0]) / frame[2])
    row = math.floor((frame[1] - y) / frame[2])
    if row < 0 or col < 0 or row >= factor.shape[0] or col >= factor.shape[1]:
        return 1.0, 0.0
    return float(factor[row, col]), float(bonus[row, col])


@kernel
def _square(
    dx: float, dy: float, c: float, s: float, k: float, epsilon: float, thrust: float
) -> float:
    """Squared deficit at offset (dx, dy) from the rotor that makes the wake."""
    down = dx * c + dy * s
    if down <= 0.0:
        return 0.0
    cross = dy * c - dx * s
    sigma = k * down + epsilon
    if cross * cross > 36.0 * sigma * sigma:
        return 0.0
    one = pair_deficit(down, cross, k, epsilon, thrust)
    return one * one


@kernel
def anneal(
    x: F8,
    y: F8,
    movable: int,
    cos: F8,
    sin: F8,
    k: float,
    epsilon: F8,
    thrust: F8,
    table: F8,
    mask: U1,
    frame: F8,
    circle: F8,
    ring_xy: F8,
    ring_start: I8,
    factor: F4,
    bonus: F4,
    spacing: F8,
    box: F8,
    steps: int,
    hot: float,
    cold: float,
    seed: int,
) -> float:
    """Move the first `movable` turbines about; the best layout seen is left in `x`, `y`.

    A move is a jump anywhere in `box` or a local step of log-uniform length. It is taken
    when it raises the energy, or with the probability of the falling temperature (`hot` to
    `cold` [MWh/yr]). Pair wakes are cached, so a move costs one row of them.

    Returns
    -------
    float
        Energy of the best layout [MWh/yr], bonus included.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba's own generator, state of this thread
    n, nd = x.shape[0], cos.shape[0]
    pair = np.zeros((nd, n, n))  # squared deficit at [d, i] from the rotor j
    square = np.zeros((nd, n))
    for d in range(nd):
        for i in range(n):
            total = 0.0
            for j in range(n):
                if i != j:
                    one = _square(
                        x[i] - x[j], y[i] - y[j], cos[d], sin[d], k, epsilon[j], thrust[j]
                    )
                    pair[d, i, j] = one
                    total += one
            square[d, i] = total
    rel = np.ones(n)
    extra = np.zeros(n)
    own = np.zeros((nd, n))
    energy = 0.0
    for i in range(n):
        rel[i], extra[i] = _site(x[i], y[i], factor, bonus, frame)
        if i < movable:
            energy += extra[i]
        for d in range(nd):
            own[d, i] = rel[i] * _energy(table[d], square[d, i])
            energy += own[d, i]
    best = energy
    best_x, best_y = x.copy(), y.copy()
    new_from = np.zeros((nd, n))  # deficit at j from the moved rotor
    new_at = np.zeros((nd, n))  # deficit at the moved rotor from j
    new_own = np.zeros((nd, n))
    width, height = box[2] - box[0], box[3] - box[1]
    longest = math.log(0.5 * max(width, height))
    shortest = math.log(1e-3 * max(width, height))
    for step in range(steps):
        progress = step / steps
        temperature = hot * (cold / hot) ** progress
        i = np.random.randint(movable)  # noqa: NPY002
        if np.random.random() < 0.3 * (1.0 - progress):  # noqa: NPY002
            px = box[0] + np.random.random() * width  # noqa: NPY002
            py = box[1] + np.random.random() * height  # noqa: NPY002
        else:
            reach = longest - 0.6 * progress * (longest - shortest)
            length = math.exp(shortest + np.random.random() * (reach - shortest))  # noqa: NPY002
            angle = 2.0 * math.pi * np.random.random()  # noqa: NPY002
            px = x[i] + length * math.cos(angle)
            py = y[i] + length * math.sin(angle)
        if not allowed(px, py, mask, frame, circle, ring_xy, ring_start):
            continue
        clash = False
        for j in range(n):
            if j != i and too_close(px - x[j], py - y[j], spacing):
                clash = True
                break
        if clash:
            continue
        new_rel, new_extra = _site(px, py, factor, bonus, frame)
        gain = new_extra - extra[i]
        for d in range(nd):
            c, s = cos[d], sin[d]
            total = 0.0
            for j in range(n):
                if j == i:
                    continue
                dx, dy = px - x[j], py - y[j]
                down = dx * c + dy * s
                at, back = 0.0, 0.0
                if down > 0.0:
                    at = _square(dx, dy, c, s, k, epsilon[j], thrust[j])
                    total += at
                elif down < 0.0:
                    back = _square(-dx, -dy, c, s, k, epsilon[i], thrust[i])
                new_at[d, j] = at
                new_from[d, j] = back
                change = back - pair[d, j, i]
                if change != 0.0:
                    value = rel[j] * _energy(table[d], square[d, j] + change)
                    new_own[d, j] = value
                    gain += value - own[d, j]
                else:
                    new_own[d, j] = own[d, j]
            value = new_rel * _energy(table[d], total)
            new_own[d, i] = value
            gain += value - own[d, i]
        if gain < 0.0 and np.random.random() >= math.exp(gain / temperature):  # noqa: NPY002
            continue
        x[i], y[i] = px, py
        rel[i], extra[i] = new_rel, new_extra
        energy += gain
        for d in range(nd):
            for j in range(n):
                own[d, j] = new_own[d, j]
                if j != i:
                    pair[d, i, j] = new_at[d, j]
                    pair[d, j, i] = new_from[d, j]
            # sums are taken afresh, so no rounding of many moves piles up
            for j in range(n):
                total = 0.0
                for m in range(n):
                    total += pair[d, j, m]
                square[d, j] = total
        if energy > best:
            best = energy
            best_x[:] = x
            best_y[:] = y
    x[:] = best_x
    y[:] = best_y
    return best


@kernel
def greedy(
    candidate_x: F8,
    candidate_y: F8,
    value: F8,
    x: F8,
    y: F8,
    placed: int,
    goal: int,
    cos: F8,
    sin: F8,
    k: float,
    epsilon: float,
    thrust: float,
    table: F8,
    spacing: F8,
    factor: F8,
    least: float,
) -> int:
    """Place turbines one by one where they add most energy to the whole.

    Parameters
    ----------
    candidate_x, candidate_y, value, factor
        Positions that may be used, their bonus [MWh/yr] and relative energy.
    x, y
        Room for `goal` turbines; the first `placed` stand already.
    least
        Stop when the best addition brings less than this [MWh/yr].

    Returns
    -------
    int
        Number of turbines standing.
    """
    m, nd = candidate_x.shape[0], cos.shape[0]
    free = np.ones(m, np.bool_)
    loss_at = np.zeros((m, nd))
    square = np.zeros((goal, nd))
    rel = np.ones(goal)
    last_added = 0
    count = placed
    for i in range(placed):
        for j in range(placed):
            if i != j:
                for d in range(nd):
                    square[i, d] += _square(
                        x[i] - x[j], y[i] - y[j], cos[d], sin[d], k, epsilon, thrust
                    )
    while True:
        for t in range(last_added, count):
            for c in range(m):
                if not free[c]:
                    continue
                dx, dy = candidate_x[c] - x[t], candidate_y[c] - y[t]
                if too_close(dx, dy, spacing):
                    free[c] = False
                    continue
                for d in range(nd):
                    loss_at[c, d] += _square(dx, dy, cos[d], sin[d], k, epsilon, thrust)
        last_added = count
        if count >= goal:
            return count
        best, best_gain = -1, least
        for c in range(m):
            if not free[c]:
                continue
            gain = value[c]
            for d in range(nd):
                gain += factor[c] * _energy(table[d], loss_at[c, d])
            if gain <= best_gain:
                continue  # wakes on the others can only lower it
            for t in range(count):
                dx, dy = x[t] - candidate_x[c], y[t] - candidate_y[c]
                for d in range(nd):
                    one = _square(dx, dy, cos[d], sin[d], k, epsilon, thrust)
                    if one > 0.0:
                        gain += rel[t] * (
                            _energy(table[d], square[t, d] + one)
                            - _energy(table[d], square[t, d])
                        )
            if gain > best_gain:
                best, best_gain = c, gain
        if best < 0:
            return count
        for t in range(count):
            dx, dy = x[t] - candidate_x[best], y[t] - candidate_y[best]
            for d in range(nd):
                square[t, d] += _square(dx, dy, cos[d], sin[d], k, epsilon, thrust)
        for d in range(nd):
            square[count, d] = loss_at[best, d]
        rel[count] = factor[best]
        x[count], y[count] = candidate_x[best], candidate_y[best]
        free[best] = False
        count += 1
