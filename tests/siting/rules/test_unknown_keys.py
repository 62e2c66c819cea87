"""A key that a rule book does not know there: one fault, and where it may be written."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from gis.errors import ConfigError
from layers.model_faults import model_faults
from siting.rules.load import read_book

BOOK = """
[book]
id = "own"
title = { zh = "甲", en = "A" }
as_of = 2026-01-01

[[rules]]
id = "XX-001"
applies_to = ["pv"]
holds_in = { country = "CN" }
kind = "hard"
title = { zh = "乙", en = "B" }
stated = { layer = "地质灾害危险区", operator = "intersects" }
#RULE
[rules.test]
type = "intersects"
layer = "geohazard_danger"

[[rules.versions]]
law = "geohazards_2003"
article = "第十九条"
quote = "在地质灾害危险区内，禁止爆破、削坡、进行工程建设"
#TEXT
"""


@pytest.mark.parametrize(
    ("place", "line", "where", "todo"),
    [
        ("#TEXT", "holdz = 3", "[versions.0.holdz]", ""),
        ("#TEXT", 'replaced_by = "XX-002"', "[versions.0.replaced_by]", "[[rules]]"),
        ("#TEXT", "as_of = 2026-01-01", "[versions.0.as_of]", "[book]"),
        ("#RULE", "as_of = 2026-01-01", "XX-001 [as_of]", "[book]"),
        ("#RULE", "last_text = true", "XX-001 [last_text]", "[[rules.versions]]"),
        ("#TEXT", 'book = "own"', "[versions.0.book]", ""),
    ],
)
def test_one_fault_that_says_where_the_key_stands(tmp_path, place, line, where, todo):
    path = tmp_path / "own.toml"
    path.write_text(BOOK.replace(place, line), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_book(path)
    (fault,) = caught.value.faults
    assert str(fault.where).endswith(where)
    for lang, words in (("zh", f"此键写在 {todo} 中"), ("en", f"write this key in {todo}")):
        said = fault.todo(lang) if todo else fault.todo
        assert said == (words if todo else "")


def test_a_list_that_is_too_short_and_has_a_bad_item_is_both():

    pairs = TypeAdapter(Annotated[tuple[int, ...], Field(min_length=2)])
    # two wanted, one given and that no number: two faults; two given: the item alone
    for given, faults in ((["x"], 2), ([1, "x"], 1), ([1], 1)):
        with pytest.raises(ValidationError) as caught:
            pairs.validate_python(given)
        assert len(model_faults(caught.value, "f")) == faults
