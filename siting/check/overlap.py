"""The answer of a boundary check: what every rule says, and its tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, to_ha, to_mu
from gis.say import LANGS, Lang, listed, say
from layers.plain_json import JsonObject, to_json
from layers.result import Warn
from layers.spec import Text
from layers.vocabulary import vocabulary
from siting.check.law_cells import law_row
from siting.check.outline import Outline
from siting.check.reports import (
    NOTHING_M2,
    CheckReport,
    ClassArea,
    KindArea,
    Result,
    RuleReport,
    TownshipArea,
    headed,
    part_word,
    parts_words,
    rows_of,
    told_result,
)
from siting.check.shapes import Ground
from siting.check.shares import classes_in_words
from siting.check.told import told_rows
from siting.check.waiting import JudgedHere, counted, judged_here, lacking_words, worst
from siting.rules import Rule
from siting.rules.citation import cited
from siting.rules.model import Project
from siting.rules.words import kind_word
from siting.screen.coded import Effect
from siting.screen.law_summary import told_of_law
from siting.screen.section import Missing
from siting.screen.summary import LawChange

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "NOTHING_M2",
    "Overlap",
    "RuleOverlap",
    "parts_words",
]

_WORST_FIRST: tuple[Result, ...] = (
    *("fail", "unknown", "provisional", "conditional", "assumed", "favourable", "pass"),
)


@dataclass(frozen=True)
class RuleOverlap:
    """What one rule says about a boundary.

    Attributes
    ----------
    overlap_m2, unknown_m2
        Ellipsoidal area hit, and area that cannot be judged [m2].
    distance_m
        From the land to the nearest legal edge of a feature the rule means [m]; 0 inside,
        NaN when none is near or the rule reads no features.
    features
        Names of the features that hit.
    part_m2
        Area hit on each part of the project, where the boundary names parts [m2].
    kept_frac
        Share of the boundary that the rule hits and that may stay inside: not built on; 0 where
        nothing of the kind is hit.
    doubtful_m2
        Area that complete layers could not judge either [m2].
    """

    rule: Rule
    effect: Effect
    ground: Ground
    overlap_m2: float
    unknown_m2: float
    distance_m: float
    features: tuple[str, ...]
    result: Result
    part_m2: Mapping[str, float] = field(default_factory=dict)
    kept_frac: float = 0.0
    doubtful_m2: float = 0.0

    @property
    def says(self) -> tuple[Result, tuple[str, ...]]:
        """Its result, unknown where it binds a part of the land and cannot judge another.

        With the layers that keep it from being judged: not there, or silent and incomplete.
        """
        partly = self.result == "conditional" and self.unknown_m2 > NOTHING_M2
        sure = self.ground.missing or self.doubtful_m2 > NOTHING_M2
        awaits = self.ground.missing if sure else self.ground.incomplete
        return "unknown" if partly else self.result, awaits

    @property
    def approval(self) -> Text | None:
        """What must be asked for, or done first, where it is conditional."""
        if self.result != "conditional":
            return None
        if not self.kept_frac:
            return self.rule.approval
        titles = vocabulary("dlbm").entries
        text = say(
            "siting.check.kept_inside",
            classes=listed(titles[c].title for c in self.rule.kept),
            share_pct=100 * self.kept_frac,
            most_pct=100 * max(self.rule.kept.values()),
        )
        return Text(zh=text("zh"), en=text("en"))


@dataclass(frozen=True)
class Overlap:
    """The answer of `check_boundary`.

    Attributes
    ----------
    outline
        The boundary and what is wrong with how it is drawn.
    rules
        One entry a filter rule.
    conditions
        Conditions and notes on the project that no map can judge.
    classes, kinds, townships
        Tables of areas: by land class and ownership; total, agricultural (cropland, basic
        farmland), construction and unused land; by township. None without the layer.
    as_of, project
        Day of the law, and what is planned.
    elsewhere
        Rules that hold in other areas and judge nothing here.
    other_projects, other_parts
        Rules about another kind of project, and about parts of a project the boundary has not;
        they judge nothing either.
    changes
        Changes of law known to come within the life of a project.
    told
        What must be known of the layers the rules look at.
    missing
        What land is called that only rules without their layers leave open.
    """

    plan_id: str
    as_of: date
    tech: str
    path: str
    outline: Outline
    area_m2: float
    rules: tuple[RuleOverlap, ...]
    conditions: tuple[Rule, ...]
    classes: pd.DataFrame | None
    kinds: pd.DataFrame | None
    townships: pd.DataFrame | None
    project: Project = "new"
    elsewhere: tuple[Rule, ...] = ()
    other_projects: tuple[Rule, ...] = ()
    other_parts: tuple[Rule, ...] = ()
    changes: tuple[LawChange, ...] = ()
    told: tuple[Warn, ...] = ()
    missing: Missing = "unknown"

    @property
    def result(self) -> Result:
        """Worst result of all rules: fail, unknown, provisional, conditional, pass."""
        return worst([r.says for r in self.rules], self.missing)

    @property
    def judged(self) -> JudgedHere:
        """How much of the rules in force was judged inside the boundary."""
        return judged_here([(r.rule, r.effect, counted(r)) for r in self.rules])

    @property
    def provisional(self) -> tuple[int, int]:
        """Number of rules not judged, and of rules in all.

        Hard and conditional rules, as screening counts them: a preference excludes nothing.
        """
        own = [r for r in self.rules if r.effect != "none"]
        return sum(not counted(r) for r in own), len(own)

    @property
    def left_out(self) -> dict[str, tuple[str, ...]]:
        """Ids of rules that judge nothing here, by the name of the reason."""
        found = {
            "not_in_force_here_rules": self.elsewhere,
            "area_unknown_rules": [r.rule for r in self.rules if not r.rule.area_known],
            "other_project_rules": self.other_projects,
            "other_part_rules": self.other_parts,
        }
        return {k: tuple(r.id for r in v) for k, v in found.items()}

    def law_warnings(self) -> list[Warn]:
        """Law of the day that is not known, and changes of law known to come."""
        unknown = [r.rule.id for r in self.rules if not r.rule.law_known]
        return told_of_law(self.tech, self.as_of, unknown, self.changes, "check")

    def approvals(self, lang: str) -> list[str]:
        """Approvals the conditional rules that hit ask for, each once."""
        found = [r.approval(lang) for r in self.rules if r.approval is not None]
        return list(dict.fromkeys(found))

    def component_table(self, lang: str = "zh") -> pd.DataFrame | None:
        """Area by part of the project; None when the boundary names no parts."""
        import pandas as pd

        parcels = self.outline.parcels
        if "component" not in parcels.columns:
            return None
        rows: list[dict[str, object]] = []
        for part, own in parcels.groupby("component", sort=False):
            union = shapely.union_all(own.geometry.to_numpy())
            area = float(polygon_area_m2([union], parcels.crs)[0])
            rows.append(
                {
                    "part": part_word(str(part))(lang),
                    "parcels": len(own),
                    "area_m2": round(area, 2),
                    "area_ha": round(to_ha(area), 4),
                    "area_mu": round(to_mu(area), 4),
                    "result": say(f"siting.check.result.{self.result_of(str(part))}")(lang),
                    "hit_rules": listed(self._hit_on(str(part)))(lang),
                }
            )
        return headed(pd.DataFrame(rows), lang)

    def _hit_on(self, part: str) -> list[str]:
        """Ids of hard and conditional rules that hit a part."""
        return [
            r.rule.id
            for r in self.rules
            if r.effect != "none" and r.part_m2.get(part, 0.0) > NOTHING_M2
        ]

    def result_of(self, part: str) -> Result:
        """Worst result of the rules about one part of the project, on its land."""
        about = [r for r in self.rules if not r.rule.parts or part in (*r.rule.parts, "other")]
        hit = set(self._hit_on(part))
        own = [r.says for r in about if r.rule.id in hit or r.says[0] == "unknown"]
        return worst(own, self.missing)

    def rule_table(self, lang: str = "zh") -> pd.DataFrame:
        """One row a rule, worst first, in the words of `lang`."""
        import pandas as pd

        order = {result: k for k, result in enumerate(_WORST_FIRST)}
        mark = say("layers.words.mark.legal_review")
        rows = [
            {
                "id": r.rule.id,
                "rule": r.rule.title(lang),
                "kind": kind_word(r.rule.shown_kind)(lang),
                "result": say(f"siting.check.result.{told_result(r.result, r.unknown_m2)}")(
                    lang
                ),
                "overlap_m2": round(r.overlap_m2, 2),
                "overlap_mu": round(to_mu(r.overlap_m2), 4),
                "share_pct": round(100 * r.overlap_m2 / self.area_m2, 4),
                "unknown_m2": round(r.unknown_m2, 2),
                "distance_m": _or_none(r.distance_m),
                "features": listed(r.features)(lang),
                "approval": r.approval(lang) if r.approval else "",
                "review": mark(lang) if r.rule.needs_review else "",
                "missing": listed(lacking_words(r.ground))(lang),
                "citation": cited(r.rule.citation, lang),
                "quote": cited(r.rule.quote, lang),
                **law_row(r.rule, lang),
                "overridden": r.rule.overridden,
                "parts": listed(part_word(x) for x in r.rule.parts)(lang),
                "hit_parts": listed(parts_words(r.part_m2))(lang),
            }
            for r in sorted(self.rules, key=lambda r: (order[r.result], r.rule.id))
        ]
        return headed(pd.DataFrame(rows), lang)

    def condition_table(self, lang: str = "zh") -> pd.DataFrame:
        """Conditions on the project and notes, to be ticked off by hand."""
        import pandas as pd

        rows = [
            {
                "id": rule.id,
                "condition": rule.title(lang),
                "wanted": rule.test.words(lang),
                "kind": kind_word(rule.shown_kind)(lang),
                "citation": cited(rule.citation, lang),
                "quote": cited(rule.quote, lang),
                **law_row(rule, lang),
            }
            for rule in self.conditions
        ]
        return headed(pd.DataFrame(rows), lang)

    def parts(self) -> gpd.GeoDataFrame:
        """Pieces of the land each rule hits, in the plan CRS, for a map.

        Returns
        -------
        GeoDataFrame
            rule_id, title_zh, title_en, kind, result, area_m2, geometry.
        """
        import geopandas as gpd

        hit = [r for r in self.rules if r.overlap_m2 > NOTHING_M2]
        return gpd.GeoDataFrame(
            {
                "rule_id": [r.rule.id for r in hit],
                "title_zh": [r.rule.title.zh for r in hit],
                "title_en": [r.rule.title.en for r in hit],
                "kind": [r.rule.shown_kind for r in hit],
                "result": [r.result for r in hit],
                "area_m2": [r.overlap_m2 for r in hit],
            },
            geometry=[r.ground.hit for r in hit],
            crs=self.outline.parcels.crs,
        )

    def tables(self, lang: str = "zh") -> dict[str, pd.DataFrame]:
        """All tables by heading, ready for a workbook or a document."""
        import pandas as pd

        faults = self.outline.told(
            lang
        ) or [  # an empty sheet would leave open whether anything was looked at
            {
                "severity": say("siting.check.severity.none")(lang),
                "what": say("siting.check.nothing_found")(lang),
            }
        ]
        found = {
            "rules": self.rule_table(lang),
            "conditions": self.condition_table(lang),
            "boundary": headed(pd.DataFrame(faults), lang),
            "law": self.law_table(lang),
            "told": headed(pd.DataFrame([{"what": w.text(lang)} for w in self.told]), lang)
            if self.told
            else None,
            "classes": None
            if self.classes is None
            else headed(classes_in_words(self.classes, lang), lang),
            "kinds": None
            if self.kinds is None
            else headed(self.kinds.drop(columns="kind"), lang),
            "townships": None if self.townships is None else headed(self.townships, lang),
            "parts": self.component_table(lang),
        }
        return {
            say(f"siting.check.table.{k}")(lang): v for k, v in found.items() if v is not None
        }

    def law_table(self, lang: str = "zh") -> pd.DataFrame:
        """The law behind the answer: its day, what will change, which rules judge nothing."""
        import pandas as pd

        project = say(f"siting.check.project.{self.project}")
        rows: list[tuple[str, Callable[[Lang], str]]] = [
            ("law_as_of", say("siting.check.explain.as_of", day=self.as_of)),
            ("project", say("siting.check.planned", project=project)),
            *(("law_change", w.text) for w in self.law_warnings()),
            *(
                ("left_out", say(f"siting.rules.{key}", n=len(ids), ids=listed(ids)))
                for key, ids in self.left_out.items()
                if ids
            ),
        ]
        frame = pd.DataFrame(
            [
                {"severity": say(f"siting.check.law_row.{k}")(lang), "what": text(lang)}
                for k, text in rows
            ]
        )
        return headed(frame, lang)

    def report(self) -> CheckReport:
        """As a tree of values, for ``--json`` and the map."""
        n, of = self.provisional
        return CheckReport(
            plan=self.plan_id,
            as_of=self.as_of,
            project=self.project,
            tech=self.tech,
            boundary=Path(self.path).name,
            crs=self.outline.file_crs,
            area_m2=self.area_m2,
            area_ha=to_ha(self.area_m2),
            area_mu=to_mu(self.area_m2),
            result=self.result,
            not_judged=n,
            of=of,
            judged=self.judged,
            findings=tuple(f.report() for f in self.outline.findings),
            warnings=told_rows(self.told),
            rules=tuple(_rule_report(r) for r in self.rules),
            approvals={lang: tuple(self.approvals(lang)) for lang in LANGS},
            conditions=tuple(r.id for r in self.conditions),
            **self.left_out,
            law_changes=self.changes,
            classes=rows_of(self.classes, ClassArea),
            kinds=rows_of(self.kinds, KindArea),
            townships=rows_of(self.townships, TownshipArea),
        )

    def as_dict(self) -> JsonObject:
        """`report` as plain JSON values."""
        found: JsonObject = to_json(self.report())
        return found


def _rule_report(r: RuleOverlap) -> RuleReport:
    return RuleReport(
        id=r.rule.id,
        title=r.rule.title,
        kind=r.rule.shown_kind,
        needs_review=r.rule.needs_review,
        result=r.result,
        overlap_m2=r.overlap_m2,
        unknown_m2=r.unknown_m2,
        distance_m=None if np.isnan(r.distance_m) else r.distance_m,
        features=r.features,
        missing=r.ground.missing,
        assumed_absent=r.ground.assumed_absent,
        incomplete=r.ground.incomplete,
        approval=r.approval if r.kept_frac else r.rule.approval,
        citation=r.rule.citation,
        quote=r.rule.quote,
        law=r.rule.in_force,
        overridden=r.rule.overridden,
        parts=r.rule.parts,
        part_m2=dict(r.part_m2),
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 2)
