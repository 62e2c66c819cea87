"""Share of existing public buildings with PV, by number and by roof area."""

from __future__ import annotations

import math

from gis.say import Sentence, say
from layers.answers.figure import Comparison, Figure
from layers.plan.target import Target
from layers.result import optional_table
from layers.spec import text_of
from layers.units import convert
from siting.energy.declared import EnergyIndicator, Evidence, Found
from siting.pv.study.rooftop import roofs_needed

__all__ = ["INDICATORS"]

_ID = "public_rooftop_share"
_CALIBERS = {c: text_of(say(f"siting.energy.roofs_by_{c}")) for c in ("number", "area")}


def _answer(e: Evidence, target: Target) -> Found:
    table = optional_table(e.work, "rooftop_share")
    if table is None or not len(table):
        return Found(why=say("siting.energy.no_rooftops"))
    row = table[table["use"] == "all_public"].iloc[0]
    if not row["buildings"]:
        return Found(why=say("siting.energy.no_public_buildings"))
    if not row["installed_known"]:
        return Found(why=say("siting.energy.roofs_with_pv_unknown"))
    parts = {
        "number": ("with_pv", "buildings", "not_said", ""),
        "area": ("roof_with_pv_m2", "roof_m2", "roof_not_said_m2", "m2"),
    }
    open_ = bool(row["not_said"])
    return Found(
        tuple(
            Figure(
                id=_ID,
                title=target.title,
                value=float(row[top]) / float(row[base]) * 100.0,
                unit="%",
                low=float(row[top]) / float(row[base]) * 100.0 if open_ else math.nan,
                high=float(row[top] + row[more]) / float(row[base]) * 100.0
                if open_
                else math.nan,
                caliber=caliber,
                caliber_title=_CALIBERS[caliber],
                year=e.today,
                source="buildings",
                quality="measured",
                numerator=float(row[top]),
                denominator=float(row[base]),
                numerator_unit=unit,
            )
            for caliber, (top, base, more, unit) in parts.items()
        )
    )


def _closes(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:
    roofs = optional_table(e.work, "rooftop_priority")
    share = optional_table(e.work, "rooftop_share")
    if roofs is None or share is None or not len(roofs):
        return ()
    public = share[share["use"] == "all_public"].iloc[0]
    wanted = convert(c.target.value, c.target.unit, "%") / 100.0
    needed = roofs[roofs_needed(roofs, public, wanted)]
    return (
        say(
            "siting.energy.roofs_to_build",
            n=len(needed),
            mwp=float(needed["kwp"].sum()) / 1e3,
        ),
    )


INDICATORS = (
    EnergyIndicator(
        id=_ID,
        title=text_of(say(f"siting.energy.{_ID}")),
        unit="%",
        needs="buildings, [rooftop.weather]",
        answer=_answer,
        closes=_closes,
        calibers=_CALIBERS,
        caliber_decides=True,
    ),
)
