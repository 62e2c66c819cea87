"""Plan section ``[map]``: what the maps of the plan show beneath its own layers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from layers.plan.model import Plan
from layers.spec import Checked, Frozen, Title

__all__ = ["MapSection", "TileSource", "map_section"]


class TileSource(Frozen):
    """``[[map.tiles]]``: pictures of the ground, such as the bureau's own imagery.

    Attributes
    ----------
    path
        An MBTiles or PMTiles file of PNG, JPEG or WebP tiles in web Mercator, or a folder of
        such files.
    title
        How the map names it; the file's own name when not given.
    source
        Whose pictures they are and of which day, printed beneath the map.
    """

    path: Annotated[str, Field(min_length=1)]
    title: Title | None = None
    source: str = ""


class MapSection(Checked):
    """``[map]``: bases of the maps beside the plan's own layers.

    Attributes
    ----------
    tiles
        The first is shown when a map opens, the others are offered.
    """

    tiles: tuple[TileSource, ...] = ()


def map_section(plan: Plan) -> MapSection:
    """``[map]`` of a plan; its defaults where the plan was read without it."""
    try:
        return plan.section(MapSection)
    except KeyError:
        return MapSection()
