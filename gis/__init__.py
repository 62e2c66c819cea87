"""Pure spatial primitives: coordinates, areas, grids, distances. No plan, no law."""

__toolkit__ = "geoplan"
