"""Every sentence is there in both languages, with the same places to fill in."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from geoplan.text import read_strings, strings, t
from gis.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "geoplan" / "text"
ALL = read_strings(FOLDER)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", sorted(ALL))
def test_both_languages_ask_for_the_same_values(key):
    value = ALL[key]
    assert places(value["zh"]) == places(value["en"])


def test_a_missing_language_is_told_for_every_string_at_once(tmp_path):
    (tmp_path / "a.toml").write_text('x = {zh = "甲"}\n[b]\ny = {en = "b"}\nz = "c"\n', "utf-8")
    with pytest.raises(ConfigError) as err:
        read_strings(tmp_path)
    assert len(err.value.faults) == 3


def test_unknown_string_or_language():
    with pytest.raises(ConfigError, match="no such string"):
        t("map.nothing", "zh")
    with pytest.raises(ConfigError, match="no such string"):
        t("map.title", "fr")


def test_english_of_the_map_is_english():
    # names of languages and units apart, nothing Chinese is left in the English column
    for key, value in (strings("map") | strings("print") | strings("serve")).items():
        if key not in {"lang_button", "lang_label"}:
            assert not re.search("[\u4e00-\u9fff]", value["en"]), key
