"""The answer of a boundary check: what every rule says, and its tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, to_ha, to_mu
from layers.catalogue import layer as layer_of
from layers.plain_json import to_json
from siting.check.outline import Outline
from siting.check.shapes import Ground
from siting.rules import Rule
from siting.screen.coded import Effect

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["NOTHING_M2", "RESULTS", "Overlap", "Result", "RuleOverlap"]

Result: TypeAlias = Literal["pass", "conditional", "fail", "unknown", "assumed", "favourable"]
RESULTS: dict[Result, tuple[str, str]] = {
    "pass": ("通过", "pass"),
    "conditional": ("有条件", "conditional"),
    "fail": ("不通过", "fail"),
    "unknown": ("无法判定", "cannot be judged"),
    "assumed": ("按不存在处理（未判定）", "assumed absent (not judged)"),
    "favourable": ("优先", "favourable"),
}

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
        for worst in ("fail", "unknown", "conditional"):
            if worst in found:
                return worst
        return "pass"

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
        i = 0 if lang == "zh" else 1
        rows = []
        for part, own in parcels.groupby("component", sort=False):
            union = shapely.union_all(own.geometry.to_numpy())
            area = float(polygon_area_m2([union], parcels.crs)[0])
            rows.append(
                {
                    ("部位", "part")[i]: _PARTS[str(part)][i],
                    ("地块数", "parcels")[i]: len(own),
                    ("面积 m²", "area m2")[i]: round(area, 2),
                    ("面积 公顷", "area ha")[i]: round(to_ha(area), 4),
                    ("面积 亩", "area mu")[i]: round(to_mu(area), 4),
                }
            )
        return pd.DataFrame(rows)

    def rule_table(self, lang: str = "zh") -> pd.DataFrame:
        """One row a rule, worst first, in the words of `lang`."""
        import pandas as pd

        i = 0 if lang == "zh" else 1
        order = list(RESULTS)
        rank = {"fail": 0, "unknown": 1, "conditional": 2, "assumed": 3, "favourable": 4}
        rows = [
            {
                ("编号", "id")[i]: r.rule.id,
                ("规则", "rule")[i]: r.rule.title(lang),
                ("性质", "kind")[i]: _KINDS[r.rule.kind][i],
                ("结论", "result")[i]: RESULTS[r.result][i],
                ("压占 m²", "overlap m2")[i]: round(r.overlap_m2, 2),
                ("压占 亩", "overlap mu")[i]: round(to_mu(r.overlap_m2), 4),
                ("占比 %", "share %")[i]: round(100 * r.overlap_m2 / self.area_m2, 4),
                ("无法判定 m²", "not judged m2")[i]: round(r.unknown_m2, 2),
                ("距离 m", "distance m")[i]: _or_none(r.distance_m),
                ("涉及对象", "features")[i]: "、".join(r.features),
                ("需办手续", "approval")[i]: r.rule.approval(lang)
                if r.rule.approval and r.result == "conditional"
                else "",
                ("复核", "review")[i]: ("需法务复核", "needs legal review")[i]
                if r.rule.needs_review
                else "",
                ("缺少图层", "missing layers")[i]: _layers(r.ground, lang),
                ("依据", "citation")[i]: r.rule.citation,
                ("原文", "quote")[i]: r.rule.quote,
                ("调整理由", "reason of the plan's change")[i]: r.rule.overridden,
                ("适用部位", "part of the project")[i]: _parts(r.rule, i),
            }
            for r in sorted(
                self.rules,
                key=lambda r: (rank.get(r.result, 5), order.index(r.result), r.rule.id),
            )
        ]
        return pd.DataFrame(rows)

    def condition_table(self, lang: str = "zh") -> pd.DataFrame:
        """Conditions on the project and notes, to be ticked off by hand."""
        import pandas as pd

        i = 0 if lang == "zh" else 1
        rows = [
            {
                ("编号", "id")[i]: rule.id,
                ("条件", "condition")[i]: rule.title(lang),
                ("要求", "wanted")[i]: rule.test.words(lang),
                ("性质", "kind")[i]: _KINDS[rule.kind][i],
                ("依据", "citation")[i]: rule.citation,
                ("原文", "quote")[i]: rule.quote,
            }
            for rule in self.conditions
        ]
        return pd.DataFrame(rows)

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
                "kind": [r.rule.kind for r in hit],
                "result": [r.result for r in hit],
                "area_m2": [r.overlap_m2 for r in hit],
            },
            geometry=[r.ground.hit for r in hit],
            crs=self.outline.parcels.crs,
        )

    def tables(self, lang: str = "zh") -> dict[str, pd.DataFrame]:
        """All tables by heading, ready for a workbook or a document."""
        import pandas as pd

        i = 0 if lang == "zh" else 1
        faults = [
            {
                ("类别", "severity")[i]: {
                    "fault": ("错误", "fault"),
                    "remark": ("提示", "remark"),
                }[f.severity][i],
                ("说明", "what")[i]: f(lang),
            }
            for f in self.outline.findings
        ]
        if not faults:  # an empty sheet would leave open whether anything was looked at
            faults = [
                {
                    ("类别", "severity")[i]: ("无", "none")[i],
                    ("说明", "what")[i]: (
                        "界线已检查，未发现问题",
                        "the boundary was checked; nothing was found",
                    )[i],
                }
            ]
        out = {
            ("规则压占", "rules")[i]: self.rule_table(lang),
            ("项目条件", "conditions")[i]: self.condition_table(lang),
            ("界线检查", "boundary")[i]: pd.DataFrame(faults),
        }
        for name, table in (
            (("地类面积", "land classes")[i], self.classes),
            (("三大类面积", "kinds of land")[i], self.kinds),
            (("分乡镇面积", "townships")[i], self.townships),
        ):
            if table is not None:
                out[name] = _worded(table, lang)
        parts = self.component_table(lang)
        if parts is not None:
            out[("项目部位", "parts of the project")[i]] = parts
        return out

    def as_dict(self) -> dict[str, Any]:
        """For ``--json`` and the map."""
        n, of = self.provisional
        body = {
            "plan": self.plan_id,
            "tech": self.tech,
            "boundary": Path(self.path).name,
            "crs": self.outline.file_crs,
            "area_m2": self.area_m2,
            "area_ha": to_ha(self.area_m2),
            "area_mu": to_mu(self.area_m2),
            "result": self.result,
            "not_judged": n,
            "of": of,
            "findings": [f.as_dict() for f in self.outline.findings],
            "rules": [
                {
                    "id": r.rule.id,
                    "title": r.rule.title.model_dump(),
                    "kind": r.rule.kind,
                    "needs_review": r.rule.needs_review,
                    "result": r.result,
                    "overlap_m2": r.overlap_m2,
                    "unknown_m2": r.unknown_m2,
                    "distance_m": r.distance_m,
                    "features": r.features,
                    "missing": r.ground.missing,
                    "assumed_absent": r.ground.assumed_absent,
                    "approval": r.rule.approval.model_dump() if r.rule.approval else None,
                    "citation": r.rule.citation,
                    "quote": r.rule.quote,
                    "overridden": r.rule.overridden,
                    "parts": r.rule.parts,
                }
                for r in self.rules
            ],
            "approvals": {"zh": self.approvals("zh"), "en": self.approvals("en")},
            "conditions": [r.id for r in self.conditions],
            "not_in_force_here_rules": [r.id for r in self.elsewhere],
            "area_unknown_rules": [r.rule.id for r in self.rules if not r.rule.area_known],
            "classes": _records(self.classes),
            "kinds": _records(self.kinds),
            "townships": _records(self.townships),
        }
        found: dict[str, Any] = to_json(body)
        return found


_KINDS = {
    "hard": ("禁止", "hard"),
    "conditional": ("有条件", "conditional"),
    "preference": ("优先", "preference"),
}
_COLUMNS = {
    "dlbm": ("地类编码", "code"),
    "title_zh": ("地类名称", ""),
    "title_en": ("", "class"),
    "category": ("三大类", "kind"),
    "ownership": ("权属", "ownership"),
    "kind_zh": ("项目", ""),
    "kind_en": ("", "item"),
    "collective_ha": ("集体 公顷", "collective ha"),
    "state_ha": ("国有 公顷", "state ha"),
    "unstated_ha": ("权属未注明 公顷", "unstated ha"),
    "township": ("乡镇", "township"),
    "area_m2": ("面积 m²", "area m2"),
    "area_ha": ("面积 公顷", "area ha"),
    "area_mu": ("面积 亩", "area mu"),
    "share_pct": ("占比 %", "share %"),
}


_PARTS = {
    "array": ("方阵", "array"),
    "substation": ("升压站", "substation"),
    "road": ("道路", "road"),
    "line": ("集电及送出线路", "line"),
    "turbine": ("机位", "turbine"),
    "other": ("未注明", "not stated"),
}


def _parts(rule: Rule, i: int) -> str:
    return "、".join(_PARTS[p][i] for p in rule.parts)


def _worded(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    i = 0 if lang == "zh" else 1
    names = {c: _COLUMNS[c][i] for c in table.columns if c in _COLUMNS}
    return table[[c for c in table.columns if names.get(c)]].rename(columns=names)


def _records(table: pd.DataFrame | None) -> list[dict[str, Any]] | None:
    return (
        None
        if table is None
        else [{str(k): v for k, v in r.items()} for r in table.to_dict("records")]
    )


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 2)


def _layers(ground: Ground, lang: str) -> str:
    found = [*ground.missing, *ground.assumed_absent]
    return "、".join("turbine" if i == "turbine" else layer_of(i).title(lang) for i in found)
