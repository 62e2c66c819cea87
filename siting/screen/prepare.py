"""Layers made ready once: coordinates as arrays, rasters on the grid, named by their content.

Reading a county's files takes longer than screening it. What was read is kept in a folder
the caller names, under a digest of what it was made from; another digest is another entry,
so a stale one is never used.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.grid import Grid, Window, cell_size_m, origin, window_grid
from gis.cells.mapped import Mapped, map_array
from gis.cells.ragged import RAGGED_FILES, Ragged, load_ragged
from gis.errors import DataError
from gis.files.read import Kind, read_raster
from gis.say import say
from layers.open.plan_layers import LayerState
from layers.plain_json import digest, write_json
from layers.provenance import file_sha256
from siting.screen.sources import (
    Bounds,
    Drawn,
    Features,
    Source,
    Values,
    drawn_near,
    laid,
)

__all__ = [
    "PreparedSource",
    "forget_prepared",
    "prepare_features",
    "prepare_raster",
    "prepared",
]

_FORMAT = 5
_PAD = 1  # cells around the grid, so that slopes reach its edge
_BAND = 512
_KINDS: dict[str, Kind] = {
    "classes": "classes",
    "intensive": "intensive",
    "extensive": "extensive",
}


def _order(shapes: Ragged) -> npt.NDArray[np.int64]:
    """Features along a Z-curve: neighbours on the ground are neighbours in the file."""
    b = shapes.bounds
    middle = np.nan_to_num((b[:, :2] + b[:, 2:]) / 2)
    if not len(middle):
        return np.zeros(0, dtype=np.int64)
    low, high = middle.min(axis=0), middle.max(axis=0)
    scaled = ((middle - low) / np.maximum(high - low, 1e-9) * 65_535).astype(np.uint64)
    key = np.zeros(len(middle), dtype=np.uint64)
    for bit in range(16):
        for axis in (0, 1):
            one = (scaled[:, axis] >> np.uint64(bit)) & np.uint64(1)
            key |= one << np.uint64(2 * bit + axis)
    return np.argsort(key, kind="stable")


def _write_column(folder: Path, i: int, values: npt.NDArray[Any]) -> str:
    """Keep a column without pickling: numbers as they are, text as fixed width."""
    if values.dtype.kind in "fiub":
        np.save(folder / f"c{i}.npy", values, allow_pickle=False)
        return "number"
    code, names = pd.factorize(values)  # -1 where there is no value
    np.save(folder / f"c{i}.npy", code.astype(np.int32), allow_pickle=False)
    np.save(folder / f"n{i}.npy", np.array([str(n) for n in names], str), allow_pickle=False)
    return "text"


def _read_column(folder: Path, i: int, kind: str) -> Any:  # noqa: ANN401
    values = np.load(folder / f"c{i}.npy", allow_pickle=False)
    if kind == "number":
        return values
    names = np.load(folder / f"n{i}.npy", allow_pickle=False)
    return pd.Categorical.from_codes(values, categories=names.astype(object))


def _place(folder: Path, key: str, fill: Any) -> Path:  # noqa: ANN401
    """Fill a new folder aside and move it into place, so that no half entry is ever seen."""
    target = folder / key
    if (target / "entry.json").exists():
        if _is_whole(target):
            return target
        shutil.rmtree(target)  # damaged: made again, as if it had not been there
        forget_prepared()
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=folder))
    try:
        entry = fill(aside)
        files = {p.name: file_sha256(p) for p in sorted(aside.iterdir())}
        write_json(aside / "entry.json", {**entry, "files": files})
        try:
            os.replace(aside, target)  # noqa: PTH105 - atomic on one volume
        except OSError:
            if not (target / "entry.json").exists():
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _is_whole(entry: Path) -> bool:
    """Whether the files of an entry are those that were written."""
    try:
        files = json.loads((entry / "entry.json").read_text(encoding="utf-8"))["files"]
        return all(file_sha256(entry / name) == was for name, was in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, DataError):
        return False


class _Growing:
    """An ``.npy`` file that grows by rows; lives only while a layer is prepared."""

    def __init__(self, path: Path, dtype: Any, columns: int = 0) -> None:  # noqa: ANN401
        self.dtype = np.dtype(dtype)
        self.columns = columns
        self.rows = 0
        self.stream = path.open("wb")
        self._header()

    def _header(self) -> None:
        shape = (self.rows, self.columns) if self.columns else (self.rows,)
        head = {"descr": self.dtype.str, "fortran_order": False, "shape": shape}
        # numpy leaves room for the number of rows to grow, so the header keeps its length
        np.lib.format.write_array_header_1_0(self.stream, head)

    def add(self, values: npt.NDArray[Any]) -> None:
        np.ascontiguousarray(values, dtype=self.dtype).tofile(self.stream)
        self.rows += len(values)

    def close(self) -> None:
        self.stream.seek(0)
        self._header()
        self.stream.close()


def _write_parts(
    folder: Path, parts: Iterable[Features], fields: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Append part after part, each along its own Z-curve; names and kinds of the fields."""
    files = {
        "xy": _Growing(folder / "xy.npy", np.float64, 2),
        "part": _Growing(folder / "part.npy", np.int64),
        "kind": _Growing(folder / "kind.npy", np.uint8),
        "feature": _Growing(folder / "feature.npy", np.int64),
        "bounds": _Growing(folder / "bounds.npy", np.float64, 4),
        "half": _Growing(folder / "half.npy", np.float64),
    }
    files["part"].add(np.zeros(1, np.int64))
    files["feature"].add(np.zeros(1, np.int64))
    tables: list[pd.DataFrame] = []
    for found in parts:
        order = _order(found.shapes)
        shapes = found.shapes.take(order)
        half = found.half_width_m if len(found.half_width_m) else np.zeros(len(found))
        # offsets go on where the part before stopped
        files["part"].add(shapes.part[1:] + files["xy"].rows)
        files["feature"].add(shapes.feature[1:] + files["kind"].rows)
        files["xy"].add(shapes.xy)
        files["kind"].add(shapes.kind)
        files["bounds"].add(shapes.bounds)
        files["half"].add(half[order])
        names = [f for f in fields if f in found.table.columns]
        if names:
            tables.append(found.table[names].iloc[order])
    for f in files.values():
        f.close()
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    names = [str(c) for c in table.columns]
    kinds = [_write_column(folder, i, table[n].to_numpy()) for i, n in enumerate(names)]
    return names, kinds


def prepare_features(
    folder: Path,
    layer_id: str,
    content: str,
    source: Source,
    fields: Sequence[str],
    parts: Callable[[], Iterable[Features]] | None = None,
) -> Path:
    """Keep a feature layer as arrays.

    Parameters
    ----------
    folder : Path
        The cache.
    layer_id : str
    content : str
        Digest of what the layer is made from (its file, the CRS, the filter).
    source : Source
        Asked for the features only when the entry is not there.
    fields : sequence of str
        Attributes to keep.
    parts : callable, optional
        Gives the features in parts, so that a province need not fit into memory; the
        source's own when not given.

    Returns
    -------
    Path
        Folder of the entry.
    """
    key = f"{layer_id}-{digest(_FORMAT, content, sorted(fields))[:16]}"

    def fill(aside: Path) -> dict[str, Any]:
        found = parts() if parts is not None else [source.features(layer_id)]
        names, kinds = _write_parts(aside, found, fields)
        return {"names": names, "kinds": kinds, "vocabulary": source.vocabulary(layer_id)}

    return _place(folder, key, fill)


def prepare_raster(
    folder: Path, layer_id: str, content: str, source: Source, grid: Grid
) -> Path:
    """Keep a raster on the cells of `grid`, ready to be read window by window.

    Arguments as `prepare_features`.
    """
    key = f"{layer_id}-{digest(_FORMAT, content, str(grid))[:16]}"
    h, w = (int(n) for n in grid.shape)
    around = window_grid(grid, (slice(-_PAD, h + _PAD), slice(-_PAD, w + _PAD)))

    def fill(aside: Path) -> dict[str, Any]:
        shape = (h + 2 * _PAD, w + 2 * _PAD)
        kept: list[npt.NDArray[Any]] = []  # values, and where they are known
        for top in range(0, shape[0], _BAND):
            part = (slice(top, min(top + _BAND, shape[0])), slice(0, shape[1]))
            read = source.raster(layer_id, around, part)
            if not kept:
                kept = [
                    np.lib.format.open_memmap(aside / f"{name}.npy", "w+", a.dtype, shape)
                    for name, a in zip(("values", "known"), read, strict=True)
                ]
            for whole, a in zip(kept, read, strict=True):
                whole[part] = a
        complete = bool(kept.pop().all())
        if complete:  # most rasters know every cell: say so once
            (aside / "known.npy").unlink()
        x, y = origin(around)
        return {
            "x": x,
            "y": y,
            "cell": cell_size_m(grid),
            "vocabulary": source.vocabulary(layer_id),
        }

    return _place(folder, key, fill)


@lru_cache(maxsize=64)
def _entry(path: str) -> dict[str, Any]:
    file = Path(path) / "entry.json"
    if not file.exists():
        raise DataError(
            say("siting.screen.prepared_layer_not_there"),
            where=path,
            todo=say("siting.screen.prepare_layers_again"),
        )
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=64)
def _features(path: str) -> Features:
    folder, entry = Path(path), _entry(path)
    columns = zip(entry["names"], entry["kinds"], strict=True)
    return Features(
        shapes=load_ragged(folder, mapped=True),
        table=pd.DataFrame({n: _read_column(folder, i, k) for i, (n, k) in enumerate(columns)}),
        half_width_m=map_array(folder / "half.npy").array,
    )


@lru_cache(maxsize=64)
def _arrays(path: str) -> tuple[Mapped, Mapped | None]:
    folder = Path(path)
    known = folder / "known.npy"
    return map_array(folder / "values.npy"), map_array(known) if known.exists() else None


def forget_prepared() -> None:
    """Read prepared layers from their files again: they may have been made anew."""
    for cache in (_entry, _features, _arrays, map_array):
        cache.cache_clear()


@dataclass(frozen=True)
class PreparedSource:
    """Prepared layers; knows only paths, so it travels to other processes.

    Attributes
    ----------
    entries
        Layer id -> folder of its entry.
    absent
        Layers assumed absent; every other layer is missing.
    files
        Layer id -> (raster file, kind), read as it is, window by window.
    vocabularies
        Vocabulary of the codes in `files`.
    partial
        Layers that lack features.
    """

    entries: Mapping[str, str]
    absent: frozenset[str] = frozenset()
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    partial: frozenset[str] = frozenset()

    def state(self, layer_id: str) -> LayerState:
        """See `Source`."""
        if layer_id in self.entries or layer_id in self.files:
            return "available"
        return "assumed_absent" if layer_id in self.absent else "missing"

    def features(self, layer_id: str) -> Features:
        """See `Source`."""
        return _features(self.entries[layer_id])

    def near(self, layer_id: str, box: Bounds) -> Drawn:
        """See `Source`."""
        return drawn_near(_features(self.entries[layer_id]), box)

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """See `Source`."""
        if layer_id in self.files:
            file, kind = self.files[layer_id]
            return read_raster(file, grid, window, kind=_KINDS[kind])
        path = self.entries[layer_id]
        entry = _entry(path)
        mapped, mapped_known = _arrays(path)
        known = None if mapped_known is None else mapped_known.array
        found = laid(mapped.array, known, (entry["x"], entry["y"]), grid, window)
        for m in (mapped, mapped_known):
            if m is not None:
                m.release()
        return found

    def release(self) -> None:
        """Give the pages of the mapped vertices back to the system."""
        for path in self.entries.values():
            for name in (*RAGGED_FILES, "half"):
                file = Path(path) / f"{name}.npy"
                if file.exists():
                    map_array(file).release()

    def vocabulary(self, layer_id: str) -> str:
        """See `Source`."""
        if layer_id not in self.entries:
            return self.vocabularies.get(layer_id, "")
        return str(_entry(self.entries[layer_id])["vocabulary"])

    def incomplete(self, layer_id: str) -> bool:
        """See `Source`."""
        return layer_id in self.partial


def prepared(
    source: Source,
    folder: Path,
    contents: Mapping[str, str],
    grid: Grid,
    *,
    fields: Mapping[str, Sequence[str]],
    rasters: Sequence[str] = (),
    absent: frozenset[str] = frozenset(),
) -> PreparedSource:
    """Prepare layers, or find them prepared.

    Parameters
    ----------
    source : Source
        Read only for what is not there yet.
    folder : Path
        The cache.
    contents : mapping of str to str
        Layer id -> digest of what it is made from.
    grid : Grid
        Of the rasters.
    fields : mapping of str to list of str
        Attributes to keep by feature layer.
    rasters : sequence of str
        Which of the layers are rasters.
    absent : frozenset of str
        Layers assumed absent.
    """
    entries = {}
    for layer_id, content in contents.items():
        if layer_id in rasters:
            found = prepare_raster(folder, layer_id, content, source, grid)
        else:
            found = prepare_features(
                folder, layer_id, content, source, fields.get(layer_id, ())
            )
        entries[layer_id] = str(found)
    partial = frozenset(x for x in contents if source.incomplete(x))
    return PreparedSource(entries, absent, partial=partial)
