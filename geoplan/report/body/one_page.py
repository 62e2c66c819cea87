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
from geoplan.glossary import tech_word
from geoplan.report.body.advice import advice_lines
from geoplan.report.body.conclusion import conclusion_lines, open_banners, provisional_mw
from geoplan.report.body.draw_county import county_axes
from geoplan.report.body.where import zone_name
from geoplan.report.document import capital
from geoplan.report.frames import number
from geoplan.summary import RunSummary, read_run_summary
from gis.say import say
from layers.plan.model import Plan
from layers.result import optional_layer
from siting.pv.study.summary import PvSummary

__all__ = ["write_one_page"]

_A4_IN = (11.69, 8.27)
_WIDE = 0x2E80
_UNIT = "(?:k?m[²³]?|ha|[kMGT]Wp?h?|%|MVA|kV)(?![A-Za-z])"
_WORD = re.compile(rf"[\d.,]*\d {_UNIT}|[!-~]+[²³]? ?|.")
_SIGNS = 100  # a line of the text column holds so many, a Chinese sign counting two
_LINE, _GAP = 0.0205, 0.004  # of the page: of a line, and after a sentence
_BOTTOM, _LEAST = 0.07, 0.33  # the advice ends, and at least begins
_SIZE = 8.4
_RIGHT, _TOP, _FOOT = (0.585, 0.38), 0.82, 0.06  # column of the map: left edge and width
_HIGHEST = 0.50  # of the map: beneath it the best sites have room
_HEAD_IN = 0.45  # of the map: legend under it
_FEWEST = 3
_NAME = 22  # signs of a zone in the table
_SITE_X = ((0.0, "left"), (0.045, "left"), (0.12, "left"), (0.205, "left"))
_SITE_X_NUMBERS = ((0.335, "right"), (0.38, "right"))


def _lines(text: str, most: int = _SIGNS) -> list[str]:
    """`text` broken into lines of at most `most` signs.

    Examples
    --------
    >>> _lines("光伏可用土地", 8), _lines("land that is free", 9)
    (['光伏可用', '土地'], ['land that', 'is free'])
    >>> _lines("光伏可用 2,065.8 km²，有条件", 16)
    ['光伏可用 ', '2,065.8 km²，有', '条件']
    """
    if not any(ord(c) > _WIDE for c in text):
        return textwrap.wrap(text, most) or [""]
    out, line, signs = [], "", 0
    # a number is not broken, nor parted from its unit
    for word in _WORD.findall(text):
        w = sum(2 if ord(c) > _WIDE else 1 for c in word)
        if signs + w > most and word not in "，。；、）：》”！？":
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


def _best(figure: Any, top: float, s: RunSummary, lang: str) -> None:  # noqa: ANN401
    """The best sites beneath the map, as many as there is room for; sure ones first."""
    sites = sorted(s.sites or (), key=lambda x: (bool(x.provisional), x.tech, x.rank))
    room = int((top - _FOOT) / _LINE) - 3
    room -= any(x.provisional for x in sites[:room])  # a line says what the star means
    if room < _FEWEST or not sites:
        return
    techs = len({x.tech for x in sites}) > 1
    heads = ("geoplan.body.rank", "geoplan.report.site", "geoplan.report.township")
    rows = [[*(say(h)(lang) for h in (*heads, "geoplan.report.zone")), "ha", "MW"]]
    for x in sites[:room]:
        zone, *rest = _lines(zone_name(x, s, lang), _NAME)
        rows.append(
            [
                f"{tech_word(x.tech)(lang)} {x.rank}" if techs else str(x.rank),
                x.site_id,
                x.township or "—",
                zone + ("…" if rest else ""),
                number(x.area_ha, 0),
                number(x.capacity_mw, 0) + ("*" if x.provisional else ""),
            ]
        )
    title = say("geoplan.body.c_sites")(lang)
    look = {"fontsize": 11, "fontweight": "bold", "va": "top", "color": colours()["main"]}
    figure.text(_RIGHT[0], top, title, **look)
    y = top - 1.5 * _LINE
    for i, row in enumerate(rows):
        tone = colours()["dim" if i == 0 else "ink"]
        for text, (at, side) in zip(row, (*_SITE_X, *_SITE_X_NUMBERS), strict=True):
            figure.text(_RIGHT[0] + at, y, text, fontsize=7.6, va="top", ha=side, color=tone)
        y -= _LINE
    told = []
    if more := len(sites) - len(rows) + 1:
        told.append(say("geoplan.body.one_sites_more", n=more)(lang))
    if any(x.provisional for x in sites[:room]):
        told.append("* " + say("geoplan.body.one_provisional")(lang))
    for words in told:
        figure.text(_RIGHT[0], y, words, fontsize=7.6, va="top", color=colours()["dim"])
        y -= _LINE


def _map_height(run: Path) -> float:
    """Height of the map's axes, of the page: that of the county, no more than `_HIGHEST`."""
    county = optional_layer(run, "county")
    if county is None or not len(county):
        return _HIGHEST
    west, south, east, north = county.total_bounds
    return float(
        min(_HIGHEST, _RIGHT[1] * _A4_IN[0] * (north - south) / (east - west) / _A4_IN[1])
    )


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
        y -= _GAP
    return y - 0.01


def _high(texts: Sequence[str]) -> float:
    """What `_column` takes for all of them, of the page."""
    return 1.35 * _LINE + sum(len(_lines(t)) * _LINE + _GAP for t in texts) + 0.01


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

        advice = _begun([x(lang) for x in advice_lines(s, run, lang)], lang)
        least = min(_LEAST, _BOTTOM + _high(advice))
        told = [*open_banners(s, lang), *(x(lang) for x in conclusion_lines(s, run))]
        y = _column(
            figure, 0.83, say("geoplan.body.h_conclusion")(lang), _begun(told, lang), least,
            more,
        )  # fmt: skip
        _column(
            figure, y, say("geoplan.body.h_advice")(lang),
            advice, _BOTTOM, more,
        )  # fmt: skip
        high = _map_height(run)
        ax = figure.add_axes((_RIGHT[0], _TOP - high, _RIGHT[1], high))
        county_axes(ax, run, lang, size=6.5)
        _best(figure, _TOP - high - _HEAD_IN / _A4_IN[1], s, lang)
        foot = say(
            "geoplan.body.one_foot", run=s.run.id, day=s.run.finished[:10], law=s.plan.as_of
        )
        figure.text(0.035, 0.03, foot(lang), fontsize=7, color=dim)
        figure.text(
            0.965, 0.03, say("geoplan.report.internal")(lang), fontsize=7, color=dim, ha="right"
        )
        return save_figure(figure, out)
