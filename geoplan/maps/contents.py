"""What a run folder holds: summary, layers, rasters and tables by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.maps.themes import VectorTheme, themes
from geoplan.maps.values import Words
from geoplan.summary import (
    ProvenancePart,
    RunPart,
    RunSummary,
    plan_part,
    read_run_summary,
    source_parts,
)
from gis.errors import ConfigError
from gis.say import both, say, texts_of
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from layers.result import read_layer, read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "InMemory",
    "RunContents",
    "class_word",
    "county_frame",
    "named_ids",
    "paper_contents",
    "plan_summary",
    "run_contents",
    "same_words",
    "vector_themes",
]


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
    frames
        Layers that no step has written, by name.
    """

    path: Path
    summary: RunSummary
    layers: tuple[str, ...]
    tables: tuple[str, ...]
    rasters: Mapping[str, Path]
    open_rules: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    titles: Mapping[str, Words] = field(default_factory=dict)
    frames: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """Features of layer `name` in the plan CRS."""
        return self.frames[name] if name in self.frames else read_layer(self.path, name)

    def table(self, name: str) -> pd.DataFrame:
        """Table `name`."""
        return read_table(self.path, name)


@dataclass(frozen=True)
class InMemory(RunContents):
    """What no run has written, in the shape of a run.

    Attributes
    ----------
    sheets
        Name -> table; layers are those of `frames`.
    """

    sheets: Mapping[str, pd.DataFrame] = field(default_factory=dict)

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


def named_ids(summary: RunSummary) -> dict[str, Words]:
    """Titles of what features carry the id of: indicators, and cases of facilities."""
    goals = {x.id: _both(x.title) for x in summary.indicators or ()}
    return goals | {x.id: _both(x.title) for x in summary.facilities or ()}


def class_word(code: str) -> Words:
    """What a code word of a layer is called; itself where it is a name.

    Examples
    --------
    >>> class_word("cable"), class_word("PV-01")["en"]
    ({'zh': '集电线路', 'en': 'cables'}, 'PV-01')
    """
    known = f"word.{code}" in texts_of("geoplan.map")
    return both(say(f"geoplan.map.word.{code}")) if known else same_words(code)


def vector_themes(summary: RunSummary) -> tuple[VectorTheme, ...]:
    """The vector themes of a run; only a bundled outline is called indicative."""
    if summary.plan.boundary or summary.plan.boundary_official:
        return themes().vector
    return tuple(
        v if v.bundled_title is None else v.model_copy(update={"title": v.bundled_title})
        for v in themes().vector
    )


def _both(title: Callable[[str], str]) -> Words:
    return {"zh": title("zh"), "en": title("en")}


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


def county_frame(plan: Plan) -> gpd.GeoDataFrame:
    """The county of a plan as a layer of one feature, plan CRS."""
    import geopandas as gpd  # heavy

    title = plan.plan.title
    return gpd.GeoDataFrame(
        {"name_zh": [title.zh], "name_en": [title.en]},
        geometry=[county_boundary(plan)],
        crs=plan_crs(plan),
    )


def paper_contents(run: Path, county: gpd.GeoDataFrame | None = None) -> RunContents:
    """What is printed of a run: as `run_contents`, with a county to draw it in.

    Parameters
    ----------
    run : Path
    county : GeoDataFrame, optional
        Of `county_frame`, for a run in which no step has left the county, such as one of
        carbon alone.

    Raises
    ------
    ConfigError
        When the run has no county and none is given.
    """
    contents = run_contents(run)
    if "county" in contents.layers:
        return contents
    if county is None:
        raise ConfigError(
            say("geoplan.faults.no_county_in_run"),
            where=str(run),
            todo=say("geoplan.faults.no_county_in_run_todo"),
        )
    return replace(
        contents,
        layers=(*contents.layers, "county"),
        frames={**contents.frames, "county": county},
    )


def _names(run: Path, suffix: str) -> tuple[str, ...]:
    found = (run / "steps").glob(f"*/*{suffix}")
    return tuple(sorted({p.name.removesuffix(suffix) for p in found}))
