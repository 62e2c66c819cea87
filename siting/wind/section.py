"""Plan sections of wind and repowering."""

from __future__ import annotations

from layers.spec import Frozen

__all__ = ["RepowerSection", "WindSection"]


class WindSection(Frozen):
    """``[wind]``: resource, turbines and losses."""


class RepowerSection(Frozen):
    """``[repower]``: existing turbines and what replaces them."""
