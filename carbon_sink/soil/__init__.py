"""Soil organic carbon from profiles: layers of the ground to tC/ha of one depth."""
