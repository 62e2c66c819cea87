"""Layout: the land turbines may stand on, and where they should."""
