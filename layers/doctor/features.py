"""What a feature is called, and features of a layer as their file holds them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import DataError
from gis.files.as_it_is import AsItIs, joined, mendable, read_as_it_is
from layers.catalogue import layer as layer_of
from layers.open.canonical import picked_column
from layers.open.plan_file import plan_files
from layers.open.read_layer import file_of
from layers.plan.model import LayerSource, Plan
from layers.provenance import file_mark
from layers.spec import Layer

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_it_is", "feature_names", "raw_names"]

_NAMES = ("bsm", "turbine_id", "tbbh", "name", "ref")


def feature_names(table: pd.DataFrame, columns: dict[str, str] | None = None) -> list[str]:
    """What each row is called: BSM, machine, number or name, else the row.

    Parameters
    ----------
    table : DataFrame
    columns : dict, optional
        Canonical name -> column, where the table has its file's own names.
    """
    out = [f"#{i + 1}" for i in range(len(table))]
    for name in reversed(_NAMES):
        column = (columns or {}).get(name, name)
        if column not in table.columns:
            continue
        # what is missing may be None, NaN or NA, the last of which compares with nothing
        given = table[column].astype("object").where(table[column].notna(), "")
        out = [str(v).strip() or o for o, v in zip(out, given, strict=True)]
    return out


def raw_names(table: pd.DataFrame, spec: Layer, source: LayerSource) -> dict[str, str]:
    """Canonical name of a field -> the column of a file that holds it."""
    columns = [str(c) for c in table.columns if c != "geometry"]
    found = {
        f.name: picked_column(columns, f, source.fields.get(f.name, "")) for f in spec.fields
    }
    return {k: v for k, v in found.items() if v is not None}


@lru_cache(maxsize=2)
def _read(path: str, mark: int, layer: str, encoding: str, crs: str) -> AsItIs:
    del mark  # only part of the cache key
    return read_as_it_is(Path(path), layer=layer, encoding=encoding, crs=crs)


def as_it_is(plan: Plan, layer_id: str) -> AsItIs | None:
    """A layer as its files hold it; None where they are no features that are mended.

    Parts of one layer in one system are one table.
    """
    source = plan.layers.get(layer_id)
    spec = layer_of(layer_id)
    if source is None or not source.path or spec.kind != "features":
        return None
    try:
        file_of(plan, layer_id, source)  # refuses what is not there
        files = plan_files(plan, source)
        if not all(mendable(f) for f in files):
            return None
        return joined(
            [
                _read(str(f), file_mark(f), source.layer, source.encoding, source.crs)
                for f in files
            ]
        )
    except DataError:
        return None
