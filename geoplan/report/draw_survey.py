"""Draws what land became between two surveys: bands from class to class, and the matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from carbon_sink.cover.classes import class_title
from carbon_sink.overlay.overlay import NOT_SURVEYED
from geoplan.charts import sankey, save_figure, transition_matrix
from geoplan.report.figures import figure_path
from gis.say import say
from layers.result import optional_table
from layers.units import unit_of

__all__ = ["draw_survey", "survey_sankey"]

_CLASSES = 10  # rows of the matrix
_FLOWS = 16  # bands; the rest is put together by class


def _named(label: str, lang: str) -> str:
    if label == NOT_SURVEYED:
        return str(say("geoplan.cells.land.not_surveyed")(lang))
    return str(class_title(label)(lang))


def _moves(transitions: pd.DataFrame) -> pd.DataFrame:
    """Land that changed class, of both surveys."""
    moved = transitions["before"] != transitions["after"]
    for side in ("before", "after"):
        moved &= transitions[side] != NOT_SURVEYED
    rows = transitions[moved].groupby(["before", "after"], as_index=False)["area_ha"].sum()
    return pd.DataFrame(rows).sort_values("area_ha", ascending=False, kind="stable")


def survey_sankey(transitions: pd.DataFrame, lang: str) -> object:
    """The change between two surveys as bands; None where nothing changed.

    Parameters
    ----------
    transitions : DataFrame
        Table ``survey_transitions`` of a run.
    lang : {"zh", "en"}

    Returns
    -------
    Figure or None
    """
    rows = _moves(transitions)
    if not len(rows):
        return None
    flows = {
        (_named(str(a), lang), _named(str(b), lang)): float(v)
        for a, b, v in zip(
            rows["before"][:_FLOWS],
            rows["after"][:_FLOWS],
            rows["area_ha"][:_FLOWS],
            strict=True,
        )
    }
    rest = float(rows["area_ha"].iloc[_FLOWS:].sum())
    if rest > 0:
        other = str(say("geoplan.charts.other_classes")(lang))
        flows[other, other] = rest
    return sankey(flows, unit=unit_of("ha").title(lang), lang=lang)


def draw_survey(run: Path, lang: str) -> None:
    """Pictures ``surveysankey`` (PNG and SVG) and ``surveymatrix`` of a run."""
    table = optional_table(run, "survey_transitions")
    if table is None or not len(table):
        return
    figure = survey_sankey(table, lang)
    if figure is None:
        return
    path = figure_path(run, "surveysankey", lang)
    save_figure(figure, path)
    save_figure(figure, path.with_suffix(".svg"))
    rows = _moves(table)
    size = pd.concat([rows.groupby(k)["area_ha"].sum() for k in ("before", "after")])
    kept = list(size.groupby(level=0).sum().sort_values(ascending=False).index[:_CLASSES])
    wide = rows.pivot_table(index="before", columns="after", values="area_ha", aggfunc="sum")
    area = wide.reindex(index=kept, columns=kept).fillna(0.0).to_numpy(np.float64)
    names = [_named(str(k), lang) for k in kept]
    drawn = transition_matrix(area, names, names, unit=unit_of("ha").title(lang), lang=lang)
    save_figure(drawn, figure_path(run, "surveymatrix", lang))
