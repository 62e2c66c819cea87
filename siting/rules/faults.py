"""What a rule says about layers, against the layer catalogue."""

from __future__ import annotations

from typing import Any

from gis.errors import ConfigError, Fault
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.spec import Layer
from layers.vocabulary import ecosystems, groups, vocabularies, vocabulary
from siting.rules.model import (
    Above,
    Below,
    InClasses,
    Intersects,
    NotInClasses,
    Rule,
    Within,
    as_conditions,
    nested_tests,
)

__all__ = ["rule_faults"]


def rule_faults(rule: Rule, where: str) -> list[Fault]:
    """Faults of a rule: unknown layer or field, wrong kind of layer, unit, class or value."""
    out: list[Fault] = []
    for test in nested_tests(rule.test):
        layer_id = getattr(test, "layer", "")
        if not layer_id:
            continue
        try:
            layer = layer_of(layer_id)
        except ConfigError as err:
            out += [Fault(f.what, where=f"{where} {f.where}", todo=f.todo) for f in err.faults]
            continue
        out += _test_faults(test, layer, f"{where} ({layer_id})")
    return out


def _test_faults(test: object, layer: Layer, where: str) -> list[Fault]:
    if isinstance(test, Intersects | Within):
        if layer.kind != "features":
            return [
                Fault(say("siting.rules.test_needs_feature_layer"), where=where, got=layer.kind)
            ]
        return [
            f for n, c in as_conditions(test.where).items() for f in _field(layer, n, c, where)
        ]
    if isinstance(test, InClasses | NotInClasses):
        if layer.kind != "classes" and not layer.vocabulary:
            return [
                Fault(say("siting.rules.test_needs_layer_classes"), where=where, got=layer.kind)
            ]
        known = _class_words(layer.vocabulary)
        return [
            Fault(
                say("siting.rules.no_such_class"),
                where=where,
                got=c,
                expected=say("siting.rules.ecosystem_class_group_code_vocabulary"),
            )
            for c in test.classes
            if c not in known
        ]
    if isinstance(test, Above | Below):
        if layer.kind not in ("intensive", "extensive"):
            return [
                Fault(say("siting.rules.test_needs_layer_numbers"), where=where, got=layer.kind)
            ]
        if test.unit != layer.unit:
            return [
                Fault(
                    say("siting.rules.unit_differs_from_layer"),
                    where=where,
                    got=test.unit,
                    expected=layer.unit,
                )
            ]
    return []


def _class_words(name: str) -> set[str]:
    """Classes a rule may name: ecosystem classes, their groups, codes of the vocabulary."""
    names = (name,) if name else vocabularies()
    return {*ecosystems(), *groups(), *(c for n in names for c in vocabulary(n).entries)}


def _field(layer: Layer, name: str, condition: Any, where: str) -> list[Fault]:  # noqa: ANN401
    try:
        field = layer.field(name)
    except KeyError:
        return [
            Fault(
                say("siting.rules.layer_has_no_such_field"),
                where=where,
                got=name,
                expected=", ".join(f.name for f in layer.fields),
            )
        ]
    listed = [*condition.in_, *condition.not_]
    known: set[str] = set(field.values)
    if name == layer.vocabulary:
        known = set(vocabulary(name).entries)
    if known:
        return [
            Fault(
                say("siting.rules.field_has_no_such_value"),
                where=f"{where} {name}",
                got=str(v),
                expected=", ".join(sorted(known)[:12]),
            )
            for v in listed
            if str(v) not in known
        ]
    return []
