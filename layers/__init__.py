"""What the county is made of: layers, vocabularies, sources, weather, plan, results."""

__toolkit__ = "geoplan"
