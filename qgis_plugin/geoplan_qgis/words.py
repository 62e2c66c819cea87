"""Texts in the language QGIS is shown in.

``words.json`` is written when the plugin is packed, from geoplan's own texts: a verdict has one
name in both programs.
"""

import json
from functools import lru_cache
from pathlib import Path

from qgis.core import QgsApplication


def language():
    """``"zh"`` where QGIS speaks Chinese, else ``"en"``."""
    return "zh" if QgsApplication.instance().locale().lower().startswith("zh") else "en"


@lru_cache(maxsize=1)
def _texts():
    path = Path(__file__).with_name("words.json")
    return json.loads(path.read_text(encoding="utf-8"))


def words(key, **values):
    """The text of a key; a key nobody has a text for is said as it is."""
    found = _texts().get(key)
    return key if found is None else found[language()].format(**values)


def spoken(text):
    """A text geoplan gives in both languages."""
    return "" if not text else text.get(language(), "")
