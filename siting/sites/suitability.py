"""Preference of every cell: how well land fits, by the criteria that have rasters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gis.cells.grid import Grid, Window, windows
from gis.cells.runs import Cells
from gis.errors import ModelError
from gis.files.write_raster import write_cog
from gis.say import say
from siting.screen.coded import CONDITIONAL, LEFT
from siting.screen.derived import raster_cells
from siting.screen.sources import Source, answering
from siting.sites.curves import membership
from siting.sites.preference import (
    Criterion,
    PreferenceSection,
    criteria_of,
    overlay,
    weights_of,
)

__all__ = ["Judged", "judged_by", "suitability", "write_suitability"]

_BLOCK = 2048  # cells of one side of a block


@dataclass(frozen=True)
class Judged:
    """What the cells of a plan can be judged by.

    Attributes
    ----------
    criteria, weights
        Criteria with a raster in this plan, and their weights.
    left_out
        Criteria with weight but without a raster; the others' weights are scaled up.
    """

    criteria: tuple[Criterion, ...]
    weights: tuple[float, ...]
    left_out: tuple[str, ...]


def judged_by(source: Source, tech: str, section: PreferenceSection) -> Judged:
    """The criteria of a preference that have a raster layer in a plan.

    Raises
    ------
    ConfigError, ModelError
        See `siting.sites.preference.weights_of`.
    """
    criteria, weights, _ = weights_of(criteria_of(tech, section.curves), section)
    there = set()
    for c in criteria:
        answer = answering(source, c.layer) if c.layer else None
        if answer and answer.state == "available" and answer.layer_id == c.layer:
            there.add(c.id)
    kept = [(c, float(w)) for c, w in zip(criteria, weights, strict=True) if c.id in there]
    return Judged(
        tuple(c for c, _ in kept),
        tuple(w for _, w in kept),
        tuple(c.id for c in criteria if c.id not in there),
    )


def suitability(
    source: Source, judged: Judged, grid: Grid, window: Window | None = None
) -> npt.NDArray[np.float32]:
    """Preference score of cells.

    Parameters
    ----------
    source : Source
        The plan's layers.
    judged : Judged
        At least one criterion.
    grid, window
        Cells wanted.

    Returns
    -------
    (h, w) float32
        0 to 1; NaN where a criterion is not known: unknown is not zero.

    Raises
    ------
    ModelError
        When there is no criterion to judge by.
    """
    parts = []
    for c in judged.criteria:
        cells = raster_cells(source, c.layer, grid, window)
        if cells is not None:
            parts.append(membership(c.curve, np.where(cells[1], cells[0], np.nan)))
    if not parts or len(parts) != len(judged.criteria):
        raise ModelError(say("siting.sites.no_criterion_has_raster"), where="suitability")
    return overlay(np.stack(parts, axis=-1), judged.weights).astype(np.float32)


def write_suitability(
    path: Path, source: Source, judged: Judged, grid: Grid, state: Cells
) -> Path:
    """Write the score of the land that is left or conditional; elsewhere there is no data.

    Parameters
    ----------
    path : Path
    state : (h, w) integer, or RunRaster
        Of the screening.
    """

    def blocks() -> Iterator[tuple[Window, npt.NDArray[np.float32]]]:
        for window in windows(grid, _BLOCK):
            score = suitability(source, judged, grid, window)
            land = np.isin(state[window], (LEFT, CONDITIONAL))
            yield window, np.where(land, score, np.float32(np.nan))

    return write_cog(path, blocks(), grid, dtype="float32", nodata=float("nan"))
