"""PV resource, physics, losses, uncertainty and layout."""
