"""A ranking by preference as tables to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gis.say import Lang, Sentence, say
from siting.sites.ahp import Ahp
from siting.sites.curves import Curve, Points
from siting.sites.preference import Ranking

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["curve_text", "ranking_tables"]

_SITES = (
    "score",
    "rank",
    "rank_mean",
    "rank_p05",
    "rank_p95",
    "rank_stable_frac",
    "top_frac",
)
_BARS = (
    "criterion",
    "weight",
    "weight_low",
    "weight_high",
    "score_low",
    "score",
    "score_high",
    "range",
    "top_changes",
)


def _heading(name: str, lang: Lang) -> str:
    return say(f"siting.sites.column_{name}")(lang)


def _headings(names: Iterable[str], lang: Lang) -> dict[str, str]:
    return {n: _heading(n, lang) for n in names}


def curve_text(curve: Curve) -> Sentence:
    """A curve in words.

    Examples
    --------
    >>> from siting.sites.curves import Falling
    >>> curve_text(Falling(best=3, worst=20))
    '1 up to 3, 0 from 20'
    """
    values = curve.model_dump(exclude={"type"})
    if isinstance(curve, Points):
        values = {"points": ", ".join(f"{x:g}→{y:g}" for x, y in curve.points)}
    return say(f"siting.sites.curve_{curve.type}", **values)


def _criteria(found: Ranking, lang: Lang) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            "criterion": c.title(lang),
            "weight": round(float(w), 4),
            "unit": c.unit,
            "curve": curve_text(c.curve)(lang),
            "source": c.source,
            "quality": say(f"siting.sites.quality_{c.quality}")(lang),
        }
        for c, w in zip(found.criteria, found.weights, strict=True)
    ]
    table = pd.DataFrame(rows)
    return table.rename(columns=_headings(table.columns, lang))


def _pairwise(ahp: Ahp, lang: Lang) -> pd.DataFrame:
    import pandas as pd

    first, second, said, implied = ahp.worst
    rows = [
        ("λmax", f"{ahp.lambda_max:.4f}"),
        (say("siting.sites.ahp_index")(lang), f"{ahp.consistency_index:.4f}"),
        (say("siting.sites.ahp_ratio")(lang), f"{ahp.consistency_ratio:.4f}"),
        (say("siting.sites.ahp_worst")(lang), f"{first}/{second}: {said:.3g} ({implied:.3g})"),
        (say("siting.sites.ahp_note")(lang), ahp.note),
    ]
    return pd.DataFrame(rows, columns=list(_headings(("item", "value"), lang).values()))


def ranking_tables(found: Ranking, lang: Lang = "zh") -> dict[str, pd.DataFrame]:
    """Tables of a ranking with headings in a language.

    Parameters
    ----------
    found : Ranking
    lang : {"zh", "en"}

    Returns
    -------
    dict of DataFrame
        ``criteria`` (with weights and sources), ``pairwise`` (where comparisons were made),
        ``sites`` and ``tornado`` (where a site has a score).
    """
    titles = {c.id: c.title(lang) for c in found.criteria}
    out = {"criteria": _criteria(found, lang)}
    if found.ahp is not None:
        out["pairwise"] = _pairwise(found.ahp, lang)
    names = _headings((c for c in _SITES if c in found.sites.columns), lang)
    names |= {f"m_{k}": v for k, v in titles.items() if f"m_{k}" in found.sites.columns}
    out["sites"] = found.sites[list(names)].rename(columns=names).reset_index()
    if len(found.tornado):
        table = found.tornado[list(_BARS)]
        table = table.assign(criterion=table["criterion"].map(titles))
        out["tornado"] = table.rename(columns=_headings(_BARS, lang))
    return out
