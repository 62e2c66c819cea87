"""The losses of a plant as a waterfall that closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from gis.errors import ModelError
from gis.say import say

__all__ = ["STEPS", "Step", "check_closed", "waterfall_svg", "waterfall_table"]

STEPS: dict[str, tuple[str, str]] = {
    "ghi": ("水平面总辐射", "global horizontal irradiation"),
    "transposition": ("倾斜面增益", "gain on the tilted plane"),
    "horizon": ("远方地平线遮挡", "horizon shading"),
    "near_shading": ("阵列前后排遮挡", "row-to-row shading"),
    "rear": ("双面背面增益", "bifacial gain of the rear"),
    "soiling": ("积灰", "soiling"),
    "snow": ("积雪", "snow"),
    "iam": ("入射角反射损失", "reflection by incidence angle"),
    "low_light": ("弱光", "low light"),
    "temperature": ("温度", "temperature"),
    "nameplate": ("标称功率偏差", "nameplate rating"),
    "lid": ("初始光致衰减", "light-induced degradation"),
    "mismatch": ("失配", "mismatch"),
    "connections": ("接插件", "connections"),
    "wiring_dc": ("线损（直流）", "DC wiring"),
    "inverter": ("逆变器", "inverter"),
    "clipping": ("限功率削峰", "clipping"),
    "wiring_ac": ("线损（交流）", "AC wiring"),
    "transformer": ("变压器", "transformer"),
    "auxiliary": ("厂用电", "auxiliary consumption"),
    "availability": ("可用率", "availability"),
    "curtailment": ("弃光", "curtailment"),
}
"""Step -> Chinese and English title, in the order they act."""


@dataclass(frozen=True)
class Step:
    """One step; energies in kWh per kWp and year.

    Light counts as energy at the rated efficiency (1 kWh/m2 is 1 kWh/kWp), so the whole
    fall has one unit.
    """

    id: str
    before_kwh_kwp: float
    delta_kwh_kwp: float

    @property
    def after_kwh_kwp(self) -> float:
        """What is left after the step."""
        return self.before_kwh_kwp + self.delta_kwh_kwp

    @property
    def change_frac(self) -> float:
        """Change over what came in; NaN when nothing did."""
        if self.before_kwh_kwp == 0.0:
            return float("nan")
        return self.delta_kwh_kwp / self.before_kwh_kwp


def check_closed(steps: Sequence[Step], net_kwh_kwp: float, *, tolerance: float = 1e-9) -> None:
    """Refuse a waterfall whose steps do not lead to the result.

    Raises
    ------
    ModelError
        When a step does not start where the last one ended, or the end is not `net`.

    Examples
    --------
    >>> check_closed([Step("ghi", 0.0, 10.0), Step("soiling", 10.0, -1.0)], 9.0)
    """
    at = 0.0
    scale = max(abs(net_kwh_kwp), 1.0)
    for step in steps:
        if abs(step.before_kwh_kwp - at) > tolerance * scale:
            raise ModelError(
                say("siting.pv_plant.waterfall_has_gap"), where=step.id, got=f"{at:g}"
            )
        at = step.after_kwh_kwp
    if abs(at - net_kwh_kwp) > tolerance * scale:
        raise ModelError(
            say("siting.pv_plant.waterfall_does_not_end_at"),
            got=f"{at:.12g}",
            expected=f"{net_kwh_kwp}",
        )


def waterfall_table(steps: Sequence[Step]) -> pd.DataFrame:
    """One row a step: id, titles, before, delta, after [kWh/kWp a year], change.

    Examples
    --------
    >>> waterfall_table([Step("ghi", 0.0, 10.0)])["after_kwh_kwp"].tolist()
    [10.0]
    """
    return pd.DataFrame(
        {
            "step": [s.id for s in steps],
            "title_zh": [STEPS[s.id][0] for s in steps],
            "title_en": [STEPS[s.id][1] for s in steps],
            "before_kwh_kwp": [s.before_kwh_kwp for s in steps],
            "delta_kwh_kwp": [s.delta_kwh_kwp for s in steps],
            "after_kwh_kwp": [s.after_kwh_kwp for s in steps],
            "change_frac": [s.change_frac for s in steps],
        }
    )


def waterfall_svg(steps: Sequence[Step], lang: str = "zh") -> str:
    """The waterfall as one self-contained SVG drawing.

    Examples
    --------
    >>> waterfall_svg([Step("ghi", 0.0, 10.0)], "en").startswith("<svg")
    True
    """
    shown = [s for i, s in enumerate(steps) if i == 0 or abs(s.delta_kwh_kwp) > 1e-9]
    top = max((max(s.before_kwh_kwp, s.after_kwh_kwp) for s in shown), default=1.0) or 1.0
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
        title = STEPS[s.id][0 if lang == "zh" else 1]
        if i == 0:
            bar(i, 0.0, s.after_kwh_kwp, "#4f81bd", title, f"{s.after_kwh_kwp:.0f}")
            continue
        colour = "#6aa84f" if s.delta_kwh_kwp > 0 else "#cc4125"
        note = f"{s.delta_kwh_kwp:+.0f} ({s.change_frac:+.1%})"
        bar(i, s.before_kwh_kwp, s.after_kwh_kwp, colour, title, note)
    if shown:
        net = shown[-1].after_kwh_kwp
        title = "上网电量 kWh/kWp" if lang == "zh" else "net yield kWh/kWp"
        bar(len(shown), 0.0, net, "#1f3864", title, f"{net:.0f}")
    parts.append("</svg>")
    return "".join(parts)
