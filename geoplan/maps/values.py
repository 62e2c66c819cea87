"""The values the page is given, as JSON objects with named keys."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = [
    "Banner",
    "CrsParameters",
    "Figure",
    "Legend",
    "LowPicture",
    "MapLayer",
    "PageView",
    "PanelBlock",
    "Picture",
    "RampLegend",
    "RankRow",
    "RuleText",
    "SourceLine",
    "StackPart",
    "Words",
]

Words = dict[str, str]
"""The same words by language."""


class Banner(TypedDict):
    """A notice across the top."""

    kind: str
    text: Words


class CrsParameters(TypedDict, total=False):
    """A transverse Mercator CRS as the page can compute it."""

    name: str
    code: str
    lon0: float
    k0: float
    x0: float
    y0: float
    cgcs: bool


class SourceLine(TypedDict):
    """Where a layer is from."""

    id: str
    title: Words
    source: str
    date: str
    synthetic: bool


class Picture(TypedDict):
    """A piece of a raster: the blob that holds it, and where it lies."""

    blob: str
    bounds: list[float]


class LowPicture(TypedDict):
    """The coarse picture shown at low zooms."""

    chunks: list[Picture]
    zoom: float


class Legend(TypedDict, total=False):
    """A class of the legend."""

    value: str | int
    colour: str
    label: Words
    pattern: str


class RampLegend(TypedDict):
    """A ramp of the legend."""

    stops: list[str]
    low: str
    high: str
    blank: Words | None  # what is left clear, where anything is
    middle: str  # what the middle colour means, where both ends lie alike about 0


class RuleText(TypedDict):
    """A rule as the page shows it."""

    title: Words
    kind: str
    citation: dict[str, str]
    quote: str
    law: dict[str, list[str]]
    review: bool
    judged: bool
    reason: Words
    layer: str


class StackPart(TypedDict):
    """A piece of a stacked bar."""

    label: Words
    value: float
    text: str
    colour: str


class Figure(TypedDict):
    """One large figure of the card."""

    label: Words
    value: Words
    unit: str
    note: str


class RankRow(TypedDict):
    """A place of a ranking, and the feature of the map it stands for."""

    title: Words
    text: Words
    layer: str
    field: str
    name: str


class PageView(TypedDict):
    """A button that turns on the layers of one subject."""

    id: str
    title: Words
    layers: list[str]


class PanelBlock(TypedDict, total=False):
    """A block of the side panel: heading, figures, note, list, table, ranking or bar."""

    kind: str
    title: Words
    label: Words
    value: str | float | None
    unit: str | Words
    parts: list[StackPart]
    note: Words | None
    items: list[Words]
    low: float | None
    high: float | None
    target: float
    met: bool | None
    ending: Words
    text: Words | None
    target_text: Words
    year: int
    caliber: Words | None
    figures: list[Figure]
    heads: list[Words]
    rows: list[list[Words]]
    ranked: list[RankRow]


class MapLayer(TypedDict, total=False):
    """A layer of the page: a raster of pictures, or features in a blob."""

    id: str
    kind: str
    geometry: str
    group: str
    title: Words
    tech: str
    blob: str
    n: int
    stroke: str
    width: float
    dash: str
    fill: bool
    opacity: float
    symbol: str
    radius: float
    label: str
    label_en: str
    label_rank: int
    heat: str
    visible: bool
    z: int
    hit: bool
    overlap: bool
    rules_key: str
    search: str
    search_field: str
    fields: list[dict[str, Any]]
    chunks: list[Picture]
    low: LowPicture
    legend: list[Legend]
    ramp: RampLegend
    note: Words
    asks: str
    pixelated: bool
    unit: str
    shrink: float
    sources: list[str]
    style_by: str
    breaks: list[float]
    classes: list[Legend]
    late: Words
    overview: list[Picture]
