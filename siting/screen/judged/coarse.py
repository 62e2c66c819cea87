"""Rasters of classes that judge no land: too coarse, or classes only their owner knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from gis.files.read import raster_info
from gis.say import listed, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.open.plan_layers import layer_state, own_classes
from layers.open.raster_values import cell_m
from layers.open.read_layer import file_of, where_of
from layers.plan.model import Plan
from layers.result import Warn
from layers.vocabulary import vocabularies

__all__ = [
    "coarse_files",
    "coarse_limit_m",
    "coarse_m",
    "coarse_warnings",
    "own_class_warnings",
]


def coarse_limit_m(cell_of_grid_m: float) -> float:
    """Widest cell of a raster of classes that judges land on a grid [m].

    Examples
    --------
    >>> coarse_limit_m(10.0), coarse_limit_m(100.0)
    (100.0, 500.0)
    """
    limit = read_toml("siting.screen.judged", "limits.toml")["coarse"]
    return float(max(limit["value"], limit["cells"] * cell_of_grid_m))


@lru_cache(maxsize=64)
def _cell_m(path: Path, crs: str, changed: int) -> float:
    del changed  # a file that is written anew is looked at anew
    return cell_m(raster_info(path, crs=crs))


def coarse_m(plan: Plan, layer_id: str) -> float:
    """Side of the cells of a raster of classes too coarse to judge by [m]; 0 for all others.

    Raises
    ------
    DataError
        When the file cannot be opened.
    """
    if layer_of(layer_id).kind != "classes" or layer_state(plan, layer_id) != "available":
        return 0.0
    source = plan.layers[layer_id]
    path = file_of(plan, layer_id, source)
    cell = _cell_m(path, source.crs, path.stat().st_mtime_ns if path.exists() else 0)
    return cell if cell > coarse_limit_m(plan.area.cell_m) else 0.0


def coarse_warnings(plan: Plan, layer_ids: Iterable[str]) -> list[Warn]:
    """Rasters of classes that judge no rule, one warning each."""
    out = []
    for layer_id in layer_ids:
        cell = coarse_m(plan, layer_id) if layer_id in plan.layers else 0.0
        if cell:
            text = say(
                "siting.screen.classes_too_coarse",
                layer=layer_of(layer_id).title,
                cell_m=cell,
                limit_m=coarse_limit_m(plan.area.cell_m),
            )
            out.append(Warn("classes_too_coarse", text, where_of(plan, layer_id)))
    return out


def own_class_warnings(plan: Plan, layer_ids: Iterable[str]) -> list[Warn]:
    """Layers whose classes only the plan's table of pools explains: they judge no rule."""
    return [
        Warn(
            "classes_of_ones_own",
            say(
                "siting.screen.classes_of_ones_own",
                layer=layer_of(i).title,
                known=listed(vocabularies()),
            ),
            where_of(plan, i),
        )
        for i in layer_ids
        if i in plan.layers and own_classes(plan, i)
    ]


def coarse_files(given: Mapping[str, object], cell_of_grid_m: float) -> frozenset[str]:
    """Layers given as raster files that are too coarse to judge by.

    An array somebody holds in hand is taken as it is.

    Parameters
    ----------
    given : mapping
        Layer id -> file or array.
    cell_of_grid_m : float
    """
    limit = coarse_limit_m(cell_of_grid_m)
    return frozenset(
        k
        for k, path in given.items()
        if isinstance(path, Path)
        and layer_of(k).kind == "classes"
        and cell_m(raster_info(path)) > limit
    )
