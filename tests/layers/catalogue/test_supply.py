"""Every layer says who has it, how it comes and how much hangs on it."""

from __future__ import annotations

import pytest

from geoplan.steps import STEPS
from layers.catalogue import layer, layer_ids, layers
from siting.rules import search_rules

CORE = [
    "land_parcels",
    "permanent_basic_farmland",
    "ecological_red_line",
    "urban_growth_boundary",
    "road",
    "river_lake_management",
    "power_line",
    "dem",
]


@pytest.mark.parametrize("layer_id", sorted(layer_ids()))
def test_every_layer_has_its_supply(layer_id):
    supply = layer(layer_id).supply
    assert supply is not None
    assert supply.holder.zh != supply.holder.en
    assert set(supply.steps) <= {s.name for s in STEPS} | {"check"}
    assert (supply.rank > 0) == (supply.priority == "core")
    assert not supply.derived_from or supply.derived_from in layer_ids()


def test_eight_layers_are_core_and_ranked():
    core = [x for x in layers().values() if x.supply and x.supply.priority == "core"]
    assert [x.id for x in sorted(core, key=lambda x: x.supply.rank)] == CORE


def test_what_a_rule_needs_is_read_by_the_screening():
    wanted = {i for rule in search_rules() for i in rule.layer_ids}
    for layer_id in wanted:
        assert {"screen", "check"} <= set(layer(layer_id).supply.steps), layer_id
    # and nothing that no rule needs is said to be screened, but what is shown by zone,
    # heights and the cover that stands in for parcels
    screened = {k for k, v in layers().items() if "screen" in v.supply.steps}
    assert screened - wanted == {"zones", "townships", "dem", "land_cover"}


def test_no_derived_layer_is_core_or_needed():
    derived = [x for x in layers().values() if x.supply.derived_from]
    assert {x.id for x in derived} == {"slope", "aspect"}
    assert {x.supply.priority for x in derived} == {"later"}
