"""A folium page as one file that asks the network for nothing.

folium writes links to ten files on public servers; on an intranet the page stays blank. Here
every link of the rendered head is replaced by the vendored text, links whose widgets the page
does not use are dropped, and whatever still points outside is an error, never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from geoplan.maps.assets import vendor_css, vendor_js
from gis.errors import DataError, Fault, raise_faults
from gis.say import say

__all__ = ["inline_head", "inline_script", "json_text", "remote_references"]

_VENDORED_JS = {
    "leaflet.js": ("leaflet", "leaflet.js"),
    "jquery-3.7.1.min.js": ("jquery", "jquery.min.js"),
}
_VENDORED_CSS = {"leaflet.css": ("leaflet", "leaflet.css")}
# folium puts these into every page for icons and pop-ups; the names are what the body would
# contain if something used them
_DROPPED = {
    "bootstrap.bundle.min.js": "bootstrap",
    "bootstrap.min.css": "bootstrap",
    "bootstrap-glyphicons.css": "glyphicon",
    "all.min.css": "fa-",
    "leaflet.awesome-markers.js": "AwesomeMarkers",
    "leaflet.awesome-markers.css": "AwesomeMarkers",
    "leaflet.awesome.rotate.min.css": "AwesomeMarkers",
}
# names, not addresses: XML namespaces are never fetched
_NAMESPACES = ("http://www.w3.org/",)


def inline_script(text: str) -> str:
    r"""`text` as the content of a script element, unable to close it.

    Examples
    --------
    >>> inline_script("a = '</script>'; b = '<!--'")
    "<script>a = '<\\/script>'; b = '<\\!--'</script>"
    """
    safe = re.sub(r"</(script)", r"<\\/\1", text, flags=re.IGNORECASE)
    safe = safe.replace("<!--", "<\\!--")
    return f"<script>{safe}</script>"


def json_text(text: str) -> str:
    r"""JSON that is safe inside a script element: no ``<``, ``>``, ``&`` as such.

    Examples
    --------
    >>> json_text('"</script>"')
    '"\\u003c/script\\u003e"'
    """
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def inline_head(html: str) -> str:
    """`html` as folium renders it, with the vendored files in place of its links.

    Raises
    ------
    DataError
        When the head links to a file that is neither vendored nor unused.
    """
    end = html.find("</head>")
    if end < 0:
        raise DataError(
            say("geoplan.faults.page_without_head"), where="map.html", expected="</head>"
        )
    head, body = html[:end], html[end:]
    faults: list[Fault] = []

    def swap(match: re.Match[str]) -> str:
        url = match["url"]
        name = url.rsplit("/", 1)[-1].split("?")[0]
        if name in _DROPPED and _DROPPED[name] not in body:
            return ""
        if name in _VENDORED_JS:
            if name.startswith("jquery") and "$(" not in body and "jQuery" not in body:
                return ""
            return inline_script(vendor_js(*_VENDORED_JS[name]))
        if name in _VENDORED_CSS:
            return f"<style>{vendor_css(*_VENDORED_CSS[name])}</style>"
        faults.append(
            Fault(
                say("geoplan.faults.not_vendored"),
                where="map.html <head>",
                got=url,
                todo=say("geoplan.faults.vendor_it"),
            )
        )
        return match[0]

    script = r"<script\b[^>]*\bsrc=[\"'](?P<url>[^\"']+)[\"'][^>]*>\s*</script>"
    link = r"<link\b[^>]*\bhref=[\"'](?P<url>[^\"']+)[\"'][^>]*/?>"
    head = re.sub(script, swap, head)
    head = re.sub(link, swap, head)
    raise_faults(DataError, faults)
    return head + body


class _References(HTMLParser):
    """Collects what a browser would fetch, element by element."""

    _ATTRS = ("src", "href", "data", "action", "poster", "srcset", "background", "xlink:href")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[str, str]] = []
        self._raw = ""
        self._type = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._raw = tag if tag in {"style", "script"} else ""
        self._type = ""
        for name, value in attrs:
            value = value or ""
            if name == "type":
                self._type = value
            if name in self._ATTRS and tag != "a":
                self._check(value, f"<{tag} {name}>")
            if name == "style":
                self._css(value, f"<{tag} style>")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser's signature
        self._raw = ""

    def handle_data(self, data: str) -> None:
        if self._raw == "style":
            self._css(data, "<style>")
        # data blocks (JSON, base64) are text to a browser
        elif self._raw == "script" and self._type in {"", "text/javascript", "module"}:
            self._script(data)

    def _check(self, url: str, where: str) -> None:
        if re.match(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", url, re.IGNORECASE):
            self.found.append((where, url[:120]))

    def _css(self, text: str, where: str) -> None:
        for url in re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)", text):
            self._check(url, where)

    def _script(self, text: str) -> None:
        for url in re.findall(
            r"[\"'`](https?://[^\"'`\s]+|//[\w-]+\.[\w.-]+/[^\"'`\s]*)", text
        ):
            self.found.append(("<script>", url[:120]))


_KNOWN_TEXT = (
    # Leaflet's own credit, replaced by our prefix; it is link text, never fetched
    "https://leafletjs.com",
)


def remote_references(html: str, allowed: Sequence[str] = ()) -> list[str]:
    """What in `html` points outside the file.

    Parameters
    ----------
    html : str
        A whole page.
    allowed : sequence of str
        Beginnings of addresses that were asked for (online base maps).

    Examples
    --------
    >>> remote_references('<img src="https://example.org/a.png"><p>https://example.org</p>')
    ['<img src> https://example.org/a.png']
    >>> remote_references('<style>a{background:url(data:image/png;base64,AA)}</style>')
    []
    """
    parser = _References()
    parser.feed(html)
    parser.close()
    skip = (*_NAMESPACES, *_KNOWN_TEXT, *allowed)
    return [f"{where} {url}" for where, url in parser.found if not url.startswith(skip)]
