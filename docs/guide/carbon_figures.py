"""Draw the figures of the carbon page from a run of the sample county.

Run with ``python docs/guide/carbon_figures.py`` after a change that moves the figures.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from carbon_sink.section import CarbonSection, PotentialSection
from geoplan.charts import house_style, path_to_target, pools_with_intervals
from geoplan.charts.style import save_figure
from geoplan.demo import sample_plan
from geoplan.run import run_plan
from layers.plan.model import Plan
from layers.result import read_table
from siting.screen.section import ScreeningSection

HERE = Path(__file__).parent
SHRUB = {"id": "sand_shrub", "kind": "shrub", "ha_per_year": 400, "start": 2024, "end": 2029}


def plan_of_page() -> Plan:
    """The sample county with one measure."""
    plan = sample_plan("tiny")
    carbon = CarbonSection.model_validate(
        {
            **plan.section(CarbonSection).model_dump(),
            "annual_rainfall_mm": 180.0,
            "special_shrub": "all",
            "measures": [SHRUB],
        }
    )
    screening = plan.section(ScreeningSection).model_copy(update={"techs": ("afforest",)})
    sections = {
        **plan.sections,
        "carbon": carbon,
        "potential": PotentialSection(),
        "screening": screening,
    }
    return plan.model_copy(update={"sections": sections})


def draw(folder: Path, lang: str) -> None:
    """The three figures of the page in one language."""
    zh = lang == "zh"
    tail = "（合成数据）" if zh else " (synthetic data)"
    by = read_table(folder, "carbon_by_class").dropna(subset=["total_tc"]).head(9)
    living = by[["agb_tc", "bgb_tc", "biomass_tc"]].sum(axis=1) / 1e3
    names = ("biomass", "litter", "soil organic C")
    if zh:
        names = ("生物量", "枯落物", "土壤有机碳")
    pools = dict(zip(names, (living, by["litter_tc"] / 1e3, by["soc_tc"] / 1e3), strict=True))
    with house_style(for_web=True):
        figure = pools_with_intervals(
            list(by[f"title_{lang}"]),
            pools,
            by["low_tc"] / 1e3,
            by["high_tc"] / 1e3,
            unit="ktC",
            title=("各类碳储量与 95% 区间" if zh else "Stock by class, 95 % interval") + tail,
        )
        save_figure(figure, HERE / "figures" / f"carbon_pools_{lang}.svg")
        zones = read_table(folder, "carbon_zones")
        zones = zones[zones["soc_depth_cm"] == "0-30"]
        label = (
            {"cool_temperate_dry": "冷温带干旱", "warm_temperate_dry": "暖温带干旱"}
            if zh
            else {"cool_temperate_dry": "cool, dry", "warm_temperate_dry": "warm, dry"}
        )
        rest = zones["total_tc"] - zones["soc_tc"]
        figure = pools_with_intervals(
            [label[z] for z in zones["climate_zone"]],
            {
                ("生物量与枯落物" if zh else "biomass and litter"): rest / 1e6,
                ("土壤有机碳 0–30 cm" if zh else "soil organic C 0-30 cm"): zones["soc_tc"]
                / 1e6,
            },
            zones["total_low_tc"] / 1e6,
            zones["total_high_tc"] / 1e6,
            unit="MtC",
            title=("同一块地、两个气候带" if zh else "One county, two climate zones") + tail,
        )
        save_figure(figure, HERE / "figures" / f"carbon_zones_{lang}.svg")
        reach = read_table(folder, "scenario_targets")
        one = reach[reach["target_id"] == "forest_cover_2030"]
        figure = path_to_target(
            list(one["year"]),
            list(one["value"]),
            targets={int(one["target_year"].iloc[0]): float(one["target"].iloc[0])},
            observed={int(one["year"].iloc[0]): float(one["value"].iloc[0])},
            unit="%",
            lang=lang,
            title=("森林覆盖率路径" if zh else "Path of forest cover") + tail,
        )
        save_figure(figure, HERE / "figures" / f"carbon_path_{lang}.svg")


def main() -> None:
    """Run the sample and draw the page's figures in both languages."""
    with tempfile.TemporaryDirectory() as name:
        folder = run_plan(
            plan_of_page(),
            Path(name) / "run",
            only=("potential",),
            documents=False,
            progress=lambda *_: None,
        )
        for lang in ("zh", "en"):
            draw(folder, lang)


if __name__ == "__main__":
    main()
