"""Draws the pictures of the report and of the approval pack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from layers.plan import Plan

__all__ = ["draw_figures", "draw_site_maps"]


def draw_figures(plan: Plan, run: Path, *, lang: str) -> None:
    """Draw every picture the report of the run shows, below ``figures/<lang>``."""


def draw_site_maps(
    plan: Plan,
    run: Path,
    site: str,
    out: Path,
    *,
    lang: str,  # noqa: ARG001
) -> Mapping[str, Path]:
    """Draw the location map and the layout plan of `site` into `out`."""
    return {}
