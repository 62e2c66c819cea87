"""Two land surveys of one county laid upon one another, and what became of each parcel."""
