"""Change between two land surveys: kinds, bands, matrix; the change list is in the annex."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.outcome_change import Interval
from carbon_sink.survey.outcome import SurveySummary
from geoplan.report.carbon.change import area_table
from geoplan.report.carbon.conclusion import between, kilo_digits
from geoplan.report.document import Block, Heading, Paragraph, Table
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import Sentence, say
from layers.result import optional_table
from layers.sources import source_text

__all__ = ["survey_annex", "survey_blocks", "survey_words"]

_KILO = 1e3
_LEAST_FRAC = 1e-6
_PICTURE_FRAC = 0.4
_LEAST_HA = 0.05  # what the table would print as 0.0

_KINDS = ("change_kind", "area_ha", "changes", "change_tc", "low_tc", "high_tc")


def survey_words(s: SurveySummary) -> Iterator[Sentence]:
    """What has to be said of the change between two surveys, sentence by sentence."""
    yield say(
        "geoplan.carbon_chapter.survey",
        first=str(s.from_year),
        last=str(s.to_year),
        changed_ha=s.changed_ha,
        n=s.changes,
        unchanged_ha=s.unchanged_ha,
        tolerance_m=s.tolerance_m,
        absorbed_ha=s.absorbed_ha,
    )
    total = s.change_tc.get("total")
    if total is not None:
        trend = (
            "uncertain" if total.low <= 0.0 <= total.high else "up" if total.low > 0 else "down"
        )
        yield say(
            "geoplan.carbon_chapter.survey_carbon",
            value=number(total.value / _KILO, 2),
            between=between(total, _KILO, 2),
            trend=say(f"geoplan.carbon_chapter.trend_{trend}"),
            bound=say(f"geoplan.carbon_chapter.survey_bound_{s.bound}"),
        )
        if s.standing_tc is not None:
            yield say(
                "geoplan.carbon_chapter.survey_standing",
                value=number(s.standing_tc.value / _KILO, 2),
                between=between(s.standing_tc, _KILO, 2),
            )
        if s.choices_low_tc is not None and s.choices_high_tc is not None:
            yield say(
                "geoplan.carbon_chapter.choices_range",
                low=number(s.choices_low_tc / _KILO, kilo_digits(s.choices_low_tc)),
                high=number(s.choices_high_tc / _KILO, kilo_digits(s.choices_high_tc)),
            )
        if s.area_source:
            yield say("geoplan.carbon_chapter.area_source", source=source_text(s.area_source))
    elif s.changes:
        yield say("geoplan.carbon_chapter.survey_no_carbon")
    apart = s.before_only_ha, s.after_only_ha, s.neither_ha
    if max(apart) > _LEAST_FRAC * s.county_ha:
        yield say(
            "geoplan.carbon_chapter.survey_only",
            before_ha=apart[0],
            after_ha=apart[1],
            neither_ha=apart[2],
        )
    d = s.disturbance
    if d is not None and d.loss_tc is not None:
        both, lost = d.with_change_tc, d.not_estimated_ha
        yield say(
            "geoplan.carbon_chapter.survey_losses",
            n=d.events,
            value=number(d.loss_tc.value / _KILO, 2),
            between=between(d.loss_tc, _KILO, 2),
            in_change_ha=d.in_change_ha,
            missing=say("geoplan.carbon_chapter.losses_missing", ha=lost) if lost > 0 else "",
            more="" if d.forgone_tc is None else _forgone(d.forgone_tc),
            both=number(both.value / _KILO if both else None, 2),
        )


def _forgone(found: Interval) -> Sentence:
    return say(
        "geoplan.carbon_chapter.survey_forgone",
        value=number(found.value / _KILO, 2),
        between=between(found, _KILO, 2),
    )


def survey_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The section of two surveys, when the run has them."""
    survey = s.survey
    if survey is None:
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_survey")(lang))
    for sentence in survey_words(survey):
        yield Paragraph(sentence(lang))
    if survey.changes:
        yield Paragraph(say("geoplan.carbon_chapter.survey_kinds_review")(lang), "note")
    frame = optional_table(run, "survey_kinds")
    if frame is not None and len(frame):
        frame = frame[frame["area_ha"] >= _LEAST_HA]  # kinds that do not occur say nothing
        caption = say("geoplan.report.c_survey_kinds")(lang)
        yield frame_table("survey_kinds", caption, frame, _KINDS, lang, digits=1)
        yield from figure_blocks(run, "surveysankey", lang, width_frac=_PICTURE_FRAC)


def survey_annex(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The matrix, what the total is a bound of, areas by checked places, words of kinds."""
    survey = s.survey
    if survey is None:
        return
    yield from figure_blocks(run, "surveymatrix", lang, width_frac=0.75)
    if survey.bound != "whole":
        yield Paragraph(survey.bound_note(lang))
    yield from area_table("survey_areas", survey.areas, lang)
    kinds = [k for k in survey.kinds if k.changes]
    if kinds:
        keys = ("change_kind", "kind_means", "kind_source")
        yield Table(
            "survey_kind_words",
            say("geoplan.carbon_chapter.c_survey_kind_words")(lang),
            [say(f"geoplan.carbon_chapter.{k}")(lang) for k in keys],
            [[k.title(lang), k.definition(lang), k.source(lang)] for k in kinds],
            widths=(1.2, 5, 2),
        )
