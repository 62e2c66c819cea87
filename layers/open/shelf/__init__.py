"""Layers as they were opened, and what was found of them, kept between commands."""
