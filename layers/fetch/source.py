"""What is known of each source of open data; one TOML a source."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import parse_toml
from layers.catalogue import layer_ids
from layers.fetch.manners import shown
from layers.model_faults import model_faults
from layers.spec import Checked, Frozen, Text

__all__ = ["Choose", "OsmLayer", "Polygons", "Source", "mirrored", "parse_source", "sources"]


# one value of everything a pattern may name, as `layers.fetch.pieces` fills it in
_SAMPLE: Mapping[str, Any] = {
    "lat": 38,
    "lon": 106,
    **dict.fromkeys(("ns", "ew", "iso3", "iso3_low", "region", "layer", "query"), "x"),
    **dict.fromkeys(("west", "south", "east", "north"), 1.0),
}
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")  # a file, in no other folder


class Polygons(Frozen):
    """How polygons are made of a raster: the cells of one value, on cells of a size."""

    value: Annotated[int, Field(ge=0, le=65_535)]
    cell_m: Annotated[float, Field(gt=0, le=10_000)]


class Choose(Frozen):
    """A value of a field where the tags are among those named; the first that fits."""

    field: str
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    value: str


class OsmLayer(Frozen):
    """What of OpenStreetMap is a layer, and what its tags mean in the catalogue.

    Attributes
    ----------
    query
        Of Overpass QL, without the box.
    fields
        Field of the catalogue -> tag; ``"@id"`` is the number of the object.
    values
        Field -> spelling -> value of the catalogue; other spellings are left empty.
    """

    query: str
    geometry: Literal["point", "line", "polygon"]
    fields: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    choose: tuple[Choose, ...] = ()


class Source(Checked):
    """A source of open data.

    Attributes
    ----------
    rank
        Of several sources of one layer that with the lowest is taken.
    kind
        ``"tiles"`` of a raster, a raster of a ``"country"``, a series at a ``"point"``, values
        on a ``"lattice"`` of points, a question to ``"overpass"``, or an ``"extract"`` of its
        map for a province.
    gives
        Layers of the catalogue.
    base, address, name
        Address and name of a file, with ``{lat}``, ``{lon}`` (tile or point), ``{ns}``,
        ``{ew}``, ``{iso3}``, ``{name}`` in them. A mirror has another base.
    regions, objects
        Of an extract: first digits of a county's code -> its name; the source that says what
        its objects are.
    gaps
        Whether a tile that is not there (404) is sea and not a fault.
    quality
        ``"verified"``: address and values were read in documentation or working code;
        ``"recalled"``: they were not, and the source is asked only by name.
    incomplete
        Why silence of the layer does not mean that there is none; None where it is complete.
    plan
        Further keys of the layer in the plan.
    section
        Section of the plan that reads the series (``[pv.weather]``).
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    rank: Annotated[int, Field(ge=1, le=1_000)]
    kind: Literal["tiles", "country", "point", "lattice", "overpass", "extract"]
    gives: Annotated[tuple[str, ...], Field(min_length=1)]
    base: Annotated[str, Field(pattern=r"^https?://[^?#]*[^/]$")]
    address: str
    name: str
    suffix: Annotated[str, Field(pattern=r"^\.[a-z0-9]+$")]
    tile_deg: Annotated[int, Field(ge=0, le=60)] = 0
    corner: Literal["south_west", "north_west"] = "south_west"
    step_deg: Annotated[float, Field(ge=0, le=10)] = 0.0
    margin_deg: Annotated[float, Field(ge=0, le=1)] = 0.05
    iso3: dict[str, str] = Field(default_factory=dict)
    regions: dict[str, str] = Field(default_factory=dict)
    objects: str = ""
    gaps: bool = False
    at_once: Annotated[int, Field(ge=1, le=8)] = 3
    gap_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    typical_mb: Annotated[float, Field(gt=0, le=100_000)] | None = None
    max_mb: Annotated[float, Field(gt=0, le=100_000)]
    licence: str
    date: str
    edition: str
    resolution: str
    quality: Literal["verified", "recalled"]
    documentation: str
    title: Text
    attribution: Text
    coverage: Text
    note: Text
    incomplete: Text | None = None
    polygons: Polygons | None = None
    value: tuple[str, ...] = ()
    plan: dict[str, Any] = Field(default_factory=dict)
    section: Literal["", "pv", "wind"] = ""
    osm: dict[str, OsmLayer] = Field(default_factory=dict)
    extract_columns: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Source:
        strange = sorted({*self.gives, *self.osm} - layer_ids())
        if strange or (self.kind == "overpass") != bool(self.osm):
            raise ValueError(say("layers.fetch.no_such_layers", layers=listed(strange)))
        needs = {"tiles": self.tile_deg, "lattice": self.step_deg, "country": self.iso3}
        needs["extract"] = self.regions and self.objects
        # an item of STAC names its own files
        if self.id != "stac" and not needs.get(self.kind, True):
            raise ValueError(say("layers.fetch.kind_needs", kind=self.kind))
        try:
            stem = self.name.format(**_SAMPLE)
            self.address.format(name=stem, **_SAMPLE)
        except (LookupError, ValueError, AttributeError, TypeError) as err:
            raise ValueError(say("layers.fetch.bad_pattern", text=str(err)[:80])) from err
        if not _PLAIN_NAME.fullmatch(stem):
            raise ValueError(say("layers.fetch.bad_pattern", text=stem[:80]))
        return self


def parse_source(text: str, where: str) -> Source:
    """A source from the text of its TOML file.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    doc = parse_toml(text.encode(), where)
    try:
        return Source.model_validate(doc)
    except ValidationError as err:
        raise ConfigError(model_faults(err, where)) from err


@cache
def sources() -> Mapping[str, Source]:
    """Every source by id.

    Examples
    --------
    >>> sources()["copernicus_glo30"].gives
    ('dem',)
    """
    found = [
        parse_source(f.read_text(encoding="utf-8"), f.name)
        for f in sorted(files("layers.fetch.sources").iterdir(), key=lambda f: f.name)
        if f.name.endswith(".toml")
    ]
    return {s.id: s for s in found}


def _is_base(url: str) -> bool:
    """Whether names of files can be put behind an address: a host, and no question."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    odd = "?" in url or "#" in url or "@" in parts.netloc or not url.isascii()
    signs = any(c.isspace() or c in '{}<>\\"' for c in url)
    return bool(parts.hostname) and port != 0 and not (odd or signs)


def mirrored(mirrors: Mapping[str, str], where: str) -> dict[str, Source]:
    """Every source, with the address of its mirror where it has one.

    Parameters
    ----------
    mirrors : mapping
        Id of a source -> address (http or https) in place of its own.
    where : str
        Of a fault: the option or the key of the plan.

    Raises
    ------
    ConfigError
        An id that is none, or an address that is not http(s).
    """
    known = dict(sources())
    for key, base in mirrors.items():
        if key not in known:
            raise ConfigError(
                say("layers.fetch.no_such_source"),
                where=where,
                got=key,
                expected=listed(known),
            )
        if not base.lower().startswith(("http://", "https://")):
            raise ConfigError(
                say("layers.fetch.mirror_is_http"), where=f"{where} {key}", got=shown(base)[:80]
            )
        if not _is_base(base):
            raise ConfigError(
                say("layers.fetch.mirror_is_base"),
                where=f"{where} {key}",
                got=shown(base)[:80],
                expected="http://10.0.0.8/dem",
            )
        known[key] = known[key].model_copy(update={"base": base.rstrip("/")})
    return known
