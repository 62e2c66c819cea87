"""Where the law measures from: the half widths of centre lines."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.toml import read_toml
from gis.types import F8
from siting.rules.where import Condition, as_conditions, matches

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.rules.conditions.features import FeatureTest

__all__ = ["half_widths", "reach_m"]


_POLYGONAL = (3, 6)


@cache
def _table() -> tuple[tuple[str, dict[str, Condition], float], ...]:
    out = []
    for row in read_toml("siting.rules", "half_widths.toml")["entries"]:
        where: dict[str, Any] = {
            k: Condition.model_validate(c) if isinstance(c, dict) else c
            for k, c in row["where"].items()
        }
        out.append((row["layer"], as_conditions(where), float(row["half_width_m"])))
    return tuple(out)


def half_widths(layer_id: str, table: gpd.GeoDataFrame) -> F8:
    """From the drawn geometry to the edge the law measures from.

    Parameters
    ----------
    layer_id : str
        Layer of the catalogue.
    table : (n,) GeoDataFrame
        With canonical field names.

    Returns
    -------
    (n,) float [m]
        0 for polygons (their outline is the legal edge) and points; for lines the field
        ``half_width_m``, else half of ``width_m``, else the table ``half_widths.toml``,
        else 0.
    """
    kinds = shapely.get_type_id(table.geometry.to_numpy())
    lines = ~np.isin(kinds, (*_POLYGONAL, 0, 4))
    out = np.zeros(len(table))
    if not lines.any():
        return out
    unset = lines.copy()
    for name, factor in (("half_width_m", 1.0), ("width_m", 0.5)):
        if name in table.columns:
            given = pd.to_numeric(table[name], errors="coerce").to_numpy(float)
            use = unset & np.isfinite(given) & (given >= 0)
            out[use] = factor * given[use]
            unset &= ~use
    for layer, where, half_width_m in _table():
        if layer == layer_id and unset.any():
            use = unset & matches(dict(where), table).hit
            out[use] = half_width_m
            unset &= ~use
    return out


def reach_m(test: FeatureTest, layer_id: str, table: gpd.GeoDataFrame) -> F8:
    """How far a feature test reaches from the drawn geometry of each feature.

    Returns
    -------
    (n,) float [m]
        Half width plus, for `Within`, the distance. Where the law measures from a centre
        line (pipelines), a wall or a point, there is no half width.

    Raises
    ------
    ModelError
        When the distance waits for a turbine.
    """
    return test.reaches_m(half_widths(layer_id, table))
