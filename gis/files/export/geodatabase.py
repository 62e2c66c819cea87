"""One File Geodatabase with every layer and table, named in the reader's language."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.crs.systems import as_crs, epsg_of
from gis.errors import DataError
from gis.files.export.frames import (
    Held,
    arrow_table,
    attributes,
    held_fields,
    of_one_kind,
    one_type,
    told_apart,
)
from gis.files.whole_file import whole_folder
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["write_geodatabase"]

_DRIVER = "OpenFileGDB"
# ArcGIS keeps whole steps: 0.1 micrometre in metres, 1e-13 degrees, against 0.1 mm by default
_STEPS = {True: 1e7, False: 1e13}
_OWN = ("objectid", "shape", "shape_length", "shape_area", "fid")


def write_geodatabase(
    path: str | Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    tables: Mapping[str, pd.DataFrame] | None = None,
    fields: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    documentation: str = "",
    held: list[Held] | None = None,
    field_list: Callable[[Sequence[Held]], pd.DataFrame] | None = None,
) -> Path:
    """Write layers and tables as a new File Geodatabase.

    Parameters
    ----------
    path : path
        A folder ending in ``.gdb``; one that is there is replaced when the new one is whole.
    layers : mapping
        Name -> features. A layer of several kinds of geometry becomes one of each.
    tables : mapping, optional
        Name -> rows without geometry; one of a layer's name is called ``<name>_table``.
    fields, names : mapping, optional
        Column and layer -> alias, which ArcGIS and QGIS show in place of the name.
    documentation : str
        XML description of every layer, as ArcGIS shows it.
    held : list, optional
        Told how every layer, table and column is called in the file.
    field_list : callable, optional
        Makes the rows of a last table ``fields`` of what the others are called.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        Features without CRS, a name that does not end in ``.gdb``, or a disk that fails.

    Notes
    -----
    Coordinates are kept in steps of 1e-7 m (the driver's own habit is 1e-4 m): a corner moves
    by 7e-8 m at most, an area by that times half the length of its outline. The format has no
    long whole numbers that every reader knows: see `gis.files.export.frames.arrow_table`.
    """
    path = Path(path)
    if path.suffix.lower() != ".gdb":
        raise DataError(say("gis.out.geodatabase_ends_gdb"), where=str(path), expected="*.gdb")
    aliases, spoken = dict(fields or {}), dict(names or {})
    found: list[Held] = []
    with whole_folder(path, say("gis.out.geodatabase_cannot_be_written")) as part:
        for name, gdf in layers.items():
            if gdf.crs is None:
                raise DataError(
                    say("gis.files.features_without_crs_cannot_written"), where=f"{path} {name}"
                )
            for own, one in of_one_kind(name, gdf).items():
                found.append(_add(part, own, one, aliases, spoken.get(name, ""), documentation))
        for name, table in (tables or {}).items():
            # several results are both: the sites of works and what they cost
            own = f"{name}_table" if name in layers else name
            found.append(_add(part, own, table, aliases, spoken.get(name, "")))
        if field_list is not None:
            _add(part, "fields", field_list(found), {}, "")
    if held is not None:
        held += found
    return path


def _add(
    path: Path,
    name: str,
    frame: pd.DataFrame,
    aliases: Mapping[str, str],
    alias: str,
    documentation: str = "",
) -> Held:
    """Add one layer or table and refuse it when rows or fields are missing."""
    import geopandas as gpd
    import pyogrio

    source, columns = name, attributes(frame)
    frame = told_apart(frame, _OWN)
    before = {n for n, _ in pyogrio.list_layers(path)} if path.exists() else set()
    taken = {n.casefold() for n in before}
    if name.casefold() in taken:
        numbers = (f"{name}_{k}" for k in range(2, len(taken) + 3))
        name = next(n for n in numbers if n.casefold() not in taken)
    options: dict[str, Any] = {"driver": _DRIVER, "layer": name}
    create = {"LAYER_ALIAS": alias, "DOCUMENTATION": documentation}
    create = {k: v for k, v in create.items() if v}
    if isinstance(frame, gpd.GeoDataFrame):
        frame, kind = one_type(frame)
        crs = as_crs(frame.geometry.crs)
        step = _STEPS[crs.is_projected]
        create |= {"XYSCALE": f"{step:.0f}", "XYTOLERANCE": f"{2 / step:.1e}"}
        if crs.is_projected:
            create |= {"XORIGIN": "-100000000", "YORIGIN": "-100000000"}
        else:
            create |= {"XORIGIN": "-400", "YORIGIN": "-400"}
        code = epsg_of(crs)
        options |= {
            "geometry_type": kind,
            "geometry_name": "geometry",
            "crs": f"EPSG:{code}" if code else crs.to_wkt(),
        }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on how the driver keeps the types it lacks
        pyogrio.write_arrow(
            arrow_table(frame, aliases, whole="int32"),
            path,
            layer_options=create,
            **options,
        )
    # the driver changes names that are words of SQL or hold signs it does not take
    called = next((n for n, _ in pyogrio.list_layers(path) if n not in before), name)
    info = pyogrio.read_info(path, layer=called, force_feature_count=True)
    if info["features"] != len(frame):
        raise OSError(say("gis.files.rows_written", n=info["features"], wanted=len(frame)))
    return Held(source, called, held_fields(columns, info["fields"]))
