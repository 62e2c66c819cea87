"""Every indicator of every room x every relation x every unit: one ending, the right gap."""

import math

import pytest

from geoplan.plan_file import target_kinds
from layers.answers.answer import answered
from layers.answers.compare import compare_target
from layers.answers.figure import Figure
from layers.plan.target import Target, target_faults
from layers.relation import RELATIONS
from layers.spec import Text
from layers.units import convert, units

WANTED = 20.0
# equal is within half a percent for "=", to the last digit for the others
HOLDS = {
    ">=": lambda f: f >= 1.0,
    "<=": lambda f: f <= 1.0,
    ">": lambda f: f > 1.0,
    "<": lambda f: f < 1.0,
    "=": lambda f: abs(f - 1.0) <= 0.005,
}


def target(kind, unit, relation=">="):
    calibers = kind.target_calibers
    return Target(
        id="t",
        title=Text(zh="目标", en="target"),
        indicator=kind.id,
        year=2030,
        value=WANTED,
        unit=unit,
        relation=relation,
        caliber=calibers[0] if calibers else "",
        section="1",
        quote="q",
    )


def figure(kind, value):
    calibers = kind.target_calibers
    return Figure(
        id=kind.id,
        title=kind.title,
        value=value,
        unit=kind.unit,
        caliber=calibers[0] if calibers else "",
        year=2025,
        source="a test",
        quality="ledger",
    )


@pytest.mark.parametrize("indicator", sorted(target_kinds()))
def test_every_relation_and_unit_of_an_indicator(indicator):
    kind = target_kinds()[indicator]
    own = [u for u in units().values() if u.quantity == kind.quantity]
    assert own
    for unit in own:
        for spelling in (unit.id, *unit.spellings):
            assert not target_faults([target(kind, spelling)], {indicator: kind}, "plan")
        for relation in RELATIONS:
            one = target(kind, unit.id, relation)
            for factor in (0.5, 0.9951, 1.0, 1.0049, 2.0):
                value = convert(WANTED, unit.id, kind.unit) * factor
                got = answered(compare_target(one, kind, (figure(kind, value),)), today=2026)
                met = HOLDS[relation](factor)
                assert got.answer == ("met" if met else "not_met"), (unit.id, relation, factor)
                missing = 0.0 if met else abs(WANTED - WANTED * factor)
                assert got.gap == pytest.approx(missing, abs=1e-9)
                assert bool(got.closes("zh")) == bool(got.closes("en")) == (not met)
            for none in ((), (figure(kind, math.nan),)):
                got = answered(compare_target(one, kind, none), today=2026)
                assert got.answer == "not_judged"
                assert got.reason("zh")
                assert got.reason("en")


@pytest.mark.parametrize("indicator", sorted(target_kinds()))
def test_a_unit_of_another_quantity_is_refused(indicator):
    kind = target_kinds()[indicator]
    for unit in units().values():
        if unit.quantity != kind.quantity:
            (fault,) = target_faults([target(kind, unit.id)], {indicator: kind}, "plan")
            assert fault.got == unit.id
