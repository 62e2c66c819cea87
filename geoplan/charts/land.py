"""Charts of land and carbon: pools, paths to targets, indicators, transitions, states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geoplan.charts.style import colours, new_figure
from gis.say import say
from layers.answers.shown import digits_text

__all__ = ["indicator_bars", "path_to_target", "pools_with_intervals", "transition_matrix"]

Figure = Any
_MEANS = {True: "bar_met", False: "bar_not_met", None: "bar_open"}


def pools_with_intervals(
    classes: Sequence[str],
    pools: Mapping[str, Sequence[float]],
    low: Sequence[float],
    high: Sequence[float],
    *,
    unit: str,
    title: str = "",
) -> Figure:
    """Stock of each class, pool upon pool, with the interval of its total.

    Parameters
    ----------
    classes : sequence of str
    pools : mapping
        Pool title -> stock in each class.
    low, high : sequences of float
        Interval of each class's total; NaN where it is not estimated.
    unit : str
    """
    c = colours()
    fig, ax = new_figure(height_cm=max(6.0, 2.6 + 0.75 * len(classes)))
    y = np.arange(len(classes))
    left = np.zeros(len(classes))
    for tint, (name, values) in zip(c["pools"], pools.items(), strict=False):
        part = np.nan_to_num(np.asarray(values, float))
        ax.barh(y, part, left=left, color=tint, height=0.62, label=name)
        left = left + part
    lo, hi = np.asarray(low, float), np.asarray(high, float)
    known = np.isfinite(lo) & np.isfinite(hi)
    if known.any():
        ax.errorbar(
            left[known],
            y[known],
            xerr=[
                np.maximum(0, left[known] - lo[known]),
                np.maximum(0, hi[known] - left[known]),
            ],
            fmt="none",
            ecolor=c["ink"],
            elinewidth=1.1,
            capsize=3,
        )
    ax.set_yticks(y, list(classes))
    ax.invert_yaxis()
    ax.set_xlim(0, None)
    ax.set_xlabel(unit)
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.legend(loc="lower right")
    ax.set_title(title)
    return fig


def path_to_target(
    years: Sequence[int],
    values: Sequence[float],
    *,
    targets: Mapping[int, float],
    observed: Mapping[int, float],
    unit: str,
    lang: str,
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    title: str = "",
) -> Figure:
    """A path over the years, what was observed, and the targets it should reach.

    Parameters
    ----------
    years, values : sequences
        The path.
    targets, observed : mapping
        Year -> value.
    low, high : sequences of float, optional
        Interval about the path.
    """
    c = colours()
    fig, ax = new_figure()
    if low is not None and high is not None:
        ax.fill_between(
            years,
            low,
            high,
            color=c["soft"],
            alpha=0.4,
            lw=0,
            label=say("geoplan.charts.interval")(lang),
        )
    ax.plot(years, values, color=c["main"], lw=2, label=say("geoplan.charts.path")(lang))
    if observed:
        ax.plot(
            list(observed),
            list(observed.values()),
            "o",
            color=c["plus"],
            ms=6,
            label=say("geoplan.charts.observed")(lang),
        )
    if targets:
        ax.plot(
            list(targets),
            list(targets.values()),
            "D",
            color=c["mark"],
            ms=7,
            label=say("geoplan.charts.target")(lang),
        )
    at = dict(zip(years, values, strict=True))
    for year, target in targets.items():
        if year in at and at[year] != target:
            sign = "+" if at[year] > target else ""
            ax.annotate(
                "",
                (year, target),
                (year, at[year]),
                arrowprops={"arrowstyle": "<->", "color": c["dim"], "lw": 0.9},
            )
            ax.annotate(
                f"{say('geoplan.charts.gap')(lang)} {sign}{digits_text(at[year] - target)}",
                (year, (target + at[year]) / 2),
                xytext=(-6, 0),
                textcoords="offset points",
                ha="right",
                fontsize=8,
                color=c["dim"],
            )
    ax.set_xlabel(say("geoplan.charts.year")(lang))
    ax.set_ylabel(unit)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend()
    ax.set_title(title)
    return fig


def transition_matrix(
    area: npt.NDArray[np.float64],
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    unit: str,
    lang: str,
    title: str = "",
    decimals: int = 1,
) -> Figure:
    """Area that went from each class (rows) to each class (columns); the diagonal stayed.

    Parameters
    ----------
    area : (r, c) float
    """
    import matplotlib as mpl

    c = colours()
    n = len(rows)
    fig, ax = new_figure(height_cm=max(7.0, 3.0 + 0.8 * n))
    ax.grid(visible=False)
    shown = np.ma.masked_invalid(np.where(area > 0, area, np.nan))
    norm = mpl.colors.LogNorm() if shown.count() and shown.max() > 50 * shown.min() else None
    picture = ax.imshow(shown, cmap="cividis_r", norm=norm, aspect="auto")
    for i in range(n):
        for j in range(len(columns)):
            if area[i, j] > 0:
                dark = sum(picture.cmap(picture.norm(area[i, j]))[:3]) < 1.4
                ax.text(
                    j,
                    i,
                    f"{area[i, j]:,.{decimals}f}",
                    ha="center",
                    va="center",
                    fontsize=7.5,
                    color="white" if dark else c["ink"],
                    style="normal",
                )
    ax.set_xticks(range(len(columns)), list(columns), rotation=30, ha="right")
    ax.set_yticks(range(n), list(rows))
    ax.set_xlabel(say("geoplan.charts.to_class")(lang))
    ax.set_ylabel(say("geoplan.charts.from_class")(lang))
    bar = fig.colorbar(picture, ax=ax, pad=0.02, format="%g")
    bar.minorticks_off()  # their labels are powers the fonts do not have
    bar.set_label(unit)
    bar.outline.set_visible(False)
    ax.set_title(title)
    return fig


def indicator_bars(rows: Sequence[Mapping[str, Any]], *, lang: str, title: str = "") -> Figure:
    """Each indicator as a share of its target, with its interval; 100 % is the target.

    The legend says what each colour means: reached, missed, or not for anybody to say.

    Parameters
    ----------
    rows : sequence of mapping
        ``title`` (zh, en), ``value``, ``low``, ``high``, ``target``, ``label`` (words on the
        bar), ``met``; rows without value or target are left out.
    """
    import matplotlib as mpl

    c = colours()
    kept = [r for r in rows if r.get("value") is not None and r.get("target")]
    fig, ax = new_figure(height_cm=max(5.0, 2.4 + 0.7 * len(kept)))
    y = np.arange(len(kept))
    share = np.array([100 * r["value"] / r["target"] for r in kept])
    # a target nobody can judge is neither reached nor missed
    tints = {True: c["plus"], False: c["minus"], None: c["soft"]}
    tint = [tints[r.get("met")] for r in kept]
    ax.barh(y, share, color=tint, height=0.6)
    for i, r in enumerate(kept):
        if r.get("low") is not None and r.get("high") is not None:
            ax.plot(
                [100 * r["low"] / r["target"], 100 * r["high"] / r["target"]],
                [i, i],
                color=c["ink"],
                lw=1.3,
            )
        inside = share[i] >= 45  # room for the words on the bar itself
        ax.text(
            2 if inside else share[i] + 2,
            i,
            str(r.get("label") or ""),
            va="center",
            # white is hard to read on the grey of what nobody can judge
            color="white" if inside and r.get("met") is not None else c["ink"],
            fontsize=8,
        )
    ax.axvline(100, color=c["mark"], lw=1.6)
    seen = [m for m in tints if any(r.get("met") is m for r in kept)]
    keys = [mpl.patches.Patch(color=tints[m]) for m in seen]
    words = [say(f"geoplan.charts.{_MEANS[m]}")(lang) for m in seen]
    if keys:
        fig.legend(keys, words, loc="outside lower center", ncol=len(keys))
    ax.set_yticks(y, [str(r["title"][lang]) for r in kept])
    ax.invert_yaxis()
    ax.set_xlim(0, max(110.0, *(share * 1.08)) if len(kept) else 110)
    ax.set_xlabel(f"% · {say('geoplan.charts.target')(lang)} = 100")
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_title(title)
    return fig
