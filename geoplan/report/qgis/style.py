"""QGIS symbols, renderers and labels of a layer, from the looks the web map has too."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from geoplan.glossary import state_word
from geoplan.maps.contents import class_word
from geoplan.maps.drawn.ramp_steps import NO_VALUE, ramp_steps
from geoplan.maps.drawn.vectors import PALE, paler
from geoplan.maps.themes import ClassItem, VectorTheme, themes
from gis.say import say

__all__ = ["MOST_CLASSES", "LayerFacts", "hatched_elements", "layer_look", "style_elements"]

MOST_CLASSES = 20  # a longer legend helps nobody; numbers then go by steps
_PX_MM = 25.4 / 96.0  # a CSS pixel in millimetres
_LABEL_PT, _BESIDE_PT = "8", "7"
_HATCH_LINE_MM, _HALO_MM = "0.3", "0.8"
_FAR = 1e12  # beyond any value
_DASHED = "dash"
_MARKS = {"dot": "circle", "ring": "circle", "square": "square"}
_KINDS = {"polygon": "fill", "line": "line", "point": "marker"}
_STATES = ("left", "conditional", "taken", "unknown", "provisional")
_SLANT_DEG = 45.0
_Hatch = tuple[float, float] | None  # from line to line [mm], and their slant [deg]
_LATE = " (provisional)"  # behind the value of a class, for the renderer alone
_ALL_NAMED = 1  # rank of names up to which none is left out
_BESIDE = {"placement": "4", "polygonPlacementFlags": "3", "dist": "1.5", "distUnits": "MM"}
_ALL_OTHERS = ""  # QGIS: the category without a value takes what no other takes


@dataclass(frozen=True)
class LayerFacts:
    """What the GeoPackage says of a layer.

    Attributes
    ----------
    name
        Table name.
    columns
        Column -> SQL type, without id and geometry.
    values
        Distinct values of the column the style goes by, at most `MOST_CLASSES` + 1.
    numbers
        Value of every feature that has one, when they are numbers.
    holes
        Whether some features have none.
    sure, late
        Distinct values of features that are not provisional, and of those that are.
    """

    name: str
    columns: Mapping[str, str]
    values: tuple[str | int | float | bool, ...] = ()
    numbers: tuple[float, ...] = ()
    holes: bool = False
    sure: tuple[str | int | float | bool, ...] = ()
    late: tuple[str | int | float | bool, ...] = ()


@dataclass(frozen=True)
class _Class:
    value: str
    kind: str
    colour: str
    label: str
    hatch: _Hatch = None


def layer_look(theme: VectorTheme, columns: Mapping[str, str]) -> str:
    """Name of the column a layer is styled by, empty for one symbol for all.

    Eligible polygons go by their state: a desktop has no eligibility raster beneath them.

    Examples
    --------
    >>> theme = next(v for v in themes().vector if v.layer == "eligible_*")
    >>> layer_look(theme, {"state": "TEXT", "area_ha": "REAL"})
    'state'
    """
    field = theme.style_by
    if not field and theme.layer == "eligible_*":
        field = "state"
    return field if field in columns else ""


def _rgba(colour: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _symbol_layer(symbol: ET.Element, kind: str, marks: Mapping[str, str]) -> ET.Element:
    layer = ET.SubElement(
        symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}
    )
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in marks.items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    for key, value in marks.items():  # before QGIS 3.20
        ET.SubElement(layer, "prop", k=key, v=value)
    return layer


def _hatch(
    symbol: ET.Element, name: str, colour: str, hatch_mm: float, hatch_deg: float
) -> None:
    """Lines over a polygon: they show what is beneath, and are told without colour."""
    marks = {"angle": f"{hatch_deg:g}", "distance": f"{hatch_mm:g}", "distance_unit": "MM"}
    marks |= {"line_width": _HATCH_LINE_MM, "line_width_unit": "MM", "color": colour}
    layer = _symbol_layer(symbol, "LinePatternFill", marks)
    line = ET.SubElement(layer, "symbol", name=f"@{name}@1", type="line", alpha="1")
    _symbol_layer(
        line,
        "SimpleLine",
        {"line_color": colour, "line_width": _HATCH_LINE_MM, "line_width_unit": "MM"},
    )


def _symbol(
    name: str,
    theme: VectorTheme,
    colour: str,
    *,
    filled: bool,
    hatch: _Hatch = None,
) -> ET.Element:
    """One symbol; lengths in millimetres. A hatched one has no fill beneath its lines."""
    filled = filled and hatch is None
    width = f"{theme.width * _PX_MM:.3f}"
    line = _DASHED if theme.dash else "solid"
    if theme.geometry == "line":
        marks = {"line_color": _rgba(colour), "line_width": width, "line_style": line}
        marks |= {"line_width_unit": "MM", "capstyle": "round", "joinstyle": "round"}
        layer_class = "SimpleLine"
    elif theme.geometry == "point":
        ring = theme.symbol == "ring"
        marks = {
            "name": _MARKS[theme.symbol],
            "size": f"{2 * theme.radius * _PX_MM:.3f}",
            "size_unit": "MM",
            "color": _rgba("#ffffff" if ring else colour),
            "outline_color": _rgba(colour if ring else "#ffffff"),
            "outline_width": "0.5" if ring else "0.2",
            "outline_width_unit": "MM",
        }
        layer_class = "SimpleMarker"
    else:
        marks = {
            "style": "solid" if filled else "no",
            "color": _rgba(colour, theme.opacity),
            "outline_color": _rgba(theme.stroke),
            # a thin edge leaves the colour of small parcels visible
            "outline_width": f"{min(theme.width, 1.6) * _PX_MM:.3f}" if filled else width,
            "outline_width_unit": "MM",
            "outline_style": line if theme.width else "no",
        }
        layer_class = "SimpleFill"
    kind = _KINDS[theme.geometry]
    symbol = ET.Element("symbol", name=name, type=kind, alpha="1", clip_to_extent="1")
    _symbol_layer(symbol, layer_class, marks)
    if hatch is not None:
        # where land has no edge of its own, its lines are what is drawn of it
        lines = themes().ramp("hatching")[0] if theme.width else theme.stroke
        _hatch(symbol, name, _rgba(lines), *hatch)
    return symbol


def _value_kind(value: object) -> tuple[str, str]:
    if isinstance(value, bool):
        return str(value).lower(), "bool"
    if isinstance(value, int):
        return str(value), "long"
    if isinstance(value, float):
        return f"{value:g}", "double"
    return str(value), "string"


def _spread(colours: Sequence[str], n: int) -> list[str]:
    """`n` colours evenly out of `colours`, repeated when there are too few.

    Examples
    --------
    >>> _spread(["a", "b", "c"], 0), _spread(["a", "b", "c"], 1), _spread(["a", "b", "c"], 2)
    ([], ['c'], ['a', 'c'])
    """
    if n <= 1:  # a column may hold no value at all
        return [colours[-1]] * n
    if n > len(colours):
        return [colours[i % len(colours)] for i in range(n)]
    return [colours[round(i * (len(colours) - 1) / (n - 1))] for i in range(n)]


def _spoken_value(value: str, lang: str) -> str:
    return class_word(value.removesuffix(".0"))[lang]


def _lines_of(c: ClassItem) -> _Hatch:
    return None if c.hatch_mm is None else (c.hatch_mm, c.hatch_deg)


def _classes(theme: VectorTheme, field: str, facts: LayerFacts, lang: str) -> list[_Class]:
    """Classes the data hold, in the order of the legend; the rest under "other"."""
    titles: dict[str, tuple[str, str, _Hatch]]
    if field == "state" and not theme.classes:
        tech = facts.name.rpartition("_")[2]
        colours = themes().state_colours()
        titles = {s: (colours[s], state_word(s, tech)(lang), None) for s in _STATES}
    else:
        titles = {str(c.value): (c.colour, c.title(lang), _lines_of(c)) for c in theme.classes}
    # the map's classes call a truth value yes or no
    spoken = {str(v): "yes" if v else "no" for v in facts.values if isinstance(v, bool)}
    found = {spoken.get(str(v), str(v)): v for v in facts.values}
    if not titles:
        ramp = themes().ramp(theme.ramp or "levels")
        ordered = sorted(found.items(), key=lambda kv: (str(type(kv[1])), kv[1]))
        paint = _spread(ramp, len(ordered))
        unit = f" {theme.unit}" if theme.unit else ""
        return [
            _Class(*_value_kind(v), colour, _spoken_value(k, lang) + unit)
            for (k, v), colour in zip(ordered, paint, strict=True)
        ]
    out = [
        _Class(*_value_kind(found[key]), colour, label, hatch)
        for key, (colour, label, hatch) in titles.items()
        if key in found
    ]
    if set(found) - set(titles):
        grey = str(themes().palette["unknown"])
        out.append(_Class(_ALL_OTHERS, "string", grey, say("geoplan.qgis.other_values")(lang)))
    return out


def _categorised(
    theme: VectorTheme, field: str, classes: Sequence[_Class], lang: str, facts: LayerFacts
) -> ET.Element:
    """A symbol a class that is there; of provisional land a pale one in a broken line."""
    own = [(c, theme) for c in classes]
    attr = field
    if facts.late and theme.geometry == "polygon" and all(c.kind == "string" for c in classes):
        attr = f"\"{field}\" || CASE WHEN \"provisional\" THEN '{_LATE}' ELSE '' END"
        # the same over every land: what shone through would give it another colour
        pale = theme.model_copy(update={"dash": "5 4", "opacity": 1.0})
        sure, late = ({str(v) for v in found} for found in (facts.sure, facts.late))
        own = [(c, theme) for c in classes if c.value in sure]
        own += [(_provisional(c, lang), pale) for c in classes if c.value in late]
        own += [(c, theme) for c in classes if c.value == _ALL_OTHERS]
    out = ET.Element("renderer-v2", type="categorizedSymbol", attr=attr, enableorderby="0")
    categories, symbols = ET.SubElement(out, "categories"), ET.SubElement(out, "symbols")
    for i, (c, look) in enumerate(own):
        marks = {"value": c.value, "type": c.kind, "label": c.label}
        ET.SubElement(categories, "category", {**marks, "symbol": str(i), "render": "true"})
        symbols.append(_symbol(str(i), look, c.colour, filled=True, hatch=c.hatch))
    return out


def _provisional(c: _Class, lang: str) -> _Class:
    label = say("geoplan.print.provisional", name=c.label)(lang)
    return replace(c, value=c.value + _LATE, label=label, colour=paler(c.colour, PALE))


def hatched_elements(theme: VectorTheme, hatch_mm: float) -> list[ET.Element]:
    """Renderer of a layer whose polygons are all hatched."""
    renderer = ET.Element("renderer-v2", type="singleSymbol", enableorderby="0")
    symbols = ET.SubElement(renderer, "symbols")
    hatch = (hatch_mm, _SLANT_DEG)
    symbols.append(_symbol("0", theme, theme.stroke, filled=False, hatch=hatch))
    return [renderer]


def _graduated(
    theme: VectorTheme, field: str, numbers: Sequence[float], lang: str, *, holes: bool
) -> ET.Element:
    """The steps of the page, open below and above; `holes` as a class."""
    steps = ramp_steps(numbers, theme)
    # QGIS draws no feature without a value: those get one no step has
    attr = f'coalesce("{field}", {-2 * _FAR!r})' if holes else field
    out = ET.Element("renderer-v2", type="graduatedSymbol", attr=attr, enableorderby="0")
    ranges, symbols = ET.SubElement(out, "ranges"), ET.SubElement(out, "symbols")
    if holes:
        marks = {"lower": repr(-3 * _FAR), "upper": repr(-1.5 * _FAR)}
        marks["label"] = say("geoplan.map.no_value")(lang)
        ET.SubElement(ranges, "range", {**marks, "symbol": "none", "render": "true"})
        symbols.append(_symbol("none", theme, NO_VALUE, filled=True))
    last = len(steps) - 1
    for i, step in enumerate(steps):
        # QGIS gives a value on an edge to the class below it, the page to the one above
        marks = {
            "lower": repr(step.low if i else -_FAR),
            "upper": repr(math.nextafter(step.high, -math.inf) if i < last else _FAR),
            "label": step.label[lang],
        }
        ET.SubElement(ranges, "range", {**marks, "symbol": str(i), "render": "true"})
        symbols.append(_symbol(str(i), theme, step.colour, filled=True))
    return out


def _defined(name: str, expression: str) -> ET.Element:
    """A property of a label that follows from its feature."""
    out = ET.Element("dd_properties")
    held = ET.SubElement(out, "Option", type="Map")
    ET.SubElement(held, "Option", type="QString", name="name", value="")
    own = ET.SubElement(held, "Option", type="Map", name="properties")
    one = ET.SubElement(own, "Option", type="Map", name=name)
    ET.SubElement(one, "Option", type="bool", name="active", value="true")
    ET.SubElement(one, "Option", type="QString", name="expression", value=expression)
    ET.SubElement(one, "Option", type="int", name="type", value="3")
    ET.SubElement(held, "Option", type="QString", name="type", value="collection")
    return out


def _leader(theme: VectorTheme) -> ET.Element:
    """The line from a name to its land; QGIS takes its symbol as the text of an element."""
    symbol = ET.Element("symbol", name="symbol", type="line", alpha="1", clip_to_extent="1")
    for colour, width in (("#ffffff", _HALO_MM), (theme.stroke, _HATCH_LINE_MM)):
        line = {"line_color": _rgba(colour), "line_width": width, "line_width_unit": "MM"}
        _symbol_layer(symbol, "SimpleLine", line)
    out = ET.Element("callout", type="simple")
    held = ET.SubElement(out, "Option", type="Map")
    for name, kind, value in (
        ("enabled", "QString", "1"),
        ("anchorPoint", "QString", "pole_of_inaccessibility"),
        ("labelAnchorPoint", "QString", "point_on_exterior"),
        ("lineSymbol", "QString", ET.tostring(symbol, encoding="unicode")),
    ):
        ET.SubElement(held, "Option", type=kind, name=name, value=value)
    return out


def _labels(theme: VectorTheme, columns: Mapping[str, str], lang: str) -> ET.Element | None:
    field = theme.label if lang == "zh" else theme.label_en or theme.label
    if field not in columns:
        return None
    every = theme.geometry == "polygon" and theme.label_rank <= _ALL_NAMED
    out = ET.Element("labeling", type="simple")
    settings = ET.SubElement(out, "settings", calloutType="simple")
    style = ET.SubElement(
        settings,
        "text-style",
        {
            "fieldName": field,
            "isExpression": "0",
            "fontFamily": "Noto Sans CJK SC",
            "fontSize": _BESIDE_PT if every else _LABEL_PT,
            "fontSizeUnit": "Point",
            "textColor": _rgba(theme.stroke),
            "namedStyle": "Regular",
        },
    )
    ET.SubElement(
        style,
        "text-buffer",
        {
            "bufferDraw": "1",
            "bufferSize": _HALO_MM,
            "bufferSizeUnits": "MM",
            "bufferColor": _rgba("#ffffff", 0.85),
        },
    )
    # polygons: inside them; lines: along; points: around
    where = {"polygon": "1", "line": "2", "point": "6"}[theme.geometry]
    # of two names without room for both the one the web map writes first stands
    first = max(0, 10 - 2 * theme.label_rank)
    marks = {"placement": where, "priority": str(first), "centroidInside": "1"}
    if every:  # in its land or beside it, at the end of a line to it
        marks |= _BESIDE
    ET.SubElement(settings, "placement", marks)
    if "rank" in columns:
        better = f'{first} - min(1.9, 0.1 * (coalesce("rank", 20) - 1))'
        settings.append(_defined("Priority", better))
    limits = {"scaleVisibility": "1", "scaleMin": "0", "scaleMax": str(theme.names_from)}
    scale = limits if theme.names_from else {"scaleVisibility": "0"}
    shown = {"obstacle": "1", "drawLabels": "1", "displayAll": str(int(every)), **scale}
    ET.SubElement(settings, "rendering", shown)
    if every:
        settings.append(_leader(theme))
    return out


def style_elements(
    theme: VectorTheme, facts: LayerFacts, titles: Mapping[str, str], lang: str
) -> list[ET.Element]:
    """Renderer, labels and field titles of a layer.

    Parameters
    ----------
    theme : VectorTheme
        Its look on the web map.
    facts : LayerFacts
        What the GeoPackage holds.
    titles : mapping
        Column -> title in the run's language.
    lang : {"zh", "en"}

    Returns
    -------
    list of Element
        To be put below ``<qgis>`` of a QML style or ``<maplayer>`` of a project.
    """
    field = layer_look(theme, facts.columns)
    # a measured number is no name of a class, however few there are
    measured = any(isinstance(v, float) and not v.is_integer() for v in facts.values)
    many = measured or len(facts.values) > MOST_CLASSES or field.endswith("_frac")
    stepped = bool(theme.ramp and many and facts.numbers)
    classes = _classes(theme, field, facts, lang) if field and not stepped else []
    if stepped:
        renderer = _graduated(theme, field, facts.numbers, lang, holes=facts.holes)
    elif classes:
        renderer = _categorised(theme, field, classes, lang, facts)
    else:
        renderer = ET.Element("renderer-v2", type="singleSymbol", enableorderby="0")
        symbols = ET.SubElement(renderer, "symbols")
        symbols.append(_symbol("0", theme, theme.stroke, filled=theme.fill))
    out = [renderer]
    labels = _labels(theme, facts.columns, lang)
    if labels is not None:
        out.append(labels)
    aliases = ET.Element("aliases")
    for column in facts.columns:
        ET.SubElement(
            aliases, "alias", field=column, name=titles.get(column, column), index="0"
        )
    out.append(aliases)
    return out
