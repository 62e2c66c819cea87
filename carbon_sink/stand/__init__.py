"""Stands of the forest map: read, checked, turned into carbon, held against plots."""
