"""The layer catalogue: one TOML a layer. Adding a layer is adding a file.

Examples
--------
>>> layer("road").title("en")
'roads'
>>> "land_parcels" in layer_ids()
True
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pydantic import ValidationError

from gis.errors import ConfigError, Fault, raise_faults
from gis.say import listed, say
from gis.toml import parse_toml
from layers.model_faults import model_faults
from layers.spec import Layer

__all__ = ["layer", "layer_ids", "layers", "parse_layer"]


def parse_layer(text: str, where: str) -> Layer:
    """A layer from the text of its TOML file.

    Parameters
    ----------
    text : str
        Content of the file.
    where : str
        File name; its stem must be the layer's id.

    Raises
    ------
    ConfigError
        When the text is not TOML or not a layer; every fault is listed.
    """
    doc = parse_toml(text.encode(), where, own=True)
    try:
        found = Layer.model_validate(doc)
    except ValidationError as err:
        raise ConfigError(model_faults(err, where)) from err
    if f"{found.id}.toml" != where:
        raise ConfigError(
            say("layers.catalogue.id_file_name_differ"), where=where, got=found.id
        )
    return found


def _collect(sources: Iterable[tuple[str, str]]) -> dict[str, Layer]:
    out: dict[str, Layer] = {}
    faults: list[Fault] = []
    for where, text in sorted(sources):
        try:
            found = parse_layer(text, where)
        except ConfigError as err:
            faults += err.faults
            continue
        out[found.id] = found
    raise_faults(ConfigError, faults)
    return out


@cache
def _all() -> MappingProxyType[str, Layer]:
    return MappingProxyType(
        _collect(
            (f.name, f.read_text(encoding="utf-8"))
            for f in files("layers.catalogue").iterdir()
            if f.name.endswith(".toml")
        )
    )


def layers() -> dict[str, Layer]:
    """Every layer of the catalogue by id, in alphabetical order."""
    return dict(_all())


def layer_ids() -> frozenset[str]:
    """Ids of every layer a plan may name."""
    return frozenset(_all())


def layer(layer_id: str) -> Layer:
    """The declaration of one layer.

    Raises
    ------
    ConfigError
        When the catalogue has no such layer; near names are suggested.

    Examples
    --------
    >>> layer("roadd")
    Traceback (most recent call last):
    ...
    gis.errors.ConfigError: layer 'roadd': no such layer in the catalogue; did you mean road?
    """
    known = _all()
    if layer_id not in known:
        import difflib

        near = difflib.get_close_matches(layer_id, known, n=3)
        raise ConfigError(
            say("layers.catalogue.no_such_layer_catalogue"),
            where=say("layers.catalogue.at_layer", id=repr(layer_id)),
            todo=say("layers.catalogue.did_you_mean", names=listed(near))
            if near
            else say("layers.catalogue.see_geoplan_layers"),
        )
    return known[layer_id]
