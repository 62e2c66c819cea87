"""The two surveys a plan names, read as its layers are and brought into one shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from carbon_sink.cover.classes import classify_codes, refuse_attribute_codes
from carbon_sink.overlay.lands import SurveyLand, survey_land
from carbon_sink.section import CarbonSection
from carbon_sink.stand.codes import growing_species, stand_checks
from carbon_sink.stand.species_told import species_told
from carbon_sink.survey_keys import SurveySource
from gis.errors import ConfigError, DataError, Fault, GeoplanError
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.open.county import county_boundary, plan_crs
from layers.open.open_source import open_source
from layers.open.plan_file import plan_files
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import LayerSource, Plan
from layers.provenance import file_sha256
from layers.result import Warn
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["TwoSurveys", "survey_faults", "surveys_in_database", "two_surveys"]

_YEAR = r"^\s*((?:19|20)\d{2})(?!\d(?!\d))"
"""A year at the start of a number, a date or a text; no figure of five digits."""
_YEARS = r"(?<!\d)((?:19|20)\d{2})(?!\d)"
_SHOWN = 5
_WHOLE_FRAC = 1e-6
_SAME_AREA_FRAC = 1e-3

Which = Literal["before", "after"]


@dataclass(frozen=True)
class TwoSurveys:
    """Both surveys of a plan, ready to be laid upon one another."""

    before: SurveyLand
    after: SurveyLand
    warnings: tuple[Warn, ...]


def _where(which: Which) -> str:
    return f"[carbon.survey_{which}]"


def _file_source(survey: SurveySource) -> LayerSource:
    return LayerSource(
        path=survey.path,
        layer=survey.layer,
        sql=survey.sql,
        table=survey.table,
        geometry=survey.geometry,
        dsn_env=survey.dsn_env,
        crs=survey.crs,
        encoding=survey.encoding,
        fields=survey.fields,
        values=survey.values,
        where=survey.where,
        source=survey.source,
        licence=survey.licence,
        synthetic=survey.synthetic,
        date=str(survey.year),
    )


def _read(
    plan: Plan, survey: SurveySource, which: Which
) -> tuple[gpd.GeoDataFrame, tuple[Warn, ...]]:
    where = f"{plan.path.name} {_where(which)}"
    if survey.given:
        table, report = open_source(plan, survey.catalogue, _file_source(survey), where)
        return table, report.warnings
    if layer_state(plan, survey.catalogue) != "available":
        raise ConfigError(
            say("carbon_sink.survey.no_plan_layer"),
            where=where,
            got=survey.catalogue,
            todo=say("carbon_sink.survey.give_path_or_layer"),
        )
    table = open_features(plan, survey.catalogue)
    if table is None:
        raise AssertionError
    return table, ()  # what its opening tells is told by the run


def _classed(
    plan: Plan, section: CarbonSection, survey: SurveySource, which: Which
) -> tuple[gpd.GeoDataFrame, tuple[Warn, ...]]:
    """Parcels with ``ecosystem, code, parcel_id, planted_year``."""
    raw, warnings = _read(plan, survey, which)
    where = f"{plan.path.name} {_where(which)}"
    by_type = survey.catalogue == "forest_land" and survey.vocabulary != "dlbm"
    field = "forest_type" if by_type else "dlbm"
    column = field if field in raw.columns else survey.fields.get(field, "DLBM")
    if column not in raw.columns:
        raise DataError(
            say("carbon_sink.survey.no_class_field"),
            where=where,
            got=listed(str(c) for c in raw.columns if c != "geometry"),
            expected=field,
            todo=say("carbon_sink.survey.map_class_field", field=field),
        )
    codes = raw[column].fillna("").astype(str).str.strip()
    if by_type:
        known = read_toml("carbon_sink", "data/survey_classes.toml")["forest_type"]
        eco = codes.map(known)
        strange = sorted(set(codes[eco.isna()]))
        if strange:
            raise DataError(
                say("carbon_sink.survey.class_unknown"),
                where=f"{where} {column}",
                got=listed(strange[:5]),
                expected=listed(known),
            )
    else:
        eco, group, _ = classify_codes(codes, section.crosswalk, "dlbm")
        refuse_attribute_codes(codes, group, f"{where} DLBM")
        if survey.given:  # of a layer of the plan its acceptance tells it
            warnings = (*warnings, *_names_told(raw, codes, where))
    out = raw[["geometry"]].copy()
    out["ecosystem"], out["code"], out["parcel_id"] = eco, codes, _number(raw)
    if "tbmj_m2" in raw.columns:
        out["stated_m2"] = pd.to_numeric(raw["tbmj_m2"], errors="coerce").fillna(0.0)
    tree = next((c for c in ("species", "tree_species") if c in raw.columns), "")
    if tree:
        out["species"] = growing_species(raw[tree])
        warnings = (*warnings, *species_told(out, raw[tree], where))
    if survey.planted_year:
        out["planted_year"], told = _planted(raw, survey, where, out["parcel_id"])
        warnings = (*warnings, *told)
    if "age_years" in raw.columns:
        out, told = _by_age(out, raw, survey, where)
        warnings = (*warnings, *told)
    return out, warnings


def _names_told(raw: pd.DataFrame, codes: pd.Series, where: str) -> tuple[Warn, ...]:
    """Parcels whose class has another name than its code: which is meant the office knows."""
    if "dlmc" not in raw.columns:
        return ()
    words = vocabulary("dlbm")
    names = raw["dlmc"].fillna("").astype(str).str.strip()
    own = codes.map({c: words[c].title.zh for c in codes.unique()})
    beside = codes.map({c: words.collisions.get(words[c].code, "") for c in codes.unique()})
    wrong = (names != "") & (names != own) & (names != beside)
    if not wrong.any():
        return ()
    first = list(zip(_number(raw)[wrong], codes[wrong], names[wrong], strict=True))[:_SHOWN]
    said = say(
        "carbon_sink.survey.names_differ",
        n=int(wrong.sum()),
        names=listed([f"{number}: {code} {name}" for number, code, name in first]),
    )
    return (Warn("survey_names_differ", said, where),)


def _by_age(
    out: gpd.GeoDataFrame, raw: gpd.GeoDataFrame, survey: SurveySource, where: str
) -> tuple[gpd.GeoDataFrame, tuple[Warn, ...]]:
    """Planting years by the mean age, of tree forest whose year no column gives."""
    age = pd.to_numeric(raw["age_years"], errors="coerce")
    given = out["planted_year"] if "planted_year" in out.columns else age * np.nan
    use = given.isna() & (age > 0) & (age <= stand_checks("doubt")["age_years"])
    use &= out["ecosystem"] == "forest_arbor"
    if not use.any():
        return out, ()
    out["planted_year"] = given.where(~use, survey.year - age)
    said = say(
        "carbon_sink.survey.planted_by_mean_age", n=int(use.sum()), year=str(survey.year)
    )
    return out, (Warn("planted_by_mean_age", said, where),)


def _planted(
    raw: pd.DataFrame, survey: SurveySource, where: str, number: pd.Series
) -> tuple[pd.Series, tuple[Warn, ...]]:
    """Planting years of a column of years or dates; what cannot be read is told."""
    where = f"{where}.planted_year {survey.planted_year}"
    if survey.planted_year not in raw.columns:
        raise DataError(
            say("carbon_sink.survey.no_planted_year"),
            where=where,
            got=survey.planted_year,
            expected=listed(str(c) for c in raw.columns if c != "geometry"),
        )
    given = raw[survey.planted_year]
    text = given.astype(str).where(given.notna(), "")
    year = pd.to_numeric(text.str.extract(_YEAR, expand=False), errors="coerce")
    # "2020-2022" names no year of planting
    year = year.mask(text.str.findall(_YEARS).map(lambda found: len(set(found)) > 1))
    late = year > survey.year
    if late.any():
        raise DataError(
            say("carbon_sink.survey.planted_after_the_survey", year=survey.year),
            where=where,
            got=", ".join(
                f"{n}: {y:.0f}" for n, y in zip(number[late][:5], year[late][:5], strict=True)
            ),
            expected=f"<= {survey.year}",
        )
    # 0 is how offices write "not known"
    zero = pd.to_numeric(text, errors="coerce").fillna(1.0) == 0
    strange = year.isna() & ~zero & (text.str.strip() != "")
    if not strange.any():
        return year, ()
    said = say(
        "carbon_sink.survey.planting_year_unreadable",
        n=int(strange.sum()),
        values=listed(sorted(set(text[strange]))[:5]),
    )
    return year, (Warn("planting_year_unreadable", said, where),)


def surveys_in_database(
    plan: Plan, section: CarbonSection
) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Surveys of ``[carbon]`` that are read from a database, by the key of the plan."""
    both: dict[Which, SurveySource | None] = {
        "before": section.survey_before,
        "after": section.survey_after,
    }
    for which, survey in both.items():
        if survey is not None and (survey.sql or survey.table):
            yield f"carbon.survey_{which}", _read(plan, survey, which)[0]


def survey_faults(plan: Plan) -> list[Fault]:
    """What the surveys of a plan would be refused for: fields, classes, years of planting."""
    section = plan.section(CarbonSection)
    both: dict[Which, SurveySource | None] = {
        "before": section.survey_before,
        "after": section.survey_after,
    }
    out: list[Fault] = []
    for which, survey in both.items():
        if survey is None:
            continue
        try:
            _classed(plan, section, survey, which)
        except GeoplanError as err:
            out += err.faults
    return out


def _number(raw: pd.DataFrame) -> pd.Series:
    """What a person of the office looks a parcel up by."""
    for name in ("tbbh", "number", "bsm"):
        if name in raw.columns and raw[name].notna().all():
            return raw[name].astype(str)
    return pd.Series([f"P{i + 1:06d}" for i in range(len(raw))], index=raw.index)


def _same_file(plan: Plan, section: CarbonSection) -> bool:
    marks = []
    for survey in (section.survey_before, section.survey_after):
        if survey is None:
            return False
        source = _file_source(survey) if survey.given else plan.layers.get(survey.catalogue)
        if source is None:
            return False
        if source.in_database:
            marks.append(
                ([source.sql, source.table, source.dsn_env], source.layer, source.where)
            )
            continue
        files = [file_sha256(f) for f in plan_files(plan, source)]
        marks.append((files, source.layer, source.where))
    return marks[0] == marks[1]


def _same_land(before: SurveyLand, after: SurveyLand) -> bool:
    return len(before) == len(after) and bool(
        (before.ecosystem == after.ecosystem).all()
        and np.array_equal(before.area_m2, after.area_m2)
        and all(a.equals_exact(b, 0.0) for a, b in zip(before.shape, after.shape, strict=True))
    )


def _areas_told(
    table: gpd.GeoDataFrame, land: SurveyLand, which: Which, title: Sentence
) -> tuple[Warn, ...]:
    """Areas of a survey's own field beside those of its outlines, where they differ."""
    stated = float(table["stated_m2"].sum()) if "stated_m2" in table.columns else 0.0
    drawn = float(land.area_m2.sum())
    whole = land.outside_m2 <= _WHOLE_FRAC * drawn  # else the field is of other land
    if not stated or not whole or abs(stated / drawn - 1.0) <= _SAME_AREA_FRAC:
        return ()
    said = say(
        "carbon_sink.survey.no_area_of_the_field",
        title=title,
        stated_ha=stated / 1e4,
        drawn_ha=drawn / 1e4,
    )
    return (Warn("survey_area_field", said, _where(which)),)


def two_surveys(plan: Plan, section: CarbonSection) -> TwoSurveys | None:
    """Both surveys of ``[carbon]``; None where the plan has none.

    Raises
    ------
    ConfigError, DataError
        A file that is not there, of another place, in a system nobody knows, with classes the
        vocabulary does not have, or with too much land drawn twice.
    """
    if section.survey_before is None or section.survey_after is None:
        return None
    warnings: list[Warn] = []
    lands: list[SurveyLand] = []
    which: Which
    for which, survey in (("before", section.survey_before), ("after", section.survey_after)):
        table, told = _classed(plan, section, survey, which)
        title: Sentence = say(f"carbon_sink.survey.title_{which}", year=survey.year)
        land = survey_land(
            table,
            crs=plan_crs(plan),
            county=county_boundary(plan),
            where=_where(which),
            title=title,
            overlap_m2=section.overlap_tolerance_m2,
        )
        lands.append(replace(land, warnings=()))
        warnings += [*told, *land.warnings, *_areas_told(table, land, which, title)]
    if _same_file(plan, section):
        text = say("carbon_sink.survey.same_file_twice")
        warnings.append(Warn("survey_same_file", text, _where("after")))
    elif _same_land(*lands):
        text = say("carbon_sink.survey.same_land_twice")
        warnings.append(Warn("survey_same_land", text, _where("after")))
    unique = {(w.code, w.where, w.text("en")): w for w in warnings}
    return TwoSurveys(lands[0], lands[1], tuple(unique.values()))
