"""What a step of a run gives, and how later steps and documents read it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, cast, overload

from pydantic import ValidationError
from typing_extensions import TypeVar

from gis.errors import DataError
from gis.say import LANGS, Lang, plan_key_of, say
from layers.plain_json import JsonObject, write_json
from layers.run_folder import RunFolder, finish_step
from layers.spec import Outcome

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "Progress",
    "StepResult",
    "Warn",
    "optional_layer",
    "optional_table",
    "read_layer",
    "read_summary",
    "read_table",
    "save_step",
    "within",
]

_THOUSAND = 1000

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

    @property
    def plan_key(self) -> str:
        """Key of the plan that settles it, as its sentence has it beside it; else empty."""
        return plan_key_of(self.text)

    def as_dict(self) -> JsonObject:
        """For ``summary.json``."""
        return {
            "code": self.code,
            "text": {lang: self.text(lang) for lang in LANGS},
            "where": self.where,
            "plan_key": self.plan_key,
        }


def within(progress: Progress, at: int, of: int) -> Progress:
    """Tells of one of several things alike, one after the other, as a part of them all.

    Examples
    --------
    >>> heard = []
    >>> within(lambda *x: heard.append(x), 1, 4)("screen wind", 1, 2)
    >>> heard  # a quarter, and half of the second one
    [('screen wind', 375, 1000)]
    """

    def told(label: str, done: int, total: int) -> None:
        if total:
            progress(label, round(_THOUSAND * (at + done / total) / of), _THOUSAND)

    return told


S = TypeVar("S", bound=Outcome | Mapping[str, Any], default=Mapping[str, Any])
M = TypeVar("M", bound=Outcome)


@dataclass(frozen=True)
class StepResult(Generic[S]):
    """What one step of a run gives back.

    Attributes
    ----------
    summary
        The step's part of ``summary.json``: a frozen model the step owns.
    tables
        Name -> table; written as CSV and as a sheet of the workbook.
    layers
        Name -> features in the plan CRS; a layer of ``results.gpkg``.
    rasters
        Name -> file below the run folder.
    warnings
        What the reader must know.
    """

    summary: S = field(default_factory=lambda: cast("S", {}))
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    rasters: Mapping[str, Path] = field(default_factory=dict)
    warnings: Sequence[Warn] = ()


def save_step(
    run: RunFolder,
    name: str,
    result: StepResult,
    needs: Iterable[str] = (),
    *,
    made_by: str = "",
    reads: Mapping[str, str] | None = None,
) -> None:
    """Write what step `name` gave, then record it as finished, as `finish_step` does.

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
    finish_step(run, name, needs, made_by=made_by, reads=reads)


def _find(work: Path, name: str) -> Path | None:
    return next(iter(sorted((work / "steps").glob(f"*/{name}"))), None)


def _found(work: Path, name: str) -> Path:
    path = _find(work, name)
    if path is None:
        raise DataError(
            say("layers.room.earlier_step_result_not_run"),
            where=str(work),
            expected=name,
            todo=say("layers.room.run_earlier_step_first"),
        )
    return path


def _layer(path: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd  # heavy

    return gpd.read_parquet(path)


def _table(path: Path) -> pd.DataFrame:
    import pandas as pd  # heavy

    return pd.read_parquet(path)


def read_layer(work: Path, name: str) -> gpd.GeoDataFrame:
    """Features `name` that an earlier step left in the run folder `work`.

    Raises
    ------
    DataError
        When no step has written it.
    """
    return _layer(_found(work, f"{name}.layer.parquet"))


def optional_layer(work: Path, name: str) -> gpd.GeoDataFrame | None:
    """Features `name` of an earlier step, or None when no step has written them."""
    path = _find(work, f"{name}.layer.parquet")
    return None if path is None else _layer(path)


def read_table(work: Path, name: str) -> pd.DataFrame:
    """Table `name` that an earlier step left in the run folder `work`.

    Raises
    ------
    DataError
        When no step has written it.
    """
    return _table(_found(work, f"{name}.table.parquet"))


def optional_table(work: Path, name: str) -> pd.DataFrame | None:
    """Table `name` of an earlier step, or None when no step has written it."""
    path = _find(work, f"{name}.table.parquet")
    return None if path is None else _table(path)


@overload
def read_summary(work: Path, step: str) -> dict[str, Any]: ...
@overload
def read_summary(work: Path, step: str, kind: type[M]) -> M: ...
def read_summary(work: Path, step: str, kind: type[M] | None = None) -> dict[str, Any] | M:
    """What a finished step left beside its tables.

    Parameters
    ----------
    work : Path
        Run folder.
    step : str
        Name of the step.
    kind : type of Outcome, optional
        The model of the step's summary.

    Returns
    -------
    Outcome or dict
        The summary as `kind`; without a model the whole record: ``summary``, ``warnings``
        and ``rasters`` (paths below the run folder).

    Raises
    ------
    DataError
        When the step has not been run, or its summary is not one of `kind`.
    """
    path = work / "steps" / step / "step.json"
    if not path.exists():
        raise DataError(
            say("layers.room.step_has_not_been_run"),
            where=str(work),
            expected=step,
            todo=say("layers.room.run_earlier_step_first"),
        )
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if kind is None:
        return found
    try:
        return kind.model_validate(found["summary"])
    except ValidationError as err:
        wrong = ", ".join(".".join(map(str, e["loc"])) for e in err.errors()[:8])
        raise DataError(
            say("layers.room.step_written_by_another_version"),
            where=str(path),
            got=wrong,
            todo=say("layers.room.run_step_again"),
        ) from err
