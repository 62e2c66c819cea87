"""What a form of the plan asks: its fields, their words, and when each is meant."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import Field

from gis.toml import read_toml
from layers.spec import Frozen, Text

__all__ = ["Form", "FormField", "Part", "forms"]

Takes = Literal[
    "text",
    "long",
    "title",
    "number",
    "numbers",
    "count",
    "year",
    "day",
    "flag",
    "choice",
    "many",
    "names",
    "rows",
    "map",
]


class Part(Frozen):
    """A value the page asks for.

    Attributes
    ----------
    key
        Its name; dots go into tables below.
    takes
        ``"title"`` is words in one language or both, ``"numbers"`` and ``"names"`` are lists
        in one field, ``"rows"`` and ``"map"`` lists of their own.
    values
        Words it may be.
    offers
        List of `geoplan.app.forms.choices` it is chosen from.
    of
        Key whose answer narrows that list.
    """

    key: str
    title: Text
    unit: Text | None = None
    takes: Takes = "text"
    required: bool = False
    hint: Text | None = None
    values: dict[str, Text] = Field(default_factory=dict)
    offers: str = ""
    of: str = ""


class FormField(Part):
    """A value of an entry.

    Attributes
    ----------
    at
        Place in the entry, where several fields of which one is meant write the same.
    when
        Each a table of key -> answers under which it is meant: one of the tables has to hold,
        all of it (``"*"`` is any answer). ``"key:kind"`` asks for a kind of what was chosen.
    parts
        Of a list: what an entry of it holds. The first of a ``"map"`` is its key.
    group
        Heading of the fields that stand together.
    pair
        Words that the plan has in both languages: those of one stand for the other.
    """

    at: str = ""
    when: tuple[dict[str, tuple[str, ...]], ...] = ()
    parts: tuple[Part, ...] = ()
    group: Text | None = None
    pair: bool = False

    @property
    def place(self) -> str:
        """Where the entry of the plan has it."""
        return self.at or self.key


class Form(Frozen):
    """A list of the plan.

    Attributes
    ----------
    id
        Name of the form.
    table
        Its place in the plan.
    of_keys
        Whether it is a table of keys and values, not a list of tables.
    names
        Keys whose answers name an entry on the page.
    about
        Keys whose answers say what an entry is, in the list of them.
    beside
        Sentence a check of the whole entry refuses it with -> key it is told beside.
    """

    id: str
    table: str
    title: Text
    hint: Text
    add: Text
    of_keys: bool = False
    names: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    beside: dict[str, str] = Field(default_factory=dict)
    fields: tuple[FormField, ...]

    def field_at(self, place: str) -> FormField | None:
        """The field that writes a place of an entry; that of the table around it for a part."""
        own = [f for f in self.fields if place == f.place or place.startswith(f"{f.place}.")]
        below = [f for f in self.fields if f.place.startswith(f"{place}.")]
        return max(own, key=lambda f: len(f.place), default=below[0] if below else None)


def _forms(file: str) -> dict[str, Form]:
    read: Mapping[str, Any] = read_toml("geoplan.app.forms", file)
    return {k: Form.model_validate({"id": k, **v}) for k, v in read.items()}


@cache
def forms() -> Mapping[str, Form]:
    """All forms by name.

    Examples
    --------
    >>> sorted(forms())
    ['crosswalk', 'facilities', 'plants', 'targets']
    """
    return {**_forms("tables.toml"), **_forms("facilities.toml")}
