"""The one door to a plan's county and layers."""
