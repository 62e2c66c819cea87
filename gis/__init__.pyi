"""Spatial primitives: coordinates, areas, grids, distances, files."""

from gis.cells.area import polygon_area, polygon_area_m2, to_ha, to_km2, to_mu
from gis.cells.cell_area import cell_area_m2
from gis.cells.classes import quantile_classes
from gis.cells.distance import distance_m
from gis.cells.grid import Grid, plan_grid
from gis.cells.parcels import polygonize
from gis.cells.terrain import aspect_deg, slope_deg
from gis.cells.zonal import class_areas, zonal_means
from gis.crs.gcj02 import gcj02_to_wgs84, suspect_gcj02, wgs84_to_gcj02
from gis.crs.identity import transform_points
from gis.crs.systems import pick_gk_crs, reproject
from gis.errors import ConfigError, DataError, Fault, GeoplanError, ModelError
from gis.files.coordinate_txt import read_coordinate_txt
from gis.files.exchange.write import write_coordinate_txt
from gis.files.raster_info import raster_info
from gis.files.read_features import list_layers, read_features
from gis.files.read_raster import read_raster
from gis.files.write import write_features
from gis.files.write_raster import write_cog
from gis.files.write_shapefile import write_shapefile

__all__ = [
    "ConfigError",
    "DataError",
    "Fault",
    "GeoplanError",
    "Grid",
    "ModelError",
    "aspect_deg",
    "cell_area_m2",
    "class_areas",
    "distance_m",
    "gcj02_to_wgs84",
    "list_layers",
    "pick_gk_crs",
    "plan_grid",
    "polygon_area",
    "polygon_area_m2",
    "polygonize",
    "quantile_classes",
    "raster_info",
    "read_coordinate_txt",
    "read_features",
    "read_raster",
    "reproject",
    "slope_deg",
    "suspect_gcj02",
    "to_ha",
    "to_km2",
    "to_mu",
    "transform_points",
    "wgs84_to_gcj02",
    "write_cog",
    "write_coordinate_txt",
    "write_features",
    "write_shapefile",
    "zonal_means",
]
