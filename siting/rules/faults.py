"""What a rule says about layers, against the layer catalogue."""

from __future__ import annotations

from gis.errors import ConfigError, Fault
from layers.catalogue import layer as layer_of
from siting.rules.conditions.base import RuleTest

__all__ = ["rule_faults"]


def rule_faults(test_of_rule: RuleTest, where: str) -> list[Fault]:
    """Faults of a test: unknown layer or field, wrong kind of layer, unit, class or value."""
    out: list[Fault] = []
    for test in test_of_rule.nested():
        for layer_id in test.reads:
            try:
                layer = layer_of(layer_id)
            except ConfigError as err:
                out += [
                    Fault(f.what, where=f"{where} {f.where}", todo=f.todo) for f in err.faults
                ]
                continue
            out += test.faults(layer, f"{where} ({layer_id})")
    return out
