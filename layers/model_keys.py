"""The keys a table of a file may have, found from what its model is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

__all__ = ["keys_at", "keys_of"]

Model = type[BaseModel]
Keys = dict[str, bool]
"""Key -> whether the table must have it."""


def _below(model: Model) -> Iterator[Model]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _named(name: str) -> list[Model]:
    return [m for m in _below(BaseModel) if m.__name__ == name]


def _parts(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    """What may stand in a place: the members of a union, bare of what checks them."""
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for one in get_args(annotation):
            yield from _parts(one)
    else:
        yield annotation


def _is_model(part: Any) -> bool:  # noqa: ANN401 - any annotation
    return isinstance(part, type) and issubclass(part, BaseModel)


def _fields(model: Model) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def _inside(part: Any, step: str | int) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    """What stands at a key of a table, or at a number of a list."""
    if _is_model(part):
        yield from (f.annotation for k, f in _fields(part) if k == step)
    elif get_origin(part) in (dict, Mapping):
        yield get_args(part)[1]
    elif isinstance(step, int):
        yield from (a for a in get_args(part) if a is not Ellipsis)


def _is_branch(part: Any, step: str | int) -> bool:  # noqa: ANN401 - any annotation
    """Whether a step names a model of a union, or what its discriminator says."""
    return _is_model(part) and (
        part.__name__ == step or any(step in get_args(f.annotation) for _, f in _fields(part))
    )


def _agreed(models: Iterable[Model]) -> Keys:
    """Keys of the models where they all have the same; none if unsure."""
    found = {tuple((k, f.is_required()) for k, f in _fields(m)) for m in models}
    return dict(next(iter(found))) if len(found) == 1 else {}


def keys_of(name: str) -> Keys:
    """Keys of the model called so; empty where several models are called so and differ.

    Examples
    --------
    >>> from layers.spec import Text
    >>> keys_of("Text")
    {'zh': True, 'en': True}
    """
    return _agreed(_named(name))


def keys_at(name: str, steps: Sequence[str | int]) -> Keys:
    """Keys of the table that `steps` lead to from a model called `name`; empty if unsure.

    Parameters
    ----------
    name : str
        As pydantic says it in ``ValidationError.title``.
    steps : sequence
        Keys and numbers of items; a step that is no key, as pydantic adds one for a branch
        of a union, is passed over, or chooses the model of that name.

    Examples
    --------
    >>> from layers.plan.model import Plan
    >>> keys_at("Plan", ("plan", "title"))
    {'zh': True, 'en': True}
    """
    at: list[Any] = _named(name)
    for step in steps:
        below = [p for part in at for one in _inside(part, step) for p in _parts(one)]
        at = below or [p for p in at if _is_branch(p, step)] or at
    return _agreed(p for p in at if _is_model(p))
