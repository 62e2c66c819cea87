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
from geoplan.maps.frame import attributions, sources_told
from geoplan.maps.judged import judged_notes
from geoplan.maps.sheet import Sheet
from gis.crs.identity import china_row
from gis.say import Sentence, say

__all__ = ["AWAITING", "LegendItem", "dashes", "draw_notes", "note_lines", "wrapped"]

Figure = Any
Axes = Any
Shape = Any
"""A shapely geometry or None."""
_FOOT_MM, _KEY_MM = 60.0, 44.0
"""Of the column at A3: north arrow and bar at its foot, and the key map over them."""
_NARROW_MM = 100.0
"""A column of the legend that is halved below this has smaller signs."""
AWAITING = "awaiting"
"""Pattern of provisional land that is drawn as an area of its own, such as a site."""
_HATCHES = {
    "lines": ("//////", "white"),
    "veil": ("///", "white"),
    "back": ("\\\\\\\\", "#00000066"),
    "dots": ("....", "white"),
    AWAITING: ("//////", "#1f2933"),
}
"""Patterns of the map as the legend shows them."""


@dataclass(frozen=True)
class LegendItem:
    """One line of the legend.

    Attributes
    ----------
    kind
        ``"area"``, ``"line"``, ``"dot"``, ``"ring"``; ``"row"`` is words and a figure.
    heading
        A line of text over the items that follow.
    note
        Right-hand text (an area).
    dash, width
        Of the outline or the line, as a theme has them.
    pattern
        Of `geoplan.maps.rasters.patterned`; plain without one.
    """

    label: str
    colour: str = ""
    kind: str = "area"
    edge: str = ""
    dash: str = ""
    width: float = 1.0
    heading: bool = False
    note: str = ""
    pattern: str = ""


def dashes(given: str) -> Any:  # noqa: ANN401 - matplotlib is untyped
    """Line style of the pixels a theme gives.

    Examples
    --------
    >>> dashes("8 4"), dashes("")
    ((0, (4.0, 2.0)), '-')
    """
    return (0, tuple(float(v) / 2 for v in given.split())) if given else "-"


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


def _legend_marker(
    ax: Axes, item: LegendItem, at: tuple[float, float], sheet: Sheet, right: float
) -> None:
    from matplotlib.patches import Rectangle

    f = sheet.factor
    x, y = at
    edge = item.edge or "#66707c"
    if item.kind == "line":
        width = max(0.9, 0.8 * item.width) * f
        ax.plot([x, x + right], [y, y], color=item.colour, lw=width, ls=dashes(item.dash))
    elif item.kind in {"dot", "ring"}:
        ring = item.kind == "ring"
        ax.plot(
            [x + right / 2],
            [y],
            "o",
            ms=5 * f,
            mfc="white" if ring else item.colour,
            mec=item.edge if ring else "white",
        )
    else:
        face = item.colour if item.colour != "none" else "none"
        ax.add_patch(
            Rectangle(
                (x, y - 1.7 * f),
                right,
                3.4 * f,
                facecolor=face,
                edgecolor=edge,
                lw=0.8 * min(item.width, 2.0),
                linestyle=dashes(item.dash),
            )
        )
        if item.pattern:
            hatch, colour = _HATCHES[item.pattern]
            box = Rectangle((x, y - 1.7 * f), right, 3.4 * f, lw=0.0, hatch=hatch)
            box.set_facecolor("none")
            box.set_edgecolor(colour)
            ax.add_patch(box)


def _told_once(items: Sequence[LegendItem]) -> list[LegendItem]:
    """Every line once: layers of one look have one."""
    return list({(i.label, i.colour, i.kind, i.note): i for i in reversed(items)}.values())[
        ::-1
    ]


def _legend(
    ax: Axes,
    given: Sequence[LegendItem],
    sheet: Sheet,
    box: tuple[float, float, float],
    lang: str,
) -> float:
    """Draw the legend downwards; gives where it ended.

    `box` is its top, its width and the lowest a line may stand [mm]; what does not fit
    beneath one another goes into a second column.
    """
    f = sheet.factor
    top, width, low = box
    c = colours()
    items = _told_once(given)
    line = 5.6 * f
    head = say("geoplan.print.legend")(lang)
    ax.text(0, top, head, fontsize=11 * f, fontweight=bold_weight(), va="top")
    first = top - 8.5 * f
    fit = max(1, int((first - low) / line) + 1)
    columns = 2 if len(items) > fit else 1
    line = min(line, (first - low) / max(1, -(-len(items) // columns) - 1))
    fit = -(-len(items) // columns)
    small = 0.86 if columns == 2 and width < _NARROW_MM * f else 1.0
    mark, gap = (9 * f, 12 * f) if small == 1.0 else (6 * f, 7.5 * f)
    own = width / columns - (3 * f if columns == 2 else 0)
    down = first
    for i, item in enumerate(items):
        x = (i // fit) * width / columns
        y = first - (i % fit) * line
        down = min(down, y - line)
        size = 8.5 * f * small
        if item.heading or item.kind == "row":
            ax.text(
                x,
                y,
                item.label,
                fontsize=size,
                va="center",
                color=c["dim"] if item.kind == "row" else c["ink"],
            )
        else:
            _legend_marker(ax, item, (x, y), sheet, mark)
            ax.text(x + gap, y, item.label, fontsize=size, va="center")
        if item.note:
            ax.text(x + own, y, item.note, fontsize=size, va="center", ha="right")
    return down


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
    drawn: Collection[str] = (),
) -> list[tuple[str, bool]]:
    """What stands beside every printed map: (text, emphasised) in order.

    `techs` are the technologies whose screening it shows, `drawn` its layers and rasters.
    """
    code = crs.to_epsg()
    operation = crs.coordinate_operation
    given = {p.name: p.value for p in operation.params} if operation else {}
    lon0 = given.get("Longitude of natural origin")
    if code and lon0 is not None:
        row = china_row(crs)
        named = (
            say("geoplan.print.crs_of_china", width=row.zone_width_deg)
            if row is not None and row.is_gk
            else crs.name
        )
        crs_text = say("geoplan.print.crs", name=named, code=code, lon0=f"{lon0:g}")(lang)
    else:
        crs_text = say("geoplan.print.crs_plain", name=crs.name)(lang)
    shown = sources_told(contents, drawn, lang)
    out = [(about(lang), False)] if about is not None else []
    out.append((crs_text, False))
    if shown:
        out.append((say("geoplan.print.sources", sources=shown)(lang), False))
    if words := [a[lang] for a in attributions(contents)]:
        shown = say("gis.say.list_joint")(lang).join(words)
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
    crs: pyproj.CRS,
    lang: str,
    review_number: str,
    focus: Shape,
    sheet_of: tuple[int, int] | None,
    techs: Collection[str],
    drawn: Collection[str],
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
    foot = 0.0 if upright else (_FOOT_MM + (_KEY_MM if focus is not None else 0)) * f
    down = _legend(ax, legend, sheet, (height, column, foot), lang)
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
    parts = note_lines(contents, crs, techs, about, lang, review_number, drawn)
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
