"""Runs side by side: one row for what is counted of another whole, and why there is none."""

from __future__ import annotations

import json

import pytest

from geoplan.answers.compared import compared_figures
from geoplan.answers.facility_part import facility_lines
from geoplan.report.body.conclusion import yield_lines
from geoplan.report.carbon.conclusion import carbon_sentences
from geoplan.summary import RunSummary
from tests.geoplan.app.test_workspace import client, project, space

__all__ = ["client", "project", "space"]

REFUSED = {
    "tech": "pv",
    "land_ha": 164_845.0,
    "hard_frac": 0.4884,
    "hard_n": 21,
    "hard_of": 43,
    "limit": 0.5,
    "layers": ["forest_land"],
    "to_complete": [],
    "then_frac": 0.6,
}


def test_rules_judged_are_one_row_and_no_sites_have_their_reason(client, project, tiny_run):
    plain = json.loads((tiny_run / "summary.json").read_text(encoding="utf-8"))
    for number, n, of, sites, refused in (
        ("0001", 32, 85, plain["sites"], []),
        ("0002", 30, 83, [], [REFUSED]),
    ):
        plain["screening"]["pv"]["judged"] |= {"n": n, "of": of}
        plain |= {"sites": sites, "sites_refused": refused}
        (project.runs / number).mkdir(parents=True)
        text = json.dumps(plain, ensure_ascii=False)
        (project.runs / number / "summary.json").write_text(text, encoding="utf-8")
    later, first = client.get("/api/projects/甲/runs").json()
    assert (later["number"], first["number"]) == ("0002", "0001")

    def row(run, title):
        return next(f for f in run["figures"] if title in f["title"]["zh"])

    # the same heading in both, so that they stand side by side
    heads = [
        [(f["title"]["zh"], f["unit"]["zh"]) for f in r["figures"]] for r in (later, first)
    ]
    assert ("光伏：已判定规则", "") in heads[0]
    assert ("光伏：已判定规则", "") in heads[1]
    pairs = [
        (row(r, "光伏：已判定规则")["value"], row(r, "光伏：已判定规则")["of"])
        for r in (first, later)
    ]
    assert pairs == [(32, 85), (30, 83)]
    assert row(first, "候选场址")["why"] == []
    (why,) = row(later, "候选场址")["why"]
    assert "判定比例 49%（21/43 条），低于下限 50%" in why["zh"]


def _of(plain):
    return compared_figures(RunSummary.model_validate(plain))


@pytest.fixture
def plain(tiny_run):
    return json.loads((tiny_run / "summary.json").read_text(encoding="utf-8"))


def test_yields_facilities_and_carbon_are_those_of_the_report(plain, tiny_run):
    """Each figure stands, as the page prints it, in the sentence of the report."""
    s = RunSummary.model_validate(plain)
    said = [x("zh") for x in yield_lines(s)]
    said += [*facility_lines(s.facilities or (), "zh")]
    said += [x("zh") for x in carbon_sentences(s.carbon, tiny_run)]
    rows = {f["title"]["zh"]: f for f in _of(plain)}
    looked = 0
    for title, f in rows.items():
        if not any(w in title for w in ("发电量", "年新建", "年服务", "年平均", "碳储量")):
            continue
        if f["value"] is None or "合计" in title:
            continue
        looked += 1
        shown = (f"{f['value']:,.{d}f}" for d in (f["digits"], 0))
        assert any(n in line for n in shown for line in said), (title, f["value"])
    assert looked >= 5


def test_what_was_not_estimated_is_told_and_is_no_nought(plain):
    plain |= {
        "pv": {"estimated": False},
        "rooftop": {"estimated": False},
        "money": {"estimated": False},
        "carbon": {"state": "missing", "needs": ["land_parcels"]},
    }
    rows = {f["title"]["zh"]: f for f in _of(plain)}
    for title, word in (
        ("光伏场址：首年发电量 P50", "未估算"),
        ("屋顶光伏：全部可用屋顶的年发电量", "未估算"),
        ("光伏：度电成本，最低的电站", "经济指标未计算"),
        ("全县碳储量", "缺少图层：地类图斑"),
    ):
        assert rows[title]["value"] is None
        assert word in rows[title]["why"][0]["zh"]
    cost = rows["光伏：度电成本，最低的电站"]["unit"]
    assert cost == {"zh": "元/MWh", "en": "CNY/MWh"}
    # a step that was not run has no row
    for part in ("pv", "rooftop", "money", "carbon", "facilities"):
        del plain[part]
    titles = " ".join(f["title"]["zh"] for f in _of(plain))
    for word in ("首年", "屋顶", "度电成本", "碳储量", "年服务"):
        assert word not in titles
