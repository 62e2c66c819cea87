"""What page one says of the law behind a map, by hand."""

from __future__ import annotations

from datetime import date

from geoplan.law_words import (
    law_ahead_lines,
    law_headline,
    law_statement,
    look_up_lines,
    validity_word,
)
from layers.spec import Text
from siting.rules import calendar
from siting.screen.summary import LawChange, LawLookUp, LawSummary


def document(law: str, void_ha: float, confirmed_ha: float = 0.0) -> LawLookUp:
    return LawLookUp(
        law=law,
        document=law,
        name=Text(zh=f"《{law}》", en=f"Law {law}"),
        source_step="secondary",
        validity="confirmed",
        rules=("PV-001", "PV-002"),
        if_void_ha=void_ha,
        if_confirmed_ha=confirmed_ha,
    )


def summary(unsettled_ha: float, *documents: LawLookUp) -> LawSummary:
    return LawSummary(
        as_of=date(2026, 11, 27),
        unsettled_ha=unsettled_ha,
        look_ups=documents,
        unknown_rules=(),
        changes=(),
    )


def test_the_headline_names_the_document_that_moves_most():
    # 250 ha are 2.5 km2; the first document moves 120 ha if confirmed, more than 30 ha if void
    law = summary(250.0, document("甲", 30.0, 120.0), document("乙", 10.0), document("", 90.0))
    assert law_headline("pv", law)("zh") == (
        "光伏：按 2026-11-27 有效的条文判定；"
        "2.5 km² 的结论取决于未见全文或有效性未查明的条文，宜先查核《甲》（1.2 km²）"
    )
    assert law_headline("pv", law)("en").endswith("look up first: Law 甲 (1.2 km²)")
    lines = look_up_lines(law)
    assert [x("en") for x in lines] == [
        "Law 甲: 1.2 km². Report of it, validity confirmed; rules PV-001, PV-002",
        "Law 乙: 0.1 km². Report of it, validity confirmed; rules PV-001, PV-002",
    ]


def test_a_day_nobody_has_looked_up_yet_is_not_told_as_its_law():
    law = summary(0.0).model_copy(update={"as_of": date(2100, 1, 1)})
    assert "2100-01-01 有效的条文判定" in law_statement("pv", law)("zh")
    assert law_statement("pv", law)("zh").endswith(f"（法规日历查至 {calendar().read_on}）")
    assert "law calendar read up to" in law_headline("pv", law)("en")


def test_land_that_rests_on_nothing_open_is_told_so():
    law = summary(0.0, document("甲", 0.0))
    assert "没有土地的结论取决于" in law_statement("wetland", law)("zh")
    assert law_statement("wetland", law)("en").startswith("Wetland restoration: ")
    assert "0.00" not in law_headline("wetland", law)("en")


def test_lines_of_law_to_come_begin_as_sentences():
    change = LawChange(
        rule_id="WD-013",
        day=date(2031, 1, 1),
        change="ends",
        text="《甲》",
        name=Text(zh="《甲》", en="Law A"),
    )
    law = summary(0.0).model_copy(update={"changes": (change,), "unknown_rules": ("WD-001",)})
    lines = list(law_ahead_lines("wind", law))
    assert len(lines) == 2
    assert all(x("en").startswith("Wind: ") for x in lines)
    assert all(x("zh").startswith("风电：") for x in lines)


def test_a_default_has_no_validity():
    assert validity_word(document("", 90.0))("en") == "no document"
    assert validity_word(document("甲", 90.0))("en") == "validity confirmed"
