"""The page of the workspace and what it loads: nothing inline, nothing from outside."""

from __future__ import annotations

import html
from pathlib import Path

from geoplan.maps.assets import vendor_css, vendor_js
from gis.say import say

__all__ = ["asset", "page"]

_HERE = Path(__file__).parent / "static"
# in the order they are read: each may use those before it
_SCRIPTS = (
    *(
        "base.js",
        "map.js",
        "start.js",
        "data.js",
        "forms.js",
        "work.js",
        "give.js",
        "register.js",
    ),
    "main.js",
)
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def page(token: str, lang: str) -> str:
    """The page: an empty frame that its scripts fill."""
    at = html.escape(token, quote=True)
    scripts = "".join(
        f'<script src="/static/{name}?token={at}" defer></script>'
        for name in ("leaflet.js", *_SCRIPTS)
    )
    styles = "".join(
        f'<link rel="stylesheet" href="/static/{name}?token={at}">'
        for name in ("leaflet.css", "app.css")
    )
    title = html.escape(say("geoplan.app.title")(lang))
    return (
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        '<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{title}</title>{styles}{scripts}</head>'
        f'<body data-token="{at}" data-lang="{lang}"><div id="app"></div></body></html>'
    )


def asset(name: str) -> tuple[str, str] | None:
    """Text and content type of a file of the page; None when it has no such file."""
    if name == "leaflet.js":
        return vendor_js("leaflet", name), _TYPES[".js"]
    if name == "leaflet.css":
        return vendor_css("leaflet", name), _TYPES[".css"]
    if name not in (*_SCRIPTS, "app.css"):
        return None
    return (_HERE / name).read_text(encoding="utf-8"), _TYPES[Path(name).suffix]
