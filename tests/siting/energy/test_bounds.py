"""Targets that cannot be are refused, those out of scale told; the county's land bounds MW."""

import pytest

from geoplan.checkup.collect import collected
from geoplan.needs import refused, require_asked
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from siting.energy.bounds import bound_faults, bound_findings, bound_warnings
from tests.carbon_sink.conftest import write_plan
from tests.siting.connection.test_expansion import target

KM2 = 11.995
"""The county: 3 km x 4 km of the plane are 1,199.5 ha."""


@pytest.fixture
def plan(tmp_path):
    return write_plan(tmp_path)


def asked(plan, indicator, value, unit):
    one = target(2030, value, indicator).model_copy(update={"unit": unit})
    return plan.model_copy(update={"targets": (one,)})


@pytest.mark.parametrize(
    ("indicator", "value", "unit", "ends"),
    [
        ("repower_turbine_capacity", 3.0, "GW", "refused"),
        ("repower_turbine_capacity", 30.0, "MW", "told"),  # above the largest built, 26 MW
        ("repower_turbine_capacity", 3.0, "MW", ""),
        ("repower_turbine_capacity", 3000.0, "kW", ""),
        ("storage_hours", 5000.0, "h", "refused"),  # over half a year
        ("storage_hours", 2000.0, "h", "told"),
        ("storage_hours", 2.0, "h", ""),
        ("new_energy_capacity", 1e9, "GW", "refused"),
        ("new_energy_capacity", 80.0, "万千瓦", ""),  # 800 MW on 12 km2
        ("public_chargers", 1e9, "台", "refused"),
        ("public_chargers", 500.0, "台", ""),
    ],
)
def test_what_cannot_be_is_refused_and_what_hardly_is_told(plan, indicator, value, unit, ends):
    own = asked(plan, indicator, value, unit)
    faults, warnings = bound_faults(own), bound_warnings(own)
    assert (len(faults), len(warnings)) == (ends == "refused", ends == "told")
    assert [f.severity for f in bound_findings(own)] == {
        "refused": ["error"], "told": ["warning"], "": [],
    }[ends]  # fmt: skip
    if ends == "refused":
        assert f"{value:g} {unit}" in faults[0].got
        with pytest.raises(ConfigError, match="cannot be"):
            require_asked(own, ("energy",), documents=False)


def test_the_doctor_tells_the_same(tmp_path):
    goal = (
        '[[targets]]\nid = "a"\ntitle = "t"\nindicator = "repower_turbine_capacity"\n'
        'year = 2030\nvalue = 3\nunit = "GW"\nsection = "1"\nquote = "q"\n'
    )
    own = load_plan(write_plan(tmp_path, more=goal).path)
    assert refused(own)
    found = [f for f in collected(own, (), (), (), ()) if f.severity == "error"]
    assert any("cannot be" in str(f.text("en")) for f in found)


def test_the_county_bounds_capacity_by_its_land(plan):
    """PV: 60 MW on each km2 are told, 337 refused; wind 10 and 393; both their sums."""
    for indicator, usual, most in (
        ("pv_capacity", 60.0, 337.0),
        ("wind_capacity", 10.0, 393.0),
        ("new_energy_capacity", 70.0, 730.0),
    ):
        for mw, ends in (
            (usual * KM2 * 0.999, (0, 0)),
            (usual * KM2 * 1.001, (0, 1)),
            (most * KM2 * 0.999, (0, 1)),
            (most * KM2 * 1.001, (1, 0)),
        ):
            own = asked(plan, indicator, mw, "MW")
            assert (len(bound_faults(own)), len(bound_warnings(own))) == ends
