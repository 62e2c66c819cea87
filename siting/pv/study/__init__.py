"""Studies of PV: sites, roofs, the county map, targets."""
