"""The answer of a boundary check: what every rule says, and its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, to_ha, to_mu
from gis.say import LANGS, Sentence, listed, say, sentences
from layers.catalogue import layer as layer_of
from layers.plain_json import JsonObject, to_json
from layers.spec import Frozen, Text
from siting.check.drawing import FindingReport
from siting.check.outline import Outline
from siting.check.shapes import Ground
from siting.rules import Rule, ShownKind
from siting.rules.citation import cited
from siting.rules.conditions.canvas import LAW
from siting.rules.model import Part
from siting.rules.words import kind_word
from siting.screen.coded import Effect

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "NOTHING_M2",
    "CheckReport",
    "ClassArea",
    "KindArea",
    "Overlap",
    "Result",
    "RuleOverlap",
    "RuleReport",
    "TownshipArea",
]

Result: TypeAlias = Literal["pass", "conditional", "fail", "unknown", "assumed", "favourable"]
_WORST_FIRST: tuple[Result, ...] = (
    "fail",
    "unknown",
    "conditional",
    "assumed",
    "favourable",
    "pass",
)

NOTHING_M2 = 0.005
"""An overlap below this is written 0.00 m2."""


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
    """

    rule: Rule
    effect: Effect
    ground: Ground
    overlap_m2: float
    unknown_m2: float
    distance_m: float
    features: tuple[str, ...]
    result: Result


class RuleReport(Frozen):
    """What one rule says about a boundary, as written to JSON; see `RuleOverlap`."""

    id: str
    title: Text
    kind: ShownKind
    needs_review: bool
    result: Result
    overlap_m2: float
    unknown_m2: float
    distance_m: float | None
    features: tuple[str, ...]
    missing: tuple[str, ...]
    assumed_absent: tuple[str, ...]
    approval: Text | None
    citation: str
    quote: str
    overridden: str
    parts: tuple[Part, ...]


class _Area(Frozen):
    """An ellipsoidal area, and its share of the boundary's."""

    area_m2: float
    area_ha: float
    area_mu: float
    share_pct: float


class ClassArea(_Area):
    """Land of one class and owner; `dlbm` is empty where no parcel lies."""

    dlbm: str
    title_zh: str
    title_en: str
    category: str
    ownership: str


class KindArea(_Area):
    """One row of the area table of an approval text, by owner [ha]."""

    kind: str
    kind_zh: str
    kind_en: str
    collective_ha: float
    state_ha: float
    unstated_ha: float


class TownshipArea(_Area):
    """Land in one township."""

    township: str


class CheckReport(Frozen):
    """The answer of a boundary check as a tree of values, as written to JSON.

    Attributes
    ----------
    area_m2, area_ha, area_mu
        Of the boundary, on the ellipsoid.
    result
        The worst of all rules.
    not_judged, of
        Hard and conditional rules not judged for want of a layer, and all of them.
    approvals
        By language.
    conditions
        Ids of conditions and notes no map can judge.
    not_in_force_here_rules, area_unknown_rules
        Ids of rules that hold elsewhere, and of those whose area is not known.
    classes, kinds, townships
        None without the layer.
    """

    plan: str
    tech: str
    boundary: str
    crs: str
    area_m2: float
    area_ha: float
    area_mu: float
    result: Result
    not_judged: int
    of: int
    findings: tuple[FindingReport, ...]
    rules: tuple[RuleReport, ...]
    approvals: dict[str, tuple[str, ...]]
    conditions: tuple[str, ...]
    not_in_force_here_rules: tuple[str, ...]
    area_unknown_rules: tuple[str, ...]
    classes: tuple[ClassArea, ...] | None
    kinds: tuple[KindArea, ...] | None
    townships: tuple[TownshipArea, ...] | None


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
    elsewhere
        Rules that hold in other areas and judge nothing here.
    """

    plan_id: str
    tech: str
    path: str
    outline: Outline
    area_m2: float
    rules: tuple[RuleOverlap, ...]
    conditions: tuple[Rule, ...]
    classes: pd.DataFrame | None
    kinds: pd.DataFrame | None
    townships: pd.DataFrame | None
    elsewhere: tuple[Rule, ...] = ()

    @property
    def result(self) -> Result:
        """Worst result of all rules: fail, then unknown, conditional, pass."""
        found = {r.result for r in self.rules}
        return next((w for w in _WORST_FIRST[:3] if w in found), "pass")

    @property
    def provisional(self) -> tuple[int, int]:
        """Number of rules not judged for want of a layer, and of rules in all.

        Hard and conditional rules, as screening counts them: a preference excludes nothing.
        """
        own = [r for r in self.rules if r.effect != "none"]
        return sum(not r.ground.judged for r in own), len(own)

    def approvals(self, lang: str) -> list[str]:
        """Approvals the conditional rules that hit ask for, each once."""
        found = [
            r.rule.approval(lang)
            for r in self.rules
            if r.result == "conditional" and r.rule.approval is not None
        ]
        return list(dict.fromkeys(found))

    def component_table(self, lang: str = "zh") -> pd.DataFrame | None:
        """Area by part of the project; None when the boundary names no parts."""
        import pandas as pd

        parcels = self.outline.parcels
        if "component" not in parcels.columns:
            return None
        rows = []
        for part, own in parcels.groupby("component", sort=False):
            union = shapely.union_all(own.geometry.to_numpy())
            area = float(polygon_area_m2([union], parcels.crs)[0])
            rows.append(
                {
                    "part": _part(str(part))(lang),
                    "parcels": len(own),
                    "area_m2": round(area, 2),
                    "area_ha": round(to_ha(area), 4),
                    "area_mu": round(to_mu(area), 4),
                }
            )
        return _headed(pd.DataFrame(rows), lang)

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
                "result": say(f"siting.check.result.{r.result}")(lang),
                "overlap_m2": round(r.overlap_m2, 2),
                "overlap_mu": round(to_mu(r.overlap_m2), 4),
                "share_pct": round(100 * r.overlap_m2 / self.area_m2, 4),
                "unknown_m2": round(r.unknown_m2, 2),
                "distance_m": _or_none(r.distance_m),
                "features": listed(r.features)(lang),
                "approval": r.rule.approval(lang)
                if r.rule.approval and r.result == "conditional"
                else "",
                "review": mark(lang) if r.rule.needs_review else "",
                "missing": listed(_layer_title(x) for x in r.ground.lacking)(lang),
                "citation": cited(r.rule.citation, lang),
                "quote": r.rule.quote,
                "overridden": r.rule.overridden,
                "parts": listed(_part(x) for x in r.rule.parts)(lang),
            }
            for r in sorted(self.rules, key=lambda r: (order[r.result], r.rule.id))
        ]
        return _headed(pd.DataFrame(rows), lang)

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
            }
            for rule in self.conditions
        ]
        return _headed(pd.DataFrame(rows), lang)

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

        faults = [
            {"severity": say(f"siting.check.severity.{f.severity}")(lang), "what": f(lang)}
            for f in self.outline.findings
        ] or [  # an empty sheet would leave open whether anything was looked at
            {
                "severity": say("siting.check.severity.none")(lang),
                "what": say("siting.check.nothing_found")(lang),
            }
        ]
        found = {
            "rules": self.rule_table(lang),
            "conditions": self.condition_table(lang),
            "boundary": _headed(pd.DataFrame(faults), lang),
            "classes": None if self.classes is None else _headed(self.classes, lang),
            "kinds": None
            if self.kinds is None
            else _headed(self.kinds.drop(columns="kind"), lang),
            "townships": None if self.townships is None else _headed(self.townships, lang),
            "parts": self.component_table(lang),
        }
        return {
            say(f"siting.check.table.{k}")(lang): v for k, v in found.items() if v is not None
        }

    def report(self) -> CheckReport:
        """As a tree of values, for ``--json`` and the map."""
        n, of = self.provisional
        return CheckReport(
            plan=self.plan_id,
            tech=self.tech,
            boundary=Path(self.path).name,
            crs=self.outline.file_crs,
            area_m2=self.area_m2,
            area_ha=to_ha(self.area_m2),
            area_mu=to_mu(self.area_m2),
            result=self.result,
            not_judged=n,
            of=of,
            findings=tuple(f.report() for f in self.outline.findings),
            rules=tuple(_rule_report(r) for r in self.rules),
            approvals={lang: tuple(self.approvals(lang)) for lang in LANGS},
            conditions=tuple(r.id for r in self.conditions),
            not_in_force_here_rules=tuple(r.id for r in self.elsewhere),
            area_unknown_rules=tuple(r.rule.id for r in self.rules if not r.rule.area_known),
            classes=_rows(self.classes, ClassArea),
            kinds=_rows(self.kinds, KindArea),
            townships=_rows(self.townships, TownshipArea),
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
        approval=r.rule.approval,
        citation=r.rule.citation,
        quote=r.rule.quote,
        overridden=r.rule.overridden,
        parts=r.rule.parts,
    )


def _part(name: str) -> Sentence:
    return say(f"siting.check.part.{name}")


def _headed(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table with its columns in words; those without a heading are left out."""
    known = sentences("siting")
    other = {"zh": "en", "en": "zh"}[lang]
    names = {
        c: say(f"siting.check.column.{c}")(lang)
        for c in map(str, table.columns)
        if f"siting.check.column.{c}" in known and not c.endswith(f"_{other}")
    }
    return table[list(names)].rename(columns=names)


_Row = TypeVar("_Row", bound=Frozen)


def _rows(table: pd.DataFrame | None, model: type[_Row]) -> tuple[_Row, ...] | None:
    if table is None:
        return None
    return tuple(model.model_validate(r) for r in table.to_dict("records"))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 2)


def _layer_title(layer_id: str) -> Callable[[str], str]:
    if layer_id in ("turbine", LAW):
        return say(f"siting.check.{layer_id}")
    return layer_of(layer_id).title
