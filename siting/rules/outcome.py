"""The three answers a rule's test has, and how they join."""

from __future__ import annotations

__all__ = ["HIT", "MISS", "UNKNOWN"]

MISS, UNKNOWN, HIT = 0, 1, 2
"""Outcomes, ordered so that *and* is the smallest, *or* the largest and *not* the distance
from `HIT` (Kleene's three-valued logic)."""
