"""Why something that looks like a layer does not lie in the county."""

from __future__ import annotations

from gis.files.look.tables import TableLook
from gis.say import say
from gis.toml import read_toml
from layers.open.county import boundary_least_frac
from layers.recognise.guess import Guess
from layers.recognise.place import Ground, no_land_inside
from layers.recognise.search import Seen, near_km
from layers.recognise.walk import Said

__all__ = ["elsewhere_of"]


def elsewhere_of(seen: Seen, guess: Guess, ground: Ground) -> Said | None:
    """Why something does not lie in this county; None where it does."""
    return _undeclared(seen, _elsewhere(seen, guess, ground))


def _undeclared(seen: Seen, why: Said | None) -> Said | None:
    """The reason of a file that declares no system, with the one it was looked at in."""
    if why is None or seen.look.crs or seen.where.declared:
        return why
    if not seen.where.crs:
        return say("layers.recognise.undeclared_nowhere", why=why)
    return say("layers.recognise.undeclared_in", crs=seen.where.crs, why=why)


def _elsewhere(seen: Seen, guess: Guess, ground: Ground) -> Said | None:
    """Why something does not lie in this county; None where it does."""
    where, limits = seen.where, read_toml("layers.recognise", "evidence.toml")["place"]
    here = ground.county.name
    if where.fault is not None and not where.crs:
        return where.fault.faults[0].text
    if not where.crs:
        return say("layers.recognise.no_system_fits", name=here)
    far = where.away_km > near_km()
    filling = guess.layer_id in limits["filling"]
    inside = where.own_frac >= limits["own_frac"] or where.own_code_frac >= limits["own_frac"]
    # a file of the whole city or province holds the county among others
    larger = where.covered_frac >= boundary_least_frac()
    if where.other and (far or (filling and not inside and not larger)):
        return say("layers.recognise.other_county", other=where.other, name=here)
    if far:
        return say("layers.recognise.far_away", away_km=where.away_km, name=here)
    if where.own_frac < limits["own_frac"] and not larger and _without_land(seen, ground):
        if where.other:
            return say("layers.recognise.other_county", other=where.other, name=here)
        return say("layers.recognise.none_inside", name=here)
    if filling and not inside and not larger:
        return say("layers.recognise.little_inside", share=100 * where.own_frac, name=here)
    if not where.declared and seen.look.crs and not where.own_code_frac > 0:
        return say(
            "layers.recognise.wrong_system", crs=seen.look.crs, fits=where.crs, name=here
        )
    return None


def _without_land(seen: Seen, ground: Ground) -> bool:
    """Whether a table of areas has none in the county."""
    if not isinstance(seen.look, TableLook) or seen.look.kind != "polygon":
        return False
    return no_land_inside(seen.path, seen.table, seen.where.crs, ground)
