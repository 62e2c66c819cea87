"""Coordinate systems: which is meant, whether coordinates can be in it, the way between."""
