"""Wakes: what turbines take from one another."""
