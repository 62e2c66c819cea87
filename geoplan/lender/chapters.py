"""Chapters of the report on one plant, as ``chapters.toml`` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from geoplan.report.frames import with_millions
from gis.toml import read_toml
from layers.result import optional_layer, optional_table
from layers.spec import Frozen

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "Chapter",
    "Kind",
    "TableSpec",
    "chapters",
    "farm_layer",
    "plant_table",
    "prefix_of",
]

Kind = Literal["pv", "wind", "hybrid"]
_LIFE = ("pv_life", "repower_life", "greenfield_life", "hybrid_life")
_HOURS = (
    *("pv_hour_month", "repower_hour_month", "greenfield_hour_month", "hybrid_hour_month"),
)
# tables that are a part of a table of the run
_FARM = "farm_"
_LAYERS = frozenset({"turbines_new", "greenfield_turbines"})  # features shown as a table
# what a repowered farm shares with the turbines that stood there
_OF_FARM = {
    "repower_sources": "wind_sources",
    "repower_weibull": "wind_weibull",
    "repower_speed_classes": "wind_speed_classes",
    "repower_speed_hours": "wind_hour_month",
    "repower_turbines": "turbines_new",
}
_LEVELS = {"money_flow_p50": 50, "money_flow_p90": 90}


class TableSpec(Frozen):
    """A table of the report.

    Attributes
    ----------
    name
        Table of the run, ``plant_life`` and ``plant_hours`` of whichever step made them,
        ``farm_`` for the farm's own (``repower_``, ``greenfield_`` or its layer of turbines),
        ``money_flow_p50`` and ``money_flow_p90`` of the cash flow, or a name of
        `geoplan.lender.derived.DERIVED`.
    kinds
        Plants it is shown for; empty: all of the chapter's.
    columns
        See `geoplan.report.frames.frame_table`; empty shows the figures alone.
    of
        Column that holds the plant; a table without it is of the whole run.
    needed
        Said as missing where the run has none of it.
    """

    name: str
    kinds: tuple[Kind, ...] = ()
    columns: tuple[str, ...] = ()
    of: str = ""
    digits: Annotated[int, Field(ge=0, le=6)] = 1
    most: Annotated[int, Field(ge=1, le=1000)] = 100
    figures: tuple[str, ...] = ()
    needed: bool = False


class Chapter(Frozen):
    """A chapter: its heading is ``geoplan.lender.h_<id>``, its note ``note_<id>``."""

    id: str
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    tables: tuple[TableSpec, ...] = ()


@cache
def chapters() -> tuple[Chapter, ...]:
    """Chapters in the order of the report.

    Examples
    --------
    >>> [c.id for c in chapters()][:2]
    ['resource', 'equipment']
    """
    rows = read_toml("geoplan.lender", "chapters.toml")["chapter"]
    return tuple(Chapter.model_validate(row) for row in rows)


def prefix_of(run: Path, farm: str) -> str:
    """``"greenfield"`` for a new farm of the run, ``"repower"`` for one that is replaced."""
    life = optional_table(run, "greenfield_life")
    new = life is not None and (life["plant"].astype(str) == farm).any()
    return "greenfield" if new else "repower"


def _resolved(run: Path, name: str, plant: str) -> str:
    if not name.startswith(_FARM):
        return name
    own = f"{prefix_of(run, plant)}_{name.removeprefix(_FARM)}"
    return _OF_FARM.get(own, own)


def farm_layer(run: Path, farm: str) -> gpd.GeoDataFrame | None:
    """Turbines of a new or repowered farm, as features."""
    return optional_layer(run, _resolved(run, "farm_turbines", farm))


def plant_table(
    run: Path, spec: TableSpec, plant: str, more: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame | None:
    """Rows of a table that are of `plant`; None where the run has none.

    Parameters
    ----------
    run : Path
        Run folder with ``steps/``.
    spec : TableSpec
    plant : str
        Site id or name of a farm.
    more : mapping, optional
        Tables that were made for the report and are not in the run.
    """
    import pandas as pd  # heavy

    table: pd.DataFrame | None
    name = _resolved(run, spec.name, plant)
    if more is not None and spec.name in more:
        table = more[spec.name]
    elif spec.name in {"plant_life", "plant_hours"}:
        names = _LIFE if spec.name == "plant_life" else _HOURS
        found = [t for n in names if (t := optional_table(run, n)) is not None]
        table = pd.concat(found, ignore_index=True) if found else None
    elif spec.name in _LEVELS:
        table = optional_table(run, "money_flow")
        if table is not None and len(table):
            table = table[table["level"] == _LEVELS[spec.name]]
    elif name in _LAYERS:
        layer = optional_layer(run, name)
        table = None if layer is None else pd.DataFrame(layer.drop(columns="geometry"))
    else:
        table = optional_table(run, name)
    if table is None:
        return None
    column = "plant" if spec.name in {"plant_life", "plant_hours"} else spec.of
    if column and column in table:
        own = table[column].astype(str)
        table = table[(own == plant) | (own == "")]
    return with_millions(table) if len(table) else None
