"""Several files as one layer: tiles of a raster, parts of a layer of features."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gis.crs.systems import reproject, same_crs
from gis.errors import DataError
from gis.files.notes import notes_of
from gis.say import say
from gis.tiles.mosaic import Mosaic, mosaic_note, read_note, write_mosaic
from layers.plan.model import LayerSource
from layers.provenance import file_mark
from layers.result import Warn
from layers.sample import cache_folder
from layers.spec import Layer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["mosaic_file", "mosaic_warnings", "together"]


def mosaic_file(
    files: Sequence[Path], source: LayerSource, spec: Layer, *, highest: bool = False
) -> Path:
    """The raster several are put together in, kept in the cache until one of them changes.

    Parameters
    ----------
    files : sequence of Path
        The first knows best.
    source, spec
        How the plan and the catalogue read the layer.
    highest : bool
        Of several values of a cell the highest counts, not the first.

    Raises
    ------
    DataError
        When they are not one raster.
    """
    if source.band != 1:
        raise DataError(
            say("layers.open.tiles_first_band"), where=str(files[0]), got=str(source.band)
        )
    of = repr(
        [(str(f), file_mark(f)) for f in files] + [spec.kind, source.band, source.crs, highest]
    )
    name = hashlib.sha256(of.encode()).hexdigest()[:24]
    out = cache_folder() / "mosaics" / f"{spec.id}-{name}.tif"
    note = out.with_suffix(".json")
    if out.is_file() and note.is_file():
        return out
    kind = spec.kind if spec.kind in ("classes", "extensive") else "intensive"
    found = write_mosaic(
        files, out, kind=kind, band=source.band, crs=source.crs, highest=highest
    )
    note.write_text(mosaic_note(found), encoding="utf-8")
    return out


def mosaic_warnings(file: Path, spec: Layer, where: str) -> list[Warn]:
    """What is said of a raster that was put together; nothing of another."""
    note = file.with_suffix(".json")
    if file.parent.name != "mosaics" or not note.is_file():
        return []
    found: Mosaic = read_note(note.read_text(encoding="utf-8"))
    out = []
    if found.differing:
        text = say(
            "layers.open.tiles_differ",
            title=spec.title,
            n=found.differing,
            share=found.differing / found.twice,
        )
        out.append(Warn("tiles_differ", text, where))
    if found.unknown:
        text = say(
            "layers.open.tiles_gaps",
            title=spec.title,
            n=found.unknown,
            share=found.unknown / found.cells,
        )
        out.append(Warn("tiles_gaps", text, where))
    if found.resampled:
        text = say("layers.open.tiles_resampled", title=spec.title, n=found.resampled)
        out.append(Warn("tiles_resampled", text, where))
    return out


def together(parts: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Tables of features as one, in the system of the first; the same feature counts once.

    Parameters
    ----------
    parts : sequence of GeoDataFrame
        As `gis.files.read.read_features` gives them.

    Returns
    -------
    GeoDataFrame
        A feature of two tiles, with the same shape to a centimetre and the same attributes,
        is there once.
    """
    if len(parts) == 1:
        return parts[0]
    import geopandas as gpd
    import pandas as pd

    crs = parts[0].crs
    moved = [p if same_crs(p.crs, crs) else reproject(p, crs) for p in parts]
    table = gpd.GeoDataFrame(
        pd.concat([_plain(m) for m in moved], ignore_index=True),
        geometry="geometry",
        crs=crs,
    )
    precision = 0.01 if crs is not None and crs.is_projected else 1e-7
    shape = table.geometry.normalize().set_precision(precision).to_wkb()
    rest = table.drop(columns="geometry").astype(str)
    out = table[~rest.assign(_shape=shape).duplicated()].reset_index(drop=True)
    out.attrs.update(parts[0].attrs)
    out.attrs["notes"] = tuple(n for p in parts for n in notes_of(p))
    return out


def _plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A table whose geometry has the usual name."""
    return table if table.geometry.name == "geometry" else table.rename_geometry("geometry")
