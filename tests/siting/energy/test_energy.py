"""Targets about energy by hand: ledger, storage, consumption, roofs."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from geoplan.plan_file import load_plan, target_kinds
from gis.errors import ConfigError
from layers.answers.answer import TargetAnswer
from siting.energy.declared import Evidence
from siting.energy.generation import calorific_kgce_kwh
from siting.energy.indicators import energy_indicators
from siting.energy.section import EnergySection
from siting.energy.step_energy import energy_step, target_answer

HEAD = """
[plan]
id = "p"
title = { zh = "县", en = "county" }
as_of = 2026-11-27
[area]
boundary = { adcode = "640221" }
"""


def goal(indicator: str, value: float, unit: str, year: int = 2025, more: str = "") -> str:
    return f"""
[[targets]]
id = "t_{indicator}_{year}"
title = {{ zh = "目标", en = "target" }}
indicator = "{indicator}"
year = {year}
value = {value}
unit = "{unit}"
section = "s"
quote = "q"
{more}
"""


def plant(
    tech: str, mw: float, year: int | None, status: str = "operating", more: str = ""
) -> str:
    dated = "" if year is None else f"year = {year}"
    return f"""
[[plants]]
name = {{ zh = "站", en = "plant" }}
technology = "{tech}"
capacity_mw = {mw}
status = "{status}"
source = "x"
{dated}
{more}
"""


def answers(folder: Path, text: str, lang: str = "zh") -> dict[str, TargetAnswer]:
    path = folder / "plan.toml"
    head = HEAD.replace("as_of", f'lang = "{lang}"\nas_of')
    path.write_text(head + text, "utf-8")
    plan = load_plan(path)
    (folder / "steps").mkdir(exist_ok=True)
    evidence = Evidence(plan, plan.section(EnergySection), folder)
    return {t.id: target_answer(evidence, t) for t in plan.targets}


@pytest.mark.parametrize(
    ("asked", "unit", "ending", "gap"),
    [
        (200.0, "MW", "met", 0.0),  # what stands is 200
        (20.0, "万千瓦", "met", 0.0),
        (0.3, "GW", "uncertain", 0.0),  # only with the 150 MW that are being built
        (1000.0, "MW", "not_met", 650.0),
        (100.0, "万千瓦", "not_met", 65.0),
    ],
)
def test_capacity_stands_or_is_being_built(
    tmp_path: Path, asked: float, unit: str, ending: str, gap: float
) -> None:
    plants = plant("pv", 150.0, 2020) + plant("wind", 50.0, None)
    plants += plant("pv", 150.0, 2025, "construction") + plant("pv", 900.0, 2028)
    (answer,) = answers(tmp_path, goal("new_energy_capacity", asked, unit) + plants).values()
    assert answer.answer == ending
    assert answer.gap == pytest.approx(gap)
    assert answer.quality == "ledger"
    assert answer.data_year == 2025


def test_two_years_of_one_indicator_are_both_answered(tmp_path: Path) -> None:
    plants = plant("pv", 150.0, 2020) + plant("pv", 900.0, 2028)
    text = goal("pv_capacity", 500, "MW", 2025) + goal("pv_capacity", 500, "MW", 2030)
    found = answers(tmp_path, text + plants)
    assert found["t_pv_capacity_2025"].value == 150.0
    assert found["t_pv_capacity_2030"].value == 1050.0
    assert [a.answer for a in found.values()] == ["not_met", "met"]


def test_without_plants_nothing_is_judged(tmp_path: Path) -> None:
    (answer,) = answers(
        tmp_path, goal("wind_capacity", 10, "MW") + plant("pv", 9, 2020)
    ).values()
    assert answer.answer == "not_judged"
    assert answer.reason("zh") == "规划文件没有列出这类电站"
    assert answer.plan_key == "[[plants]]"


STORAGE = plant("storage", 100.0, 2025, more="energy_mwh = 200")


def test_storage_is_a_share_of_what_is_new(tmp_path: Path) -> None:
    base = "[energy]\nbase_year = 2020\n"
    plants = plant("pv", 400.0, 2018) + plant("pv", 1000.0, 2025) + STORAGE
    text = goal("storage_power_share", 10, "%") + goal("storage_hours", 2, "h")
    found = answers(tmp_path, text + base + plants)
    # 100 of 1,000 MW built after 2020; 200 MWh / 100 MW
    assert [(a.value, a.answer) for a in found.values()] == [(10.0, "met"), (2.0, "met")]
    # 250 MW of an unknown year may be new too: 100 / 1,250 = 8 %
    more = answers(tmp_path, text + base + plants + plant("wind", 250.0, None))
    share = more["t_storage_power_share_2025"]
    assert (share.low, share.answer) == (8.0, "uncertain")


def test_storage_of_no_known_year_may_be_new(tmp_path: Path) -> None:
    """500 MW of 2022, 100 MW / 200 MWh of storage of no year: 0 to 100 / 500 = 20 %.

    With 20 MW / 60 MWh of 2023 beside it 4 to 24 %; 3 h, or 2 h where the other is new.
    """
    text = goal("storage_power_share", 10, "%") + goal("storage_hours", 2.5, "h")
    text += "[energy]\nbase_year = 2020\n" + plant("pv", 500.0, 2022)
    text += plant("storage", 100.0, None, more="energy_mwh = 200")
    share, hours = answers(tmp_path, text).values()
    assert (share.low, share.high, share.answer) == (0.0, 20.0, "uncertain")
    assert "储能 100.0 MW" in share.note("zh")
    assert "投产年份" in share.closes("zh")
    assert hours.answer == "not_judged"
    assert "投产年份" in hours.reason("zh")
    text += plant("storage", 20.0, 2023, more="energy_mwh = 60")
    share, hours = answers(tmp_path, text).values()
    assert (share.value, share.low, share.high, share.answer) == (4.0, 4.0, 24.0, "uncertain")
    assert (hours.value, hours.low, hours.high, hours.answer) == (3.0, 2.0, 3.0, "uncertain")


@pytest.mark.parametrize(
    ("section", "plants", "words"),
    [
        ("", plant("pv", 9.0, 2023), "base_year"),
        ("[energy]\nbase_year = 2020\n", plant("pv", 9.0, 2023), "storage_complete"),
        ("[energy]\nbase_year = 2020\n", plant("pv", 9.0, None) + STORAGE, "2020"),
    ],
)
def test_storage_is_not_judged_without(
    tmp_path: Path, section: str, plants: str, words: str
) -> None:
    text = goal("storage_power_share", 10, "%") + section + plants
    (answer,) = answers(tmp_path, text).values()
    assert answer.answer == "not_judged"
    assert words in answer.plan_key + answer.reason("zh")
    # storage is listed in the last: what lacks is new capacity of a year
    assert ("光伏、风电的投产年份" in answer.closes("zh")) == (STORAGE in plants)


def test_no_storage_where_the_ledger_is_complete_is_zero(tmp_path: Path) -> None:
    section = "[energy]\nbase_year = 2020\nstorage_complete = true\n"
    text = goal("storage_power_share", 10, "%") + section + plant("pv", 500.0, 2023)
    (answer,) = answers(tmp_path, text).values()
    assert (answer.value, answer.answer) == (0.0, "not_met")
    assert "50.0 MW" in answer.closes("en")  # 10 % of 500 MW


YEAR = """
[[energy.years]]
year = 2024
total_tce = 1_000_000
non_fossil_other_tce = 50_000
pv_mwh = 600_000
wind_mwh = 400_000
local_use_frac = 0.5
peak_load_mw = 800
response_mw = 32
source = "statistics"
"""


def test_non_fossil_share_in_both_calibers(tmp_path: Path) -> None:
    text = goal("non_fossil_share", 15, "%") + YEAR
    (answer,) = answers(tmp_path, text).values()
    # half of 1,000 GWh at 0.12284 kgce/kWh are 61,418 t; with 50,000 t of 1,000,000 t
    assert calorific_kgce_kwh() == pytest.approx(0.12284, abs=1e-5)
    assert answer.value == pytest.approx((50_000 + 500e6 * calorific_kgce_kwh() / 1e3) / 1e4)
    assert (answer.answer, answer.data_year) == ("not_met", 2024)
    # at 300 gce/kWh they are 150,000 t: 20 %, and nobody says which caliber is meant
    both = YEAR.replace("response_mw", "generation_gce_kwh = 300\nresponse_mw")
    (answer,) = answers(tmp_path, goal("non_fossil_share", 15, "%") + both).values()
    assert (answer.value, answer.answer) == (pytest.approx(20.0), "uncertain")
    stated = goal("non_fossil_share", 15, "%", more='caliber = "coal_input"')
    (answer,) = answers(tmp_path, stated + both).values()
    assert answer.answer == "met"


def test_points_and_tonnes_that_lack_are_of_one_caliber(tmp_path: Path) -> None:
    """21 % of 1,000,000 tce, 20 % by coal input: a point is 10,000 t, both of that caliber."""
    both = YEAR.replace("response_mw", "generation_gce_kwh = 300\nresponse_mw")
    (answer,) = answers(tmp_path, goal("non_fossil_share", 21, "%") + both).values()
    assert answer.answer == "not_met"
    point = "须增加 1 个百分点（按发电煤耗法（统计口径））"
    assert answer.closes("zh") == f"{point}；须增加非化石能源消费 10,000 吨标准煤"
    stated = goal("non_fossil_share", 21, "%", more='caliber = "coal_input"')
    (answer,) = answers(tmp_path, stated + both).values()
    assert answer.closes("zh") == "须增加 1 个百分点；须增加非化石能源消费 10,000 吨标准煤"


def test_what_would_be_shown_as_nothing_closes_nothing(tmp_path: Path) -> None:
    """Of 1,000,000 t a target 1e-5 points above what stands lacks 0.1 t, 1e-3 points 10 t."""
    has = (50_000 + 500e6 * calorific_kgce_kwh() / 1e3) / 1e4
    for more, told in ((1e-5, False), (1e-3, True)):
        (answer,) = answers(tmp_path, goal("non_fossil_share", has + more, "%") + YEAR).values()
        assert answer.answer == "not_met"
        assert ("吨标准煤" in answer.closes("zh")) is told
        assert "须增加非化石能源消费 0 吨" not in answer.closes("zh")


def test_a_plant_of_the_year_of_the_statistics_made_no_whole_year(tmp_path: Path) -> None:
    """200 MW of PV at 1,000 h are 200 GWh; 50 MW came in 2024, 50 in no known year.

    100 to 200 GWh with 400 of wind, half of it used here: 250 to 300 GWh.
    """
    step = tmp_path / "steps" / "pv"
    step.mkdir(parents=True)
    sites = pd.DataFrame({"full_load_hours_h": [1000.0], "capacity_mw": [10.0]})
    sites.to_parquet(step / "pv_sites.table.parquet")
    year = "\n".join(x for x in YEAR.splitlines() if not x.startswith("pv_mwh"))
    sure = goal("non_fossil_share", 15, "%") + year + plant("pv", 100.0, 2020)
    (answer,) = answers(tmp_path, sure).values()
    rate = calorific_kgce_kwh() * 1e3 / 1e4  # % of 1,000,000 tce a GWh
    assert answer.value == pytest.approx(5.0 + 250.0 * rate)
    assert answer.low != answer.low  # no interval
    more = plant("pv", 50.0, 2024) + plant("pv", 50.0, None) + plant("pv", 900.0, 2025)
    (answer,) = answers(tmp_path, sure + more).values()
    assert answer.value == pytest.approx(5.0 + 300.0 * rate)
    assert (answer.low, answer.high) == pytest.approx((5.0 + 250.0 * rate, answer.value))
    assert "100.0 MW" in answer.note("en")


@pytest.mark.parametrize("key", ["total_tce", "non_fossil_other_tce", "local_use_frac"])
def test_non_fossil_share_says_what_it_needs(tmp_path: Path, key: str) -> None:
    lines = [x for x in YEAR.splitlines() if not x.startswith(key)]
    text = goal("non_fossil_share", 15, "%") + "\n".join(lines)
    (answer,) = answers(tmp_path, text).values()
    assert answer.answer == "not_judged"
    assert key in answer.reason("en")


def test_statistics_of_a_later_year_are_not_taken_for_an_earlier_one(tmp_path: Path) -> None:
    text = goal("non_fossil_share", 15, "%", 2023) + YEAR
    (answer,) = answers(tmp_path, text).values()
    assert answer.answer == "not_judged"


def test_demand_response_by_hand(tmp_path: Path) -> None:
    text = goal("demand_response_share", 5, "%") + YEAR
    (answer,) = answers(tmp_path, text).values()
    assert (answer.value, answer.answer) == (4.0, "not_met")  # 32 of 800 MW
    both = goal("demand_response_share", 5, "%")
    both += YEAR.replace('"statistics"', '{ zh = "统计", en = "statistics" }')
    for lang, words in (("zh", "统计"), ("en", "statistics")):
        (answer,) = answers(tmp_path, both, lang).values()
        assert answer.source == words
    assert "8.0 MW" in answer.closes("zh")  # 5 % are 40 MW


def _roofs(folder: Path, *, known: bool, not_said: int = 0) -> None:
    step = folder / "steps" / "rooftop"
    step.mkdir(parents=True)
    public = {
        "use": "all_public", "buildings": 10, "with_pv": 1, "roof_m2": 1000.0,
        "roof_with_pv_m2": 300.0, "installed_known": known,
        "not_said": not_said, "roof_not_said_m2": 100.0 * not_said,
    }  # fmt: skip
    pd.DataFrame([public]).to_parquet(step / "rooftop_share.table.parquet")
    n = list(range(1, 10))
    table = {
        "share_number": [(1 + i) / 10 for i in n], "kwp": 10.0,
        "share_area": [0.3 + 0.7 * i / 9 for i in n],
    }  # fmt: skip
    pd.DataFrame(table).to_parquet(step / "rooftop_priority.table.parquet")


def test_roofs_that_do_not_say_whether_they_have_pv(tmp_path: Path) -> None:
    """1 of 10 has PV, 3 do not say: 10 to 40 %; 300 of 1,000 m2, 300 not said: 30 to 60 %."""
    _roofs(tmp_path, known=True, not_said=3)
    (answer,) = answers(tmp_path, goal("public_rooftop_share", 20, "%")).values()
    assert answer.answer == "uncertain"
    for caliber, figures in (("number", (10.0, 10.0, 40.0)), ("area", (30.0, 30.0, 60.0))):
        stated = goal("public_rooftop_share", 20, "%", more=f'caliber = "{caliber}"')
        (answer,) = answers(tmp_path, stated).values()
        assert (answer.value, answer.low, answer.high) == pytest.approx(figures)


def test_roofs_by_number_and_by_area(tmp_path: Path) -> None:
    _roofs(tmp_path, known=True)
    (answer,) = answers(tmp_path, goal("public_rooftop_share", 20, "%")).values()
    # 1 of 10 buildings, 300 of 1,000 m2: the calibers disagree on 20 %
    assert [c.value for c in answer.calibers] == [10.0, 30.0]
    assert answer.answer == "uncertain"
    stated = goal("public_rooftop_share", 30, "%", more='caliber = "number"')
    (answer,) = answers(tmp_path, stated).values()
    assert answer.answer == "not_met"
    assert "再装 2 栋" in answer.closes("zh")  # 3 of 10


def test_roofs_nobody_knows_the_pv_of_are_not_judged(tmp_path: Path) -> None:
    _roofs(tmp_path, known=False)
    (answer,) = answers(tmp_path, goal("public_rooftop_share", 20, "%")).values()
    assert answer.answer == "not_judged"
    assert answer.plan_key == "[rooftop] installed_field"


def test_every_energy_indicator_answers_every_target(tmp_path: Path) -> None:
    units = {"power": "MW", "share": "%", "time": "h", "count": "piece"}
    text = "".join(goal(k.id, 5, units[k.quantity]) for k in energy_indicators().values())
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + text, "utf-8")
    (tmp_path / "steps").mkdir()
    found = energy_step(load_plan(path), tmp_path, lambda *_: None).summary.targets
    assert len(found) == len(energy_indicators())
    assert {a.answer for a in found.values()} == {"not_judged"}
    for a in found.values():
        assert a.reason("zh")
        assert a.reason("en")
        assert a.closes("zh")


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("forest_covers", "forest_cover"),
        ("森林覆盖", "forest_cover"),
        ("storage_power", "storage_power_share"),
        ("wetland", "wetland_area"),
    ],
)
def test_an_indicator_nobody_computes_is_refused_with_the_nearest(
    tmp_path: Path, wrong: str, near: str
) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + goal("x", 5, "%").replace('"x"', f'"{wrong}"'), "utf-8")
    with pytest.raises(ConfigError) as err:
        load_plan(path)
    (fault,) = err.value.faults
    assert err.value.exit_code == 2
    assert near in str(fault.todo)
    assert all(k in str(fault.expected) for k in target_kinds())


def test_year_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + YEAR + YEAR, "utf-8")
    with pytest.raises(ConfigError, match="2024"):
        load_plan(path)


def test_the_day_of_the_plan_dates_the_ledger(tmp_path: Path) -> None:
    plants = plant("pv", 150.0, 2020)
    (answer,) = answers(tmp_path, goal("pv_capacity", 500, "MW", 2030) + plants).values()
    assert answer.data_year == date(2026, 11, 27).year
    assert "2030" in answer.year_note("zh")


def test_what_closes_a_share_between_its_calibers_is_told_by_each() -> None:
    """15.8 and 12.4 % of 1,000,000 tce, 15 % asked for: 2.6 points or 26,000 tce."""
    from layers.answers.figure import Figure, against, beside
    from layers.plan.target import Target
    from layers.spec import Text
    from siting.energy.indicators.consumption import _non_fossil_closes

    target = Target(
        id="n", title="甲", indicator="non_fossil_share", year=2030, value=15.0, unit="%",
        section="1", quote="q",
    )  # fmt: skip
    figures = [
        Figure(
            id="non_fossil_share", title=Text(zh="甲", en="a"), value=share, unit="%",
            caliber=caliber, year=2025, source="s", quality="proxy",
            numerator=share * 1e4, denominator=1e6, numerator_unit="tce",
        )
        for caliber, share in (("coal", 15.8), ("calorific", 12.4))
    ]  # fmt: skip
    both = beside(against(figures[0], target), figures, meant=False)
    assert both.met == "uncertain"
    (text,) = _non_fossil_closes(None, both)
    assert text("en") == "by calorific: 26,000 tce more of non-fossil energy"
    assert (
        _non_fossil_closes(None, beside(against(figures[0], target), figures, meant=True)) == ()
    )
