"""What a run folder holds: summary, layers, rasters and tables by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.maps.values import Words
from geoplan.summary import (
    ProvenancePart,
    RunPart,
    RunSummary,
    plan_part,
    read_run_summary,
    source_parts,
)
from layers.plan.model import Plan
from layers.result import read_layer, read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["InMemory", "RunContents", "plan_summary", "run_contents", "same_words"]


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
    open_rules
        Technology that is judged provisionally -> rules in force not judged, rules in force.
    titles
        Id a feature carries -> what it is called, beside the indicators of the summary.
    """

    path: Path
    summary: RunSummary
    layers: tuple[str, ...]
    tables: tuple[str, ...]
    rasters: Mapping[str, Path]
    open_rules: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    titles: Mapping[str, Words] = field(default_factory=dict)

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Features of layer `name` in the plan CRS."""
        return read_layer(self.path, name)

    def table(self, name: str) -> pd.DataFrame:
        """Table `name`."""
        return read_table(self.path, name)


@dataclass(frozen=True)
class InMemory(RunContents):
    """What no run has written, in the shape of a run.

    Attributes
    ----------
    frames, sheets
        Name -> layer, name -> table.
    """

    frames: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    sheets: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Layer `name` of `frames`."""
        return self.frames[name]

    def table(self, name: str) -> pd.DataFrame:
        """Table `name` of `sheets`."""
        return self.sheets[name]


def same_words(text: str) -> Words:
    """What reads the same in both languages.

    Examples
    --------
    >>> same_words("PV-01")
    {'zh': 'PV-01', 'en': 'PV-01'}
    """
    return {"zh": text, "en": text}


def plan_summary(plan: Plan, run_id: str = "") -> RunSummary:
    """The head of a summary, for pages that stand on a plan and no run."""
    return RunSummary(
        plan=plan_part(plan),
        sources=source_parts(plan),
        run=RunPart(id=run_id),
        provenance=ProvenancePart(run_id=run_id),
    )


def run_contents(run: Path) -> RunContents:
    """Index the run folder `run`.

    Raises
    ------
    DataError
        When it is not the folder of a finished run.
    """
    summary = read_run_summary(run)
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
        open_rules={
            tech: (part.not_judged, part.of)
            for tech, part in (summary.screening or {}).items()
            if part.provisional
        },
    )


def _names(run: Path, suffix: str) -> tuple[str, ...]:
    found = (run / "steps").glob(f"*/*{suffix}")
    return tuple(sorted({p.name.removesuffix(suffix) for p in found}))
