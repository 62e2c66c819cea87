"""Draws the pictures of the report and of the approval pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.charts import (
    cumulative_capacity,
    house_style,
    indicator_bars,
    p_curve,
    pools_with_intervals,
    save_figure,
    waterfall,
)
from geoplan.charts.style import colours
from geoplan.glossary import state_word
from geoplan.report.annex.sites import sites_shown
from geoplan.report.draw_carbon import draw_carbon_paths, draw_transitions
from geoplan.report.draw_survey import draw_survey
from geoplan.report.draw_wind import wind_climate
from geoplan.report.figures import figure_path
from geoplan.summary import RunSummary, read_run_summary
from gis.say import Sentence, say
from layers.answers.answer import TargetAnswer
from layers.answers.shown import figure_words
from layers.plan.model import Plan
from layers.result import Progress, optional_layer, optional_table
from siting.wind.summary import WindSummary

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["add_shapes", "draw_figures", "draw_site_maps", "frame_pair", "loss_waterfall"]

_LEAST_KM2 = 1e-6  # less is rounding
_STEPS = 12  # bars of a waterfall before the small ones are put together
_CLASSES = 10
_LINE = 1  # shapely's type of a line string
POOLS = ("agb_tc", "bgb_tc", "biomass_tc", "dead_wood_tc", "litter_tc", "soc_tc")


def _table(run: Path, name: str) -> pd.DataFrame | None:
    table = optional_table(run, name)
    return None if table is None or table.empty else table


def _short(text: str, most: int = 34) -> str:
    """`text` within `most` signs, a Chinese one counting two; cut between words.

    Examples
    --------
    >>> _short("PV-004 No PV arrays on cropland or orchards", 26)
    'PV-004 No PV arrays on…'
    >>> _short("PV-001 不得占用永久基本农田", 20)
    'PV-001 不得占用永久…'
    """
    wide = [2 if ord(c) > 0x2E80 else 1 for c in text]
    if sum(wide) <= most:
        return text
    end = next(i for i in range(len(text)) if sum(wide[: i + 1]) > most - 1)
    cut = text[:end]
    if text[end].isascii() and text[end - 1].isascii() and text[end] != " ":
        cut = cut.rpartition(" ")[0] or cut
    return cut.rstrip() + "…"


def _left_over(area_ha: Mapping[str, float], tech: str) -> Sentence:
    """What the land no rule takes is: not free where rules are open on it."""
    if area_ha.get("provisional", 0.0) > 0:
        return say("geoplan.report.not_taken", state=state_word("provisional", tech))
    return state_word("left", tech)


def _rule_waterfalls(s: RunSummary, run: Path, lang: str) -> None:
    for tech, part in (s.screening or {}).items():
        steps = part.waterfall
        if not steps:
            continue
        names = {r.rule_id: r.title(lang) for r in part.rules}
        biggest = sorted(steps, key=lambda r: -abs(r.area_ha))[:_STEPS]
        chosen = {r.rule_id for r in biggest}
        labels = [
            _short(f"{r.rule_id} {names.get(r.rule_id, '')}")
            for r in steps
            if r.rule_id in chosen
        ]
        values = [-r.area_ha / 100 for r in steps if r.rule_id in chosen]
        rest = -sum(r.area_ha for r in steps if r.rule_id not in chosen) / 100
        if rest:
            labels.append(say("geoplan.report.other_rules", n=len(steps) - len(chosen))(lang))
            values.append(rest)
        total = sum(part.area_ha.values()) / 100
        sure = sum(part.area_ha.get(k, 0.0) for k in ("left", "provisional")) / 100
        if (unsure := total + sum(values) - sure) > _LEAST_KM2:  # not judged, so not available
            labels.append(state_word("unknown", tech)(lang))
            values.append(-unsure)
        figure = waterfall(
            labels,
            values,
            start=(say("geoplan.cli.county_area")(lang), total),
            end=_left_over(part.area_ha, tech)(lang),
            unit="km²",
        )
        save_figure(figure, figure_path(run, f"waterfall_{tech}", lang))


def loss_waterfall(steps: pd.DataFrame, lang: str) -> Any:  # noqa: ANN401 - a figure
    """Losses of one plant from the light on the ground to what is sent, a bar each."""
    steps = steps[steps["delta_kwh_kwp"].abs() > 0]
    first, rest = steps.iloc[0], steps.iloc[1:]
    return waterfall(
        list(rest[f"title_{lang}"]),
        list(rest["delta_kwh_kwp"]),
        start=(str(first[f"title_{lang}"]), float(first["after_kwh_kwp"])),
        end=say("geoplan.report.net_yield")(lang),
        unit="kWh/kWp",
        decimals=0,
    )


def _pv(run: Path, lang: str) -> None:
    steps = _table(run, "pv_waterfall")
    if steps is not None:
        own = steps[steps["site_id"] == steps["site_id"].iloc[0]]
        save_figure(loss_waterfall(own, lang), figure_path(run, "pv", lang))
    curve = _table(run, "pv_curve")
    if curve is not None and "lcoe_cny_mwh" in curve:
        one = curve[curve["scenario"] == curve["scenario"].iloc[-1]]
        one = one[one["lcoe_cny_mwh"].notna()]
        goal = max((i["target_mw"] for i in _records(run, "capacity_targets")), default=None)
        if len(one):
            own = _table(run, "money_plants")
            by_site = (
                {}
                if own is None
                else dict(zip(own["plant"], own["lcoe_real_cny_mwh"], strict=True))
            )
            cost = one["site_id"].map(by_site).astype(float)
            known = bool(cost.notna().all())  # the plan's own prices, as in the table of sites
            figure = cumulative_capacity(
                list(one["capacity_mw"]),
                list(cost if known else one["lcoe_cny_mwh"]),
                lang=lang,
                target_mw=goal,
                cost_title=say("geoplan.body.lcoe" if known else "geoplan.body.lcoe_of_yield")(
                    lang
                ),
            )
            save_figure(figure, figure_path(run, "capacity", lang))


def _records(run: Path, name: str) -> list[dict[Any, Any]]:
    table = _table(run, name)
    return [] if table is None else table.to_dict("records")


def _wind(s: RunSummary, run: Path, lang: str) -> None:
    wind = s.wind
    if isinstance(wind, WindSummary) and wind.p50_mwh_yr and wind.uncertainty_frac:
        figure = p_curve(wind.p50_mwh_yr / 1000, wind.uncertainty_frac, lang=lang)
        save_figure(figure, figure_path(run, "wind", lang))
    for name, drawn in wind_climate(run, lang).items():
        save_figure(drawn, figure_path(run, name, lang))


def _carbon(run: Path, lang: str) -> None:
    table = _table(run, "carbon_by_class")
    if table is None or "total_tc" not in table:
        return
    top = table[table["total_tc"].notna()].nlargest(_CLASSES, "total_tc")
    pools = {
        say(f"geoplan.cells.pool.{n.removesuffix('_tc')}")(lang): list(
            top[n].fillna(0.0) / 1000
        )
        for n in POOLS
        if n in top and top[n].fillna(0).any()
    }
    figure = pools_with_intervals(
        list(top[f"title_{lang}"]),
        pools,
        list(top["low_tc"] / 1000),
        list(top["high_tc"] / 1000),
        unit="ktC",
    )
    save_figure(figure, figure_path(run, "carbon", lang))


def _beside_target(a: TargetAnswer, lang: str) -> str:
    """Value / target and their unit, as they stand on a bar."""
    value = "" if a.value is None else figure_words(a.value, a.unit, target=a.target)[0](lang)
    target, unit = figure_words(a.target, a.unit, target=a.target)
    return f"{value} / {target(lang)} {unit(lang)}"


def _targets(s: RunSummary, run: Path, lang: str) -> None:
    rows = [
        {
            "title": a.title.model_dump(),
            "value": a.value,
            "low": a.low,
            "high": a.high,
            "target": a.target,
            "label": _beside_target(a, lang),
            "met": {"met": True, "not_met": False}.get(a.answer),
        }
        for a in s.targets or ()
    ]
    if any(r["value"] is not None and r["target"] for r in rows):
        save_figure(indicator_bars(rows, lang=lang), figure_path(run, "targets", lang))


def _near(frame: gpd.GeoDataFrame | None, box: tuple[float, ...]) -> gpd.GeoDataFrame | None:
    if frame is None:
        return None
    near = frame.cx[box[0] : box[2], box[1] : box[3]]
    return near if len(near) else None


def add_shapes(ax: Any, shapes: gpd.GeoDataFrame | None, **style: Any) -> None:  # noqa: ANN401
    """Put all polygons or lines of a frame on the axes as one patch.

    geopandas' own plot redraws the whole canvas at every call, which takes seconds a map.
    """
    import shapely
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    if shapes is None or not len(shapes):
        return
    parts = shapely.get_parts(shapes.geometry.to_numpy())
    lines = shapely.get_type_id(parts) == _LINE
    rings = np.concatenate([shapely.get_rings(parts[~lines]), parts[lines]])
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(xy), Outline.LINETO, dtype=np.uint8)
    codes[np.unique(ring, return_index=True)[1]] = Outline.MOVETO
    if len(xy):
        ax.add_artist(PathPatch(Outline(xy, codes), **style))
        # add_patch would look for bulges of curves, segment by segment; these are straight
        ax.update_datalim([xy.min(axis=0), xy.max(axis=0)])


def frame_pair(
    left: Any,  # noqa: ANN401 - axes of matplotlib
    right: Any,  # noqa: ANN401
    whole: Sequence[float],
    box: Sequence[float],
    lang: str,
) -> None:
    """Frames of an overview and of the map beside it, which gets scale bar and north.

    Parameters
    ----------
    left, right : Axes
        Overview of `whole`, map of `box`.
    whole, box : (4,) sequence of float
        Left, bottom, right, top [m].
    lang : {"zh", "en"}
    """
    length = 10 ** np.floor(np.log10((box[2] - box[0]) / 3))
    at = (box[0] + 0.06 * (box[2] - box[0]), box[1] + 0.06 * (box[3] - box[1]))
    right.plot([at[0], at[0] + length], [at[1], at[1]], color="black", linewidth=2)
    right.annotate(
        f"{length:,.0f} m", at, xytext=(0, 3), textcoords="offset points", fontsize=7
    )
    right.annotate(
        say("geoplan.report.north")(lang),
        (0.95, 0.97), xytext=(0.95, 0.84), xycoords="axes fraction",
        textcoords="axes fraction", ha="center", va="center", fontsize=8,
        arrowprops={"arrowstyle": "-|>", "color": "black"},
    )  # fmt: skip
    for ax, (w, south, e, north) in ((left, tuple(whole)), (right, tuple(box))):
        pad = 0.02 * (e - w)
        ax.set_xlim(w - pad, e + pad)
        ax.set_ylim(south - pad, north + pad)
        ax.set_aspect("equal")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(visible=False)
        for side in ax.spines.values():  # a whole frame, or none
            side.set_visible(ax is right)


def _site_map(
    site: gpd.GeoDataFrame,
    drawn: Mapping[str, gpd.GeoDataFrame | None],
    lang: str,
) -> Any:  # noqa: ANN401
    """County with the site on the left, the site and its surroundings on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    c = colours()
    figure = Figure(figsize=(6.3, 3.0))
    FigureCanvasAgg(figure)
    left = figure.add_axes((0.01, 0.02, 0.53, 0.96))
    right = figure.add_axes((0.56, 0.02, 0.43, 0.96))
    county = drawn["county"]
    add_shapes(left, county, facecolor="#f4f1ea", edgecolor="#333333", linewidth=0.8)
    add_shapes(left, drawn["townships"], facecolor="none", edgecolor="#aaaaaa", linewidth=0.3)
    add_shapes(left, site, facecolor=c["minus"], edgecolor="none")
    whole = (site if county is None else county).total_bounds
    x0, y0, x1, y1 = site.total_bounds
    margin = 0.6 * max(x1 - x0, y1 - y0)
    box = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    others = _near(drawn["sites"], box)
    add_shapes(right, others, facecolor="#f3e3c3", edgecolor="#b08d57", linewidth=0.4)
    add_shapes(
        right, site, facecolor=c["minus"], alpha=0.55, edgecolor="#222222", linewidth=0.9
    )
    routes = drawn["routes"]
    if routes is not None:
        own = routes[routes["site_id"] == site["site_id"].iloc[0]]
        add_shapes(
            right, own, facecolor="none", edgecolor="#1f5f8b", linewidth=1.2, linestyle="--"
        )
    frame_pair(left, right, whole, box, lang)
    return figure


def _site_maps(s: RunSummary, run: Path, lang: str) -> None:
    """Maps of the sites the annex shows one by one."""
    sites = optional_layer(run, "sites")
    if sites is None or not len(sites):
        return
    drawn = {
        name: optional_layer(run, name) for name in ("county", "townships", "sites", "routes")
    }
    for key in ("county", "townships"):
        frame = drawn[key]
        if frame is not None:
            drawn[key] = frame.assign(geometry=frame.geometry.simplify(100.0))
    shown = {x.site_id for x in sites_shown(s.sites or ())}
    for i in np.flatnonzero(sites["site_id"].isin(shown)):
        site = sites.iloc[[i]]
        path = figure_path(run, f"site_{site['site_id'].iloc[0]}", lang)
        save_figure(_site_map(site, drawn, lang), path)


def draw_figures(
    plan: Plan,  # noqa: ARG001
    run: Path,
    *,
    lang: str,
    progress: Progress = lambda *_: None,
) -> None:
    """Draw every picture the report of the run shows, below ``figures/<lang>``.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Run folder with ``summary.json`` and ``steps/``.
    lang : str
        ``"zh"`` or ``"en"``.
    progress : callable
        Told after every kind of picture; the county and its zones are drawn after these.
    """
    s = read_run_summary(run)
    kinds: tuple[Callable[[], None], ...] = (
        lambda: _rule_waterfalls(s, run, lang),
        lambda: _pv(run, lang),
        lambda: _wind(s, run, lang),
        lambda: _carbon(run, lang),
        lambda: _targets(s, run, lang),
        lambda: draw_carbon_paths(s, run, lang),
        lambda: draw_transitions(run, lang),
        lambda: draw_survey(run, lang),
        lambda: _site_maps(s, run, lang),
    )
    with house_style():
        for i, draw in enumerate(kinds, 1):
            draw()
            progress("pictures", i, len(kinds) + 1)


def draw_site_maps(
    run: Path, chosen: gpd.GeoDataFrame, out: Path, *, lang: str
) -> Mapping[str, Path]:
    """Draw the location map of a site of the run into `out`.

    Returns
    -------
    mapping
        ``"location"`` -> the picture.
    """
    site = str(chosen["site_id"].iloc[0])
    drawn = {
        name: optional_layer(run, name) for name in ("county", "townships", "sites", "routes")
    }
    with house_style():
        path = out / (say("geoplan.pack.f_location", site=site)(lang) + ".png")
        save_figure(_site_map(chosen, drawn, lang), path)
    return {"location": path}
