"""The page for leaders: conclusion, figures, map and advice on one A4 sheet across."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from geoplan.answers.capacity_lines import capacity_in
from geoplan.charts import house_style, save_figure
from geoplan.charts.style import colours
from geoplan.report.body.advice import advice_lines
from geoplan.report.body.conclusion import conclusion_lines, open_banners, provisional_mw
from geoplan.report.body.draw_county import county_axes
from geoplan.report.document import capital
from geoplan.report.frames import number
from geoplan.summary import RunSummary, read_run_summary
from gis.say import say
from layers.plan.model import Plan
from siting.pv.study.summary import PvSummary

__all__ = ["write_one_page"]

_A4_IN = (11.69, 8.27)
_WIDE = 0x2E80
_SIGNS = 88  # a line of the text column holds so many, a Chinese sign counting two
_LINE = 0.0205  # of the page
_SIZE = 8.4


def _lines(text: str, most: int = _SIGNS) -> list[str]:
    """`text` broken into lines of at most `most` signs.

    Examples
    --------
    >>> _lines("光伏可用土地", 8), _lines("land that is free", 9)
    (['光伏可用', '土地'], ['land that', 'is free'])
    """
    if not any(ord(c) > _WIDE for c in text):
        return textwrap.wrap(text, most) or [""]
    out, line, signs = [], "", 0
    for word in re.findall(r"[!-~]+ ?|.", text):  # a number is not broken
        w = sum(2 if ord(c) > _WIDE else 1 for c in word)
        if signs + w > most and word not in "，。；、）：":
            out.append(line)
            line, signs = "", 0
        line, signs = line + word, signs + w
    return [*out, line]


def _numbers(s: RunSummary, lang: str) -> list[tuple[str, str]]:
    """The large figures: three capacities and a year's energy."""
    out = []
    found = capacity_in(s)
    if found is not None:
        for name in ("unconditional", "with_approvals", "with_grid"):
            value = getattr(found, f"{name}_mw")
            unknown = say("siting.connection.grid_not_known")(lang)
            shown = unknown if value is None else f"{number(value, 0)} MW"
            out.append((shown, say(f"geoplan.report.capacity_{name}")(lang)))
    if late := provisional_mw(s):
        out.append((f"{number(late, 0)} MW", say("geoplan.body.one_provisional")(lang)))
    if isinstance(s.pv, PvSummary) and s.pv.sites:
        end = "_all" if provisional_mw(s, "pv") else ""
        for key, mwh in (("p50", s.pv.p50_mwh_yr), ("p90", s.pv.p90_mwh_yr)):
            words = say(f"geoplan.body.one_{key}{end}")(lang)
            out.append((f"{number(mwh / 1e3, 0)} GWh", words))
    return out


def _begun(texts: Sequence[str], lang: str) -> list[str]:
    """Sentences as the report begins them."""
    return [capital(t) for t in texts] if lang == "en" else list(texts)


def _column(
    figure: Any,  # noqa: ANN401
    top: float,
    title: str,
    texts: Sequence[str],
    least: float,
    more: Callable[[int], str],
) -> float:
    """A heading and a list; what does not fit is told as a number. Returns where it ends."""
    figure.text(
        0.035, top, title, fontsize=11, fontweight="bold", va="top", color=colours()["main"]
    )
    y = top - 1.35 * _LINE
    for i, text in enumerate(texts):
        lines = _lines(text)
        if y - len(lines) * _LINE < least:
            figure.text(0.045, y, more(len(texts) - i), fontsize=_SIZE, va="top")
            return y - _LINE - 0.01
        figure.text(0.035, y, "·", fontsize=_SIZE + 2, va="top")
        for line in lines:
            figure.text(0.045, y, line, fontsize=_SIZE, va="top")
            y -= _LINE
        y -= 0.004
    return y - 0.01


def write_one_page(plan: Plan, run: Path, out: Path, *, lang: str) -> Path:  # noqa: ARG001
    """Write the page as PDF, A4 landscape, its type embedded.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its finished run folder.
    out : Path
        The PDF.
    lang : {"zh", "en"}

    Returns
    -------
    Path
        `out`. Its sentences are those of the report.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    s = read_run_summary(run)
    with house_style():
        figure = Figure(figsize=_A4_IN)
        FigureCanvasAgg(figure)
        ink, dim = colours()["ink"], colours()["dim"]
        title = f"{s.plan.title(lang)}　{say('geoplan.body.one_page')(lang)}"
        figure.text(0.035, 0.965, title, fontsize=16, fontweight="bold", va="top", color=ink)
        if s.plan.synthetic:
            words = say("geoplan.cli.synthetic")(lang)
            figure.text(0.965, 0.965, words, fontsize=10, va="top", ha="right", color="#8a4b00")
        shown = _numbers(s, lang)
        for i, (value, what) in enumerate(shown):
            x = 0.035 + i * 0.93 / max(len(shown), 1)
            figure.text(
                x,
                0.905,
                value,
                fontsize=15,
                fontweight="bold",
                va="top",
                color=colours()["main"],
            )
            figure.text(x, 0.868, what, fontsize=8, va="top", color=dim)

        def more(n: int) -> str:
            return say("geoplan.body.one_more", n=n)(lang)

        told = [*open_banners(s, lang), *(x(lang) for x in conclusion_lines(s, run))]
        y = _column(
            figure, 0.83, say("geoplan.body.h_conclusion")(lang), _begun(told, lang), 0.33,
            more,
        )  # fmt: skip
        _column(
            figure, y, say("geoplan.body.h_advice")(lang),
            _begun([x(lang) for x in advice_lines(s, run, lang)], lang), 0.06, more,
        )  # fmt: skip
        ax = figure.add_axes((0.585, 0.07, 0.40, 0.75))
        county_axes(ax, run, lang, size=6.5)
        foot = say(
            "geoplan.body.one_foot", run=s.run.id, day=s.run.finished[:10], law=s.plan.as_of
        )
        figure.text(0.035, 0.03, foot(lang), fontsize=7, color=dim)
        figure.text(
            0.965, 0.03, say("geoplan.report.internal")(lang), fontsize=7, color=dim, ha="right"
        )
        return save_figure(figure, out)
