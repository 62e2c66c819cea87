"""Stands of the forest map: read, checked, turned into volume and carbon, held against plots."""
