"""Draw the figures of the wind page from the sample county.

Run with ``python docs/guide/wind_figures.py`` after a change that moves the figures.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from geoplan.charts import house_style
from geoplan.charts.style import save_figure
from geoplan.charts.wind import compare_figure, duration_figure, power_curve_figure
from geoplan.demo import sample_plan
from siting.wind.machine.library import turbine
from siting.wind.repower.step_repower import repower_step, with_options
from siting.wind.section import RepowerSection

HERE = Path(__file__).parent


def layout(done: Any, lang: str) -> Any:
    """Old and new turbines, dwellings, noise contours."""
    from matplotlib.figure import Figure

    zh = lang == "zh"
    figure = Figure(figsize=(6.0, 4.4), layout="constrained")
    ax = figure.add_subplot()
    contours = done.layers["noise_contours"]
    contours.plot(ax=ax, column="level_db", linewidth=0.8, legend=True)
    done.layers["repower_pads"].plot(ax=ax, color="0.5", marker="x", markersize=18)
    done.layers["turbines_new"].plot(ax=ax, color="tab:blue", markersize=26)
    done.layers["wind_dwellings"].plot(ax=ax, color="tab:red", markersize=3)
    title = "新机位（蓝）、旧机位（×）、敏感建筑（红）与噪声 dB(A)（合成数据）"
    english = "new (blue) and old (x) turbines, dwellings (red), noise dB(A) (synthetic data)"
    ax.set_title(title if zh else english, fontsize=9)
    ax.tick_params(labelbottom=False, labelleft=False)
    return figure


def main() -> None:
    plan = with_options(sample_plan("tiny"), turbine=("generic_3300_225",), seed=1)
    section = plan.section(RepowerSection).model_copy(update={"rasters": False, "starts": 2})
    plan = plan.model_copy(update={"sections": {**plan.sections, "repower": section}})
    with tempfile.TemporaryDirectory() as folder:
        done = repower_step(plan, Path(folder), lambda *_: None)
    machines = [turbine(n) for n in ("nrel_ge_1500_77", "generic_3300_225", "V126/3450")]
    limit = done.summary.repower.hybrid.limit_mw
    for lang in ("zh", "en"):
        with house_style():
            figures = {
                "curves": power_curve_figure(machines, lang),
                "compare": compare_figure(done.tables["repower_compare"], lang),
                "layout": layout(done, lang),
                "duration": duration_figure(done.tables["hybrid_duration"], limit, lang),
            }
            for name, figure in figures.items():
                save_figure(figure, HERE / "figures" / f"wind_{name}_{lang}.svg")


if __name__ == "__main__":
    main()
