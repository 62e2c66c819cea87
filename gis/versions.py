"""Versions of the native libraries that decide numerical results."""

from __future__ import annotations

__all__ = ["native_versions"]


def native_versions() -> dict[str, str]:
    """GDAL (of the vector and the raster library), PROJ and GEOS in use.

    Examples
    --------
    >>> sorted(native_versions())
    ['gdal_raster', 'gdal_vector', 'geos', 'proj']
    """
    import pyogrio
    import pyproj
    import rasterio
    import shapely

    return {
        "gdal_vector": ".".join(map(str, pyogrio.__gdal_version__)),
        "gdal_raster": rasterio.__gdal_version__,
        "proj": pyproj.proj_version_str,
        "geos": shapely.geos_version_string,
    }
