"""Screening of a plan on other processes or a cluster: layers prepared, tiles as files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gis.cells.runs import joined, run_raster
from siting.screen.coded import Effect, Screening, code_type
from siting.screen.prepare import prepared
from siting.screen.program import Program
from siting.screen.sources import ReadSource, Source, consulted
from siting.screen.stored import screen_stored, store_case

__all__ = ["screen_elsewhere"]


def _fields(program: Program) -> dict[str, list[str]]:
    """Attributes the rules ask for, by layer."""
    wanted: dict[str, set[str]] = {}
    for rule in program.rules:
        for test in rule.test.nested():
            for layer in test.reads:
                wanted.setdefault(layer, set()).update(test.fields)
    return {
        k: [str(c) for c in f.table.columns if c in wanted.get(k, set()) or c == "dlbm"]
        for k, f in program.features.items()
    }


def screen_elsewhere(
    program: Program,
    source: Source,
    effects: Sequence[Effect],
    *,
    engine: str,
    workers: int,
    tile_px: int,
    progress: Callable[[int, int], None] | None = None,
    folder: Path | None = None,
) -> Screening:
    """Run a program on processes or a dask cluster.

    Parameters
    ----------
    program : Program
    source : Source
    effects : sequence
        What each rule's hit does.
    engine, workers, tile_px, progress
        See `gis.cells.blocks.map_windows`.
    folder : Path, optional
        Seen by every worker, and of this very run: finished tiles in it are used again. A
        temporary folder of this machine when not given.

    Returns
    -------
    Screening
        The same bits as on threads.
    """
    rasters = {c.layer_id for c in program.classes}
    rasters |= {j.answer.base or j.answer.layer_id for j in program.limits}
    # also what a test is answered from in place of its layer: slope from heights
    asked = consulted(layer for rule in program.rules for layer in rule.layer_ids)
    absent = frozenset(x for x in asked if source.state(x) == "assumed_absent")
    with tempfile.TemporaryDirectory(prefix="geoplan-screen-") as aside:
        place = folder or Path(aside)
        ready = prepared(
            ReadSource(source, program.features),
            place / "layers",
            dict.fromkeys([*program.features, *sorted(rasters)], "this run"),
            program.grid,
            fields=_fields(program),
            rasters=sorted(rasters),
            absent=absent,
        )
        store_case(
            place, program.rules, ready, program.grid, program.county, zones=program.zones
        )
        found = screen_stored(
            place, effects, tile_px=tile_px, engine=engine, workers=workers, progress=progress
        )
        own = ((w, run_raster(part)) for w, part in found.codes())
        code = joined(program.grid, own, code_type(found.summary.table))
    return replace(found.summary, code=code)
