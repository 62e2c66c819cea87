"""Monitoring, reporting, verification: workbook with live formulas, parcels for a platform."""
