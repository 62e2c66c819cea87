"""The doctor's one list of findings, and the report that is made of it."""
