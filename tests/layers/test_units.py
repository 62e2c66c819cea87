"""Units of land, and where relations are judged.

By hand: 1 ha = 10,000 m2 = 0.01 km2 = 15 mu = 0.0015 times 10,000 mu.
"""

from __future__ import annotations

import math
import re

import pytest
from pydantic import ValidationError

from gis.cells.area import to_ha as m2_to_ha
from gis.cells.area import to_km2, to_mu
from gis.errors import ConfigError
from layers.model_faults import model_faults
from layers.plan.target import Target
from layers.relation import RELATIONS, holds, missing, relation
from layers.units import (
    MU_PER_HA,
    convert,
    from_ha,
    known,
    spelled,
    to_ha,
    unit_of,
    units,
)
from tests.conftest import ROOT

PER_HA = {"ha": 1.0, "m2": 10_000.0, "km2": 0.01, "mu": 15.0, "亩": 15.0, "万亩": 0.0015}


@pytest.mark.parametrize(("unit", "per_ha"), PER_HA.items())
def test_a_hectare_in_each_unit_and_back(unit, per_ha):
    assert from_ha(1.0, unit) == per_ha
    assert to_ha(per_ha, unit) == 1.0
    assert from_ha(37.0, unit) == pytest.approx(37.0 * per_ha, rel=1e-15)
    assert to_ha(37.0, unit) == pytest.approx(37.0 / per_ha, rel=1e-15)


@pytest.mark.parametrize(
    ("a", "unit", "b", "into"),
    [
        (55.5, "万亩", 37_000.0, "ha"),  # 555,000 mu / 15
        (1.0, "km2", 1_500.0, "亩"),
        (1.0, "mu", 10_000.0 / 15.0, "m2"),
        (600_000.0, "m3", 60.0, "万m3"),
        (60.0, "万立方米", 600_000.0, "立方米"),
        (100.0, "万千瓦", 1_000.0, "MW"),
        (1.0, "GW", 1_000_000.0, "kW"),
    ],
)
def test_conversions(a, unit, b, into):
    assert convert(a, unit, into) == pytest.approx(b, rel=1e-14)
    assert convert(b, into, unit) == pytest.approx(a, rel=1e-14)


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [("公顷", "ha"), ("HM2", "ha"), (" m² ", "m2"), ("平方公里", "km2"), ("市亩", "mu"),
     ("万立方米", "万m3"), ("％", "%"), ("兆瓦", "MW"), ("小时", "h")],
)  # fmt: skip
def test_spellings(spelling, unit):
    found = known(spelling)
    assert found is not None
    assert found.id == unit
    assert unit_of(spelling) is found


def test_no_spelling_stands_for_two_units():
    names = [n.casefold() for u in units().values() for n in (u.id, *u.spellings)]
    assert len(names) == len(set(names))


def test_every_unit_has_a_title_in_both_languages():
    assert unit_of("万亩").title("en") == "10,000 mu"
    assert unit_of("mu").title("zh") == "亩"
    assert all(u.title("zh") and u.title("en") for u in units().values())


@pytest.mark.parametrize("name", ["", "acre", "m", "亩/年"])
def test_an_unknown_unit_is_refused_with_the_list(name):
    with pytest.raises(ConfigError, match="no such unit") as err:
        unit_of(name, quantity="area", where="plan.toml [targets] x")
    fault = err.value.faults[0]
    assert fault.where == "plan.toml [targets] x"
    assert fault.expected == "ha, m2, km2, mu, 10000 mu"


def test_a_unit_of_another_quantity_is_refused():
    with pytest.raises(ConfigError, match="no such unit"):
        to_ha(1.0, "m3")
    with pytest.raises(ConfigError, match="no such unit"):
        convert(1.0, "MW", "ha")
    assert str(spelled("share")) == "%"


def test_gis_and_layers_agree_on_land_and_fifteen_stands_once():
    assert MU_PER_HA == 15.0
    assert to_mu(10_000.0) == from_ha(m2_to_ha(10_000.0), "mu") == 15.0
    assert to_km2(2_500_000.0) == from_ha(m2_to_ha(2_500_000.0), "km2") == 2.5
    pattern = re.compile(
        r"15(\.0)?\s*/\s*10_?000|10_?000(\.0)?\s*/\s*15\b|15(\.0)?e-4"
        r"|(ha|_HA|area\w*)\W{0,3}\s*[*/]\s*15\b"
    )
    found = [
        f"{p.relative_to(ROOT)}:{n}"
        for room in ("gis", "layers", "siting", "carbon_sink", "geoplan")
        for p in (ROOT / room).rglob("*.py")
        for n, line in enumerate(p.read_text("utf-8").splitlines(), 1)
        if pattern.search(line.partition("#")[0]) and not line.lstrip().startswith(('"""', ">"))
    ]
    assert found == []


# value, target -> holds and what is missing, by each relation, worked out by hand
CASES = [
    (9.0, 10.0, {">=": 1.0, ">": 1.0, "<=": None, "<": None, "=": 1.0}),
    (10.0, 10.0, {">=": None, ">": 0.0, "<=": None, "<": 0.0, "=": None}),
    (12.0, 10.0, {">=": None, ">": None, "<=": 2.0, "<": 2.0, "=": 2.0}),
    (10.05, 10.0, {">=": None, ">": None, "<=": 0.05, "<": 0.05, "=": None}),  # 0.5 % is equal
    (10.06, 10.0, {"=": 0.06}),
    (-2.0, -1.0, {">=": 1.0, "<=": None}),
]


@pytest.mark.parametrize(
    ("value", "target", "symbol", "short"),
    [(v, t, s, m) for v, t, by in CASES for s, m in by.items()],
)
def test_relations(value, target, symbol, short):
    """None: it holds; a number: it does not, and so much is missing."""
    assert holds(value, symbol, target) is (short is None)
    assert missing(value, symbol, target) == pytest.approx(short or 0.0, abs=1e-12)


@pytest.mark.parametrize("symbol", list(RELATIONS))
def test_nothing_holds_for_a_value_nobody_knows(symbol):
    assert not holds(math.nan, symbol, 1.0)
    assert math.isnan(missing(math.nan, symbol, 1.0))
    assert math.isnan(missing(1.0, symbol, math.nan))


def test_an_unknown_relation_is_refused():
    with pytest.raises(ConfigError, match="no such relation"):
        relation("=>")


@pytest.mark.parametrize("symbol", list(RELATIONS))
@pytest.mark.parametrize(("value", "target"), [(v, t) for v, t, _ in CASES])
def test_the_spreadsheet_says_the_same(symbol, value, target):
    one = relation(symbol)
    python = {"ABS": abs, "MAX": max, "IF": lambda c, a, b: a if c else b}

    def run(formula):
        text = re.sub(r"(?<![<>=])=(?!=)", "==", formula)
        return eval(text, {"__builtins__": {}}, {**python, "V": value, "T": target})  # noqa: S307

    assert run(one.formula("V", "T")) is one.holds(value, target)
    assert run(one.missing_formula("V", "T")) == pytest.approx(one.missing(value, target))


@pytest.mark.parametrize("quantity", ["area", "volume", "share", "power", "time"])
def test_every_reader_can_type_the_units_he_is_told(quantity):
    """The list in English holds no Chinese, and each of its items is read as a unit."""
    row = spelled(quantity)
    own = [u.id for u in units().values() if u.quantity == quantity]
    assert row.isascii()
    assert [known(x).id for x in row.split(", ")] == own
    assert [known(x).id for x in row("zh").split("、")] == own


def test_a_target_with_an_unknown_unit_tells_each_reader_what_he_can_type():
    given = {"id": "t", "title": {"zh": "目标", "en": "target"}, "indicator": "x", "year": 2030}
    words = {"section": "1", "quote": "q"}
    with pytest.raises(ValidationError) as err:
        Target.model_validate(given | words | {"value": 1, "unit": "acre"})
    (fault,) = model_faults(err.value, "plan.toml")
    assert fault.what == "no such unit"
    assert fault.expected == spelled(None)
    assert fault.expected.isascii()
    assert "万亩" in fault.expected("zh")
