"""A repaired copy of a plan's layers, and a plan that points at it; nothing is overwritten."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError, GeoplanError
from gis.files.given import given_bytes
from gis.files.write import write_features
from gis.say import os_reason, say
from layers.catalogue import layer as layer_of
from layers.doctor.features import as_it_is
from layers.doctor.mend import Change, Mended, mended
from layers.open.read_layer import layer_state
from layers.plan.model import Plan

__all__ = ["Copy", "LayerAreas", "write_copy"]

_POLYGON = (3, 6)


@dataclass(frozen=True)
class LayerAreas:
    """Rows and ellipsoidal area of a layer before and after; areas NaN but for polygons."""

    layer: str
    rows_before: int
    rows_after: int
    area_before_m2: float
    area_after_m2: float


@dataclass(frozen=True)
class Copy:
    """What was written.

    Attributes
    ----------
    plan
        The plan file in the new folder.
    changes
        Every change of every layer.
    areas
        Of each layer that was written.
    unread
        Layers that could not be looked at: another kind of file, a database, no CRS.
    """

    plan: Path
    changes: tuple[Change, ...]
    areas: tuple[LayerAreas, ...]
    unread: tuple[str, ...]


def _area(table: Any) -> float:  # noqa: ANN401 - a GeoDataFrame
    shapes = table.geometry.to_numpy()
    own = shapes[np.isin(shapely.get_type_id(shapes), _POLYGON)]
    if not len(own):
        return float("nan")
    try:
        return float(np.nansum(polygon_area_m2(own, table.crs)))
    except GeoplanError:  # numbers that cannot be in the system they are declared in
        return float("nan")


def _new_folder(folder: Path) -> None:
    """Refuse a folder that holds something, a file, and the inside of a database."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(
            say("layers.doctor.folder_not_empty"),
            where="--repair",
            got=str(folder),
            todo=say("layers.doctor.name_new_folder"),
        )
    if any(p.suffix.lower() == ".gdb" for p in (folder, *folder.resolve().parents)):
        raise ConfigError(
            say("layers.doctor.folder_in_database"),
            where="--repair",
            got=str(folder),
            todo=say("layers.doctor.name_new_folder"),
        )


def _from_base(path: Path, base: Path) -> str:
    """A path as the plan writes it: from the data folder where both are on one drive."""
    try:
        return Path(os.path.relpath(path, base)).as_posix()
    except ValueError:
        return path.as_posix()


def _plan_text(plan: Plan, folder: Path, done: Mapping[str, Mended]) -> str:
    """The plan file with the layers that were written; the rest stays as it is."""
    import tomlkit

    doc = tomlkit.parse(given_bytes(plan.path, ConfigError).decode("utf-8-sig"))
    data = doc.setdefault("data", tomlkit.table())
    data.pop("sample", None)
    data["root"] = _from_base(plan.base, folder)
    books = doc.get("screening", {}).get("books")
    if books is not None:
        own = plan.path.parent
        doc["screening"]["books"] = [
            _from_base((own / b).resolve(), folder) if str(b).endswith(".toml") else b
            for b in books
        ]
    for layer_id, found in done.items():
        table = doc["layers"][layer_id]
        for key in ("layer", "encoding", "crs"):
            table.pop(key, None)
        table["path"] = _from_base(folder / f"{layer_id}.gpkg", plan.base)
        for name, column in found.fields.items():
            table.setdefault("fields", tomlkit.inline_table())[name] = column
    return tomlkit.dumps(doc)


def write_copy(
    plan: Plan, folder: Path, progress: Callable[[int, int], None] = lambda *_: None
) -> Copy:
    """Mend what is safe to mend and write the layers that changed, with a plan, into `folder`.

    Parameters
    ----------
    plan : Plan
    folder : Path
        New or empty. Files of the plan are read only.
    progress : callable
        Told how many of the layers were looked at.

    Returns
    -------
    Copy

    Raises
    ------
    ConfigError
        The folder holds something or cannot be written; then nothing of it is left.
    """
    folder = folder.resolve()
    _new_folder(folder)
    done: dict[str, Mended] = {}
    areas, unread = [], []
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as err:
        raise _not_written(folder, err) from err
    try:
        for done_so_far, layer_id in enumerate(plan.layers):
            progress(done_so_far, len(plan.layers))
            spec = layer_of(layer_id)
            if spec.kind != "features" or layer_state(plan, layer_id) != "available":
                continue
            held = as_it_is(plan, layer_id)
            if held is None:
                unread.append(layer_id)
                continue
            found = mended(plan, layer_id, held)
            if not found.changes:
                continue
            done[layer_id] = found
            write_features(part / f"{layer_id}.gpkg", layer_id, found.table, append=False)
            areas.append(
                LayerAreas(
                    layer_id,
                    len(held.table),
                    len(found.table),
                    _area(held.table),
                    _area(found.table),
                )
            )
        text = _plan_text(plan, folder, done)
        (part / plan.path.name).write_text(text, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        part.chmod(0o755)
        part.replace(folder)
    except OSError as err:
        raise _not_written(folder, err) from err
    finally:
        shutil.rmtree(part, ignore_errors=True)
    changes = tuple(c for m in done.values() for c in m.changes)
    return Copy(folder / plan.path.name, changes, tuple(areas), tuple(unread))


def _not_written(folder: Path, err: OSError) -> ConfigError:
    return ConfigError(
        say("layers.doctor.copy_cannot_be_written"),
        where=f"--repair {folder}",
        got=os_reason(err),
        todo=say("layers.doctor.name_new_folder"),
    )
