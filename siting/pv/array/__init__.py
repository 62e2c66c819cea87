"""A plant drawn from its polygon: rows, strings, inverters, roads, cables, earth, its bill."""
