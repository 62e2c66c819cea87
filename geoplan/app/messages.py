"""What the workspace page asks, with its limits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gis.files.plain_text import ungrouped
from layers.numbers import Count, Number
from layers.spec import Frozen

__all__ = [
    "ColumnsAsked",
    "EntryAsked",
    "FactsAsked",
    "FileAsked",
    "JobAsked",
    "MappingAsked",
    "Mark",
    "NewProject",
    "Purpose",
    "SettingsAsked",
    "SourceAsked",
    "ValueAsked",
    "ZoneAsked",
]


def _filled_in(value: object) -> object:
    return (ungrouped(value) or None) if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1, max_length=60)]
Path = Annotated[str, Field(max_length=1000)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")]
Mark = Annotated[str, Field(max_length=40)]
Lang = Literal["zh", "en"]
Purpose = Literal["pv", "wind", "carbon", "general"]
Degree = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class NewProject(Frozen):
    """A project of a county, and the folder its data lie in.

    Attributes
    ----------
    folder
        Absolute path under a root; empty where files are brought in, or there are none yet.
    root, path
        The same folder as it was chosen in the list of folders.
    brought
        Whether files were brought into the project that is called `project`.
    """

    county: Annotated[str, Field(min_length=1, max_length=60)]
    name: Annotated[str, Field(max_length=60)] = ""
    folder: Path = ""
    root: Count | None = None
    path: Path = ""
    project: Annotated[str, Field(max_length=60)] = ""
    lang: Lang = "zh"


class ColumnsAsked(Frozen):
    """Columns of the file of a layer, and values of one as a field is read from it."""

    layer: Id
    field: Annotated[str, Field(max_length=60)] = ""
    column: Annotated[str, Field(max_length=120)] = ""


class MappingAsked(Frozen):
    """Columns and values of a layer; `mark` is the layer's when it was shown."""

    mark: Mark = ""

    fields: Annotated[dict[Id, Annotated[str, Field(max_length=120)]], Field(max_length=60)]
    values: Annotated[
        dict[
            Id,
            dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=60)]],
        ],
        Field(max_length=60),
    ]


class SourceAsked(Frozen):
    """Where a layer is read from: a file, or nowhere and why."""

    mark: Mark = ""
    path: Path = ""
    table: Annotated[str, Field(max_length=120)] = ""
    absent: Annotated[str, Field(max_length=300)] = ""


class FactsAsked(Frozen):
    """What is said of the data of a layer: its day, and that it is complete."""

    mark: Mark = ""
    date: Annotated[str, Field(max_length=40)] = ""
    complete: bool = False


class ValueAsked(Frozen):
    """A value of the plan, empty for its default; `was` is what the page showed before."""

    was: Annotated[str, Field(max_length=60)] | None = None

    key: Annotated[str, Field(max_length=60)]
    value: Annotated[str, Field(max_length=60)] = ""


class FileAsked(Frozen):
    """A file that was offered; `mark` is of what it takes the place of, when that was shown."""

    mark: Mark = ""
    path: Annotated[str, Field(min_length=1, max_length=1000)]


class SettingsAsked(Frozen):
    """What a plan says of itself: what is given is changed, null leaves it to the rules.

    Attributes
    ----------
    was
        What the page showed before: nobody writes over what another saved meanwhile.
    cell_m
        Side of a cell [m].
    hub_height_m, rotor_diameter_m
        Of the turbine that is meant [m].
    """

    title: Name = ""
    cell_m: Annotated[Annotated[float, Field(ge=1, le=1000)], BeforeValidator(_filled_in)] = (
        10.0
    )
    hub_height_m: Annotated[
        Annotated[float, Field(gt=0, le=300)] | None, BeforeValidator(_filled_in)
    ] = None
    rotor_diameter_m: Annotated[
        Annotated[float, Field(gt=0, le=400)] | None, BeforeValidator(_filled_in)
    ] = None
    was: Annotated[dict[str, str | Number | None], Field(max_length=4)] = Field(
        default_factory=dict
    )


class ZoneAsked(Frozen):
    """A zone that was drawn (`ring`) or brought in (`file`)."""

    title: Name
    title_en: Annotated[str, Field(max_length=60)] = ""
    purpose: Purpose = "general"
    ring: Annotated[list[tuple[Degree, Degree]], Field(max_length=5000)] = Field(
        default_factory=list
    )
    file: Path = ""


class EntryAsked(Frozen):
    """A project for the register, or without an id a table of them in `file`.

    Attributes
    ----------
    file
        Of its boundary, that was brought in.
    who
        As they call themselves.
    """

    id: Annotated[str, Field(max_length=64)] = ""
    name: Annotated[str, Field(max_length=300)] = ""
    kind: Annotated[str, Field(max_length=60)] = ""
    stage: Annotated[str, Field(max_length=60)] = ""
    unit: Annotated[str, Field(max_length=300)] = ""
    year: Annotated[
        Annotated[int, Field(ge=1900, le=2200)] | None, BeforeValidator(_filled_in)
    ] = None
    capacity_mw: Annotated[
        Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None,
        BeforeValidator(_filled_in),
    ] = None
    file: Path = ""
    who: Annotated[str, Field(max_length=60)] = ""


class JobAsked(Frozen):
    """A job of a project.

    Attributes
    ----------
    run
        The run it is about; of a run that goes on, its number.
    scenario
        Name of a plan that was saved beside the project's own; empty for that.
    """

    kind: Literal[
        "doctor",
        "repair",
        "run",
        "report",
        "pack",
        "map",
        "paper",
        "qgis",
        "results",
        "register",
    ]
    lang: Lang = "zh"
    only: Annotated[tuple[Id, ...], Field(max_length=30)] = ()
    run: Annotated[str, Field(pattern=r"^(\d{4})?$")] = ""
    site: Annotated[str, Field(pattern=r"^[\w-]{0,40}$")] = ""
    formats: Annotated[
        tuple[Literal["gpkg", "gdb", "shp", "kml", "dxf", "cog", "txt"], ...],
        Field(max_length=7),
    ] = ()
    title: Annotated[str, Field(max_length=60)] = ""
    scenario: Annotated[str, Field(max_length=60)] = ""
