"""Yearly monitoring: series, trends, breaks, targets by year, tables for MRV."""
