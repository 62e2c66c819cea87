"""Sheets and columns of the data sheet, by key; headers in both languages are understood."""

from __future__ import annotations

from collections.abc import Mapping

from gis.say import LANGS, Sentence, say

__all__ = [
    "DATABASE",
    "LAYER_COLUMNS",
    "PRINTED",
    "PRIORITIES",
    "PURPOSES",
    "STATES",
    "TARGET_COLUMNS",
    "TARGET_TEXTS",
    "ZONE_COLUMNS",
    "ZONE_STATES",
    "column_keys",
    "head",
    "key_of_word",
    "sheet_name",
    "word",
]

LAYER_COLUMNS: Mapping[str, float] = {
    "layer": 23, "title": 18, "priority": 7, "what_for": 18, "rules": 6, "land_km2": 9,
    "geometry": 8, "fields": 29, "formats": 10, "holder": 18, "state": 9, "path": 26,
    "table": 10, "date": 11, "absent_because": 16, "note": 14,
    "land_note": 16, "source": 16, "rule_ids": 40,
}  # fmt: skip
"""Column -> width in characters."""
PRINTED = 16
"""Columns of the layers that go on paper; the others are for the screen."""
ZONE_COLUMNS: Mapping[str, float] = {
    "zone_id": 16, "title_zh": 22, "title_en": 22, "west": 11, "south": 11, "east": 11,
    "north": 11, "path": 30, "purpose": 10, "zone_state": 12, "note": 24,
}  # fmt: skip
TARGET_COLUMNS: Mapping[str, float] = {
    "target_id": 22, "title_zh": 26, "title_en": 26, "indicator": 22, "year": 8, "value": 10,
    "unit": 8, "relation": 8, "caliber": 12, "section": 18, "quote": 40,
    "caliber_reason": 24, "responsible": 30,
}  # fmt: skip
TARGET_TEXTS = (
    *("indicator", "unit", "relation", "caliber", "caliber_reason", "section", "quote"),
    "responsible",
)
"""Columns of a target that hold words."""
DATABASE = "postgis:"
"""What stands before the name of a table of a database in the place of a path."""
PRIORITIES = ("core", "needed", "later")
STATES = ("have", "partly", "to_come", "absent")
PURPOSES = ("pv", "wind", "carbon", "general")
ZONE_STATES = ("official", "approximate", "synthetic")


def head(key: str) -> Sentence:
    """The header of a column."""
    return say(f"geoplan.datasheet.c_{key}")


def sheet_name(key: str) -> Sentence:
    """The name of a sheet: ``layers``, ``zones``, ``targets``, ``how``."""
    return say(f"geoplan.datasheet.sheet_{key}")


def word(kind: str, key: str) -> Sentence:
    """The word for one of a list: ``priority``, ``state``, ``purpose``, ``zone_state``."""
    return say(f"geoplan.datasheet.{kind}_{key}")


def key_of_word(kind: str, keys: tuple[str, ...], text: str) -> str | None:
    """The key behind a word of a list, in either language or the key itself; None for none.

    Examples
    --------
    >>> key_of_word("state", STATES, "已有"), key_of_word("state", STATES, "maybe")
    ('have', None)
    """
    low = text.strip().lower()
    for key in keys:
        if low in {key, *(word(kind, key)(lang).lower() for lang in LANGS)}:
            return key
    return None


def column_keys(headers: list[str], known: Mapping[str, float]) -> dict[str, int]:
    """Column key -> position, by the header in either language or the key.

    Examples
    --------
    >>> column_keys(["图层代码", "Path", "else"], LAYER_COLUMNS)
    {'layer': 0, 'path': 1}
    """
    names = {
        text.lower(): key for key in known for text in (key, *(head(key)(x) for x in LANGS))
    }
    out: dict[str, int] = {}
    for i, text in enumerate(headers):
        key = names.get(text.strip().lower())
        if key is not None:
            out.setdefault(key, i)
    return out
