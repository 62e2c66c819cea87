"""Features read as a layer of the catalogue is, under another key of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.open.place import place_of_key, refuse_place
from layers.open.read_layer import LayerReport, key_of_source, opened
from layers.plan.model import LayerSource, Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["open_source"]


def open_source(
    plan: Plan, layer_id: str, source: LayerSource, where: str
) -> tuple[gpd.GeoDataFrame, LayerReport]:
    """Features of a file a section of the plan names.

    Parameters
    ----------
    plan : Plan
    layer_id : str
        Layer whose declaration says what the fields mean.
    source : LayerSource
        File and fields.
    where : str
        Key of the plan, for messages.

    Returns
    -------
    GeoDataFrame
        As `layers.open.plan_layers.open_features` gives it.
    LayerReport
        What was found, and mended.

    Raises
    ------
    DataError
        As `layers.open.plan_layers.open_features`; a file of another place among them.
    """
    key = key_of_source(plan, layer_id, source, where)
    table, report = opened(*key)
    refuse_place(plan, layer_id, place_of_key(plan, key), key, where)
    return table.copy(deep=False), report
