"""What the map shows of a run: groups, rasters and vectors with their look, as data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from gis.errors import ConfigError
from gis.say import LANGS, say
from gis.toml import read_toml
from layers.numbers import Code
from layers.spec import Frozen, Text

__all__ = [
    "RELIEF_SOURCES",
    "ClassItem",
    "MapField",
    "RasterTheme",
    "Themes",
    "VectorTheme",
    "View",
    "drawn_from",
    "fixed_bounds",
    "raster_theme",
    "themes",
]

Decimals = Annotated[int, Field(ge=0, le=9)]
Pixels = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class MapField(Frozen):
    """One line of a pop-up.

    Attributes
    ----------
    text
        Prefix of the strings its values stand for (``"state"``, ``"tech"``, ``"dlmc"``).
    rules
        The value lists rule ids; the pop-up then shows the rules.
    public
        Kept in a display-only map.
    name
        Column of the layer; one ending in ``_`` stands for the column of the language the
        page speaks (``species_`` for ``species_zh`` and ``species_en``).
    low, high
        Columns of the ends of its interval, shown behind the value.
    quiet
        Left out where it is empty or nothing, which says no more than its absence.
    unless
        Left out where the layer has this column, which tells it better.
    percent
        A share, shown in per cent.
    """

    name: str
    title: Text
    unit: str | Text = ""
    decimals: Decimals | None = None
    text: str = ""
    rules: bool = False
    public: bool = False
    low: str = ""
    high: str = ""
    quiet: bool = False
    unless: str = ""
    percent: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the value is read from, and the ends of its interval.

        Examples
        --------
        >>> MapField(name="species_", title=Text(zh="树种", en="Species")).columns
        ('species_zh', 'species_en')
        """
        own = [self.name + x for x in LANGS] if self.name.endswith("_") else [self.name]
        return (*own, *(c for c in (self.low, self.high) if c))


class ClassItem(Frozen):
    """One class of a legend.

    Attributes
    ----------
    hatch_mm
        On a desktop the class is hatched and not filled: millimetres from line to line.
    hatch_deg
        Slant of its lines.
    """

    value: str | Code
    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")
    title: Text
    hatch_mm: float | None = Field(default=None, ge=0.5, le=10)
    hatch_deg: float = Field(default=45.0, ge=0, le=180)


class Group(Frozen):
    """A branch of the layer tree."""

    id: str
    title: Text


class View(Frozen):
    """A subject of the page: a button that shows the first layer of every pattern.

    Attributes
    ----------
    instead
        Patterns where the page has none of `layers`.
    """

    id: str
    title: Text
    layers: tuple[str, ...]
    instead: tuple[str, ...] = ()


class RasterTheme(Frozen):
    """How a raster of the run is shown; `match` is a file-name pattern on its id.

    Attributes
    ----------
    note
        What is said beside the legend, see `geoplan.maps.raster_notes`.
    asks
        Vector layer that answers a click on the picture, shown or not.
    kind
        ``codes`` are land states with the rules behind them, cell by cell.
    symmetric
        Signed values: 0 in the middle colour.
    nothing_is_clear
        Land of the value 0 is left clear.
    sources
        Layers of the catalogue it comes from straight; what a model mixes from many names none.
    """

    match: str
    group: str
    title: Text
    kind: Literal["state", "classes", "ramp", "share", "codes"]
    bands: Literal["", "tech"] = ""
    ramp: str = "viridis"
    classes: tuple[ClassItem, ...] = ()
    note: Literal["", "carbon_density", "carbon_change"] = ""
    asks: str = ""
    symmetric: bool = False
    nothing_is_clear: bool = False
    percent: bool = False
    unit: str = ""
    decimals: Decimals = 1
    opacity: Share = 0.85
    sources: tuple[str, ...] = ()
    visible: Literal["", "first", "all"] = ""

    def title_of(self, name: str) -> Text:
        """Title of the raster called `name`: ``{name}``, and ``{years}`` its name ends with.

        Examples
        --------
        >>> raster_theme("fvc").title_of("fvc").en
        'Vegetation cover FVC (NDVI proxy)'
        >>> raster_theme("fvc_change_x").title_of("fvc_change_2015_2023").en
        'Change of vegetation cover 2015-2023 (NDVI proxy)'
        """
        found = _YEARS.search(name)
        span = "-".join(found.groups()) if found is not None else ""
        words = {"zh": span.replace("-", "–"), "en": span}
        said = {
            lang: self.title(lang).replace("{name}", name).replace("{years}", words[lang])
            for lang in LANGS
        }
        return Text(**said)


RELIEF_SOURCES = ("dem",)
"""Of the shaded relief, which is no result of a run."""
_YEARS = re.compile(r"_(\d{4})_(\d{4})$")
_Z = {"polygon": 30, "line": 50, "point": 60}


class VectorTheme(Frozen):
    """How a vector layer of the run is shown; `layer` is a pattern on its name.

    Attributes
    ----------
    z
        Drawing order, 0 (lowest) to 99; by geometry where it is not given.
    heat
        Column summed over squares where the features are too small to be seen.
    label_rank
        Whose names are placed first: 0 before all others, and never left out.
    symbol
        Of points their mark; ``"waves"`` are lines over land, told without colour.
    shown_from, names_from
        Scale 1 : so many from which QGIS draws it, or its names; 0 at every scale.
    split
        Field whose every value becomes a layer of its own.
    always
        Shown even in one colour: what its features say of themselves is what it is for.
    rules_title
        Words of ``map.toml`` above the rules of a pop-up.
    sources
        Layers of the catalogue whose shapes these are.
    bundled_title
        In place of `title` where the county is the bundled outline, see
        `geoplan.maps.contents.vector_themes`.
    """

    layer: str
    group: str
    title: Text
    bundled_title: Text | None = None
    geometry: Literal["polygon", "line", "point"]
    id: str = ""
    style_by: str = ""
    classes: tuple[ClassItem, ...] = ()
    ramp: str = ""
    unit: str = ""
    decimals: Decimals = 1
    stroke: str = "#333333"
    width: Pixels = 1.0
    dash: str = ""
    fill: bool = True
    opacity: Share = 0.6
    symbol: Literal["dot", "ring", "square", "waves"] = "dot"
    radius: Pixels = 5.0
    label: str = ""
    label_en: str = ""
    heat: str = ""
    label_rank: int = Field(default=5, ge=0, le=9)
    shown_from: int = Field(default=0, ge=0, le=10_000_000)
    names_from: int = Field(default=0, ge=0, le=10_000_000)
    visible: bool = False
    always: bool = False
    public: bool = False
    z: int | None = Field(default=None, ge=0, le=99)
    hit: bool = True
    overlap: bool = False
    search: str = ""
    search_field: str = ""
    split: str = ""
    rules_title: str = "popup_conditional"
    join: tuple[str, ...] = ()
    on: str = ""
    sources: tuple[str, ...] = ()
    fields: tuple[MapField, ...] = ()

    @property
    def order(self) -> int:
        """Drawing order, 0 lowest."""
        return _Z[self.geometry] if self.z is None else self.z


class Themes(Frozen):
    """The whole of ``themes.toml``."""

    group: tuple[Group, ...]
    view: tuple[View, ...]
    palette: dict[str, str | tuple[str, ...]]
    raster: tuple[RasterTheme, ...]
    vector: tuple[VectorTheme, ...]

    def ramp(self, name: str) -> tuple[str, ...]:
        """The colours of the ramp called `name`."""
        found = self.palette[name]
        return found if isinstance(found, tuple) else (found, found)

    def state_colours(self) -> dict[str, str]:
        """State of land -> its colour; land outside has none.

        Examples
        --------
        >>> sorted(themes().state_colours())
        ['conditional', 'left', 'provisional', 'taken', 'unknown']
        """
        states = ("left", "conditional", "taken", "unknown", "provisional")
        return {s: self.ramp(s)[0] for s in states}


def fixed_bounds(field: str, n: int) -> tuple[float, ...] | None:
    """Lower bounds of the `n` classes of a ramp whatever the data hold; None where they say.

    Those of a share are equal steps below all of it, and all of it: at 1 a goal is met.

    Examples
    --------
    >>> fixed_bounds("progress_frac", 5), fixed_bounds("area_ha", 5)
    ((0.0, 0.25, 0.5, 0.75, 1.0), None)
    """
    return tuple(i / (n - 1) for i in range(n)) if field.endswith("_frac") else None


def drawn_from(names: Iterable[str]) -> frozenset[str]:
    """Layers of the catalogue that layers and rasters of a map come from straight.

    Examples
    --------
    >>> sorted(drawn_from(["base_river", "fvc_change_2015_2023", "sites"]))
    ['ndvi', 'ndvi_base', 'river']
    """
    looks = [(v.layer, v.sources) for v in themes().vector]
    looks += [(r.match, r.sources) for r in themes().raster]
    looks.append(("relief", RELIEF_SOURCES))
    found = (next((s for m, s in looks if fnmatch(name, m)), ()) for name in names)
    return frozenset(s for own in found for s in own)


@cache
def themes() -> Themes:
    """The themes that come with geoplan."""
    return Themes.model_validate(read_toml("geoplan.maps", "themes.toml"))


def raster_theme(name: str) -> RasterTheme:
    """How the raster called `name` is shown.

    Raises
    ------
    ConfigError
        When no theme has such rasters.

    Examples
    --------
    >>> raster_theme("carbon_change").symmetric
    True
    """
    for theme in themes().raster:
        if fnmatch(name, theme.match):
            return theme
    raise ConfigError(say("geoplan.faults.no_such_theme"), where="--theme", got=name)
