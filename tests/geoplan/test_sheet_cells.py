"""A sheet says words: no id of the toolkit in a cell, none beside its title."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from carbon_sink.change.measures import measure_kinds
from carbon_sink.cover.indicators import indicators
from carbon_sink.species import species_table
from geoplan.answers.facility_sheet import fill_facility_sheets
from geoplan.answers.sheet_cells import called, sheet_columns, spoken_table
from geoplan.demo import sample_plan
from geoplan.report.cell_words import cell_word
from geoplan.summary import read_run_summary
from layers.catalogue import layer_ids
from layers.vocabulary import ecosystems, groups
from siting.pv.plant.inverter import inverters
from siting.pv.plant.module import modules
from siting.rules import search_rules
from siting.wind.machine.library import turbine_ids

# these sheets say which file and field of a program each sheet and column is
_FOR_PROGRAMS = {("工作表说明", 5), ("List of sheets", 5), ("字段说明", 1), ("Fields", 1)}
_WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_ID_HEADS = re.compile(r"编号|\bid\b|\bids\b")


def ids() -> frozenset[str]:
    """What the toolkit calls things inside."""
    plan = sample_plan("tiny")
    own = [*layer_ids(), *ecosystems(), *groups(), *indicators(), *measure_kinds()]
    own += [*species_table(), *modules(), *inverters(), *turbine_ids()]
    own += [r.id for r in search_rules() if "_" in r.id]
    own += [x.id for x in (*plan.zones, *plan.targets)]
    return frozenset(i for i in own if "_" in i)


def texts(book: Any) -> list[tuple[str, int, str, str]]:
    """Sheet, column, its header and text of every cell."""
    out = []
    for ws in book.worksheets:
        rows = list(ws.iter_rows(values_only=True))
        heads = rows[0] if rows else ()
        for row in rows:
            out += [
                (ws.title, k, str(heads[k - 1]), v)
                for k, v in enumerate(row, 1)
                if isinstance(v, str)
            ]
    return out


def code_cells(path: Path) -> list[tuple[str, str, str]]:
    """Sheet, header and text of the cells of a workbook that hold a code word."""
    own = ids()
    return [
        (sheet, head, text[:80])
        for sheet, column, head, text in texts(openpyxl.load_workbook(path))
        if (sheet, column) not in _FOR_PROGRAMS
        and not _ID_HEADS.search(head)
        and own & set(_WORD.findall(text))
    ]


def same_headers(path: Path) -> list[tuple[str, str]]:
    """Sheet and header of the columns that are called like another of the sheet."""
    book = openpyxl.load_workbook(path)
    return [
        (ws.title, str(name))
        for ws in book.worksheets
        if ws.auto_filter.ref
        for name, n in Counter(c.value for c in ws[1] if c.value).items()
        if n > 1
    ]


def test_ids_beside_titles_are_dropped_and_those_without_one_stand_last() -> None:
    columns = ["id", "indicator", "title_zh", "title_en", "caliber", "caliber_zh", "caliber_en",
               "unit", "unit_zh", "unit_en", "value"]  # fmt: skip
    assert sheet_columns(columns, "zh") == ["title_zh", "caliber_zh", "unit_zh", "value"]
    path = ["year", "measure", "kind", "title_zh", "title_en", "area_ha"]
    assert sheet_columns(path, "en") == ["year", "title_en", "area_ha"]
    plot = ["candidate_id", "measure", "measure_zh", "measure_en"]
    assert sheet_columns(plot, "en") == ["candidate_id", "measure_en"]
    assert sheet_columns(["id", "name_zh", "name_en", "mw"], "zh") == ["name_zh", "mw", "id"]
    # a rule's parameter is no id, a monitoring plan's is
    assert "parameter" in sheet_columns(["rule_id", "title_zh", "parameter"], "zh")
    assert "parameter" not in sheet_columns(["parameter", "title_zh", "how_zh"], "zh")


def test_a_target_without_a_title_is_called_by_its_own() -> None:
    names = {"forest": {"zh": "森林覆盖率", "en": "forest cover"}}
    table = pd.DataFrame({"township": ["甲"], "target_id": ["forest"], "value": [1.0]})
    found = spoken_table(table, "zh", names)
    assert list(found.columns) == ["township", "target_title", "value"]
    assert found["target_title"].tolist() == ["森林覆盖率"]
    titled = table.assign(title_zh="森林覆盖率", title_en="forest cover")
    assert list(spoken_table(titled, "zh", names).columns) == ["township", "value", "title_zh"]


@pytest.mark.parametrize(
    ("column", "value", "row", "said"),
    [
        ("classes", "marsh sand", {}, "沼泽地、沙地"),
        ("species", "poplar", {}, "杨"),
        ("value", "topcon_bifacial", {}, "N型TOPCon双面组件（通用）"),
        ("value", "huld", {}, "Huld 模型"),
        ("state", "judged", {}, "已判定"),
        ("effect", "none", {}, "不影响可用性"),
        ("scenario", "all", {"cumulative_mw": 1.0}, "取得审批后"),
        ("depth_cm", "not stated", {}, "未注明"),
        ("before", "worldcover2021:60", {}, "裸地/稀疏植被"),
        ("plant", "某风电场 hybrid 一期", {}, "某风电场 hybrid 一期"),
    ],
)
def test_words_of_ids(column: str, value: str, row: dict[str, Any], said: str) -> None:
    assert cell_word(column, value, {column: value} | row, "zh") == said


@pytest.mark.slow
def test_every_case_of_facilities_has_a_sheet(tiny_run: Path) -> None:
    summary = read_run_summary(tiny_run)
    book = openpyxl.Workbook()
    listed = fill_facility_sheets(
        book, summary, tiny_run, "zh", lambda c: c, lambda c: c.endswith("_frac")
    )
    cases = summary.facilities or ()
    assert len(listed) == len(cases) > 0
    assert book.sheetnames[1:] == [one[0] for one in listed]
    whole = openpyxl.load_workbook(tiny_run / "tables.xlsx")
    for case in cases:
        ws = whole[case.title("zh")[:31]]
        assert str(ws["A1"].value).startswith(case.title("zh"))
        if case.years:  # rows of the years stand below their header
            years = [y.year for y in case.years]
            cells = [c.value for (c,) in ws.iter_rows(max_col=1)]
            assert [v for v in cells if v in years][: len(years)] == years


def test_names_of_a_plan_come_from_the_plan() -> None:
    from geoplan.maps.contents import plan_summary

    plan = sample_plan("tiny")
    found = called(plan, plan_summary(plan))
    assert {z.id for z in plan.zones} <= set(found)
    assert found[plan.targets[0].id]["zh"] == plan.targets[0].title("zh")
