"""Zones and parks of a plan: what each holds, and the power balance of a park by the hour."""
