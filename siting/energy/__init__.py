"""Energy of the county against its plan: capacity, storage, roofs, consumption, response."""
