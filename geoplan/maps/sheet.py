"""The sheet of a printed map: paper, true scale, frame with grid, north, scale bar, notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj

from geoplan.charts.fonts import bold_weight
from geoplan.charts.style import colours
from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import FrozenDict, read_toml

__all__ = [
    "Sheet",
    "draw_frame",
    "draw_north",
    "draw_scale_bar",
    "grid_step",
    "printed_pixels",
    "sheet_for",
]

Bounds = tuple[float, float, float, float]
Axes = Any
Figure = Any


def _settings() -> FrozenDict:
    return read_toml("geoplan.maps", "sheet.toml")


@dataclass(frozen=True)
class Sheet:
    """Paper and the part of the land on it.

    Attributes
    ----------
    width_mm, height_mm : float
        Paper.
    factor : float
        Size of type and marks against A3.
    frame_mm : (left, bottom, width, height)
        Map frame on the paper.
    side_mm : (left, bottom, width, height)
        Column of legend and notes.
    scale : int
        Denominator; ground distance is paper distance times this, exactly.
    bounds : (left, bottom, right, top)
        Land inside the frame, plan CRS [m].
    """

    width_mm: float
    height_mm: float
    factor: float
    frame_mm: Bounds
    side_mm: Bounds
    scale: int
    bounds: Bounds

    def axes(self, figure: Figure, box_mm: Bounds) -> Axes:
        """Axes that fill a box given in mm of the paper."""
        left, bottom, width, height = box_mm
        return figure.add_axes(
            (
                left / self.width_mm,
                bottom / self.height_mm,
                width / self.width_mm,
                height / self.height_mm,
            )
        )


def sheet_for(
    bounds: Bounds, paper: str = "A3", *, scale: int | None = None, portrait: bool | None = None
) -> Sheet:
    """A sheet that shows `bounds` at the largest round scale that fits.

    Parameters
    ----------
    bounds : (left, bottom, right, top)
        What has to be on the map, plan CRS [m].
    paper : {"A4", "A3", "A2", "A1", "A0"}
    scale : int, optional
        Denominator; chosen when not given.
    portrait : bool, optional
        By the shape of the land when not given.

    Raises
    ------
    ConfigError
        For an unknown paper, or a scale at which the land does not fit.

    Examples
    --------
    >>> s = sheet_for((0, 0, 60_000, 40_000), "A3")
    >>> s.scale, round((s.bounds[2] - s.bounds[0]) / s.scale * 1000 - s.frame_mm[2], 9)
    (200000, 0.0)
    """
    settings = _settings()
    if paper not in settings["paper"]:
        raise ConfigError(
            say("geoplan.faults.no_such_paper"),
            where="--print",
            got=paper,
            expected=listed(settings["paper"]),
        )
    long_mm, short_mm = settings["paper"][paper]
    wide, high = bounds[2] - bounds[0], bounds[3] - bounds[1]
    upright = high > 1.25 * wide if portrait is None else portrait
    width, height = (short_mm, long_mm) if upright else (long_mm, short_mm)
    factor = float(np.sqrt(long_mm / settings["paper"]["A3"][0]))
    k = {name: value * factor for name, value in settings["layout"].items()}
    left = bottom = k["margin"] + k["tick_band"]
    if upright:
        side = (k["margin"], k["margin"], width - 2 * k["margin"], k["side"])
        bottom += k["side"]
        frame_width = width - 2 * left
        frame_height = height - bottom - k["title_band"] - k["margin"] - k["tick_band"]
    else:
        bottom += k["foot_band"]
        frame_width = width - left - k["side"] - k["margin"] - k["tick_band"]
        frame_height = height - bottom - k["title_band"] - k["margin"] - k["tick_band"]
        side = (
            left + frame_width + k["tick_band"],
            k["margin"],
            k["side"] - 2 * factor,
            height - 2 * k["margin"] - k["title_band"],
        )
    need = max(wide / frame_width, high / frame_height) * 1000
    fits = [s for s in settings["scales"]["list"] if s >= need]
    if scale is None and not fits:
        raise ConfigError(
            say("geoplan.faults.paper_too_small"),
            got=say("geoplan.faults.scale_needed", scale=f"{need:,.0f}"),
        )
    chosen = scale if scale is not None else fits[0]
    if chosen < need * (1 - 1e-9):
        raise ConfigError(
            say("geoplan.faults.scale_too_large"),
            where="--scale",
            got=f"1:{chosen:,}",
            expected=say("geoplan.faults.scale_or_smaller", need=need),
        )
    cx, cy = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    dx, dy = frame_width * chosen / 2000, frame_height * chosen / 2000
    return Sheet(
        width,
        height,
        factor,
        (left, bottom, frame_width, frame_height),
        side,
        int(chosen),
        (cx - dx, cy - dy, cx + dx, cy + dy),
    )


def grid_step(length_m: float, lines: int = 6) -> float:
    """A round distance that divides `length_m` into about `lines` parts.

    Examples
    --------
    >>> grid_step(58_000), grid_step(1_300)
    (10000.0, 200.0)
    """
    rough = length_m / lines
    power = 10.0 ** np.floor(np.log10(rough))
    return float(min((1, 2, 5, 10), key=lambda m: abs(m * power - rough)) * power)


def draw_frame(ax: Axes, sheet: Sheet) -> None:
    """Neat line, grid ticks with full coordinates, and crosses where grid lines meet."""
    ink = colours()["ink"]
    left, bottom, right, top = sheet.bounds
    step = grid_step(min(right - left, top - bottom))
    xs = np.arange(np.ceil(left / step) * step, right, step)
    ys = np.arange(np.ceil(bottom / step) * step, top, step)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.set_aspect("auto")  # the box already has the land's shape: nothing may rescale it
    size = 7.0 * sheet.factor
    ax.set_xticks(xs, [f"{x:,.0f}".replace(",", " ") for x in xs], fontsize=size)
    ax.set_yticks(
        ys, [f"{y:,.0f}".replace(",", " ") for y in ys], fontsize=size, rotation=90, va="center"
    )
    ax.tick_params(
        direction="out",
        length=3 * sheet.factor,
        top=True,
        right=True,
        labeltop=True,
        labelright=False,
        color=ink,
        labelcolor=ink,
        pad=1.5 * sheet.factor,
    )
    gx, gy = np.meshgrid(xs, ys)
    ax.plot(
        gx.ravel(),
        gy.ravel(),
        "+",
        color=ink,
        ms=5 * sheet.factor,
        mew=0.5,
        alpha=0.6,
        zorder=60,
    )
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(1.2 * sheet.factor)
        spine.set_color(ink)
    ax.grid(visible=False)


def convergence_deg(crs: pyproj.CRS, x: float, y: float) -> float:
    """Angle from true north to grid north at a point, east positive [degree].

    Examples
    --------
    >>> round(convergence_deg(pyproj.CRS(4544), 630_000, 4_305_000), 2)
    0.94
    """
    to_ll = pyproj.Transformer.from_crs(crs, crs.geodetic_crs or 4490, always_xy=True)
    lon, lat = to_ll.transform(x, y)
    return float(pyproj.Proj(crs).get_factors(lon, lat).meridian_convergence)


def draw_north(ax: Axes, sheet: Sheet, crs: pyproj.CRS, lang: str) -> None:
    """Grid north and true north with the convergence between them."""
    ink, mark = colours()["ink"], colours()["mark"]
    x, y = (sheet.bounds[0] + sheet.bounds[2]) / 2, (sheet.bounds[1] + sheet.bounds[3]) / 2
    try:
        angle = convergence_deg(crs, x, y)
    except (pyproj.exceptions.ProjError, AttributeError):
        angle = 0.0
    ax.set_xlim(-1, 1)
    ax.set_ylim(-0.55, 1.45)
    ax.set_aspect("equal")
    ax.axis("off")
    size = 7.5 * sheet.factor
    ax.fill([0, 0.16, 0], [1, -0.1, 0.08], color=ink)
    ax.fill([0, -0.16, 0], [1, -0.1, 0.08], facecolor="white", edgecolor=ink, lw=0.8)
    ax.text(
        0, 1.08, say("geoplan.print.grid_north")(lang), ha="center", va="bottom", fontsize=size
    )
    # true north lies against the convergence; drawn five times as wide so that it can be seen
    turn = np.radians(-5 * angle)
    ax.plot([0, np.sin(turn)], [0, np.cos(turn)], color=mark, lw=1.1)
    ax.text(
        1.02 * np.sin(turn) - 0.12 * np.sign(angle or 1),
        0.72,
        say("geoplan.print.true_north")(lang),
        ha="right" if angle >= 0 else "left",
        fontsize=size,
        color=mark,
    )
    ax.text(
        0,
        -0.22,
        say("geoplan.print.convergence", angle=f"{angle:+.2f}")(lang),
        ha="center",
        va="top",
        fontsize=size,
    )


def draw_scale_bar(ax: Axes, sheet: Sheet, width_mm: float, lang: str) -> None:
    """A bar of alternate fields, true on paper, with the scale as a ratio above it."""
    ink = colours()["ink"]
    most = 0.86 * width_mm * sheet.scale / 1000
    power = 10.0 ** np.floor(np.log10(most))
    length = max(m * power for m in (1, 2, 4, 5) if m * power <= most)
    parts = 4
    ax.set_xlim(0, width_mm * sheet.scale / 1000)
    ax.set_ylim(0, 1)
    ax.axis("off")
    size = 7.5 * sheet.factor
    for i in range(parts):
        ax.add_patch(
            _box(
                (i * length / parts, 0.3),
                length / parts,
                0.16,
                ink if i % 2 == 0 else "white",
                ink,
            )
        )
    unit, divide = ("km", 1000.0) if length >= 1000 else ("m", 1.0)
    for i in (0, 2, 4):
        text = f"{i * length / parts / divide:g}" + (f" {unit}" if i == parts else "")
        ax.text(
            i * length / parts,
            0.24,
            text,
            ha="center" if i else "left",
            va="top",
            fontsize=size,
        )
    ax.text(
        0,
        0.6,
        say("geoplan.print.scale", n=f"{sheet.scale:,}")(lang),
        fontsize=1.2 * size,
        fontweight=bold_weight(),
    )


def _box(at: tuple[float, float], width: float, height: float, face: str, edge: str) -> Any:  # noqa: ANN401
    from matplotlib.patches import Rectangle

    return Rectangle(at, width, height, facecolor=face, edgecolor=edge, linewidth=0.8)


def printed_pixels(length_m: float, sheet: Sheet) -> int:
    """Pixels of a length on the ground where a picture of the sheet is printed."""
    import matplotlib as mpl

    inches = 1000 * length_m / sheet.scale / 25.4
    return max(1, round(inches * float(mpl.rcParams["savefig.dpi"])))
