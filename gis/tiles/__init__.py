"""Rasters that come in pieces: a window cut out of one, several put together as one."""
