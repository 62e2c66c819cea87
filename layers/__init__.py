"""What the county is made of: layers, vocabularies, sources, weather, plan, results."""

from gis.lazy import offered

__getattr__, __dir__, __all__ = offered(__name__, __file__)
