"""The text a table of parcels was read from, which stays with the table.

It travels as plain text among the attributes of the table (``attrs``), which filtering,
sorting, copying, reprojecting and GeoParquet keep. What a parcel of the table has to do with
the text is found by its points when it is written, never by its row: rows may be sorted, left
out or mixed with others. Where the attributes are lost (a GeoPackage, a join), the writer is
given the file itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.crs.systems import as_crs, epsg_of
from gis.files.exchange.lines import FileText, ParcelText, split_text
from gis.files.exchange.rings import ParcelShape, parcel_shape

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = ["KeptText", "keep", "kept_of"]

_KEY = "coordinate_text"


@dataclass(frozen=True, eq=False)
class KeptText:
    """A coordinate text and the parcels it stands for.

    Attributes
    ----------
    crs
        Of its points.
    encoding
        The file had, ``utf-8-sig`` meaning with its mark.
    """

    text: FileText
    shapes: tuple[ParcelShape, ...]
    crs: pyproj.CRS
    encoding: str

    def parcels(self) -> list[tuple[ParcelText, ParcelShape]]:
        """Lines and shape of each parcel."""
        return list(zip(self.text.parcels, self.shapes, strict=True))


def keep(frame: gpd.GeoDataFrame, text: str, encoding: str) -> None:
    """Leave the text a table was just read from with the table."""
    code = epsg_of(frame.crs)
    crs = frame.crs.to_wkt() if code is None else f"EPSG:{code}"
    # plain texts: GeoParquet writes the attributes of a table as JSON
    frame.attrs[_KEY] = {"text": text, "encoding": encoding, "crs": crs}


def kept_of(frame: gpd.GeoDataFrame) -> KeptText | None:
    """The text a table was read from, None when it was not or has lost it.

    Examples
    --------
    >>> import geopandas as gpd
    >>> kept_of(gpd.GeoDataFrame(geometry=[])) is None
    True
    """
    kept = frame.attrs.get(_KEY)
    if not isinstance(kept, dict):
        return None
    text = split_text(kept["text"], "", [])
    shapes = tuple(parcel_shape(p, "", []) for p in text.parcels)
    return KeptText(text, shapes, as_crs(kept["crs"]), kept["encoding"])
