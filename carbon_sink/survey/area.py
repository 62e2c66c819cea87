"""The error of areas between two surveys, and when that of land covers does not count."""

from __future__ import annotations

import pandas as pd

from carbon_sink.change.accuracy_file import area_error_of_plan
from carbon_sink.change.area_error import AreaError
from carbon_sink.change.comparable import PAIR
from carbon_sink.overlay.overlay import NOT_SURVEYED
from carbon_sink.section import CarbonSection
from gis.say import say
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan
from layers.result import Warn

__all__ = ["survey_area_error"]


def survey_area_error(
    plan: Plan, section: CarbonSection, transitions: pd.DataFrame
) -> tuple[AreaError | None, tuple[Warn, ...]]:
    """Error of the areas of the change between two surveys.

    Its own of ``[carbon.survey]``, else that of ``[carbon]``: but places checked on a map of
    land cover say nothing of a survey, so with both land covers in the plan their matrix does
    not count here, and that is told.
    """
    land = transitions[
        (transitions["before"] != NOT_SURVEYED) & (transitions["after"] != NOT_SURVEYED)
    ]
    own = section.survey.area_accuracy
    given = own or section.area_accuracy
    covers = all(layer_state(plan, i) == "available" for i in PAIR)
    if own is None and given is not None and given.error_frac is None and covers:
        said = say("carbon_sink.survey.accuracy_of_land_covers")
        return None, (Warn("survey_without_area_error", said, "[carbon.survey] area_accuracy"),)
    if given is None or not len(land):
        return None, ()
    return area_error_of_plan(plan, given, land), ()
