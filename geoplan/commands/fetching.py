"""`geoplan fetch --open-data` as a person meets it: what to carry, what came, what did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gis.errors import ConfigError
from gis.say import Sentence, listed, say
from layers.catalogue import layer
from layers.fetch.open_data import OpenData, Wanted
from layers.plan.model import Plan

__all__ = ["fetched_as_dict", "fetched_lines", "list_as_dict", "list_lines", "mirrors_of"]


def mirrors_of(given: Iterable[str]) -> dict[str, str]:
    """Mirrors as the command line gives them: ``id=address``.

    Raises
    ------
    ConfigError
        One that is not of that form.

    Examples
    --------
    >>> mirrors_of(["worldpop=http://10.0.0.1/wp"])
    {'worldpop': 'http://10.0.0.1/wp'}
    """
    out = {}
    for one in given:
        key, sign, base = one.partition("=")
        if not (sign and key.strip() and base.strip()):
            raise ConfigError(say("layers.fetch.mirror_form"), where="--mirror", got=one[:80])
        out[key.strip()] = base.strip()
    return out


def _titles(layers: Sequence[str]) -> object:
    return listed(layer(i).title for i in layers)


def list_as_dict(wanted: Sequence[Wanted]) -> list[dict[str, object]]:
    """What to carry on a stick, for a machine."""
    return [
        {
            "source": w.piece.source.id,
            "file": w.piece.name,
            "url": w.piece.url,
            "layers": list(w.layers or w.piece.layers),
            "typical_mb": w.piece.source.typical_mb,
            "licence": w.piece.source.licence,
            "quality": w.piece.source.quality,
            "may_be_missing": w.piece.source.gaps,
        }
        for w in wanted
    ]


def list_lines(wanted: Sequence[Wanted], plan: Plan) -> Iterator[Sentence | str]:
    """What to carry on a stick, for a person."""
    if not wanted:
        yield say("geoplan.fetching.nothing_wanted")
        return
    last = ""
    for w in wanted:
        source = w.piece.source
        if source.id != last:
            last = source.id
            yield say(
                "geoplan.fetching.source",
                title=source.title,
                id=source.id,
                licence=source.licence,
                layers=_titles([i for i in source.gives if _is_for(wanted, source.id, i)]),
            )
        size = source.typical_mb
        yield (
            say("geoplan.fetching.file", name=w.piece.name)
            if size is None
            else say("geoplan.fetching.file_mb", name=w.piece.name, mb=size)
        )
        yield f"    {w.piece.url}"
    mb = [w.piece.source.typical_mb for w in wanted]
    yield say(
        "geoplan.fetching.total",
        n=len(wanted),
        mb=sum(m for m in mb if m is not None),
        unknown=sum(m is None for m in mb),
    )
    yield say("geoplan.fetching.then", plan=plan.path.name)


def _is_for(wanted: Sequence[Wanted], source: str, layer_id: str) -> bool:
    return any(
        w.piece.source.id == source and layer_id in (w.layers or w.piece.layers) for w in wanted
    )


def fetched_as_dict(found: OpenData, lang: str) -> dict[str, object]:
    """What came, for a machine."""
    return {
        "layers": found.layers,
        "files": found.files,
        "bytes_brought": found.bytes_brought,
        "notes": [n(lang) for n in found.notes],
        "faults": [f.text(lang) for f in found.faults],
        "plan": None if found.plan is None else str(found.plan),
        "earlier_plan": None if found.kept is None else str(found.kept),
    }


def fetched_lines(found: OpenData) -> Iterator[Sentence]:
    """What came, for a person."""
    for key, source in found.layers.items():
        yield say("geoplan.fetching.layer", title=layer(key).title, source=source)
    yield from found.notes
    yield say("geoplan.fetching.came", n=len(found.files), mb=found.bytes_brought / 1e6)
    if found.plan is not None and found.kept is not None:
        yield say("geoplan.fetching.plan", plan=found.plan.name, kept=found.kept.name)
    elif not found.layers:
        yield say("geoplan.fetching.plan_same")
