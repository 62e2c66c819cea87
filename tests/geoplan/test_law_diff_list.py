"""``geoplan rules diff``: one answer on the screen, as a table and as JSON."""

from __future__ import annotations

import csv
import json
import re
from datetime import date

import pandas as pd
import pytest

from geoplan.cli import main
from geoplan.demo import sample_plan
from geoplan.law_diff_list import _lines, diff_as_dict, diff_table
from siting.screen.law_diff import law_diff

HAN = re.compile(r"[一-鿿]")
DAYS = date(2026, 8, 14), date(2026, 8, 15)  # the code of 2026 comes into force


@pytest.fixture(scope="module")
def found():
    return law_diff(*DAYS, sample_plan("tiny"), techs=("pv", "wind"))


def test_the_command_lists_what_changes_in_both_languages(capsys):
    args = ["rules", "diff", "2026-12-31", "2027-01-01", "--applies-to", "wind"]
    assert main([*args, "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    # 耕地保护和质量提升法, in force 2027-01-01: arts. 24, 26 and 28 for wind
    assert "2 条规则（新增 0，失效 0，改变 2）" in out
    assert "WD-022  改变（条文）" in out
    assert main([*args, "--lang", "en"]) == 0
    titles = [x for x in capsys.readouterr().out.splitlines() if not x.startswith(" ")]
    assert not any(HAN.search(x) for x in titles)


@pytest.mark.parametrize(
    "args",
    [
        ("2026-13-01", "2027-01-01"),
        ("2027-01-01", ""),
        ("2026-01-01", "2027-01-01", "--applies-to", "solar"),
        ("2026-01-01", "2027-01-01", "--export", "x.doc"),
    ],
)
def test_what_cannot_be_asked_is_refused(args, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["rules", "diff", *args, "--lang", "en"]) == 2
    assert not HAN.search(capsys.readouterr().err)


def test_json_without_a_plan_has_rules_and_no_land(capsys):
    assert main(["rules", "diff", "2024-03-26", "2024-03-27", "--json", "--lang", "en"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["techs"] == []
    [gone] = [c for c in body["changes"] if c["change"] == "goes"]
    # notice of 2019, five years from 2019-03-27
    assert (gone["id"], gone["before"]["until"], gone["after"]) == (
        "WD-020",
        "2024-03-26",
        None,
    )


def test_the_areas_agree_at_every_door(found, tmp_path):
    body = diff_as_dict(found, "en")
    table = diff_table(found, "en")
    lines = list(_lines(found, "en"))
    for one, told in zip(found.techs, body["techs"], strict=True):
        own = table[table["technology"] == ("PV" if one.tech == "pv" else "wind")]
        total = own[own["id"] == "total"].iloc[0]
        km2 = one.moved.moved_m2 / 1e6
        assert told["total"]["moved_km2"] == pytest.approx(km2)
        assert total["moved km²"] == pytest.approx(km2)
        assert any(f"moves {km2:.3f} km² in all" in x for x in lines)
        for state, after in told["after_km2"].items():
            pairs = {k: v for k, v in told["total"].items() if k != "moved_km2"}
            gains = sum(v for k, v in pairs.items() if k.endswith(f"_to_{state}_km2"))
            losses = sum(v for k, v in pairs.items() if k.startswith(f"{state}_to_"))
            assert after == pytest.approx(told["before_km2"][state] + gains - losses)
        assert list(own["id"][:-1]) == [c.change.rule_id for c in one.changes]
        assert set(told["alone"]) == {c.change.rule_id for c in one.changes}
    assert any(c.moved is not None and c.moved.moved_m2 for t in found.techs for c in t.changes)


def test_a_table_is_written_for_a_reader(found, tmp_path):
    from geoplan.listing import write_list

    write_list(diff_table(found, "zh"), tmp_path / "d.csv")
    write_list(diff_table(found, "zh"), tmp_path / "d.xlsx")
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as f:
        rows = list(csv.DictReader(f))
    sheet = pd.read_excel(tmp_path / "d.xlsx", engine="openpyxl")
    assert list(sheet.columns) == list(rows[0])
    assert "可用→不可用 km²" in rows[0]
    [row] = [r for r in rows if r["编号"] == "PV-025"]
    assert "水污染防治法" in row["原条文"]
    assert "生态环境法典" in row["新条文"]
    # the layer of drinking water is the same on both days
    assert float(row["移动面积 km²"]) == 0
