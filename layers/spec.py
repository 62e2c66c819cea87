"""The declaration of a layer: what it means, in which unit, and what *unknown* means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from gis.errors import ConfigError
from layers.model_faults import YesNo, model_faults
from layers.numbers import Number

__all__ = [
    "Checked",
    "Frozen",
    "Kind",
    "Layer",
    "LayerField",
    "Origin",
    "Outcome",
    "Priority",
    "Supply",
    "Text",
    "origin",
    "text_of",
]

Kind = Literal["classes", "intensive", "extensive", "features", "timeseries"]
Priority = Literal["core", "needed", "later"]
GeometryKind = Literal["point", "line", "polygon", "raster", "none"]


_FEW = 16  # corners of a box, not a series


def _kinds(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any annotation
    """Types an annotation is made of, down to the last."""
    inner = get_args(annotation)
    if get_origin(annotation) is Literal:
        yield from map(type, inner)
    elif inner:
        for one in inner:
            yield from _kinds(one)
    else:
        yield annotation


@cache
def _numbers(model: type[BaseModel]) -> frozenset[str]:
    """Fields of a model that hold numbers and no yes or no."""
    out = set()
    for name, field in model.model_fields.items():
        kinds = set(_kinds(field.annotation))
        if bool not in kinds and kinds & {int, float}:
            out.add(name)
    return frozenset(out)


def _has_bool(value: object) -> bool:
    if isinstance(value, Mapping):
        value = list(value.values())
    few = isinstance(value, (list, tuple)) and len(value) <= _FEW
    return type(value) is bool or (few and any(type(v) is bool for v in value))  # type: ignore[attr-defined]


def _as_words(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_as_words(v) for v in value]
    if isinstance(value, Mapping):
        return {k: _as_words(v) for k, v in value.items()}
    return YesNo(str(value).lower()) if type(value) is bool else value


class Frozen(BaseModel):
    """A value that cannot change; it knows no key it was not told of and no infinite number."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _yes_is_no_number(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a file holds
        """``cell_m = true`` is no cell of one metre: as a word it is no number."""
        if not isinstance(given, dict) or not any(_has_bool(v) for v in given.values()):
            return given
        return {k: _as_words(v) if k in _numbers(cls) else v for k, v in given.items()}


class Outcome(Frozen):
    """A result. It may hold NaN (not known) or infinity (nothing is near), written as null."""

    model_config = ConfigDict(allow_inf_nan=True)


class Checked(Frozen):
    """A value that people make by hand: what cannot be is a ConfigError with every fault."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - checked by the model
        try:
            super().__init__(**given)
        except ValidationError as err:
            raise ConfigError(model_faults(err, type(self).__name__)) from err

    # the same validation as every model's, in other words only: reading a file collects the
    # faults of all its tables and does not come through here
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


class Text(Frozen):
    """The same words in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __call__(self, lang: str) -> str:
        """The words in `lang` (``"zh"`` or ``"en"``).

        Examples
        --------
        >>> Text(zh="坡度", en="slope")("en")
        'slope'
        """
        return self.zh if lang == "zh" else self.en


def _both(value: object) -> object:
    """Words in one language as a table of both; the other language falls back to them."""
    if isinstance(value, str):
        return {"zh": value, "en": value}
    if isinstance(value, Mapping):
        given = [v for k, v in value.items() if k in ("zh", "en")]
        if len(given) == len(value) == 1:
            return {"zh": given[0], "en": given[0]}
    return value


Title = Annotated[Text, BeforeValidator(_both)]
"""What a person called something in a plan: one string, or a table of one or both languages.
Law and the product's own words stay in both (`Text`)."""


def text_of(sentence: Callable[[str], str]) -> Text:
    """A sentence of a text file as a `Text`, where both languages are kept side by side.

    Examples
    --------
    >>> from gis.say import say
    >>> text_of(say("gis.say.got", value=3)).zh
    '实际为 3'
    """
    return Text(zh=sentence("zh"), en=sentence("en"))


def _branch(value: object) -> str:
    # a step of this name is left out where a fault says its key (`layers.model_faults`)
    return f"constrained-{'table' if isinstance(value, Mapping | Text) else 'text'}"


Origin = Annotated[
    Annotated[str, Tag("constrained-text")] | Annotated[Text, Tag("constrained-table")],
    Discriminator(_branch),
]
"""Where a number is from: a citation (author, title, DOI) is the same in both languages, a
description is a `Text`. Say it with `gis.say.in_lang`."""


def origin(value: str | Mapping[str, str]) -> Origin:
    """The origin as TOML gives it: one string, or a table of both languages.

    Examples
    --------
    >>> origin("Dobos 2014"), origin({"zh": "假定", "en": "assumption"})("zh")
    ('Dobos 2014', '假定')
    """
    return value if isinstance(value, str) else Text(**value)


class LayerField(Frozen):
    """One attribute of a feature layer.

    Attributes
    ----------
    name
        Canonical name, in the code's terms.
    aliases
        Names seen in Chinese data (三调 field names, pinyin); the first match is used.
    unit
        Unit of a number, empty for text.
    values
        Closed list of canonical values, each with the spellings that mean it.
    low, high
        Smallest and largest number there can be; a larger one is of another unit.
    required
        A layer without this field cannot be judged.
    cited
        Public text the aliases were read in; empty where none is named.
    unread
        Aliases found in no public text (needs review).
    implied_by, implied
        Where a file has no column of its own: another field, and which spellings of that one
        mean which value of this one. A spelling that is not listed says nothing.
    """

    name: str
    title: Text
    aliases: tuple[str, ...] = ()
    cited: str = ""
    unread: tuple[str, ...] = ()
    type: Literal["text", "number", "integer", "date"] = "text"
    unit: str = ""
    values: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    low: Number | None = None
    high: Number | None = None
    required: bool = False
    implied_by: str = ""
    implied: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Supply(Frozen):
    """Who has a layer, how it usually comes, and how much hangs on it.

    Attributes
    ----------
    priority
        ``"core"``: without it no answer holds; ``"needed"``: an answer of the whole is not
        final without it; ``"later"``: the rest.
    rank
        Place among the core layers, from 1; 0 for the others.
    holder
        Whom to ask.
    formats
        How it usually comes, the best first.
    steps
        Steps of a run that read it, and ``"check"``; empty where nothing reads it yet.
    derived_from
        The layer it is computed from where it is not given: nobody is asked for it.
    """

    priority: Priority
    rank: Annotated[int, Field(ge=0, le=99)] = 0
    holder: Text
    formats: Annotated[tuple[str, ...], Field(min_length=1)]
    steps: tuple[
        Literal[
            "screen",
            "sites",
            "connection",
            "check",
            "pv",
            "wind",
            "repower",
            "rooftop",
            "stand",
            "pools",
            "carbon",
            "targets",
            "potential",
            "survey",
            "facilities",
        ],
        ...,
    ] = ()
    derived_from: str = ""


class Layer(Checked):
    """What a layer is; one TOML of the catalogue.

    Attributes
    ----------
    kind
        Fixes the resampling: classes -> mode, intensive -> mean, extensive -> sum kept,
        features -> exact geometry, timeseries -> none.
    names
        Names of its tables and files: the short names of the national database standards
        (DLTB of TD/T 1057, STBHHX and CZKFBJ of the spatial plans), Chinese and usual
        English ones. Initials and pinyin of the Chinese ones are found by themselves.
    unknown
        What absence of data means: ``"unknown"`` (cells cannot be judged) or ``"absent"``
        (outside the features there is none of it, as for a complete line layer).
    half_width_field
        Name of the field by which a centre line is widened to the edge from which the law
        measures; empty where geometry is already the legal edge.
    one_place
        Several points in a row of a point layer are one thing (a substation), at their middle;
        else each is a thing of its own (a turbine).
    range
        Smallest and largest value of a raster, in `unit`; what lies outside is refused.
    several_bands
        A file of several bands (months of a year) is usual: the first is the default.
    scenes
        A folder with the bands of a satellite's scene does as a file: the layer is made of it.
    supply
        Who has it and how it comes; None for a layer nobody is asked for.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    kind: Kind
    names: tuple[str, ...] = ()
    geometry: GeometryKind
    about: Text
    group: str
    unit: str = ""
    vocabulary: str = ""
    range: tuple[Number, Number] | None = None
    unknown: Literal["unknown", "absent"] = "absent"
    fields: tuple[LayerField, ...] = ()
    half_width_field: str = ""
    one_place: bool = False
    source_hint: Text | None = None
    several_bands: bool = False
    scenes: bool = False
    sensitive: bool = False
    supply: Supply | None = None

    def field(self, name: str) -> LayerField:
        """The field called `name`.

        Raises
        ------
        KeyError
            When the layer has no such field.
        """
        for f in self.fields:
            if f.name == name:
                return f
        raise KeyError(name)
