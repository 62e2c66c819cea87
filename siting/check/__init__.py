"""Exact answers: a boundary, a point or a site against every rule."""
