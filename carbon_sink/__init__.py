"""What forests, grasslands and wetlands store, and whether targets are met."""

from gis.lazy import offered

__getattr__, __dir__, __all__ = offered(__name__, __file__)
