"""Every table of a step has a sheet that is called by words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geoplan.answers.sheet_titles import sheet_title

ROOT = Path(__file__).parents[2]
_SET = re.compile(r'tables\["([a-z0-9_]+)"\] = ')
_ENDS = r"[Ll]ayers?\b|[Rr]asters?\b|[Ss]ummary\b|\"\"\""
_TOLD = re.compile(rf"[Tt]ables?\b(.*?)(?:{_ENDS})", re.DOTALL)


def tables() -> list[str]:
    found: set[str] = set()
    for room in ("carbon_sink", "siting"):
        for file in (ROOT / room).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            found |= set(_SET.findall(text))
            if file.name.startswith("step_"):
                for part in _TOLD.findall(text):
                    found |= set(re.findall(r"``([a-z0-9]+_[a-z0-9_]+)``", part))
    return sorted(found)


def test_the_search_finds_the_tables():
    assert {"mrv_recalculations", "carbon_inventories", "wind_sites"} <= set(tables())
    assert len(tables()) > 60


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_sheet_is_called_by_a_code_word(lang):
    assert [n for n in tables() if "_" in sheet_title(n, lang)] == []


@pytest.mark.parametrize("name", ["greenfield_weibull", "greenfield_candidates"])
def test_sheets_of_new_wind_farms(name):
    assert "_" not in sheet_title(name, "zh")
