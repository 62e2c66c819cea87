"""The terminal says what a county stores, how it changed and when targets are met."""

from __future__ import annotations

import json

import pytest

from geoplan.cli import main
from tests.carbon_sink.stand.conftest import forest, stand_plan

GOAL = """
[[monitor.values]]
indicator = "grass_cover"
caliber = "plots"
year = 2020
value = 42.5
unit = "%"
source = "synthetic"
[[targets]]
id = "cover"
title = { zh = "草原盖度", en = "cover of grassland" }
indicator = "grass_cover"
caliber = "plots"
year = 2025
value = 41
unit = "%"
section = "s"
quote = "q"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lang", "stock", "met"),
    [
        ("zh", "全县碳储量 ", "草原盖度：1 期观测，最近 2020 年；2020 年的观测已达到"),
        ("en", "The county stores ", "cover of grassland: 1 dates, the last 2020; the"),
    ],
)
def test_stock_and_states_of_targets_are_said(tmp_path, capsys, lang, stock, met):
    stand_plan(tmp_path, forest([{"HUO_LMGQXJ": 40.0}]), layers=GOAL)
    out = tmp_path / "out"
    verb = ["mrv", str(tmp_path / "plan.toml"), "--out", str(out), "--lang", lang]
    try:
        code = main(verb)
    except SystemExit as end:
        code = int(end.code or 0)
    text = capsys.readouterr().out
    assert not code
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    total = found["carbon"]["total_tc"]["value"]
    line = next(x for x in text.splitlines() if x.startswith(stock))
    assert f"{total / 1e6:.2f} MtC" in line
    assert met in text
