"""Title, legend, notes and key map beside the frame of a printed map."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from geoplan.charts.fonts import bold_weight
from geoplan.charts.style import colours
from geoplan.maps.contents import RunContents
from geoplan.maps.frame import attributions, sources
from geoplan.maps.judged import judged_notes
from geoplan.maps.sheet import Sheet
from gis.say import Sentence, say

__all__ = ["LegendItem", "draw_notes", "note_lines", "wrapped"]

Figure = Any
Axes = Any
Shape = Any
"""A shapely geometry or None."""
_SOURCES_SHOWN = 10
_HATCHES = {
    "lines": ("//////", "white"),
    "veil": ("///", "white"),
    "back": ("\\\\\\\\", "#00000066"),
    "dots": ("....", "white"),
}
"""Patterns of the map as the legend shows them."""


@dataclass(frozen=True)
class LegendItem:
    """One line of the legend.

    Attributes
    ----------
    kind
        ``"area"``, ``"line"``, ``"dot"`` or ``"ring"``.
    heading
        A line of text over the items that follow.
    note
        Right-hand text (an area).
    pattern
        Of `geoplan.maps.rasters.patterned`; plain without one.
    """

    label: str
    colour: str = ""
    kind: str = "area"
    edge: str = ""
    dash: bool = False
    heading: bool = False
    note: str = ""
    pattern: str = ""


def wrapped(text: str, width: int) -> list[str]:
    """Lines of about `width` halves of a Chinese character; breaks at spaces where it can.

    Examples
    --------
    >>> wrapped("坐标系一二三四", 8)
    ['坐标系一', '二三四']
    """
    lines, line, used = [], "", 0
    for word in _tokens(text):
        size = sum(2 if ord(c) > 255 else 1 for c in word)
        if used + size > width and line.strip():
            lines.append(line.rstrip())
            line, used = "", 0
            word = word.lstrip()
        line += word
        used += size
    return [*lines, line.rstrip()] if line.strip() else lines


def _tokens(text: str) -> list[str]:
    out: list[str] = []
    for c in text:
        if out and ord(c) < 256 and c != " " and ord(out[-1][-1]) < 256:
            out[-1] += c
        else:
            out.append(c)
    return out


def _legend_marker(ax: Axes, item: LegendItem, y: float, sheet: Sheet, right: float) -> None:
    from matplotlib.patches import Rectangle

    f = sheet.factor
    edge = item.edge or "#66707c"
    if item.kind == "line":
        ax.plot([0, right], [y, y], color=item.colour, lw=1.8 * f)
    elif item.kind in {"dot", "ring"}:
        ring = item.kind == "ring"
        ax.plot(
            [right / 2],
            [y],
            "o",
            ms=5 * f,
            mfc="white" if ring else item.colour,
            mec=item.edge if ring else "white",
        )
    else:
        style = (0, (3, 1.5)) if item.dash else "-"
        face = item.colour if item.colour != "none" else "none"
        ax.add_patch(
            Rectangle(
                (0, y - 1.7 * f),
                right,
                3.4 * f,
                facecolor=face,
                edgecolor=edge,
                lw=0.8,
                linestyle=style,
            )
        )
        if item.pattern:
            hatch, colour = _HATCHES[item.pattern]
            box = Rectangle((0, y - 1.7 * f), right, 3.4 * f, lw=0.0, hatch=hatch)
            box.set_facecolor("none")
            box.set_edgecolor(colour)
            ax.add_patch(box)


def _legend(
    ax: Axes, items: Sequence[LegendItem], sheet: Sheet, top: float, width: float, lang: str
) -> float:
    """Draw the legend downwards from `top` [mm]; gives where it ended."""
    f = sheet.factor
    line = 5.6 * f
    ax.text(
        0,
        top,
        say("geoplan.print.legend")(lang),
        fontsize=11 * f,
        fontweight=bold_weight(),
        va="top",
    )
    y = top - 8.5 * f
    seen = set()
    for item in items:
        if (item.label, item.colour, item.kind) in seen:
            continue
        seen.add((item.label, item.colour, item.kind))
        if item.heading:
            ax.text(0, y, item.label, fontsize=8.5 * f, va="center")
        else:
            _legend_marker(ax, item, y, sheet, 9 * f)
            ax.text(12 * f, y, item.label, fontsize=8.5 * f, va="center")
            if item.note:
                ax.text(width, y, item.note, fontsize=8 * f, va="center", ha="right")
        y -= line
    return y


def _key_map(
    figure: Figure,
    sheet: Sheet,
    contents: RunContents,
    focus: Shape,
    box: tuple[float, float, float, float],
    lang: str,
) -> None:
    c = colours()
    ax = sheet.axes(figure, box)
    for name, width in (("townships", 0.4), ("county", 1.0)):
        if name in contents.layers:
            for part in shapely.get_parts(np.asarray(contents.layer(name).geometry.values)):
                xy = shapely.get_coordinates(shapely.get_exterior_ring(part))
                ax.plot(xy[:, 0], xy[:, 1], color=c["dim"], lw=width)
    for part in shapely.get_parts(np.array([focus], dtype=object)):
        xy = shapely.get_coordinates(shapely.get_exterior_ring(part))
        ax.fill(xy[:, 0], xy[:, 1], color=c["mark"])
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(0.5)
    ax.set_title(
        say("geoplan.print.index")(lang),
        fontsize=8 * sheet.factor,
        fontweight="normal",
        loc="left",
    )


def note_lines(
    contents: RunContents,
    crs: pyproj.CRS,
    techs: Collection[str],
    about: Sentence | None,
    lang: str,
    review_number: str,
) -> list[tuple[str, bool]]:
    """What stands beside every printed map: (text, emphasised) in order.

    `techs` are the technologies whose screening it shows.
    """
    code = crs.to_epsg()
    operation = crs.coordinate_operation
    given = {p.name: p.value for p in operation.params} if operation else {}
    lon0 = given.get("Longitude of natural origin")
    if code and lon0 is not None:
        crs_text = say("geoplan.print.crs", name=crs.name, code=code, lon0=f"{lon0:g}")(lang)
    else:
        crs_text = say("geoplan.print.crs_plain", name=crs.name)(lang)
    found = sources(contents)
    names = [f"{s['title'][lang]}{' ' + s['date'] if s['date'] else ''}" for s in found]
    listed = say("gis.say.list_joint")(lang)
    shown = listed.join(names[:_SOURCES_SHOWN]) + (" …" if len(names) > _SOURCES_SHOWN else "")
    out = [(about(lang), False)] if about is not None else []
    out.append((crs_text, False))
    if shown:
        out.append((say("geoplan.print.sources", sources=shown)(lang), False))
    if words := [a[lang] for a in attributions(contents)]:
        shown = listed.join(words)
        out.append((say("geoplan.print.attributions", attributions=shown)(lang), False))
    run = contents.summary.run
    out.append((say("geoplan.print.made", date=run.finished[:10], id=run.id)(lang), False))
    plan = contents.summary.plan
    if not plan.boundary_official:
        own = say("geoplan.common.boundary_from", name=plan.boundary)
        out.append(((own if plan.boundary else say("geoplan.print.boundary"))(lang), False))
    out.append((say("geoplan.print.not_survey")(lang), False))
    key = "review_number" if review_number else "review_empty"
    out.append(
        (
            say("geoplan.common." + key, number=review_number)(lang)
            if review_number
            else say("geoplan.common." + key)(lang),
            True,
        )
    )
    kept = "internal_only" if review_number else "internal_note"
    out.append((say(f"geoplan.common.{kept}")(lang), True))
    out += [(text, True) for text in judged_notes(contents, techs, lang)]
    return out


def draw_notes(
    figure: Figure,
    sheet: Sheet,
    contents: RunContents,
    *,
    title: str,
    legend: Sequence[LegendItem],
    rows: Sequence[tuple[str, str]],
    crs: pyproj.CRS,
    lang: str,
    review_number: str,
    focus: Shape,
    sheet_of: tuple[int, int] | None,
    techs: Collection[str],
    about: Sentence | None,
    north: Callable[..., None],
    scale_bar: Callable[..., None],
) -> None:
    """Everything on the sheet that is not the map itself; `about` is the note of a raster."""
    c = colours()
    f = sheet.factor
    figure.text(
        0.5,
        1 - (14 * f) / sheet.height_mm,
        title,
        ha="center",
        va="center",
        fontsize=19 * f,
        fontweight=bold_weight(),
    )
    if sheet_of:
        figure.text(
            1 - 14 * f / sheet.width_mm,
            1 - 14 * f / sheet.height_mm,
            say("geoplan.print.sheet", i=sheet_of[0], n=sheet_of[1])(lang),
            ha="right",
            va="center",
            fontsize=8.5 * f,
        )
    left, bottom, width, height = sheet.side_mm
    upright = width > 1.2 * height
    column = (width / 2 - 6 * f) if upright else width
    ax = sheet.axes(figure, (left, bottom, column, height))
    ax.set_xlim(0, column)
    ax.set_ylim(0, height)
    ax.axis("off")
    down = _legend(ax, legend, sheet, height, column, lang)
    for label, value in rows:
        ax.text(0, down, label, fontsize=8.5 * f, va="center", color=c["dim"])
        ax.text(column, down, value, fontsize=8.5 * f, va="center", ha="right")
        down -= 5.2 * f
    if focus is not None and not upright:
        size = min(52 * f, column)
        _key_map(
            figure,
            sheet,
            contents,
            focus,
            (left, bottom + max(58 * f, down - size - 6 * f), size, size * 0.72),
            lang,
        )
    # north, scale bar and notes: under the legend, or beside it on an upright sheet
    base = left + column + 12 * f if upright else left
    north(
        sheet.axes(figure, (base + 0.62 * column, bottom + 20 * f, 0.38 * column, 34 * f)),
        sheet,
        crs,
        lang,
    )
    scale_bar(
        sheet.axes(figure, (base, bottom + 26 * f, 0.62 * column, 18 * f)),
        sheet,
        0.62 * column,
        lang,
    )
    if upright:
        note_box = (base, bottom, column, 18 * f)
    else:
        note_box = (sheet.frame_mm[0], 7 * f, sheet.frame_mm[2] + width, 18 * f)
    notes = sheet.axes(figure, note_box)
    notes.set_xlim(0, note_box[2])
    notes.set_ylim(0, note_box[3])
    notes.axis("off")
    y = note_box[3]
    parts = note_lines(contents, crs, techs, about, lang, review_number)
    plain = "    ".join(text for text, strong in parts if not strong)
    strong = "    ".join(text for text, strong in parts if strong)
    for line in wrapped(plain, int(note_box[2] / f / 1.28)):
        notes.text(0, y, line, fontsize=7.2 * f, va="top", color=c["dim"])
        y -= 4.0 * f
    for line in wrapped(strong, int(note_box[2] / f / 1.55)):
        marks = {"fontsize": 8.5 * f, "color": c["mark"], "fontweight": bold_weight()}
        notes.text(0, y, line, va="top", **marks)
        y -= 4.6 * f
    if contents.summary.plan.synthetic:
        left_mm, bottom_mm, w, _ = sheet.frame_mm
        figure.text(
            (left_mm + w / 2) / sheet.width_mm,
            (bottom_mm + 8 * f) / sheet.height_mm,
            say("geoplan.common.synthetic")(lang),
            ha="center",
            va="center",
            fontsize=11 * f,
            fontweight=bold_weight(),
            color="#4d3800",
            bbox={"facecolor": "#ffe08a", "edgecolor": "none", "alpha": 0.9, "pad": 4},
            zorder=100,
        )
