"""Screening of areas that do not fit into memory: tile files, resumed where they stopped.

A *case* is a folder that says everything a tile needs: rules, grid, border and prepared
layers. Any process that sees the folder can compute any tile of it, so threads, processes
and the workers of a cluster do the same work; a tile is written aside and moved into place,
so one that is there is whole, and a run that was killed goes on with the tiles it lacks.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.blocks import map_windows
from gis.cells.coverage import Runs
from gis.cells.grid import Grid, Window, cell_size_m, grid_bounds, grid_crs, plan_grid, windows
from gis.cells.mapped import map_array
from gis.cells.tally import merge_tables
from gis.errors import DataError
from gis.say import say
from layers.plain_json import digest, write_json
from layers.provenance import file_sha256
from siting.rules import Rule
from siting.screen.coded import Effect, Screening, code_type, coded
from siting.screen.factors import compile_rules
from siting.screen.prepare import PreparedSource, forget_prepared
from siting.screen.program import Program
from siting.screen.tiles import Tile, run_tile

__all__ = ["StoredScreening", "run_stored_tile", "screen_stored", "store_case"]

_RUN_FILES = ("row", "start", "stop", "share")


@dataclass(frozen=True)
class StoredScreening:
    """A screening whose cells are in files.

    Attributes
    ----------
    summary
        The screening with an empty code raster: tables, areas, rules.
    tiles
        Window, file of its codes, and the code in `summary` of each code of the tile.
    """

    summary: Screening
    tiles: tuple[tuple[Window, Path, npt.NDArray[np.uint32]], ...] = field(default=())

    def codes(self) -> Iterator[tuple[Window, npt.NDArray[Any]]]:
        """Codes window by window, rows of the tables of `summary`."""
        kind = code_type(self.summary.table)
        for window, path, to in self.tiles:
            if len(to) > 1:
                yield window, to.astype(kind)[np.load(path, allow_pickle=False)]

    def states(self) -> Iterator[tuple[Window, npt.NDArray[np.uint8]]]:
        """States window by window; windows wholly outside are left out."""
        for window, path, to in self.tiles:
            if len(to) > 1:
                yield window, self.summary.state[to][np.load(path, allow_pickle=False)]


def _save_runs(folder: Path, name: str, runs: Runs) -> None:
    for f in _RUN_FILES:
        np.save(folder / f"{name}.{f}.npy", getattr(runs, f), allow_pickle=False)


def _runs_digest(runs: Runs) -> str:
    h = hashlib.sha256()
    for f in _RUN_FILES:
        h.update(np.ascontiguousarray(getattr(runs, f)).tobytes())
    return h.hexdigest()


def _load_runs(folder: Path, name: str) -> Runs:
    # mapped: a province's border is shared by the workers instead of copied
    return Runs(*(map_array(folder / f"{name}.{f}.npy").array for f in _RUN_FILES))


def _widened(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A rule as JSON whose bounds hold its distances.

    Bounds are for what a book states. A distance worked out for a turbine may lie beyond
    them, and the rule would be refused when it is read back.
    """
    if isinstance(value, list):
        return [_widened(v) for v in value]
    if not isinstance(value, dict):
        return value
    out = {k: _widened(v) for k, v in value.items()}
    distance, bounds = out.get("distance_m"), out.get("bounds_m")
    if distance is not None and bounds:
        out["bounds_m"] = [min(bounds[0], distance), max(bounds[1], distance)]
    return out


def store_case(
    folder: Path,
    rules: Sequence[Rule],
    source: PreparedSource,
    grid: Grid,
    county: Runs,
    *,
    zones: Mapping[str, Runs] | None = None,
) -> Path:
    """Write what every tile needs into `folder`.

    Tiles of another case that are in the folder are not used: their names carry the digest
    of the case.

    Parameters
    ----------
    folder : Path
    rules : sequence of Rule
    source : PreparedSource
        Its paths must be valid for every worker.
    grid : Grid
    county : Runs
    zones : mapping of str to Runs, optional
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = list(zones or {})  # tables name zones in the order they are given
    _save_runs(folder, "county", county)
    for i, n in enumerate(names):
        _save_runs(folder, f"zone{i}", (zones or {})[n])
    body = {
        "rules": [_widened(json.loads(r.model_dump_json(by_alias=True))) for r in rules],
        "bounds": grid_bounds(grid),
        "crs": grid_crs(grid).to_wkt(),
        "cell_m": cell_size_m(grid),
        "zones": names,
        "entries": dict(source.entries),
        "absent": sorted(source.absent),
        "files": {k: list(v) for k, v in source.files.items()},
        "vocabularies": dict(source.vocabularies),
        "partial": sorted(source.partial),
        "border": [_runs_digest(county), *(_runs_digest((zones or {})[n]) for n in names)],
    }
    # another text every time, so that workers that live on read the layers again
    more = {"id": digest(body)[:16], "stored": secrets.token_hex(8)}
    write_json(folder / "case.json", {**body, **more})
    return folder


@dataclass(frozen=True)
class _Case:
    id: str
    grid: Grid
    source: PreparedSource
    program: Program


def _text(folder: str) -> str:
    file = Path(folder) / "case.json"
    if not file.exists():
        raise DataError(
            say("siting.screen.no_stored_case_here"),
            where=folder,
            todo=say("siting.screen.write_store_case"),
        )
    return file.read_text(encoding="utf-8")


def _grid(body: Mapping[str, Any]) -> Grid:
    return plan_grid(tuple(body["bounds"]), body["crs"], body["cell_m"])


@lru_cache(maxsize=2)
def _case(folder: str, text: str) -> _Case:
    """The case behind its text: one that is written anew is read anew, whatever the clock."""
    forget_prepared()
    path = Path(folder)
    body = json.loads(text)
    grid = _grid(body)
    source = PreparedSource(
        entries=body["entries"],
        absent=frozenset(body["absent"]),
        files={k: (v[0], v[1]) for k, v in body["files"].items()},
        vocabularies=body["vocabularies"],
        partial=frozenset(body["partial"]),
    )
    program = compile_rules(
        [Rule.model_validate(r) for r in body["rules"]],
        source,
        grid,
        _load_runs(path, "county"),
        zones={n: _load_runs(path, f"zone{i}") for i, n in enumerate(body["zones"])},
    )
    # attributes are not needed any more, nor the pages the rules were matched on
    source.release()
    return _Case(body["id"], grid, source, replace(program, features={}))


def _open_case(folder: str) -> _Case:
    return _case(folder, _text(folder))


def _tile_path(folder: str, case: _Case, window: Window) -> Path:
    r, c = window
    name = f"{case.id}-{r.start}-{r.stop}-{c.start}-{c.stop}"
    return Path(folder) / "tiles" / name


def _found_tile(path: Path, zones: Sequence[str]) -> Tile | None:
    """A tile that was computed before and is whole; None when it has to be computed."""
    summary, codes = path.with_suffix(".npz"), path.with_suffix(".npy")
    if not summary.exists():
        return None
    try:
        # opened here: a damaged archive would stay open
        with summary.open("rb") as stream, np.load(stream, allow_pickle=False) as z:
            if str(z["codes"]) != (file_sha256(codes) if len(z["table"]) > 1 else ""):
                return None
            return Tile(
                code=np.zeros((0, 0), np.uint16),
                table=z["table"],
                area=z["area"],
                zones={n: z["zones"][i] for i, n in enumerate(zones)},
                known=dict(zip(z["names"].tolist(), z["known"].tolist(), strict=True)),
            )
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is computed again
        return None


def run_stored_tile(folder: str, window: Window) -> Tile:
    """Compute a tile of a stored case, or find it computed.

    Returns
    -------
    Tile
        With an empty code array: the codes are in the tile's file.
    """
    case = _open_case(folder)
    path = _tile_path(folder, case, window)
    summary = path.with_suffix(".npz")
    zones = sorted(case.program.zones)
    found = _found_tile(path, zones)
    if found is not None:
        return found
    tile = run_tile(case.program, case.source, window)
    case.source.release()
    path.parent.mkdir(parents=True, exist_ok=True)
    codes = path.with_suffix(".npy")
    if len(tile.table) > 1:
        _put(codes, partial(np.save, arr=tile.code, allow_pickle=False))
    # the summary comes last: where it is, the codes are whole
    _put(
        summary,
        partial(
            np.savez,
            table=tile.table,
            area=tile.area,
            zones=np.array([tile.zones[n] for n in zones], dtype=np.int64),
            names=np.array(sorted(tile.known), dtype=str),
            known=np.array([tile.known[k] for k in sorted(tile.known)], dtype=np.int64),
            codes=np.array(file_sha256(codes) if len(tile.table) > 1 else "", dtype=str),
        ),
    )
    return replace(tile, code=np.zeros((0, 0), np.uint16))


def _put(path: Path, write: Callable[[Any], None]) -> None:
    """Write a file aside and move it into place."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as stream:
        write(stream)
    aside.replace(path)


def screen_stored(
    folder: Path | str,
    effects: Sequence[Effect] | None = None,
    *,
    tile_px: int = 2048,
    engine: str = "threads",
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> StoredScreening:
    """Screen a stored case, going on from the tiles that are there.

    Parameters
    ----------
    folder : Path
        Of `store_case`.
    effects : sequence, optional
        See `siting.screen.coded.screen_program`.
    tile_px, engine, workers, progress
        See `gis.cells.blocks.map_windows`; every engine and tile size gives the same bits.

    Returns
    -------
    StoredScreening

    Raises
    ------
    DataError
        When there is no case in the folder.
    """
    name = str(Path(folder).resolve())
    found = list(
        map_windows(
            partial(run_stored_tile, name),
            windows(_grid(json.loads(_text(name))), tile_px),
            engine=engine,
            workers=workers,
            progress=progress,
            shared=Path(name) / "case.json",
        )
    )
    # only now: while tiles are run, the workers need the memory
    case = _open_case(name)
    table, maps = merge_tables([t.table for _, t in found])
    summary = coded(case.program, table, maps, [t for _, t in found], effects)
    tiles = tuple(
        (w, _tile_path(name, case, w).with_suffix(".npy"), to)
        for (w, _), to in zip(found, maps, strict=True)
    )
    return StoredScreening(summary, tiles)
