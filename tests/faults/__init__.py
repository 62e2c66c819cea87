"""Runs that are mixed, interrupted or damaged end in the right bytes or in a sentence."""
