"""Turbine data: curves with source and licence, parameters of the generic model."""
