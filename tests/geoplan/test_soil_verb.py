"""The verb ``soil``: a sheet of layers to tC/ha, refusals with their reason, both languages."""

from __future__ import annotations

import json

import pytest

from geoplan.cli import main

SHEET = """剖面号,层顶,层底,容重,石砾含量,有机质,地类
A1,0,20,1.40,0,17.24,林地
A1,20,60,1.50,5,8.62,林地
A2,0,20,1.35,0,15.5,林地
A2,30,60,1.5,0,8,林地
B1,0,30,1.5,,10,草地
"""


def shown(capsys, *args) -> tuple[int, str]:
    try:
        code = main([str(a) for a in args])
    except SystemExit as end:
        code = int(end.code or 0)
    out = capsys.readouterr()
    return int(code or 0), out.out + out.err


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "soil.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def test_organic_matter_needs_its_factor(capsys, sheet):
    code, text = shown(capsys, "soil", sheet, "--lang", "zh")
    assert code == 3
    assert "1.724" in text
    assert "换算系数" in text


def test_stocks_by_hand_and_gaps_refused(capsys, sheet):
    code, text = shown(capsys, "soil", sheet, "--som-factor", "1.724", "--lang", "en")
    assert code == 0
    # 10 x 1.4 x 20 x 0.1 + 5 x 1.5 x 10 x 0.95 x 0.1 = 28 + 7.125
    assert "A1: 0-30 cm 35.12 tC/ha (a layer is cut)" in text
    assert "profile A2: there is a gap between layers" in text
    assert "0-100 cm" in text


def test_json_holds_one_depth_a_table(capsys, sheet):
    args = ("soil", sheet, "--som-factor", "1.724", "--depth", "60", "--extend", "--json")
    code, text = shown(capsys, *args)
    assert code == 0
    found = json.loads(text)
    assert list(found) == ["0-60"]
    rows = {r["profile_id"]: r for r in found["0-60"]["profiles"]}
    assert rows["A1"]["tc_ha"] == pytest.approx(28 + 5 * 1.5 * 40 * 0.95 * 0.1)
    assert rows["B1"]["extended_cm"] == 30.0
    assert rows["A2"]["tc_ha"] is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("剖面号,层顶\nA,0\n", "column"),
        ("剖面号,层顶,层底,容重,有机碳\nA,0,x,1.3,9\n", "no number"),
        ("剖面号,层顶,层底,容重,有机碳\n", "no rows"),
    ],
)
def test_sheets_that_cannot_be_are_refused(capsys, tmp_path, text, word):
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    code, said = shown(capsys, "soil", path, "--lang", "en")
    assert code in (2, 3)
    assert word in said


def test_stones_by_the_word_of_the_guide_and_with_the_unit_count(capsys, tmp_path):
    # 6.2 x 1.45 x 20 x 0.95 x 0.1 + 4.1 x 1.5 x 10 x 0.90 x 0.1 = 17.081 + 5.535
    for stones, density in (("石砾", "容重"), ("石砾（%）", "容重（g/cm³）")):
        path = tmp_path / "sheet.csv"
        path.write_text(
            f"剖面号,层顶,层底,{density},有机碳(g/kg),{stones}\n"
            "A,0,20,1.45,6.2,5\nA,20,40,1.5,4.1,10\n",
            encoding="utf-8",
        )
        code, text = shown(capsys, "soil", path, "--depth", "30", "--lang", "en")
        assert code == 0
        assert "A: 0-30 cm 22.62 tC/ha" in text
        assert "taken as none" not in text


def test_columns_nobody_reads_shares_of_stones_and_millimetres_are_told(capsys, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(
        "剖面号,层顶,层底,容重（kg/m3）,有机碳,石砾,粗骨\nA,0,200,1450,6.2,0.05,5\nA,200,400,1450,6.2,0.05,5\n",
        encoding="utf-8",
    )
    code, text = shown(capsys, "soil", path, "--depth", "30", "--lang", "zh")
    assert code == 3  # kg/m3 is no g/cm3: the profile has no bulk density
    assert "没有用到的列：容重（kg/m3）、粗骨" in text
    assert "请乘 100" in text
    assert "疑为毫米" in text
    code, text = shown(capsys, "soil", path, "--depth", "30", "--json")
    codes = [w["code"] for w in json.loads(text)["warnings"]]
    assert codes == ["soil_columns_unread", "soil_stones_as_share"]
