"""What forests, grasslands and wetlands store, and whether targets are met."""

__toolkit__ = "geoplan"
