"""What a finished run folder holds: summary, layers, rasters and tables by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say
from layers.result import read_layer, read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["RunContents", "either", "run_contents", "text_of"]


@dataclass(frozen=True)
class RunContents:
    """A run folder, indexed.

    Attributes
    ----------
    path
        The folder.
    summary
        ``summary.json``.
    layers, tables
        Names that `layer` and `table` accept.
    rasters
        Id -> file.
    """

    path: Path
    summary: Mapping[str, Any]
    layers: tuple[str, ...]
    tables: tuple[str, ...]
    rasters: Mapping[str, Path]

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Features of layer `name` in the plan CRS."""
        return read_layer(self.path, name)

    def table(self, name: str) -> pd.DataFrame:
        """Table `name`."""
        return read_table(self.path, name)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - JSON
        """A value of the summary by dotted key, `default` where it is not."""
        found: Any = self.summary
        for part in key.split("."):
            if not isinstance(found, Mapping) or part not in found:
                return default
            found = found[part]
        return found


def either(value: Mapping[str, Any], *keys: str) -> Any:  # noqa: ANN401 - JSON
    """The first of `keys` that `value` has and that is not null.

    Examples
    --------
    >>> either({"a": None, "b": 2}, "a", "b", "c")
    2
    """
    for key in keys:
        if value.get(key) is not None:
            return value[key]
    return None


def text_of(value: Any, fallback: str = "") -> dict[str, str]:  # noqa: ANN401 - JSON
    """A title of the summary in both languages, whatever form it came in.

    Examples
    --------
    >>> text_of({"zh": "甲", "en": "A"})
    {'zh': '甲', 'en': 'A'}
    >>> text_of("x")
    {'zh': 'x', 'en': 'x'}
    """
    if isinstance(value, Mapping):
        zh = str(value.get("zh") or value.get("en") or fallback)
        return {"zh": zh, "en": str(value.get("en") or zh)}
    text = fallback if value is None else str(value)
    return {"zh": text, "en": text}


def run_contents(run: Path) -> RunContents:
    """Index the run folder `run`.

    Raises
    ------
    DataError
        When it is not the folder of a finished run.
    """
    path = run / "summary.json"
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise DataError(
            say("geoplan.faults.not_a_finished_run"),
            where=str(run),
            expected="summary.json",
            todo=say("geoplan.faults.run_to_folder"),
        ) from err
    except ValueError as err:
        raise DataError(
            say("geoplan.faults.summary_damaged"), where=str(path), got=foreign_reason(err)
        ) from err
    rasters: dict[str, Path] = {}
    for step in sorted((run / "steps").glob("*/step.json")):
        body = json.loads(step.read_text(encoding="utf-8"))
        for name, rel in body.get("rasters", {}).items():
            if (run / rel).exists():
                rasters[name] = run / rel
    return RunContents(
        path=run,
        summary=summary,
        layers=_names(run, ".layer.parquet"),
        tables=_names(run, ".table.parquet"),
        rasters=rasters,
    )


def _names(run: Path, suffix: str) -> tuple[str, ...]:
    found = (run / "steps").glob(f"*/*{suffix}")
    return tuple(sorted({p.name.removesuffix(suffix) for p in found}))
