"""Versions of the native libraries that decide numerical results."""

from __future__ import annotations

__all__ = ["loaded_versions", "native_versions"]


def native_versions() -> dict[str, str]:
    """GDAL (of the vector and the raster library), PROJ and GEOS in use.

    Examples
    --------
    >>> sorted(native_versions())
    ['gdal_raster', 'gdal_vector', 'geos', 'proj']
    """
    import pyogrio

    return {
        "gdal_vector": ".".join(map(str, pyogrio.__gdal_version__)),
        **loaded_versions(),
    }


def loaded_versions() -> dict[str, str]:
    """The same without GDAL of the vector library, which takes time and memory to load.

    That one comes with the library's own release, or is the raster library's.
    """
    import pyproj
    import rasterio
    import shapely

    return {
        "gdal_raster": rasterio.__gdal_version__,
        "proj": pyproj.proj_version_str,
        "geos": shapely.geos_version_string,
    }
