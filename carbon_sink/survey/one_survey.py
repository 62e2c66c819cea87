"""A register of disturbances beside one survey: what later events take of its stock."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carbon_sink.cover.land import county_land
from carbon_sink.cover.local_classes import with_local_classes
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import county_choice
from carbon_sink.survey.disturbance import (
    Losses,
    Register,
    entries,
    losses_of,
    read_register,
)
from carbon_sink.survey.outcome import SurveyPart
from gis.say import say
from layers.open.plan_layers import open_features
from layers.plan.model import Plan, layer_year
from layers.result import StepResult, Warn

__all__ = ["one_survey"]

_WHERE = "[layers.disturbance]"
_END = 2200
_LEAST_HA = 1e-3


def _told(register: Register, losses: Losses, year: int) -> list[Warn]:
    out = []
    if register.out_of_period:
        said = say(
            "carbon_sink.survey.events_before_the_survey",
            n=register.out_of_period,
            names=entries(register.out_names),
            year=str(year),
        )
        out.append(Warn("events_before_the_survey", said, _WHERE))
    if register.twice:
        said = say("carbon_sink.survey.disturbance_twice", n=register.twice)
        out.append(Warn("disturbance_twice", said, _WHERE))
    if register.small:
        said = say(
            "carbon_sink.survey.disturbance_fractions",
            n=len(register.small),
            names=entries(register.small),
        )
        out.append(Warn("disturbance_fractions", said, _WHERE))
    if losses.total is not None:
        said = say(
            "carbon_sink.survey.losses_after_the_survey",
            n=len(register.events),
            year=str(year),
            loss=losses.total.value,
            low=losses.total.low,
            high=losses.total.high,
        )
        out.append(Warn("losses_after_the_survey", said, _WHERE))
    for code, area in (
        ("disturbance_without_share", losses.not_estimated_ha),
        ("disturbance_elsewhere", losses.elsewhere_ha),
    ):
        if area > _LEAST_HA:
            out.append(Warn(code, say(f"carbon_sink.survey.{code}", area_ha=area), _WHERE))
    return out


def one_survey(plan: Plan, section: CarbonSection) -> StepResult[SurveyPart]:
    """Losses of the register after the date of the plan's own parcels; nothing without one.

    A loss needs a stock and a date. Events up to the year of the survey are in what it shows;
    what stood before them no survey says, and they are told instead of estimated.

    Returns
    -------
    StepResult
        Table ``survey_disturbance`` as far as there are such events; no change, since one
        survey shows none. The stock of the survey's date is not lessened by them.
    """
    nothing = StepResult(summary=SurveyPart(survey=None))
    layer = open_features(plan, "disturbance")
    if layer is None:
        return nothing
    year = section.year or layer_year(plan, "land_parcels")
    county = county_land(plan, section) if year else None
    if county is None or county.parcels is None:
        said = say("carbon_sink.survey.register_without_stock")
        warn = Warn("register_without_stock", said, _WHERE)
        return StepResult(summary=SurveyPart(survey=None), warnings=[warn])
    register = read_register(
        layer,
        years=(year, _END),
        shares={str(k): v for k, v in section.disturbance.share_lost.items()},
        where=_WHERE,
    )
    county = with_local_classes(county, section)
    parcels = county.parcels
    if parcels is None:
        raise AssertionError
    choice, table = county_choice(section, county)
    eco = parcels["ecosystem"].astype(str).to_numpy()
    pieces = pd.DataFrame(
        {
            "start": eco,
            "end": eco,
            "place": parcels["township"].astype(str).to_numpy(),
            "area_m2": parcels["area_m2"].to_numpy(np.float64),
        }
    )
    ages = pd.DataFrame({"planted": np.nan, "species": "", "replanted": False}, pieces.index)
    losses = losses_of(
        register,
        pieces,
        np.asarray(parcels.geometry.array),
        choice,
        table,
        ages=ages,
        to_year=year,
        draws=section.draws,
        seed=section.seed,
    )
    tables = {}
    if len(losses.rows):
        tables["survey_disturbance"] = losses.rows.rename(columns={"kind": "disturbance"})
    return StepResult(
        summary=SurveyPart(survey=None), tables=tables, warnings=_told(register, losses, year)
    )
