"""What is asked for: which formats, which layers, which coordinate system."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.export.system import asked_crs, fitting
from geoplan.glossary import tech_word
from geoplan.maps.contents import run_contents
from geoplan.maps.themes import themes
from geoplan.report.exports import column_title, field_docs, run_layers
from gis.crs.systems import reproject, same_crs
from gis.errors import ConfigError
from gis.say import Sentence, listed, say
from layers.plan.model import Plan
from layers.run_lock import Tell

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "FORMATS",
    "Wanted",
    "chosen_layers",
    "chosen_rasters",
    "given",
    "layer_title",
    "titles_of",
    "wanted",
]

FORMATS = (
    *("gpkg", "gdb", "shp", "fgb", "parquet", "kml", "kmz", "dxf"),
    *("cog", "txt", "points", "postgis"),
)
"""Every format `geoplan export` writes."""
RASTERS = ("cog",)
_GLOBES = ("kml", "kmz")
_ENCODINGS = {"gbk": "gbk", "gb18030": "gbk", "utf-8": "utf-8", "utf8": "utf-8"}
# option -> formats it does nothing for, with the reason
_NO_USE: Mapping[str, Mapping[str, str]] = {
    "--crs": {"kml": "crs_globe", "kmz": "crs_globe", "cog": "crs_raster"},
    "--site": {"cog": "site_raster"},
    "--encoding": dict.fromkeys((f for f in FORMATS if f not in ("shp", "txt")), "encoding"),
}


@dataclass(frozen=True)
class Wanted:
    """One call of the export, checked.

    Attributes
    ----------
    formats
        Of `FORMATS`, each once.
    layers
        Names; all of the run when empty.
    crs
        ``EPSG:CODE``, ``cgcs2000-3`` or ``cgcs2000-3-zone``; empty for the plan's own.
    encoding
        ``gbk`` or ``utf-8``, of Shapefiles and coordinate texts.
    site
        Only the rows of this site, in layers that have sites.
    told
        Options that do nothing for some of the formats.
    """

    formats: tuple[str, ...]
    layers: tuple[str, ...] = ()
    crs: str = ""
    encoding: str = "gbk"
    site: str = ""
    told: tuple[Sentence, ...] = ()

    def using(self, option: str) -> tuple[str, ...]:
        """Formats that have a use for an option."""
        return tuple(f for f in self.formats if f not in _NO_USE.get(option, {}))


def _split(texts: Sequence[str]) -> tuple[str, ...]:
    parts = (p.strip() for text in texts for p in text.split(","))
    return tuple(dict.fromkeys(p for p in parts if p))


def given(option: str, *texts: str | None) -> None:
    """Refuse an option that is written and empty: of a variable nobody set it would mean all.

    Raises
    ------
    ConfigError
    """
    if any(t is not None and not t.strip(" ,") for t in texts):
        raise ConfigError(
            say("geoplan.export.empty_option"),
            where=option,
            todo=say("geoplan.export.empty_option_todo"),
        )


def wanted(
    formats: Sequence[str],
    *,
    layers: Sequence[str] | None = None,
    crs: str | None = None,
    encoding: str | None = None,
    site: str | None = None,
) -> Wanted:
    """Check what is asked for; lists may be given in one text with commas, None is not given.

    Raises
    ------
    ConfigError
        For a format, a system or an encoding that is not known, for what is given and empty,
        and for an option none of the formats has a use for.

    Examples
    --------
    >>> wanted(["gdb,kml", "kml"]).formats
    ('gdb', 'kml')
    >>> wanted(["gdb", "kml"], crs="EPSG:4490").told[0]
    '--crs does nothing for kml: KML is in WGS 84, longitude and latitude'
    """
    kinds = tuple(f.lower() for f in _split(formats))
    for kind in kinds or formats:
        _one_of("--format", kind, FORMATS)
    options = {"--crs": crs, "--encoding": encoding, "--site": site}
    for option, text in options.items():
        given(option, text)
    given("--layers", *(layers or ()))
    _one_of("--encoding", (encoding or "gbk").lower(), tuple(_ENCODINGS))
    own = asked_crs(crs.strip()) if crs else None
    if own is not None and same_crs(own, 4326):  # what globes are in anyway
        options["--crs"] = None if set(kinds) <= set(_GLOBES) else crs
    told = [line for option, text in options.items() if text for line in _unused(option, kinds)]
    return Wanted(
        kinds,
        _split(layers or ()),
        (crs or "").strip(),
        _ENCODINGS[(encoding or "gbk").lower()],
        (site or "").strip(),
        tuple(told),
    )


def _unused(option: str, kinds: Sequence[str]) -> list[Sentence]:
    """What is told of formats that do not use an option.

    Raises
    ------
    ConfigError
        When none of them does.
    """
    no_use = _NO_USE[option]
    reasons: dict[str, list[str]] = {}
    for kind in kinds:
        if kind in no_use:
            reasons.setdefault(no_use[kind], []).append(kind)
    if kinds and all(k in no_use for k in kinds):
        useful = ", ".join(f for f in FORMATS if f not in no_use)
        raise ConfigError(
            say("geoplan.export.option_unused"),
            where=option,
            got=say("geoplan.export.option_of", formats=listed(kinds)),
            expected=say("geoplan.export.option_of", formats=useful),
            todo=say("geoplan.export.option_unused_todo"),
        )
    return [
        say(
            "geoplan.export.option_passed_over",
            option=option,
            formats=listed(formats),
            why=say(f"geoplan.export.why_{why}"),
        )
        for why, formats in reasons.items()
    ]


def _one_of(option: str, got: str, known: Sequence[str]) -> None:
    if got not in known:
        raise ConfigError(
            say("geoplan.faults.no_such_choice"),
            where=option,
            got=got,
            expected=listed(known),
        )


def chosen_rasters(run: Path, ask: Wanted) -> dict[str, Path]:
    """Rasters of the run as asked for; none where no format writes them."""
    if not set(ask.formats) & set(RASTERS):
        return {}
    found = dict(sorted(run_contents(run).rasters.items()))
    return {n: p for n, p in found.items() if not ask.layers or n in ask.layers}


def _check_names(found: Sequence[str], run: Path, ask: Wanted) -> None:
    """Refuse names of layers the run does not have or the formats cannot hold.

    Raises
    ------
    ConfigError
    """
    if not ask.layers:
        return
    rasters = list(run_contents(run).rasters)
    unknown = [n for n in ask.layers if n not in found and n not in rasters]
    if unknown:
        every = [*found, *rasters]
        near = [m for n in unknown for m in difflib.get_close_matches(n, every, n=3)]
        raise ConfigError(
            say("geoplan.export.no_such_layer"),
            where="--layers",
            got=listed(unknown),
            expected=listed(near or sorted(every)),
        )
    drawn = [n for n in ask.layers if n in rasters and n not in found]
    features = [f for f in ask.formats if f not in RASTERS]
    if drawn and not set(ask.formats) & set(RASTERS):
        raise ConfigError(
            say("geoplan.export.raster_without_cog"),
            where="--layers",
            got=listed(drawn),
            todo=say("geoplan.export.add_cog"),
        )
    if set(ask.formats) & set(RASTERS) and not set(ask.layers) & set(rasters):
        raise ConfigError(
            say("geoplan.export.no_raster_named"),
            where="--layers",
            got=listed(ask.layers),
            expected=listed(sorted(rasters)),
        )
    if features and not set(ask.layers) & set(found):
        raise ConfigError(
            say("geoplan.export.no_vector_named", formats=listed(features)),
            where="--layers",
            got=listed(ask.layers),
            expected=listed(sorted(found)),
        )


def chosen_layers(
    plan: Plan, run: Path, ask: Wanted, *, tell: Tell | None = None
) -> dict[str, gpd.GeoDataFrame]:
    """Layers of the run as asked for: named ones, rows of a site, the system.

    Parameters
    ----------
    plan, run, ask
        See `geoplan.export.write.write_results`.
    tell : callable, optional
        Told what is to be known of the system.

    Raises
    ------
    ConfigError
        For a layer the run does not have, naming near ones, or the formats cannot hold; for a
        site it does not have, or layers that have none; for a system that does not fit.
    """
    found = dict(run_layers(run))
    _check_names(list(found), run, ask)
    out = {n: g for n, g in found.items() if not ask.layers or n in ask.layers}
    if ask.site:
        without = [n for n in ask.layers if n in out and "site_id" not in out[n]]
        if without:
            raise ConfigError(
                say("geoplan.export.layers_without_sites"),
                where="--layers",
                got=listed(without),
                expected=listed(n for n, g in found.items() if "site_id" in g),
            )
        out = {n: g[g["site_id"] == ask.site] for n, g in out.items() if "site_id" in g}
        known = found["sites"]["site_id"].tolist() if "sites" in found else []
        if ask.site not in known:
            raise ConfigError(
                say("geoplan.faults.no_such_site"),
                where="--site",
                got=ask.site,
                expected=listed(known, 12),
            )
    if ask.crs and out:
        first = found.get("county", next(iter(found.values())))
        system = fitting(ask.crs, first, ask.using("--crs"))
        if tell is not None:
            for line in system.told:
                tell(line)
        out = {
            n: reproject(g, system.crs, n)
            if len(g)
            else g.set_crs(system.crs, allow_override=True)
            for n, g in out.items()
        }
    if plan.plan.synthetic:
        out = {n: g.assign(synthetic=True) for n, g in out.items()}
    return {n: g.reset_index(drop=True) for n, g in out.items()}


def layer_title(name: str, lang: str) -> str:
    """What people call a layer of a run; its name where the map has no word for it.

    Examples
    --------
    >>> layer_title("sites", "en"), layer_title("codes_pv", "en")
    ('Candidate sites', 'codes_pv')
    """
    theme = next((v for v in themes().vector if fnmatchcase(name, v.layer)), None)
    if theme is None:
        return name
    tech = name.partition("_")[2] if theme.layer.endswith("_*") else ""
    title: str = theme.title(lang).format(tech=tech_word(tech)(lang), name="")
    return title.strip(" :\uff1a") or name


def titles_of(plan: Plan, columns: Sequence[str], lang: str) -> Mapping[str, str]:
    """Title with unit of every column that has one."""
    docs = field_docs(plan)
    return {c: column_title(c, lang, docs) for c in columns if docs.get(c) is not None}
