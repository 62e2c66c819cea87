"""The only door to the network: nothing is asked for unless the user says `geoplan fetch`."""

from layers.fetch.listed import fetch

__all__ = ["fetch"]
