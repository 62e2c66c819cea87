"""Broken files, hostile files, and runs that are mixed, interrupted or damaged."""
