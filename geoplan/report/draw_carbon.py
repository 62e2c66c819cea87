"""Draws what land and carbon become: paths to the targets, and the transition matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from carbon_sink.cover.classes import class_title
from geoplan.charts import path_to_target, save_figure, transition_matrix
from geoplan.report.figures import figure_path
from geoplan.summary import RunSummary
from layers.result import optional_table
from layers.units import unit_of

__all__ = ["draw_carbon_paths", "draw_transitions"]

_CLASSES = 10  # rows of the matrix; the small ones stand in the table


def draw_carbon_paths(s: RunSummary, run: Path, lang: str) -> None:
    """One picture a target that has a path: ``path_<target id>``.

    Parameters
    ----------
    s : mapping
        ``summary.json``.
    run : Path
        Run folder.
    lang : {"zh", "en"}
    """
    table = optional_table(run, "scenario_targets")
    if table is None or not len(table):
        return
    rows = {r.id: r for r in s.indicators or ()}
    for target_id, own in table.groupby("target_id", sort=False):
        row = rows.get(str(target_id))
        one = own.iloc[0]
        value = row.value if row is not None and row.data_year else None
        figure = path_to_target(
            [int(y) for y in own["year"]],
            [float(v) for v in own["value"]],
            targets={int(one["target_year"]): float(one["target"])},
            observed={row.data_year: value} if row is not None and value is not None else {},
            unit=unit_of(str(one["unit"])).title(lang),
            lang=lang,
            title=row.title(lang) if row is not None else str(target_id),
        )
        save_figure(figure, figure_path(run, f"path_{target_id}", lang))


def draw_transitions(run: Path, lang: str) -> None:
    """The largest classes of the transition matrix [ha]: ``transitions``."""
    table = optional_table(run, "carbon_transition_matrix")
    if table is None or not len(table):
        return
    wide = table.set_index("before").drop(index="total").drop(columns="total")
    size = wide.sum(axis=1).add(wide.sum(axis=0), fill_value=0.0)
    kept = list(size.sort_values(ascending=False).index[:_CLASSES])
    names = [class_title(str(k))(lang) for k in kept]
    figure = transition_matrix(
        wide.reindex(index=kept, columns=kept, fill_value=0.0).to_numpy(np.float64),
        names,
        names,
        unit=unit_of("ha").title(lang),
        lang=lang,
    )
    save_figure(figure, figure_path(run, "transitions", lang))
