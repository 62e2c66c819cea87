"""Rules and land: what is taken, what is left, and why."""
