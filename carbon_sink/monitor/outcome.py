"""The part of ``summary.json`` that the step monitor owns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.spec import Outcome, Text

__all__ = ["InventoryLine", "MonitorPart", "MonitorSummary", "TargetState"]


class TargetState(Outcome):
    """A target over the years."""

    id: str = Field(description="target")
    caliber: str = Field(description="definition it is followed in")
    basis: Literal["trend", "measures", "none"] = Field(
        description="what carries the figure beyond the last date"
    )
    dates: int = Field(description="years with a figure")
    last_seen: int | None = Field(description="last of them")
    met_in: int | None = Field(description="first year the target holds; null: never")
    met_earliest: int | None = Field(
        description="by the interval, earliest; null: never, or no interval"
    )
    met_latest: int | None = Field(
        description="by the interval, latest; null: perhaps never, or no interval"
    )
    lost_in: int | None = Field(
        default=None, description="first year after it was met in which it holds no longer"
    )
    text: Text = Field(description="the same as a sentence")


class InventoryLine(Outcome):
    """A total of the inventory tables, which the workbook's formulas have to reach."""

    id: str = Field(description="which total")
    value: float | None = Field(description="its value; null: not estimated")
    unit: str = Field(description="its unit")


class MonitorSummary(Outcome):
    """Yearly series, trends, targets by year, totals of the inventory."""

    series: int = Field(description="indicators and calibers followed")
    years: tuple[int, ...] = Field(description="years with any figure")
    trends: int = Field(description="series with enough dates for a trend")
    targets: tuple[TargetState, ...] = Field(description="targets over the years")
    inventory: tuple[InventoryLine, ...] = Field(description="totals of the tables")
    change_maps: tuple[str, ...] = Field(description="rasters of change between dates")


class MonitorPart(Outcome):
    """What the step monitor adds to the summary."""

    monitor: MonitorSummary = Field(description="monitoring")
