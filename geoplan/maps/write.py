"""``map.html``: one file that opens anywhere, with no network."""

from __future__ import annotations

import html as htmllib
from pathlib import Path

from geoplan.maps.assets import app_css, app_js, vendor_js
from geoplan.maps.base import with_base
from geoplan.maps.contents import run_contents
from geoplan.maps.offline import inline_head, inline_script, json_text, remote_references
from geoplan.maps.page import BASE_MAP_HOSTS, MapOptions, PageData, page_data
from geoplan.tiles.base import add_tiles, write_tiles
from gis.errors import ConfigError, DataError
from gis.files.plain_text import washed
from gis.say import listed, say
from layers.plan.model import Plan
from layers.result import Progress
from layers.run_record import check_result

__all__ = ["page_html", "write_map"]

_PARTS = 100
_BASE_AT, _PAGE_AT, _FILE_AT = 1, 11, 98
"""Where base, contents and file begin, in hundredths of the time of the map (usual.toml)."""


def _policy(base_maps: tuple[str, ...], connect: str = "'none'", *, tiles: bool = False) -> str:
    # a file has no origin that 'self' could name: what lies beside it is reached as a file
    beside = ("'self'", "file:") if tiles else ()
    images = " ".join(["data:", "blob:", *beside, *(BASE_MAP_HOSTS[b] for b in base_maps)])
    return (
        f"default-src 'none'; img-src {images}; style-src 'unsafe-inline'; "
        f"script-src 'unsafe-inline'; font-src data:; connect-src {connect}; "
        "form-action 'none'; base-uri 'none'"
    )


def page_html(
    data: PageData,
    *,
    base_maps: tuple[str, ...] = (),
    connect: str = "'none'",
    extra_scripts: tuple[str, ...] = (),
) -> str:
    """The whole page: folium's map with our controls, data and vendored scripts inside.

    Parameters
    ----------
    data : PageData
    base_maps : tuple of str
        Online base maps the user asked for.
    connect : str
        Where the page may send requests (``'self'`` for the served page).
    extra_scripts : tuple of str
        Further own scripts, for the served page.

    Raises
    ------
    DataError
        When anything in the page still points outside it.
    """
    import folium  # heavy

    west, south, east, north = data.meta["bounds"]
    m = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        tiles=None,
        zoom_start=10,
        zoom_control=False,
        prefer_canvas=True,
        zoomSnap=0.25,
        wheelPxPerZoomLevel=120,
        boxZoom=True,
        keyboard=True,
    )
    page = inline_head(m.get_root().render())
    lang = "zh-CN" if data.meta["lang"] == "zh" else "en"
    title = htmllib.escape(washed(data.meta["title"][data.meta["lang"]]))
    policy = _policy(base_maps, connect, tiles=bool(data.meta.get("tiles")))
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{title}</title><style>{app_css()}</style>"
        + inline_script(vendor_js("fflate", "fflate.js"))
        + inline_script(app_js(extra=extra_scripts))
    )
    page = page.replace("<html>", f'<html lang="{lang}">', 1)
    # the policy has to stand before the first script
    page = page.replace("<head>", "<head><!--geoplan-->", 1).replace(
        "</head>", f"{head}</head>", 1
    )
    rule = head[head.index("<meta http") : head.index("<title>")]
    page = page.replace("<!--geoplan-->", rule, 1).replace(rule + "<title>", "<title>", 1)
    faults = remote_references(page, tuple(BASE_MAP_HOSTS[b] for b in base_maps))
    if faults:
        raise DataError(
            say("geoplan.faults.page_points_outside"),
            where="map.html",
            got="; ".join(faults[:5]),
            todo=say("geoplan.faults.vendor_or_drop"),
        )
    blobs = "".join(
        f'<script type="text/plain" id="gp-{name}">{text}</script>'
        for name, text in data.blobs.items()
    )
    meta = f'<script type="application/json" id="gp-meta">{json_text(data.json())}</script>'
    start = inline_script(f"GP.start({m.get_name()});")
    return page.replace("</html>", f"{meta}{blobs}{start}</html>", 1)


def write_map(
    run: Path,
    out: Path,
    *,
    lang: str = "zh",
    display_only: bool = False,
    review_number: str = "",
    base_maps: tuple[str, ...] = (),
    plan: Plan | None = None,
    progress: Progress = lambda *_: None,
) -> Path:
    """Write the interactive map of a run as one self-contained file.

    Parameters
    ----------
    run : path
        Folder of a finished run.
    out : path
        The HTML file to write.
    lang : {"zh", "en"}
        Language the page opens in; it can be switched in the page.
    display_only : bool
        Simplify shapes and drop fields that are not public.
    review_number : str
        审图号; printed only when given.
    base_maps : tuple of {"osm", "tianditu"}
        Online base maps to offer. Empty by default: the page then asks for nothing.
    plan : Plan, optional
        The plan of the run: its relief, water, roads, towns and the three lines become the
        base of the map, with the tiles of its ``[[map.tiles]]`` in a folder beside the file,
        and the sign-off of its register stands beside the sites. Without it the base is the
        county and its townships.
    progress : callable
        Told how many parts of it are done.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    ConfigError
        For an unknown language or base map.
    DataError
        When the run or an archive of tiles cannot be read, or the page would point outside
        itself.
    """
    check_result(run)
    if lang not in {"zh", "en"}:
        raise ConfigError(
            say("geoplan.faults.no_such_language"),
            where="--lang",
            got=lang,
            expected=say("geoplan.faults.zh_or_en"),
        )
    unknown = [b for b in base_maps if b not in BASE_MAP_HOSTS]
    if unknown:
        raise ConfigError(
            say("geoplan.faults.no_such_base_map"),
            where="--base-map",
            got=listed(unknown),
            expected=listed(BASE_MAP_HOSTS),
        )
    options = MapOptions(lang, display_only, review_number, tuple(base_maps))
    progress("map", 0, _PARTS)
    contents = run_contents(run)
    progress("map", _BASE_AT, _PARTS)
    # simplified shapes are for the eye; a display version shows what is public alone
    if plan is not None and not display_only:
        contents = with_base(contents, plan)
    progress("map", _PAGE_AT, _PARTS)

    def of_page(done: int, total: int) -> None:
        progress("map", _PAGE_AT + (_FILE_AT - _PAGE_AT) * done // total, _PARTS)

    data = page_data(contents, options, of_page)
    if plan is not None and not display_only:
        from geoplan.register.packed import map_signoff  # a register of a run reads maps

        if signed := map_signoff(plan, contents):
            data.meta["signoff"] = signed
        add_tiles(data, write_tiles(plan, out.parent))
    progress("map", _FILE_AT, _PARTS)
    text = page_html(data, base_maps=options.base_maps)
    tmp = out.with_name(out.name + ".tmp")
    tmp.write_text(text, encoding="utf-8")
    tmp.replace(out)
    progress("map", _PARTS, _PARTS)
    return out
