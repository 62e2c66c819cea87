"""Equipment that comes out of service: when, and how many tonnes."""
