"""Interactive and printed maps."""
