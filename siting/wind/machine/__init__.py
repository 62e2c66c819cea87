"""The turbines: curves, library, and their energy."""
