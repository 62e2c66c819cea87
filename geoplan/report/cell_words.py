"""What a cell of a table of a run says to a reader: words for ids, one language of two."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from geoplan.glossary import kind_word, state_word, tech_word
from gis.say import LANGS, Sentence, listed, say, sentences
from layers.vocabulary import vocabulary

__all__ = ["WORDED", "cell_word", "columns_in", "quality_word"]

_POOLS = ("agb", "bgb", "biomass", "dead_wood", "litter", "soc")


WORDED = frozenset(
    {
        *("quality", "not_estimated", "dlmc", "confidence", "kind", "stated_kind"),
        *("state", "state_there", "effect", "tech"),
    }
)
"""Columns whose ids have words."""


def quality_word(quality: str) -> Sentence:
    """The word for how good a figure is; the id itself where there is none.

    Examples
    --------
    >>> quality_word("needs review")("zh"), quality_word("T1")("zh")
    ('需复核', 'T1')
    """
    parts = [p.strip() for p in quality.split(",")]
    known = [f"geoplan.quality.{p.replace(' ', '_')}" for p in parts]
    if not set(known) <= set(sentences("geoplan")):
        return say("geoplan.common.as_it_is", it=quality)
    return say("geoplan.common.as_it_is", it=listed(say(k) for k in known))


def columns_in(lang: str, columns: Iterable[str]) -> list[str]:
    """The columns without those that say the same in another language.

    Examples
    --------
    >>> columns_in("zh", ["id", "title_zh", "title_en", "zh", "en", "only_en"])
    ['id', 'title_zh', 'zh', 'only_en']
    """
    names = [str(c) for c in columns]
    others = [x for x in LANGS if x != lang]

    def twin(name: str) -> bool:
        return any(
            (name == x and lang in names)
            or (name.endswith(f"_{x}") and f"{name.removesuffix(x)}{lang}" in names)
            for x in others
        )

    return [n for n in names if not twin(n)]


def _pools(value: str, lang: str) -> str:
    ids = value.split()
    if not set(ids) <= set(_POOLS):
        return value
    return listed(say(f"geoplan.report.pool_{i}") for i in ids)(lang)


def _glossary(name: str, value: str, row: Mapping[Hashable, Any]) -> Sentence | None:
    tables = {"confidence": "confidence", "kind": "kind", "stated_kind": "kind"}
    if name in tables:
        key = f"layers.words.{tables[name]}.{value}"
        if key not in sentences("layers"):
            return None
        return kind_word(value) if tables[name] == "kind" else say(key)
    if name in {"state", "state_there", "effect"}:
        tech = str(row.get("tech", ""))
        known = f"layers.words.state.{value}" in sentences("layers") or value == "outside"
        return state_word(value, tech) if known else None
    return tech_word(value) if name == "tech" else None


def cell_word(name: str, value: Any, row: Mapping[Hashable, Any], lang: str) -> Any:  # noqa: ANN401
    """What the cell `name` of a row says: words where it holds an id that has any.

    Examples
    --------
    >>> cell_word("quality", "needs review", {}, "zh"), cell_word("site_id", "PV-01", {}, "zh")
    ('需复核', 'PV-01')
    >>> cell_word("dlmc", "沙地", {"dlbm": "1205"}, "en")
    'sandy land'
    """
    if not isinstance(value, str) or not value:
        return value
    if name == "quality":
        return quality_word(value)(lang)
    if name == "not_estimated":
        return _pools(value, lang)
    if name == "dlmc" and lang == "en":
        entry = vocabulary("dlbm").entries.get(str(row.get("dlbm", "")))
        return entry.title(lang) if entry is not None else value
    word = _glossary(name, value, row)
    return value if word is None else word(lang)
