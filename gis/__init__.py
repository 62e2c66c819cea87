"""Pure spatial primitives: coordinates, areas, grids, distances. No plan, no law."""

import os

from gis.lazy import offered

__getattr__, __dir__, __all__ = offered(__name__, __file__)

# GDAL keeps blocks it has read up to 5 % of the machine's memory; bounded here, before GDAL
# is loaded, so that memory does not grow with the area. A setting of the user's own wins.
os.environ.setdefault("GDAL_CACHEMAX", "64")
