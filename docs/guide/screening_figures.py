"""Draw the figures of the screening page from the sample county.

Run with ``python docs/guide/screening_figures.py`` after a change that moves the figures.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geoplan.charts import house_style
from geoplan.charts.style import new_figure, save_figure
from geoplan.demo import sample_plan
from siting.screen.attribution import attribute
from siting.screen.coded import Screening
from siting.screen.scenarios import compare_scenarios, scenario_table

HERE = Path(__file__).parent
STATES = ("taken", "conditional", "left", "unknown")
COLOURS = {
    "taken": "#c8463c",
    "conditional": "#f0be3c",
    "left": "#2ca044",
    "unknown": "#969696",
}
WORDS = {
    "zh": {
        "taken": "不可用", "conditional": "有条件", "left": "可用", "unknown": "未知",
        "hard_only": "只看禁止", "hard_conditional": "禁止+有条件", "conservative": "保守",
        "gross": "命中面积", "alone": "其中别的禁止规则都没命中",
        "title": "禁止规则各自命中的土地（合成数据）",
        "scenarios": "三种情景（合成数据）",
    },
    "en": {
        "taken": "taken", "conditional": "conditional", "left": "left", "unknown": "unknown",
        "hard_only": "hard only", "hard_conditional": "hard + conditional",
        "conservative": "conservative", "gross": "land hit", "alone": "by no other hard rule",
        "title": "Land hit by each hard rule (synthetic data)",
        "scenarios": "Three scenarios (synthetic data)",
    },
}  # fmt: skip


def rules_figure(found: Screening, lang: str) -> None:
    """Land hit by the largest hard rules, and what no other hard rule hits."""
    words = WORDS[lang]
    table = attribute(found)
    table = table[table.effect == "taken"].sort_values("gross_m2", ascending=False).head(12)
    titles = {r.id: r.title(lang) for r in found.rules}
    labels = [f"{i} {titles[i]}"[:34] for i in table.rule_id]
    figure, axes = new_figure(16, 9)
    at = np.arange(len(table))
    axes.barh(at, table.gross_m2 / 1e6, color="#d9a29c", label=words["gross"])
    axes.barh(at, table.sole_m2 / 1e6, color="#c8463c", label=words["alone"])
    axes.set_yticks(at, labels)
    axes.invert_yaxis()
    axes.set_xlabel("km²")
    axes.set_title(words["title"])
    axes.legend()
    save_figure(figure, HERE / "figures" / f"screening_rules_{lang}.svg")


def scenarios_figure(found: dict[str, Screening], lang: str) -> None:
    """Area by state in every scenario."""
    words = WORDS[lang]
    table = scenario_table(found).pivot(index="scenario", columns="state", values="area_ha")
    figure, axes = new_figure(16, 6)
    for i, name in enumerate(found):
        left = 0.0
        for state in STATES:
            km2 = float(table.loc[name, state]) / 100
            axes.barh(
                i, km2, left=left, color=COLOURS[state], label=words[state] if not i else ""
            )
            left += km2
    axes.set_yticks(range(len(found)), [words[n] for n in found])
    axes.invert_yaxis()
    axes.set_xlabel("km²")
    axes.set_title(words["scenarios"])
    figure.legend(loc="outside lower center", ncols=4)
    save_figure(figure, HERE / "figures" / f"screening_scenarios_{lang}.svg")


def main() -> None:
    """Draw every figure in both languages."""
    plan = sample_plan("tiny")
    found = compare_scenarios(plan, "pv")
    for lang in ("zh", "en"):
        with house_style(for_web=True):
            rules_figure(found["hard_conditional"], lang)
            scenarios_figure(found, lang)


if __name__ == "__main__":
    main()
