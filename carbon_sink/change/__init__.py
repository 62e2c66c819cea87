"""Change of carbon between two dates and under a plan's measures."""
