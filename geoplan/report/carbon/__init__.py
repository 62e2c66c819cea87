"""The carbon chapter of the report: conclusion first, tables of length in the annex."""
