"""Plants that are in operation, from the layers of a plan and a list of projects, each once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from siting.pv.study.section import PvSection
from siting.retire.schedule import Plant, PlantKind

__all__ = ["plants_of"]


def _day(value: Any) -> str:  # noqa: ANN401 - a cell
    """A day or a year of a layer as text; empty where there is none."""
    if value is None or value is pd.NaT or value != value:
        return ""
    if isinstance(value, (int, float, np.number)):
        return str(int(value)) if 1900 <= value <= 2200 else ""
    found = pd.to_datetime(str(value), errors="coerce")
    return "" if found is pd.NaT else str(found.date())


def _number(value: Any) -> float:  # noqa: ANN401
    found = pd.to_numeric(value, errors="coerce")
    return float(found) if found == found else math.nan


def plants_of(
    plan: Plan,
    projects: tuple[Plant, ...] = (),
    lands: Mapping[str, Any] | None = None,
) -> tuple[Plant, ...]:
    """Projects, turbines and PV plants of the layers; what lies in a project is counted there.

    Parameters
    ----------
    plan : Plan
    projects : tuple of Plant
    lands : mapping, optional
        Id of a project -> its land in the plan's CRS.

    Returns
    -------
    tuple of Plant
        Capacity of PV layers is AC and becomes DC by the plan's ratio.
    """
    ratio = float(plan.section(PvSection).dc_ac_ratio)
    out = list(projects)
    for layer, kind in (("turbines", "wind"), ("existing_pv", "pv")):
        table = open_features(plan, layer)
        if table is None:
            continue
        out += _of_layer(table, kind, _taken(projects, lands or {}, kind), ratio)  # type: ignore[arg-type]
    return tuple(out)


def _taken(projects: tuple[Plant, ...], lands: Mapping[str, Any], kind: str) -> Any:  # noqa: ANN401
    own = [lands[p.id] for p in projects if p.kind == kind and lands.get(p.id) is not None]
    return shapely.union_all(own) if own else shapely.MultiPolygon()


def _of_layer(table: Any, kind: PlantKind, taken: Any, ratio: float) -> list[Plant]:  # noqa: ANN401
    columns = set(table.columns)
    rows = table[~shapely.intersects(taken, table.geometry.to_numpy())]
    out = []
    for k, row in enumerate(rows.to_dict("records"), 1):
        if kind == "wind":
            if row.get("status") == "retired":
                continue
            name = str(row.get("turbine_id") or k)
            size = (
                _number(row.get("capacity_kw")) / 1000 if "capacity_kw" in columns else math.nan
            )
            began = _day(row.get("on_grid"))
        else:
            name = str(row.get("name") or k)
            size = (
                _number(row.get("capacity_mw")) * ratio
                if "capacity_mw" in columns
                else math.nan
            )
            began = _day(row.get("year"))
        out.append(Plant(name, name, kind, size, began))
    return out
