"""Which Chinese font print goes out with: an installed one, or the subset that comes along."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from gis.toml import FrozenDict, read_toml

__all__ = ["Font", "bold_weight", "chinese_font", "font_families", "missing_glyphs"]

_HERE = Path(__file__).parent
BUNDLED = _HERE / "fonts" / "cjk-subset.ttf"


@dataclass(frozen=True)
class Font:
    """A font that can write Chinese.

    Attributes
    ----------
    name
        Family name matplotlib knows it by.
    path
        Its file.
    origin
        ``"installed"`` on this machine, or ``"bundled"`` with geoplan (GB 2312 level 1 and
        geoplan's own texts; rare characters of names may be missing).
    missing
        Characters of the probe text it lacks.
    """

    name: str
    path: Path
    origin: Literal["installed", "bundled"]
    missing: str = ""


def _settings() -> FrozenDict:
    return read_toml("geoplan.charts", "fonts.toml")


@cache
def _characters(path: Path) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(path)).get_charmap())


def missing_glyphs(text: str, path: Path) -> str:
    """Characters of `text` above ASCII that the font file has not, each once.

    Examples
    --------
    >>> missing_glyphs("平罗县 abc", BUNDLED)
    ''
    """
    known = _characters(path)
    return "".join(sorted({c for c in text if ord(c) > 127 and ord(c) not in known}))


@cache
def chinese_font(*, installed: bool = True) -> Font:
    """The Chinese font that print is made with.

    Parameters
    ----------
    installed : bool
        Look at the machine's fonts first; False takes the bundled one.

    Returns
    -------
    Font
        ``missing`` is empty unless even the bundled font lacks something.
    """
    from matplotlib import font_manager

    settings = _settings()
    if installed:
        by_name: dict[str, Path] = {}
        for entry in font_manager.fontManager.ttflist:
            by_name.setdefault(entry.name, Path(entry.fname))
        for name in settings["installed"]:
            path = by_name.get(name)
            if (
                path is not None
                and path.exists()
                and not missing_glyphs(settings["probe"], path)
            ):
                return Font(name, path, "installed")
    name = font_manager.FontProperties(fname=str(BUNDLED)).get_name()
    if name not in {e.name for e in font_manager.fontManager.ttflist}:
        font_manager.fontManager.addfont(str(BUNDLED))
    return Font(name, BUNDLED, "bundled", missing_glyphs(settings["probe"], BUNDLED))


def font_families(*, installed: bool = True) -> list[str]:
    """Families for matplotlib, Chinese first, the bundled one behind an installed one."""
    first = chinese_font(installed=installed).name
    behind = chinese_font(installed=False).name
    return list(dict.fromkeys([first, _settings()["latin"], behind]))


@cache
def bold_weight(*, installed: bool = True) -> str:
    """``"bold"`` when the Chinese font has a bold face, else ``"normal"``.

    A line half bold (the Latin half) and half not looks like a fault.
    """
    from matplotlib import font_manager

    name = chinese_font(installed=installed).name
    weights = {e.weight for e in font_manager.fontManager.ttflist if e.name == name}
    strong = {
        w
        for w in weights
        if w in {"bold", "heavy", "black"} or (isinstance(w, int) and w >= 600)
    }
    return "bold" if strong else "normal"
