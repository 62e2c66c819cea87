"""One engine for all facilities: who is reached, and where to build next."""
