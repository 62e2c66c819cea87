"""Where PV and wind may be built, and what they yield."""

from gis.lazy import offered

__getattr__, __dir__, __all__ = offered(__name__, __file__)
