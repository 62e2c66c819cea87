"""The waterfall of a plant: titles of its steps, its table and its drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.say import Sentence, in_lang, say
from siting.economy.waterfall import Waterfall
from siting.pv.plant.losses import Losses, Place

__all__ = [
    "UNIT",
    "Fall",
    "computed_step_title",
    "waterfall_svg",
    "waterfall_table",
    "with_sources",
]

F8 = npt.NDArray[np.float64]
UNIT = "kWh/kWp"
"""Light counts as energy at the rated efficiency (1 kWh/m2 is 1 kWh/kWp), so the whole fall
has one unit."""


def computed_step_title(step: str) -> Sentence:
    """Title of a step that the chain computes; given losses carry their own."""
    return say(f"siting.pv_plant.step.{step}")


def waterfall_table(fall: Waterfall) -> pd.DataFrame:
    """One row a step: id, titles, before, delta, after [kWh/kWp a year], change, whose it is.

    ``given`` is ``plan``, ``module`` or ``default`` for a loss that was given, with its source
    and quality, and ``computed`` for the rest.

    Examples
    --------
    >>> from siting.economy.waterfall import waterfall_of
    >>> fall = waterfall_of(UNIT, [("ghi", computed_step_title("ghi"), 10.0)])
    >>> waterfall_table(fall)["after_kwh_kwp"].tolist()
    [10.0]
    """
    steps = fall.steps
    return pd.DataFrame(
        {
            "step": [s.id for s in steps],
            "title_zh": [s.title("zh") for s in steps],
            "title_en": [s.title("en") for s in steps],
            "before_kwh_kwp": [s.before for s in steps],
            "delta_kwh_kwp": [s.delta for s in steps],
            "after_kwh_kwp": [s.after for s in steps],
            "change_frac": [s.change_frac for s in steps],
            "given": [s.given or "computed" for s in steps],
            "source_zh": [in_lang(s.source, "zh") for s in steps],
            "source_en": [in_lang(s.source, "en") for s in steps],
            "quality": [s.quality or "computed" for s in steps],
        }
    )


def waterfall_svg(fall: Waterfall, lang: str = "zh") -> str:
    """The waterfall as one self-contained SVG drawing.

    Examples
    --------
    >>> from siting.economy.waterfall import waterfall_of
    >>> fall = waterfall_of(UNIT, [("ghi", computed_step_title("ghi"), 10.0)])
    >>> waterfall_svg(fall, "en").startswith("<svg")
    True
    """
    shown = [s for i, s in enumerate(fall.steps) if i == 0 or abs(s.delta) > 1e-9]
    top = max((max(s.before, s.after) for s in shown), default=1.0) or 1.0
    row, left, wide = 24, 200, 480
    height = row * (len(shown) + 1) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + wide + 150}" '
        f'height="{height}" font-family="sans-serif" font-size="12">'
    ]

    def bar(i: int, a: float, b: float, colour: str, title: str, note: str) -> None:
        x, w = left + wide * min(a, b) / top, max(wide * abs(b - a) / top, 1.0)
        y = 10 + i * row
        parts.append(
            f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{title}</text>'
            f'<rect x="{x:.1f}" y="{y}" width="{w:.1f}" height="{row - 7}" fill="{colour}"/>'
            f'<text x="{x + w + 5:.1f}" y="{y + 13}">{note}</text>'
        )

    for i, s in enumerate(shown):
        title = s.title(lang)
        if i == 0:
            bar(i, 0.0, s.after, "#4f81bd", title, f"{s.after:.0f}")
            continue
        colour = "#6aa84f" if s.delta > 0 else "#cc4125"
        note = f"{s.delta:+.0f} ({s.change_frac:+.1%})"
        bar(i, s.before, s.after, colour, title, note)
    if shown:
        net = shown[-1].after
        title = say("siting.pv_plant.net_yield")(lang)
        bar(len(shown), 0.0, net, "#1f3864", title, f"{net:.0f}")
    parts.append("</svg>")
    return "".join(parts)


def with_sources(fall: Waterfall, losses: Losses) -> Waterfall:
    """The waterfall with whose value each given loss is, and where it is from."""
    steps = []
    for step in fall.steps:
        if step.id in losses.by_key:
            source, quality = losses.source(step.id)
            whose = losses.given.get(step.id, "default")
            step = replace(step, source=source, quality=quality, given=whose)
        steps.append(step)
    return Waterfall(fall.unit, tuple(steps))


class Fall:
    """Collects the waterfall; yearly means of light or power in W/m2 or W/kWp."""

    def __init__(self, month: npt.NDArray[np.int64], years: int) -> None:
        self.scale = 1.0 / 1000.0 / years
        self.month = month
        self.levels: list[tuple[str, Callable[[str], str], float]] = []

    def add(self, name: str, values: F8, title: Callable[[str], str] | None = None) -> None:
        """A step that ends at the sum of `values` [W/m2 or W/kWp]."""
        said = title or computed_step_title(name)
        self.levels.append((name, said, float(values.sum()) * self.scale))

    def lose(self, power: F8, losses: Losses, *places: Place) -> F8:
        """`power` [kW/kWp] after the losses of these places, each a step."""
        for row in losses.at(*places):
            power = power * losses.left(row)[self.month]
            self.add(row.key, power * 1000.0, row.title)
        return power
