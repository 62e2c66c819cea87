"""Figures of other years that the plan states: refused before a run, or asked about."""

from __future__ import annotations

import pytest

from carbon_sink.monitor.asked import monitor_findings
from carbon_sink.step_monitor import monitor_step
from geoplan.needs import require_asked
from gis.errors import ConfigError
from tests.carbon_sink.conftest import quiet, write_plan


def stated(folder, **values):
    given = {"indicator": '"grass_cover"', "year": 2020, "value": 30, "unit": '"%"', **values}
    lines = "".join(f"{k} = {v}\n" for k, v in given.items())
    return write_plan(folder, f'[[monitor.values]]\n{lines}source = "s"\n')


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"value": 130}, "a value that cannot be; got 130 %; expected 0-100 %"),
        ({"year": 2050}, "expected <= 2026"),
        ({"indicator": '"grass"'}, "no such indicator"),
        ({"caliber": '"sky"'}, "no such caliber"),
        ({"unit": '"ha"'}, "got ha; expected %"),
    ],
)
def test_what_cannot_be_is_refused_before_a_run_and_by_the_doctor(tmp_path, values, said):
    plan = stated(tmp_path, **values)
    for ask in (lambda: require_asked(plan, ("screen", "monitor")),
                lambda: monitor_step(plan, tmp_path, quiet)):  # fmt: skip
        with pytest.raises(ConfigError) as e:
            ask()
        assert said in e.value.text("en")
        assert "[[monitor.values]] 1" in e.value.text("en")
    require_asked(plan, ("screen",))
    (found,) = monitor_findings(plan)
    assert (found.severity, found.blocks.steps) == ("error", ("monitor",))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "two values for one indicator, caliber and year: grass_cover, 2020"),
        ("low = 20\n", "give both low and high, or neither"),
        ("low = 35\nhigh = 20\n", "value (30) lies outside low (35) .. high (20)"),
    ],
)
def test_a_wrong_table_is_told_by_what_is_wrong_in_it_and_not_shown_whole(tmp_path, more, said):
    twice = (
        '[[monitor.values]]\nindicator = "grass_cover"\nyear = 2020\nvalue = 30\nunit = "%"\n'
        f'source = "s"\n{more}'
    )
    with pytest.raises(ConfigError) as e:
        write_plan(tmp_path, twice * 2)
    assert said in e.value.text("en")
    assert "[{" not in e.value.text("en")


@pytest.mark.parametrize(("value", "asked"), [(0.3, True), (1, True), (1.5, False), (0, False)])
def test_a_per_cent_that_looks_like_a_share_is_asked_about(tmp_path, value, asked):
    plan = stated(tmp_path, value=value)
    require_asked(plan, ("monitor",))
    told = [w for w in monitor_step(plan, tmp_path, quiet).warnings
            if w.code == "monitor_value_as_share"]  # fmt: skip
    found = [f for f in monitor_findings(plan) if f.severity == "warning"]
    assert [f.text("zh") for f in found] == [w.text("zh") for w in told]
    assert bool(told) == asked
    if asked:
        assert f"of 2020 is given as {value:g} %: if it is a share of one" in told[0].text("en")
        assert f"write {100 * value:g}" in told[0].text("en")
