"""Plan sections of screening and sites."""

from __future__ import annotations

from layers.spec import Frozen

__all__ = ["ScreeningSection", "SitesSection"]


class ScreeningSection(Frozen):
    """``[screening]``: rule books, scenario and overrides."""


class SitesSection(Frozen):
    """``[sites]``: how land left becomes sites."""
