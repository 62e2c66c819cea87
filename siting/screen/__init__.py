"""Screening: rules against layers, cell by cell."""
