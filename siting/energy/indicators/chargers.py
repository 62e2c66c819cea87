"""Public chargers (公共充电桩) that stand, from the layer of charging stations."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from gis.say import Sentence, say
from layers.answers.figure import Comparison, Figure
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import layer_year
from layers.plan.target import Target
from layers.spec import text_of
from siting.energy.declared import EnergyIndicator, Evidence, Found

__all__ = ["INDICATORS"]

_ID = "public_chargers"
_LAYER = "charging_stations"


def _answer(e: Evidence, target: Target) -> Found:
    state = layer_state(e.plan, _LAYER)
    stations = open_features(e.plan, _LAYER)
    if stations is None and state != "assumed_absent":
        return Found(why=say("siting.energy.no_charging_stations"))
    given = [] if stations is None or "piles" not in stations else stations["piles"]
    piles = np.asarray(pd.to_numeric(pd.Series(given), errors="coerce"), float)
    n = 0 if stations is None else len(stations)
    silent = n - int(np.isfinite(piles).sum())
    if n and silent == n:
        return Found(why=say("siting.energy.chargers_not_counted", n=n))
    count = float(np.nansum(piles)) if n else 0.0
    figure = Figure(
        id=_ID,
        title=target.title,
        value=count,
        # a station of which nobody says how many has one at least, and no upper end is known
        low=count + silent if silent else math.nan,
        high=math.inf if silent else math.nan,
        unit="piece",
        caliber="",
        year=layer_year(e.plan, _LAYER),
        source=_LAYER,
        quality="measured",
        note=text_of(say("siting.energy.chargers_note", n=n, silent=silent)),
    )
    return Found((figure,))


def _closes(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    if not math.isfinite(c.indicator.value):
        return (say("siting.energy.give_charging_stations"),)
    return (say("siting.energy.chargers_case"),)


INDICATORS = (
    EnergyIndicator(
        id=_ID,
        title=text_of(say(f"siting.energy.{_ID}")),
        unit="piece",
        needs=_LAYER,
        answer=_answer,
        closes=_closes,
    ),
)
