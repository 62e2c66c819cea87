"""Classes whose list nobody names: what is in the file, and the ways out."""

from __future__ import annotations

from dataclasses import asdict

from gis.errors import ConfigError
from gis.files.raster_values import survey_raster
from gis.say import listed, say
from layers.open.raster_values import raster_terms
from layers.open.read_layer import file_of
from layers.plan.model import Plan
from layers.vocabulary import vocabularies

__all__ = ["unlisted_classes"]

_SHOWN = 12  # classes named in the message


def unlisted_classes(plan: Plan, layer_id: str) -> ConfigError:
    """The one fault of a raster of classes without a code list, with the codes it holds.

    Parameters
    ----------
    plan : Plan
    layer_id : str
        A raster of classes the plan has, of no vocabulary.
    """
    path = file_of(plan, layer_id, plan.layers[layer_id])
    found = survey_raster(path, **asdict(raster_terms(plan, layer_id)))
    codes = [str(c) for c in sorted(found.codes)]
    if len(codes) > _SHOWN:
        codes[_SHOWN:] = ["..."]
    return ConfigError(
        say("layers.open.classes_mean_nothing"),
        where=f"[layers.{layer_id}] vocabulary",
        got=say("layers.open.classes_of_no_list", codes=listed(codes)),
        expected=listed(vocabularies()),
        todo=say("layers.open.name_list_or_pools", layer=layer_id),
    )
