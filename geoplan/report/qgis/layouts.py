"""Print layouts of a QGIS project: an A3 sheet for every subject of the web map."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import pyproj

from geoplan.maps.contents import RunContents
from geoplan.maps.sheet import Bounds, Sheet, grid_step, sheet_for
from geoplan.maps.sheet_notes import note_lines, wrapped
from geoplan.maps.themes import View, themes
from gis.errors import ConfigError
from gis.say import say

__all__ = [
    "BARE",
    "ELIGIBILITY",
    "HATCHED",
    "RELIEF",
    "THIN",
    "Shown",
    "hatching_names",
    "layout_elements",
]

ELIGIBILITY, THIN = "r-eligibility-", "thin_"
"""Before a technology: its land states, and the hatching over all of it."""
HATCHED = "hatched_"
"""Names of layers begin so, see `geoplan.report.qgis.states`; a technology follows."""
BARE = "bare_"
"""The same of land without a figure; the name of the raster follows."""

RELIEF = "r-relief"
"""Key of the shaded relief, which a legend does not name."""

_PAGE, _MAP, _PICTURE, _LABEL, _LEGEND, _BAR = 65638, 65639, 65640, 65641, 65642, 65646
"""Numbers QGIS gives the kinds of items of a layout (QgsLayoutItemRegistry)."""
_PAPER = "A3"
_MARGIN_MM = 12.0
_TITLE_MM = 14.0
_ARROW_MM = 16.0
_BAR_MM = 16.0
_GAP_MM = 4.0
_TITLE_PT, _HEAD_PT, _TEXT_PT, _NOTE_PT = 22, 13, 10, 7.5
_FONT = "Noto Sans CJK SC"  # what the labels ask for; Qt takes another where it is missing
_PLAIN = 50  # a face that has no bold is smeared to look so: headings are larger instead
_NORTH = ":/images/north_arrows/layout_default_north_arrow.svg"  # inside QGIS itself
_BASE, _LINES = "base", "v-base_"
_BETWEEN = "    "
_HALF_MM = 1.35  # width of half a Chinese character of `_NOTE_PT`
_KM = 1000.0


@dataclass(frozen=True)
class Shown:
    """A layer as tree, order and layouts name it.

    Attributes
    ----------
    key
        As the subjects of the web map call it: ``v-sites``, ``r-eligibility-pv``.
    lines
        Lines of the legend of a raster; QGIS puts one more, the name of the band, before them.
    quantity
        A measured or computed number, which gets a sheet of its own.
    about
        What is said of its figures on a sheet.
    shown_from
        Scale 1 : so many from which it is drawn; 0 at every scale.
    headed
        Its name stands above several lines of a legend; else it is one line.
    """

    id: str
    key: str
    title: str
    group: str
    visible: bool
    provider: str
    source: str
    lines: int = 0
    quantity: bool = False
    about: str = ""
    shown_from: int = 0
    headed: bool = False

    def element(self, *, checked: bool | None = None) -> ET.Element:
        """Its line in the tree of the project, or (`checked` given) of a legend."""
        on = self.visible if checked is None else checked
        out = ET.Element(
            "layer-tree-layer",
            {
                "id": self.id,
                "name": self.title,
                "providerKey": self.provider,
                "checked": "Qt::Checked" if on else "Qt::Unchecked",
                "expanded": "0" if checked is None else "1",
            },
        )
        if checked is not None and self.lines:
            kept = ET.SubElement(ET.SubElement(out, "customproperties"), "Option", type="Map")
            order = ",".join(str(i) for i in range(1, self.lines + 1))
            ET.SubElement(kept, "Option", name="legend/node-order", type="QString", value=order)
        return out


def _of_view(view: View, layers: Sequence[Shown]) -> list[Shown]:
    """The first layer of every pattern; nothing where the run has none of the subject."""
    for patterns in (view.layers, view.instead):
        found = [next((x for x in layers if fnmatchcase(x.key, p)), None) for p in patterns]
        if any(found):
            return [x for x in found if x is not None]
    return []


def _subjects(layers: Sequence[Shown], lang: str) -> Iterator[tuple[str, str, list[Shown]]]:
    """Name, title and layers of each sheet."""
    done: set[str] = set()
    for view in themes().view:
        if subject := _of_view(view, layers):
            done |= {x.id for x in subject}
            yield view.id, view.title(lang), subject
    for x in layers:
        if x.quantity and x.id not in done:
            yield x.key, x.title, [x]


def _notes(
    lines: Sequence[tuple[str, bool]],
    about: Sequence[str],
    contents: RunContents,
    lang: str,
) -> list[str]:
    """Paragraphs under a map; what warns in front, where the page cuts nothing off."""
    told = [say("geoplan.common.synthetic")(lang)] if contents.summary.plan.synthetic else []
    told += [text for text, strong in lines if strong]
    plain = [*about, *(text for text, strong in lines if not strong)]
    return [_BETWEEN.join(told), _BETWEEN.join(plain)]


def _judged_techs(own: Sequence[Shown], contents: RunContents) -> frozenset[str]:
    """Technologies whose screening a sheet rests on."""
    found = {x.key.removeprefix(ELIGIBILITY) for x in own if x.key.startswith(ELIGIBILITY)}
    if any(x.key == "v-sites" for x in own):
        found |= {x.tech for x in contents.summary.sites or ()}
    return frozenset(found)


def hatching_names(tech: str) -> tuple[str, ...]:
    """Layers whose land is hatched where the states of a technology are shown.

    Examples
    --------
    >>> hatching_names("pv")
    ('provisional_pv', 'hatched_pv')
    """
    return f"provisional_{tech}", f"{HATCHED}{tech}"


def _hatching(own: Sequence[Shown], layers: Sequence[Shown]) -> set[str]:
    """Layers that hatch what a sheet shows: land states, land without a figure."""
    techs = [x.key.removeprefix(ELIGIBILITY) for x in own if x.key.startswith(ELIGIBILITY)]
    keys = {f"v-{name}" for tech in techs for name in (*hatching_names(tech), f"{THIN}{tech}")}
    keys |= {f"v-{BARE}{x.key.removeprefix('r-')}" for x in own}
    return {x.id for x in layers if x.key in keys}


def _item(kind: int, name: str, box: Bounds, level: int, **more: str) -> ET.Element:
    """An item at (left, top, width, height) [mm]; its id is the same in every writing."""
    left, top, width, height = box
    mark = "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, name)) + "}"
    return ET.Element(
        "LayoutItem",
        {
            "type": str(kind),
            "uuid": mark,
            "templateUuid": mark,
            "position": f"{left:g},{top:g},mm",
            "positionOnPage": f"{left:g},{top:g},mm",
            "size": f"{width:g},{height:g},mm",
            "referencePoint": "0",
            "zValue": str(level),
            "visibility": "1",
            "opacity": "1",
            "frame": "false",
            "background": "false",
            **more,
        },
    )


def _colour(parent: ET.Element, tag: str, level: int) -> None:
    grey = str(level)
    ET.SubElement(parent, tag, red=grey, green=grey, blue=grey, alpha="255")


def _white_page() -> ET.Element:
    out = ET.Element("symbol", type="fill", name="", alpha="1")
    layer = ET.SubElement(out, "layer", {"class": "SimpleFill"})
    for key, value in {
        "color": "255,255,255,255",
        "style": "solid",
        "outline_style": "no",
    }.items():
        ET.SubElement(layer, "prop", k=key, v=value)
    return out


def _label(name: str, box: Bounds, text: str, points: float) -> ET.Element:
    out = _item(
        _LABEL, name, box, 3, labelText=text, htmlState="0", halign="1", valign="32",
        marginX="0", marginY="0",
    )  # fmt: skip
    font = f"{_FONT},{points:g},-1,5,{_PLAIN},0,0,0,0,0"
    ET.SubElement(out, "LabelFont", description=font, style="")
    _colour(out, "FontColor", 20)
    return out


def _map(name: str, box: Bounds, extent: Bounds, layers: Sequence[Shown]) -> ET.Element:
    out = _item(
        _MAP, name, box, 1, frame="true", background="true", keepLayerSet="true",
        mapRotation="0", followPreset="false", drawCanvasItems="false", outlineWidthM="0.3,mm",
    )  # fmt: skip
    sides = dict(zip(("xmin", "ymin", "xmax", "ymax"), map(repr, extent), strict=True))
    _colour(out, "FrameColor", 60)
    _colour(out, "BackgroundColor", 255)
    ET.SubElement(out, "Extent", sides)
    kept = ET.SubElement(out, "LayerSet")
    for x in layers:
        line = ET.SubElement(kept, "Layer", name=x.title, source=x.source, provider=x.provider)
        line.text = x.id
    return out


def _legend(
    name: str, box: Bounds, layers: Sequence[Shown], near: str, lang: str
) -> ET.Element:
    out = _item(
        _LEGEND, name, box, 4, title=say("geoplan.print.legend")(lang), map_uuid=near,
        resizeToContents="1", symbolWidth="6", symbolHeight="4", columnCount="1",
        boxSpace="0", lineSpacing="1", wrapChar="", titleAlignment="1", rasterBorder="0",
    )  # fmt: skip
    sizes = {
        "title": (_HEAD_PT, "2"),
        "group": (_TEXT_PT + 1.5, "2"),
        "subgroup": (_TEXT_PT + 1, "2"),
        "symbol": (_TEXT_PT, "1.4"),
        "symbolLabel": (_TEXT_PT, "1.4"),
    }
    styles = ET.SubElement(out, "styles")
    for kind, (points, above) in sizes.items():
        style = ET.SubElement(styles, "style", name=kind, alignment="1", marginTop=above)
        if kind == "symbolLabel":
            style.set("marginLeft", "2")
        font = f"{_FONT},{points:g},-1,5,{_PLAIN},0,0,0,0,0"
        ET.SubElement(style, "styleFont", description=font, style="")
    tree = ET.SubElement(out, "layer-tree-group")
    # a line without a heading of its own reads as part of the one above it: such lines come
    # first, and the base map has a heading
    lines = sorted((x for x in layers if x.key != RELIEF), key=lambda x: x.headed)
    tree.extend(x.element(checked=True) for x in lines if x.group != _BASE)
    if base := [x.element(checked=True) for x in lines if x.group == _BASE]:
        title = next(g.title(lang) for g in themes().group if g.id == _BASE)
        look = {"name": title, "checked": "Qt::Checked", "expanded": "1"}
        ET.SubElement(tree, "layer-tree-group", look).extend(base)
    return out


def _bar(name: str, box: Bounds, sheet: Sheet, near: str) -> ET.Element:
    half = grid_step(0.8 * box[2] * sheet.scale / 1000, 2)
    unit, divide = ("km", _KM) if half >= _KM else ("m", 1.0)
    out = _item(
        _BAR, name, box, 5, style="Single Box", mapUuid=near, numSegments="2",
        numSegmentsLeft="0", unitType="meters", unitLabel=unit, segmentSizeMode="0",
        numUnitsPerSegment=repr(half), numMapUnitsPerScaleBarUnit=repr(divide), height="2.5",
        labelBarSpace="1.5", boxContentSpace="0", alignment="0", outlineWidth="0.2",
    )  # fmt: skip
    font = f"{_FONT},{_TEXT_PT},-1,5,{_PLAIN},0,0,0,0,0"
    ET.SubElement(out, "scaleBarFont", description=font, style="")
    for tag, level in (("fillColor", 20), ("fillColor2", 255), ("strokeColor", 20)):
        _colour(out, tag, level)
    return out


def _sheet_items(
    name: str,
    title: str,
    notes: Sequence[str],
    layers: Sequence[Shown],
    sheet: Sheet,
    lang: str,
) -> list[ET.Element]:
    left, bottom, width, height = sheet.frame_mm
    top = sheet.height_mm - bottom - height
    frame = (left, top, width, height)
    side, _, side_width, _ = sheet.side_mm
    drawn = _map(f"{name}/map", frame, sheet.bounds, layers)
    near = drawn.get("uuid", "")
    # a legend names nothing that is not drawn at the scale of the sheet
    named = [x for x in layers if not x.shown_from or x.shown_from >= sheet.scale]
    foot = top + height
    arrow = foot - _ARROW_MM
    bar = arrow - _BAR_MM
    ratio = bar - _GAP_MM * 2
    line = (left, foot + _GAP_MM, width + side_width, sheet.height_mm - foot - _GAP_MM * 2)
    folded = [x for text in notes for x in wrapped(text, int(line[2] / _HALF_MM))]
    return [
        drawn,
        _label(
            f"{name}/title",
            (left, top - _TITLE_MM, sheet.width_mm - left - _MARGIN_MM, _TITLE_MM - 2),
            title,
            _TITLE_PT,
        ),
        _legend(f"{name}/legend", (side, top, side_width, ratio - top), named, near, lang),
        _label(
            f"{name}/scale",
            (side, ratio, side_width, _GAP_MM * 1.5),
            say("geoplan.print.scale", n=f"{sheet.scale:,}")(lang),
            _TEXT_PT,
        ),
        _bar(f"{name}/bar", (side, bar, side_width, _BAR_MM), sheet, near),
        _item(
            _PICTURE, f"{name}/north", (side, arrow, _ARROW_MM, _ARROW_MM), 6, file=_NORTH,
            mapUuid=near, northMode="0", northOffset="0", resizeMode="0", mode="2",
            anchorPoint="0", svgFillColor="20,20,20,255", svgBorderColor="20,20,20,255",
            svgBorderWidth="0.2", pictureRotation="0",
        ),
        _label(f"{name}/notes", line, "\n".join(folded), _NOTE_PT),
    ]  # fmt: skip


def _layout(title: str, name: str, sheet: Sheet, items: Sequence[ET.Element]) -> ET.Element:
    out = ET.Element("Layout", name=title, units="mm", printResolution="300")
    pages = ET.SubElement(out, "PageCollection")
    pages.append(_white_page())
    size = (0.0, 0.0, sheet.width_mm, sheet.height_mm)
    pages.append(_item(_PAGE, f"{name}/page", size, 0, background="true"))
    out.extend(items)
    return out


def layout_elements(
    layers: Sequence[Shown],
    contents: RunContents,
    bounds: Bounds,
    crs: pyproj.CRS,
    lang: str,
) -> ET.Element:
    """``<Layouts>``: title, map at a round scale, legend, bar, north arrow, sources.

    Parameters
    ----------
    layers : sequence of Shown
        Layers of the project, the uppermost first.
    contents : RunContents
        Whose sources, run and synthetic data the sheets name.
    bounds : (left, bottom, right, top)
        Land of the run, plan CRS [m].
    crs : CRS
        Of the project.
    lang : {"zh", "en"}

    Returns
    -------
    Element
        A layout for every subject the run has a layer of, then one for every quantity that no
        subject shows, with the base that is on; empty where no scale shows the land on paper.
    """
    out = ET.Element("Layouts")
    try:
        sheet = sheet_for(bounds, _PAPER, portrait=False)
    except ConfigError:  # no scale of a map shows this much land on the paper
        return out
    plan = contents.summary.plan
    base = {
        x.id for x in layers if x.group == _BASE and (x.visible or x.key.startswith(_LINES))
    }
    for name, title, subject in _subjects(layers, lang):
        own = {x.id for x in subject} | _hatching(subject, layers)
        about = [x.about for x in subject if x.about]
        techs = _judged_techs(subject, contents)
        shown = [x for x in layers if x.id in own | base]
        names = [x.key.partition("-")[2] for x in shown]
        lines = note_lines(contents, crs, techs, None, lang, "", names)
        told = _notes(lines, about, contents, lang)
        head = say("geoplan.qgis.sheet_title", place=plan.title(lang), subject=title)(lang)
        out.append(
            _layout(title, name, sheet, _sheet_items(name, head, told, shown, sheet, lang))
        )
    return out
