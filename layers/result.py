"""Results that say where they come from, and the folder a run leaves behind.

A run writes into a folder beside its target and moves it into place when complete, so an
interrupted run never damages the last good result, and resumes from its finished steps.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from gis.errors import DataError
from gis.say import LANGS, Lang, say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "Progress",
    "Provenance",
    "RunFolder",
    "StepResult",
    "Warn",
    "adopt_step",
    "digest",
    "file_sha256",
    "finish_step",
    "open_run",
    "provenance",
    "publish",
    "read_layer",
    "read_summary",
    "read_table",
    "save_step",
    "step_finished",
    "to_json",
    "write_json",
]

_PACKAGES = (
    "pingluo-geoplan",
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "pyproj",
    "rasterio",
    "pyogrio",
    "numba",
    "pvlib",
    "windpowerlib",
    "folium",
)


@dataclass(frozen=True)
class Provenance:
    """What a result was computed from.

    Attributes
    ----------
    inputs
        Input name -> sha256 of its bytes.
    rule_books
        Rule book id -> version (as-of date and content digest).
    parameters
        What the user or the plan chose.
    versions
        Package -> version.
    """

    inputs: Mapping[str, str]
    rule_books: Mapping[str, str]
    parameters: Mapping[str, Any]
    versions: Mapping[str, str]

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that name this combination."""
        return digest(self.inputs, self.rule_books, self.parameters, self.versions)[:12]

    def as_dict(self) -> dict[str, Any]:
        """For ``summary.json``."""
        return {
            "run_id": self.id,
            "inputs": dict(self.inputs),
            "rule_books": dict(self.rule_books),
            "parameters": dict(self.parameters),
            "versions": dict(self.versions),
        }


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, or of the names and bytes of all files of a folder.

    A Shapefile's side files (same stem) are part of it.

    Raises
    ------
    DataError
        When the path does not exist.
    """
    h = hashlib.sha256()
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
    elif path.suffix.lower() == ".shp":
        files = sorted(path.parent.glob(path.stem + ".*"))
    else:
        files = [path]
    if not files or not files[0].exists():
        raise DataError(
            say("layers.room.file_missing"), where=str(path), todo=say("layers.room.check_path")
        )
    for f in files:
        if len(files) > 1:
            h.update(f.name.encode())
        with f.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                h.update(chunk)
    return h.hexdigest()


def provenance(
    inputs: Mapping[str, Path],
    rule_books: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Provenance:
    """Compute the provenance of a result from its inputs."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return Provenance(
        inputs={k: file_sha256(p) for k, p in sorted(inputs.items())},
        rule_books=dict(rule_books or {}),
        parameters=dict(parameters or {}),
        versions=versions,
    )


def to_json(value: Any) -> Any:  # noqa: ANN401
    """`value` as what `json` can write: NaN becomes null, numpy scalars plain numbers.

    Examples
    --------
    >>> to_json({"a": np.float64("nan"), "b": (np.int64(2),)})
    {'a': None, 'b': [2]}
    """
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return [to_json(v) for v in value.tolist()]
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [to_json(v) for v in items]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, int | bool):
        return value
    return str(value)


def digest(*values: Any) -> str:  # noqa: ANN401
    """SHA-256 of the canonical JSON of `values`; equal values, equal digest."""
    text = json.dumps(to_json(values), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401
    """Write `value` as UTF-8 JSON through a temporary file, so no half file is left."""
    tmp = path.with_name(path.name + ".tmp")
    tmp.write_text(json.dumps(to_json(value), ensure_ascii=False, indent=1), encoding="utf-8")
    tmp.replace(path)


Progress = Callable[[str, int, int], None]
"""Called with a label, what is done and what there is to do."""


@dataclass(frozen=True)
class Warn:
    """Something the reader of a result has to know.

    Attributes
    ----------
    code
        Stable name, ``"layer_missing"``.
    text
        The sentence, said in the language it is called with: a `gis.say.Sentence` or a
        `layers.spec.Text`.
    where
        Layer, rule, site or file it is about.
    """

    code: str
    text: Callable[[Lang], str]
    where: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For ``summary.json``."""
        return {
            "code": self.code,
            "text": {lang: self.text(lang) for lang in LANGS},
            "where": self.where,
        }


@dataclass(frozen=True)
class StepResult:
    """What one step of a run gives back.

    Attributes
    ----------
    summary
        The step's part of ``summary.json``.
    tables
        Name -> table; written as CSV and as a sheet of the workbook.
    layers
        Name -> features in the plan CRS; a layer of ``results.gpkg``.
    rasters
        Name -> file below the run folder.
    warnings
        What the reader must know.
    """

    summary: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    rasters: Mapping[str, Path] = field(default_factory=dict)
    warnings: Sequence[Warn] = ()


@dataclass(frozen=True)
class RunFolder:
    """A run under way: `work` is written to, `target` is where it goes when complete."""

    target: Path
    work: Path


def _steps(run: RunFolder) -> dict[str, str]:
    path = run.work / ".steps.json"
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def open_run(target: Path, key: str) -> RunFolder:
    """Start or resume the run that will replace `target`.

    Parameters
    ----------
    target : Path
        Folder of the finished run.
    key : str
        Digest of plan and inputs; a work folder with another key is started afresh.
    """
    target = target.resolve()
    if target.exists() and not target.is_dir():
        raise DataError(say("layers.room.output_file_not_folder"), where=str(target))
    if target.is_dir() and any(target.iterdir()) and not (target / "summary.json").exists():
        raise DataError(
            say("layers.room.output_folder_holds_files_not"),
            where=str(target),
            todo=say("layers.room.choose_empty_new_folder_out"),
        )
    work = target.parent / f".{target.name}.partial"
    marker = work / ".key"
    if work.exists() and (not marker.exists() or marker.read_text(encoding="utf-8") != key):
        shutil.rmtree(work)
    work.mkdir(parents=True, exist_ok=True)
    marker.write_text(key, encoding="utf-8")
    return RunFolder(target=target, work=work)


def step_finished(run: RunFolder, name: str) -> bool:
    """Whether step `name` of this very run was finished before."""
    return name in _steps(run)


def finish_step(run: RunFolder, name: str) -> None:
    """Record that step `name` is finished."""
    done = _steps(run)
    done[name] = "done"
    write_json(run.work / ".steps.json", done)


def save_step(run: RunFolder, name: str, result: StepResult) -> None:
    """Write what step `name` gave, then record it as finished.

    Tables and layers are kept as Parquet below ``steps/`` (the exports are made from them
    at the end of the run), the summary and warnings as JSON.
    """
    folder = run.work / "steps" / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for key, table in result.tables.items():
        table.to_parquet(folder / f"{key}.table.parquet", index=False)
    for key, layer in result.layers.items():
        layer.to_parquet(folder / f"{key}.layer.parquet", index=False)
    body = {
        "summary": result.summary,
        "warnings": [w.as_dict() for w in result.warnings],
        "rasters": {
            k: str(p.resolve().relative_to(run.work)) for k, p in result.rasters.items()
        },
    }
    write_json(folder / "step.json", body)
    finish_step(run, name)


def _find(work: Path, name: str) -> Path:
    found = sorted((work / "steps").glob(f"*/{name}"))
    if not found:
        raise DataError(
            say("layers.room.earlier_step_result_not_run"),
            where=str(work),
            expected=name,
            todo=say("layers.room.run_earlier_step_first"),
        )
    return found[0]


def read_layer(work: Path, name: str) -> gpd.GeoDataFrame:
    """Features `name` that an earlier step left in the run folder `work`.

    Raises
    ------
    DataError
        When no step has written it.
    """
    import geopandas as gpd  # heavy

    return gpd.read_parquet(_find(work, f"{name}.layer.parquet"))


def read_table(work: Path, name: str) -> pd.DataFrame:
    """Table `name` that an earlier step left in the run folder `work`.

    Raises
    ------
    DataError
        When no step has written it.
    """
    import pandas as pd  # heavy

    return pd.read_parquet(_find(work, f"{name}.table.parquet"))


def read_summary(work: Path, step: str) -> dict[str, Any]:
    """Summary, warnings and raster paths of a finished step."""
    path = work / "steps" / step / "step.json"
    if not path.exists():
        raise DataError(
            say("layers.room.step_has_not_been_run"), where=str(work), expected=step
        )
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def adopt_step(run: RunFolder, name: str) -> None:
    """Take the finished step `name` over from the target of the run, which stays as it is."""
    source = run.target / "steps" / name
    shutil.copytree(source, run.work / "steps" / name, dirs_exist_ok=True)
    body = json.loads((source / "step.json").read_text(encoding="utf-8"))
    for path in body["rasters"].values():
        copy = run.work / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(run.target / path, copy)
    finish_step(run, name)


def publish(run: RunFolder) -> Path:
    """Move the finished run into place; the former result goes only after that."""
    for name in (".key", ".steps.json"):
        (run.work / name).unlink(missing_ok=True)
    old = run.target.parent / f".{run.target.name}.old"
    if old.exists():
        shutil.rmtree(old)
    if run.target.exists():
        os.replace(run.target, old)  # noqa: PTH105 - same volume, one call
    os.replace(run.work, run.target)  # noqa: PTH105
    if old.exists():
        shutil.rmtree(old)
    return run.target
