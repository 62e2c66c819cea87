"""Rules made ready for the cells: which bits to burn, and how bits make an outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.coverage import Runs
from gis.cells.grid import Grid
from gis.cells.ragged import Ragged
from gis.cells.tally import CellAreas
from gis.types import F8, I4
from siting.rules.conditions.canvas import Answer
from siting.rules.model import Rule
from siting.screen.expression import Node
from siting.screen.sources import Features

__all__ = [
    "BLOCK",
    "Atom",
    "BurnJob",
    "ClassJob",
    "LimitJob",
    "Program",
    "Verdict",
    "atom_of",
    "burn_jobs",
    "words_of",
]

U8 = npt.NDArray[np.uint64]
I8 = npt.NDArray[np.int64]

BLOCK = 256
"""Features looked at together when a tile asks which ones reach it."""


@dataclass(frozen=True)
class Atom:
    """One bit to burn from features: which take part, and how far each of them reaches.

    Attributes
    ----------
    bit
        Index of the bit in the masks.
    rows : (k,) int
        Features that take part; of a million parcels a rule means a few.
    distance_m : (k,) float
    touch
        The features have no area: every cell they touch counts.
    """

    bit: int
    rows: I4
    distance_m: F8
    touch: bool = False


def atom_of(bit: int, distance_m: F8, *, touch: bool = False) -> Atom:
    """The bit of features at their distances.

    Parameters
    ----------
    bit : int
    distance_m : (f,) float
        NaN where a feature does not take part.
    touch : bool
        See `Atom`.

    Examples
    --------
    >>> atom_of(3, np.array([np.nan, 5.0, np.nan])).rows.tolist()
    [1]
    """
    rows = np.flatnonzero(~np.isnan(distance_m)).astype(np.int32)
    return Atom(bit, rows, distance_m[rows], touch)


@dataclass(frozen=True)
class BurnJob:
    """Features burned in one go into one word of the masks.

    Attributes
    ----------
    layer_id, shapes
        Whose features.
    word
        Index of the word.
    distance_m : (f,) float
    mask : (f,) uint64
    touch
        Burn touched cells instead of a distance.
    reach : (b, 4) float
        Bounds of every `BLOCK` features, widened by their distances.
    """

    layer_id: str
    shapes: Ragged
    word: int
    distance_m: F8
    mask: U8
    touch: bool
    reach: F8


@dataclass(frozen=True)
class ClassJob:
    """Bits from the classes of a raster: `bits[v]` is OR-ed where the value is v.

    Attributes
    ----------
    bits : (k, n) uint64
        For every word of the masks, by class value.
    unknown : (k,) uint64
        Bits where the raster has no data or an unknown value.
    """

    layer_id: str
    bits: U8
    unknown: U8


@dataclass(frozen=True)
class LimitJob:
    """One comparison with a raster of numbers.

    Attributes
    ----------
    answer
        Raster; ``"slope"`` and ``"aspect"`` may come from ``"dem"``.
    operator
        ``">"``, ``">="``, ``"<"`` or ``"<="``.
    hit, unknown
        Bits of the masks.
    """

    answer: Answer
    operator: str
    limit: float
    hit: int
    unknown: int


@dataclass(frozen=True)
class Verdict:
    """Whether a rule could be judged, and with what.

    Attributes
    ----------
    state
        ``"judged"``, ``"assumed_absent"``, ``"missing"``, ``"law_unknown"``,
        ``"no_turbine"``, ``"incomplete"`` or ``"not_a_filter"``.
    layers
        Layers the answer came from.
    missing
        Layers it lacks.
    all_nodata
        Rasters without a single value in the county.
    assumed
        Layers assumed absent: a miss rests on the assumption.
    awaits
        Layers that are not there or not complete, where nothing else stands in its way: with
        all of them it can be judged.
    turbine
        It also waits for hub height and rotor of the turbine that is meant.
    incomplete
        Layers that lack features: where one is silent, the rule is not judged.
    """

    state: str
    layers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    all_nodata: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    awaits: tuple[str, ...] = ()
    turbine: bool = False
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """Everything a tile needs; the same for every tile.

    Attributes
    ----------
    grid
        The whole grid.
    rules, nodes, verdicts
        Filter rules in stated order, their logic, and whether they were judged.
    n_bits
        Bits in use.
    burns, classes, limits
        What to write into the masks.
    derived
        Layers to compute from another: ``{"slope": "dem"}``.
    county
        Cells that count, with their share.
    zones
        Name -> cells of parts of the county (townships).
    features
        The features read, kept for what-ifs.
    """

    grid: Grid
    rules: tuple[Rule, ...]
    nodes: tuple[Node, ...]
    verdicts: tuple[Verdict, ...]
    n_bits: int
    burns: tuple[BurnJob, ...]
    classes: tuple[ClassJob, ...]
    limits: tuple[LimitJob, ...]
    derived: Mapping[str, str]
    county: Runs
    areas: CellAreas
    zones: Mapping[str, Runs] = field(default_factory=dict)
    features: Mapping[str, Features] = field(default_factory=dict)

    @property
    def n_words(self) -> int:
        """Words of a mask."""
        return words_of(self.n_bits)


def words_of(n_bits: int) -> int:
    """Words of 64 bits that hold so many, at least one.

    Examples
    --------
    >>> [words_of(n) for n in (0, 1, 63, 64, 65, 128, 129)]
    [1, 1, 1, 1, 2, 2, 3]
    """
    return max((n_bits + 63) // 64, 1)


_CHUNK = 256 * BLOCK  # features whose bounds are in memory at a time


def _reach(shapes: Ragged, distance: F8) -> F8:
    """Bounds of blocks of features with their distances, for skipping far ones at once."""
    out = np.zeros(((len(shapes) + BLOCK - 1) // BLOCK, 4))
    for at in range(0, len(shapes), _CHUNK):
        d = distance[at : at + _CHUNK, None]
        bounds = shapes.bounds[at : at + _CHUNK]
        # a feature that takes no part, or has no geometry, is nowhere
        low = np.nan_to_num(bounds[:, :2] - d, nan=np.inf)
        high = np.nan_to_num(bounds[:, 2:] + d, nan=-np.inf)
        starts = np.arange(0, len(d), BLOCK)
        rows = slice(at // BLOCK, at // BLOCK + len(starts))
        out[rows, :2] = np.minimum.reduceat(low, starts, axis=0)
        out[rows, 2:] = np.maximum.reduceat(high, starts, axis=0)
    return out


def burn_jobs(layer_id: str, shapes: Ragged, atoms: Sequence[Atom]) -> tuple[BurnJob, ...]:
    """Group the atoms of one layer so that its features are burned as seldom as possible.

    Atoms share a job when they lie in one word and no feature has two distances.
    """
    open_jobs: list[dict[str, Any]] = []
    for atom in atoms:
        if not len(atom.rows):
            continue
        word, value = atom.bit // 64, np.uint64(1) << np.uint64(atom.bit % 64)
        for job in open_jobs:
            if job["word"] != word or job["touch"] != atom.touch:
                continue
            known = job["distance"][atom.rows]
            if (np.isnan(known) | (known == atom.distance_m)).all():
                break
        else:
            job = {
                "word": word,
                "touch": atom.touch,
                "distance": np.full(len(shapes), np.nan),
                "mask": np.zeros(len(shapes), dtype=np.uint64),
            }
            open_jobs.append(job)
        job["distance"][atom.rows] = atom.distance_m
        job["mask"][atom.rows] |= value
    return tuple(
        BurnJob(
            layer_id,
            shapes,
            j["word"],
            j["distance"],
            j["mask"],
            j["touch"],
            _reach(shapes, j["distance"]),
        )
        for j in open_jobs
    )
