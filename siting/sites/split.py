"""Splitting a large piece of land into blocks, along roads and steps of the ground."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

__all__ = ["split_patch", "split_straight"]

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]

_ROAD = 2.0  # a barrier this high parts land by itself
_PART = 1_000_000  # cells looked at at a time
_SAMPLE = 20_000  # cells that place the seeds; more change them by less than a cell
_MOST = 0.9  # of a piece: where a block has more of it, the piece was as good as not split


def _places(mask: Mask) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Rows and columns of the cells of a mask, a part of them at a time."""
    at = np.flatnonzero(mask)
    for k in range(0, len(at), _PART):
        yield np.divmod(at[k : k + _PART], mask.shape[1])


def _longest_axis(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Direction cells lie farthest apart in, always the same of the two."""
    axis: npt.NDArray[np.float64]
    axis = np.linalg.svd(places - places.mean(axis=0), full_matrices=False)[2][0]
    return -axis if axis[np.argmax(np.abs(axis))] < 0 else axis


def split_straight(mask: Mask, n: int) -> Labels:
    """`n` blocks of as many cells, cut straight across the longest axis."""
    at = np.flatnonzero(mask)
    places = np.column_stack(np.divmod(at, mask.shape[1])).astype(np.float64)
    axis = _longest_axis(places[:: max(1, len(at) // _SAMPLE)])
    order = np.argsort(places @ axis, kind="stable")
    out = np.zeros(mask.shape, np.int32)
    for k, part in enumerate(np.array_split(at[order], n), 1):
        out.flat[part] = k
    return out


def _seeds(mask: Mask, n: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Centres evenly spread over a mask (k-means with a fixed start), and their cells."""
    from scipy.cluster.vq import kmeans2

    at = np.flatnonzero(mask)
    every = max(1, len(at) // _SAMPLE)
    sample = np.column_stack(np.divmod(at[::every], mask.shape[1])).astype(np.float64)
    # start along the longest axis: the same land gives the same blocks
    along = (sample - sample.mean(axis=0)) @ _longest_axis(sample)
    order = np.argsort(along, kind="stable")
    start = np.array([sample[part].mean(axis=0) for part in np.array_split(order, n)])
    centres, _ = kmeans2(sample, start, iter=25, minit="matrix", missing="warn")
    nearest, least = np.zeros(n, np.int64), np.full(n, np.inf)
    first = 0
    for rows, cols in _places(mask):
        for k, (r, c) in enumerate(centres):
            far = (rows - r) ** 2 + (cols - c) ** 2
            i = int(np.argmin(far))
            if far[i] < least[k]:
                nearest[k], least[k] = first + i, far[i]
        first += len(rows)
    _, kept = np.unique(nearest, return_index=True)
    return centres[kept], np.column_stack(np.divmod(at[nearest[kept]], mask.shape[1]))


def _seeds_between(
    mask: Mask,
    n: int,
    barrier: npt.NDArray[np.floating],
    seeds: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Seeds shared out among the parts that roads cut a piece into, by their size."""
    from scipy.ndimage import label

    parts, count = label(mask & (barrier < _ROAD))
    # row by row: what counts numbers holds eight bytes a number
    sizes = np.zeros(count + 1, np.int64)
    for row in parts:
        sizes += np.bincount(row, minlength=count + 1)
    sizes = sizes[1:]
    block = mask.sum() / n
    large = [k for k in range(1, count + 1) if sizes[k - 1] >= block / 2]
    if len(large) < 2:
        return seeds
    share = [_seeds(parts == k, max(1, round(sizes[k - 1] / block)))[1] for k in large]
    return np.concatenate(share)


def split_patch(mask: Mask, n: int, barrier: npt.NDArray[np.floating] | None = None) -> Labels:
    """Split a piece of land into about `n` blocks of about equal size.

    Each block grows from a seed; blocks meet where the barrier is high, so borders follow
    roads and steps of the ground where there are any, and run straight elsewhere. Where that
    leaves nearly all in one block, the barrier is passed over; where that does too, the piece
    is cut straight across, and a block may be of several parts.

    Parameters
    ----------
    mask : (h, w) bool
        One piece of land.
    n : int
        Blocks wanted.
    barrier : (h, w) float, optional
        0 on open land, higher where a border should run; 2 and more is a road, and land
        that roads part is parted along them first.

    Returns
    -------
    (h, w) int32
        1 to at most `n`, 0 outside the mask; every cell of the mask is in a block.

    Examples
    --------
    >>> blocks = split_patch(np.ones((4, 12), bool), 3)
    >>> np.bincount(blocks.ravel()).tolist()
    [0, 16, 16, 16]
    """
    if n <= 1:
        return mask.astype(np.int32)
    cells = int(mask.sum())
    for heights in (barrier, None) if barrier is not None else (None,):
        out = _grown(mask, n, heights)
        # a seed on a road or a hill stays alone: the land around goes to the lower seeds first
        if int(np.bincount(out[mask]).max()) <= _MOST * cells:
            return out
    return split_straight(mask, n)


def _grown(mask: Mask, n: int, barrier: npt.NDArray[np.floating] | None) -> Labels:
    """Blocks grown from seeds."""
    from skimage.segmentation import watershed

    centres, seeds = _seeds(mask, n)
    if barrier is not None:
        seeds = _seeds_between(mask, n, barrier, seeds)
    markers = np.zeros(mask.shape, np.int32)
    markers[seeds[:, 0], seeds[:, 1]] = np.arange(1, len(seeds) + 1)
    if barrier is None or not np.any(barrier[mask] > 0):
        # without barriers: nearest seed, then parts cut off from their seed go to neighbours
        near = np.zeros(mask.shape, np.int32)
        for rows, cols in _places(mask):
            least = np.full(len(rows), np.inf)
            for k, (r, c) in enumerate(centres, 1):
                far = (rows - r) ** 2 + (cols - c) ** 2
                closer = far < least
                near[rows[closer], cols[closer]] = k
                least[closer] = far[closer]
        kept = _with_seed(near, seeds)
        out: Labels = watershed(np.zeros(mask.shape, np.uint8), kept, mask=mask).astype(
            np.int32
        )
        return out
    # far from a seed is high too, so blocks stay compact where barriers are few
    height = _distances(mask.shape, seeds)
    height /= max(float(np.max(height, where=mask, initial=0.0)), 1.0)
    height += barrier
    grown: Labels = watershed(height, markers, mask=mask).astype(np.int32)
    left = mask & (grown == 0)
    if left.any():  # parts joined only by corners
        grown[left] = 1
    return grown


def _distances(shape: tuple[int, int], seeds: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """From every cell to the nearest seed [cells], in strips of rows."""
    out = np.empty(shape)
    step = max(1, _PART // max(shape[1], 1))
    across = np.arange(shape[1])
    for top in range(0, shape[0], step):
        down = np.arange(top, min(top + step, shape[0]))
        least = np.full((len(down), shape[1]), np.iinfo(np.int64).max)
        for r, c in seeds.tolist():
            np.minimum(least, (down[:, None] - r) ** 2 + (across[None, :] - c) ** 2, out=least)
        np.sqrt(least, out=out[top : top + step])
    return out


def _with_seed(blocks: Labels, seeds: npt.NDArray[np.int64]) -> Labels:
    """Blocks without the parts that do not hang together with their seed."""
    from scipy.ndimage import label

    out = np.zeros_like(blocks)
    for k, (r, c) in enumerate(seeds.tolist(), 1):
        parts, _ = label(blocks == k)
        if parts[r, c]:
            out[parts == parts[r, c]] = k
    return out
