"""Interactive and printed maps."""

from geoplan.maps.write import write_map

__all__ = ["write_map"]
