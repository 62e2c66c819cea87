"""Where PV and wind may be built, and what they yield."""

__toolkit__ = "geoplan"
