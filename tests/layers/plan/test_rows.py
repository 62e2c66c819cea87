"""One entry of a list of a plan is added, changed or taken out; all else stays as written."""

from __future__ import annotations

import difflib
import tomllib

import pytest

from layers.plan.rows import edited_row, rows_of
from tests.conftest import ROOT

PLAN = """\
# ours
[plan]
id = "a"

# built, by year
[[plants]] # the first
name = { zh = "一期", en = "first" } # as on the sign
capacity_mw = 49.5
# of the owner
year = 2015

[[plants]]
name = "二期"
[plants.owner]
who = "县" # state

# ---- what is asked
[[targets]]
id = "t"
"""


def lines(before: str, after: str) -> list[str]:
    """Lines that differ."""
    told = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [x for x in told if x[0] in "+-" and x[:3] not in ("+++", "---")]


def test_a_key_is_changed_where_it_stands() -> None:
    row = rows_of(PLAN, "plants")[0]
    out = edited_row(PLAN, "plants", 0, {**row, "capacity_mw": 50})
    assert lines(PLAN, out) == ["-capacity_mw = 49.5", "+capacity_mw = 50"]
    out = edited_row(PLAN, "plants", 0, {**row, "name": {"zh": "甲", "en": "first"}})
    assert lines(PLAN, out)[1] == '+name = { zh = "甲", en = "first" } # as on the sign'
    out = edited_row(PLAN, "plants", 1, {"name": "二期", "owner": {"who": "市"}})
    assert lines(PLAN, out) == ['-who = "县" # state', '+who = "市" # state']
    # the same entry is the same text
    assert edited_row(PLAN, "plants", 0, row) == PLAN


def test_an_entry_comes_behind_the_last_and_remarks_stay_above_what_they_are_of() -> None:
    out = edited_row(PLAN, "plants", None, {"name": "三期", "year": None})
    assert lines(PLAN, out) == ["+[[plants]]", '+name = "三期"', "+"]
    assert out.index("三期") < out.index("# ---- what is asked")
    first = edited_row("[plan]\nid = 1", "plants", None, {"name": "一"})
    assert first == '[plan]\nid = 1\n\n[[plants]]\nname = "一"\n'
    crlf = PLAN.replace("\n", "\r\n")
    assert "\n" not in edited_row(crlf, "plants", None, {"name": "三"}).replace("\r\n", "")


def test_an_entry_goes_with_its_keys_alone() -> None:
    out = edited_row(PLAN, "plants", 0, None)
    assert rows_of(out, "plants") == rows_of(PLAN, "plants")[1:]
    assert "# built, by year\n[[plants]]\nname" in out
    gone = edited_row(edited_row(PLAN, "plants", 1, None), "plants", 0, None)
    assert rows_of(gone, "plants") == []
    assert "# ---- what is asked\n[[targets]]" in gone
    assert tomllib.loads(gone)["targets"] == [{"id": "t"}]


@pytest.mark.parametrize(
    "text",
    [
        "plants = [{ x = 1 }, { x = 2 }]\n",
        "[[plants]]\nx = 1\nnote = '''\n[[plants]]\n'''\n[[plants]]\nx = 2\n",
        "[['plants']]\nx = 1\n[[ plants ]]\nx = 2\n",
    ],
)
def test_however_it_is_written(text: str) -> None:
    """A list in one line, words that look like a heading, a quoted name."""
    held = rows_of(text, "plants")
    assert rows_of(edited_row(text, "plants", None, {"x": 3}), "plants") == [*held, {"x": 3}]
    assert rows_of(edited_row(text, "plants", 1, {"x": 4}), "plants") == [held[0], {"x": 4}]
    assert rows_of(edited_row(text, "plants", 0, None), "plants") == held[1:]


def test_a_list_below_a_table() -> None:
    text = "[map]\nclean = true\n[[map.tiles]]\npath = 'a' # one\n[[map.tiles]]\npath = 'b'\n"
    assert edited_row(text, "map.tiles", 1, None) == text[: text.rindex("[[")]
    out = edited_row(text[: text.index("[[")], "map.tiles", None, {"path": "c"})
    assert tomllib.loads(out) == {"map": {"clean": True, "tiles": [{"path": "c"}]}}


@pytest.mark.parametrize("name", ["pingluo", "sample"])
@pytest.mark.parametrize("table", ["plants", "targets", "facilities", "zones"])
def test_plans_of_the_house_keep_every_other_line(name: str, table: str) -> None:
    text = (ROOT / "plans" / f"{name}.toml").read_text(encoding="utf-8")
    held = rows_of(text, table)
    for i, row in enumerate(held):
        out = edited_row(text, table, i, {**row, "note": "新"})
        assert len(lines(text, out)) <= 2
        gone = lines(text, edited_row(text, table, i, None))
        assert all(x.startswith("-") and not x.startswith("-#") for x in gone)
