"""Light: sky, horizon, rows and glass, before it reaches a module."""
