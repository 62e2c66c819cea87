"""The page's own scripts and styles, and the vendored ones with their hashes checked."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from gis.errors import DataError
from gis.say import say
from gis.toml import FrozenDict, read_toml

__all__ = ["app_css", "app_js", "manifest", "vendor_css", "vendor_js"]

_HERE = Path(__file__).parent / "assets"
_VENDOR = _HERE / "vendor"
_MIME = {".png": "image/png", ".svg": "image/svg+xml", ".woff2": "font/woff2"}

APP_SCRIPTS = (
    "core.js",
    "geodesy.js",
    "data.js",
    "hatch.js",
    "layers.js",
    "labels.js",
    "signoff.js",
    "popup.js",
    "tree.js",
    "tools.js",
    "search.js",
    "swipe.js",
    "panel.js",
    "card.js",
    "choose.js",
    "drop.js",
    "around.js",
    "base.js",
    "start.js",
)
"""In the order they are read: each may use those before it."""


def manifest() -> FrozenDict:
    """Package -> version, licence, tarball integrity and SHA-256 of each file."""
    return read_toml("geoplan.maps", "assets/vendor/manifest.toml")


def _vendored(package: str, name: str) -> bytes:
    raw = (_VENDOR / package / name).read_bytes()
    want = manifest()[package]["files"][name]
    got = hashlib.sha256(raw).hexdigest()
    if got != want:
        raise DataError(
            say("geoplan.faults.vendored_file_changed"),
            where=f"geoplan/maps/assets/vendor/{package}/{name}",
            got=got,
            expected=want,
            todo=say("geoplan.faults.reinstall"),
        )
    return raw


def vendor_js(package: str, name: str) -> str:
    """A vendored script, without its source-map line.

    Raises
    ------
    DataError
        When the file is not the one that was released.
    """
    text = _vendored(package, name).decode("utf-8")
    return re.sub(r"//# sourceMappingURL=\S+", "", text)


def vendor_css(package: str, name: str) -> str:
    """A vendored style sheet with its images inside.

    Raises
    ------
    DataError
        When the file, or an image it names, is not the one that was released.
    """
    text = _vendored(package, name).decode("utf-8")

    def inline(match: re.Match[str]) -> str:
        ref = match[1].strip("\"' ")
        if ref.startswith(("#", "data:")):
            return match[0]
        file = Path(ref).name
        data = base64.b64encode(_vendored(package, file)).decode()
        return f"url(data:{_MIME[Path(file).suffix]};base64,{data})"

    return re.sub(r"url\(([^)]*)\)", inline, text)


def app_js(*, extra: tuple[str, ...] = ()) -> str:
    """The page's own script, all parts in order."""
    return "\n".join(
        (_HERE / name).read_text(encoding="utf-8") for name in (*APP_SCRIPTS, *extra)
    )


def app_css() -> str:
    """The page's own style sheet."""
    return (_HERE / "app.css").read_text(encoding="utf-8")
