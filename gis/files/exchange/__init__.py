"""The coordinate exchange text of land use: its lines, its rings, how it is written."""
