"""Runs side by side: one row for what is counted of another whole, and why there is none."""

from __future__ import annotations

import json

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
    heads = [[(f["title"]["zh"], f["unit"]) for f in r["figures"]] for r in (later, first)]
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
