"""Edges that polygons share: which match vertex by vertex, and which do not."""
