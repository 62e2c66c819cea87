"""A ranking by preference as tables to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siting.sites.curves import Bell, Curve, Falling, Logistic, Points, Rising, Trapezoid
from siting.sites.preference import Ranking

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["curve_text", "ranking_tables"]

_QUALITY = {
    "verified": ("已核", "verified"),
    "recalled": ("未核，需复核", "recalled, needs review"),
    "definition": ("定义", "by definition"),
    "plan": ("规划文件给定", "given by the plan"),
}


def curve_text(curve: Curve, lang: str) -> str:
    """A curve in words.

    Examples
    --------
    >>> curve_text(Falling(best=3, worst=20), "en")
    '1 up to 3, 0 from 20'
    """
    zh = lang == "zh"
    match curve:
        case Rising(worst=worst, best=best):
            return (
                f"≤{worst:g} 为 0，≥{best:g} 为 1"
                if zh
                else f"0 up to {worst:g}, 1 from {best:g}"
            )
        case Falling(best=best, worst=worst):
            return (
                f"≤{best:g} 为 1，≥{worst:g} 为 0"
                if zh
                else f"1 up to {best:g}, 0 from {worst:g}"
            )
        case Trapezoid(low=low, best_low=best_low, best_high=best_high, high=high):
            inner = f"{best_low:g}–{best_high:g}"
            return (
                f"{inner} 为 1，{low:g}–{high:g} 以外为 0"
                if zh
                else f"1 in {inner}, 0 outside {low:g}–{high:g}"
            )
        case Logistic(middle=middle, steepness=steepness):
            return (
                f"逻辑曲线，中点 {middle:g}，斜率 {steepness:g}"
                if zh
                else f"logistic, middle {middle:g}, steepness {steepness:g}"
            )
        case Bell(best=best, width=width):
            return (
                f"钟形曲线，峰值 {best:g}，宽度 {width:g}"
                if zh
                else f"bell, best {best:g}, width {width:g}"
            )
        case Points(points=points):
            shown = ", ".join(f"{x:g}→{y:g}" for x, y in points)
            return f"折线 {shown}" if zh else f"lines through {shown}"


def ranking_tables(found: Ranking, lang: str = "zh") -> dict[str, pd.DataFrame]:
    """Tables of a ranking by heading: criteria and weights, comparisons, sites, tornado.

    Parameters
    ----------
    found : Ranking
    lang : {"zh", "en"}
    """
    import pandas as pd

    i = 0 if lang == "zh" else 1
    titles = {c.id: c.title(lang) for c in found.criteria}
    out = {
        ("准则与权重", "criteria and weights")[i]: pd.DataFrame(
            [
                {
                    ("准则", "criterion")[i]: c.title(lang),
                    ("权重", "weight")[i]: round(float(w), 4),
                    ("单位", "unit")[i]: c.unit,
                    ("隶属度曲线", "curve")[i]: curve_text(c.curve, lang),
                    ("来源", "source")[i]: c.source,
                    ("质量", "quality")[i]: _QUALITY[c.quality][i],
                }
                for c, w in zip(found.criteria, found.weights, strict=True)
            ]
        )
    }
    if found.ahp is not None:
        a = found.ahp
        rows = [
            ("λmax", f"{a.lambda_max:.4f}"),
            (("一致性指标 CI", "consistency index CI")[i], f"{a.consistency_index:.4f}"),
            (("一致性比率 CR", "consistency ratio CR")[i], f"{a.consistency_ratio:.4f}"),
            (
                ("最不一致的比较", "comparison that agrees least")[i],
                f"{a.worst[0]}/{a.worst[1]}: {a.worst[2]:.3g} ({a.worst[3]:.3g})",
            ),
            (("采用理由", "why it is accepted")[i], a.note),
        ]
        columns = [("项目", "item")[i], ("值", "value")[i]]
        out[("成对比较", "pairwise comparison")[i]] = pd.DataFrame(rows, columns=columns)
    words = {
        "score": ("得分", "score"),
        "rank": ("名次", "rank"),
        "rank_mean": ("平均名次", "mean rank"),
        "rank_p05": ("名次 P5", "rank P5"),
        "rank_p95": ("名次 P95", "rank P95"),
        "rank_stable_frac": ("名次不变的比例", "share keeping the rank"),
        "top_frac": ("进入前列的比例", "share on the short list"),
    }
    names = {k: v[i] for k, v in words.items() if k in found.sites.columns}
    names |= {f"m_{k}": v for k, v in titles.items()}
    sites = found.sites[[c for c in names if c in found.sites.columns]].rename(columns=names)
    out[("场址名次", "ranking of sites")[i]] = sites.reset_index()
    if len(found.tornado):
        bars = {
            "criterion": ("准则", "criterion"),
            "weight": ("权重", "weight"),
            "weight_low": ("权重下限", "weight low"),
            "weight_high": ("权重上限", "weight high"),
            "score_low": ("得分（下限）", "score at low"),
            "score": ("得分", "score"),
            "score_high": ("得分（上限）", "score at high"),
            "range": ("得分变幅", "range of score"),
            "top_changes": ("新进前列数", "newcomers on the short list"),
        }
        table = found.tornado[list(bars)].assign(
            criterion=found.tornado["criterion"].map(titles)
        )
        out[("敏感性（龙卷风）", "sensitivity (tornado)")[i]] = table.rename(
            columns={k: v[i] for k, v in bars.items()}
        )
    return out
