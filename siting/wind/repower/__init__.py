"""Repowering: new machines for old ones."""
