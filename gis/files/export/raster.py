"""Rasters of a result for other programs: classes with colours, numbers with units."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rasterio
from rasterio.windows import Window as FileWindow

from gis.cells.grid import Grid, Window
from gis.files.export.raster_style import write_class_style
from gis.files.plain_text import washed
from gis.files.whole_file import whole_file
from gis.files.write_raster import write_cog
from gis.say import say
from gis.types import Array

__all__ = ["ClassLook", "band_names", "write_class_cog", "write_number_cog"]

_BLOCK = 512


@dataclass(frozen=True)
class ClassLook:
    """How a class is called and drawn."""

    name: str
    colour: tuple[int, int, int, int]


def band_names(path: str | Path) -> tuple[str, ...]:
    """Description of every band of a raster, empty where it has none."""
    with rasterio.open(path) as source:
        return tuple(d or "" for d in source.descriptions)


def _blocks(path: Path, bands: Sequence[int]) -> Iterator[tuple[Window, Array]]:
    with rasterio.open(path) as source:
        for row in range(0, source.height, _BLOCK):
            rows = slice(row, min(row + _BLOCK, source.height))
            window = FileWindow(0, row, source.width, rows.stop - row)
            yield (rows, slice(0, source.width)), source.read(list(bands), window=window)


def _facts(path: Path) -> tuple[Grid, str, float | None, dict[str, str]]:
    with rasterio.open(path) as source:
        grid = Grid(source.shape, source.transform, source.crs)
        return grid, source.dtypes[0], source.nodata, source.tags()


def write_class_cog(
    source: str | Path,
    band: int,
    path: str | Path,
    classes: Mapping[int, ClassLook],
    *,
    tags: Mapping[str, str] | None = None,
    description: str = "",
) -> Path:
    """Write one band of a class raster with a colour table and the names of its classes.

    Parameters
    ----------
    source : path
        Raster of whole numbers.
    band : int
        From 1.
    path : path
        ``.tif``; names and colours of the classes stand beside it in ``.tif.aux.xml``, where
        GDAL and ArcGIS look for them, and as QGIS's style in ``.qml``.
    classes : mapping
        Value -> name and colour.
    tags : mapping, optional
        Added to those of the source.
    description : str
        Of the band.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        When the disk fails.
    """
    source, path = Path(source), Path(path)
    grid, dtype, nodata, own = _facts(source)
    table = {v: c.colour for v, c in classes.items()}
    write_cog(
        path,
        ((w, block[0]) for w, block in _blocks(source, [band])),
        grid,
        dtype=dtype,
        nodata=nodata,
        tags={**_told(own), **(tags or {})},
        colormap=table if dtype in ("uint8", "uint16") else None,
        descriptions=[description or "classes"],
    )
    beside = path.with_name(f"{path.name}.aux.xml")
    with whole_file(beside, say("gis.files.raster_cannot_be_written")) as part:
        part.write_bytes(_side_file(classes))
    write_class_style(path, {v: (c.name, c.colour) for v, c in classes.items()})
    return path


def write_number_cog(
    source: str | Path,
    path: str | Path,
    *,
    units: Sequence[str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> Path:
    """Write a raster of numbers with its units and the statistics of its bands.

    Parameters
    ----------
    source : path
        Raster of numbers.
    path : path
        ``.tif``.
    units : one text a band, optional
    tags : mapping, optional
        Added to those of the source.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        When the disk fails.
    """
    source, path = Path(source), Path(path)
    grid, dtype, nodata, own = _facts(source)
    names = band_names(source)
    write_cog(
        path,
        _blocks(source, range(1, len(names) + 1)),
        grid,
        dtype=dtype,
        nodata=nodata,
        tags={**_told(own), **(tags or {})},
        descriptions=list(names),
        units=units,
        statistics=True,
    )
    return path


def _told(tags: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in tags.items() if k not in ("AREA_OR_POINT", "OVR_RESAMPLING_ALG")}


def _side_file(classes: Mapping[int, ClassLook]) -> bytes:
    """Names by value, empty between them, and a table of attributes with the colours."""
    root = ET.Element("PAMDataset")
    band = ET.SubElement(root, "PAMRasterBand", band="1")
    names = ET.SubElement(band, "CategoryNames")
    for value in range(max(classes, default=-1) + 1):
        look = classes.get(value)
        ET.SubElement(names, "Category").text = washed(look.name) if look else ""
    table = ET.SubElement(band, "GDALRasterAttributeTable", tableType="thematic")
    # type: 0 whole number, 2 text; usage: 5 value, 2 name, 6 to 9 red, green, blue, alpha
    for i, (name, kind, usage) in enumerate(
        (
            ("Value", 0, 5),
            ("Class", 2, 2),
            ("Red", 0, 6),
            ("Green", 0, 7),
            ("Blue", 0, 8),
            ("Alpha", 0, 9),
        )
    ):
        field = ET.SubElement(table, "FieldDefn", index=str(i))
        ET.SubElement(field, "Name").text = name
        ET.SubElement(field, "Type").text = str(kind)
        ET.SubElement(field, "Usage").text = str(usage)
    for i, (value, look) in enumerate(sorted(classes.items())):
        row = ET.SubElement(table, "Row", index=str(i))
        cells: tuple[Any, ...] = (value, washed(look.name), *look.colour)
        for cell in cells:
            ET.SubElement(row, "F").text = str(cell)
    # GDAL passes over a file that begins with a declaration
    return ET.tostring(root, encoding="unicode").encode("utf-8")
