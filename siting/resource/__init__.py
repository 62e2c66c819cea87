"""The resource of a place, light and wind alike: long-term correction, sources side by side."""
