"""The one look of every figure: colours, sizes, fonts, and how a figure leaves the house."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, cast

from geoplan.charts.fonts import bold_weight, font_families
from gis.files.plain_text import washed
from gis.toml import read_toml

__all__ = ["colours", "house_style", "inline_svg", "new_figure", "save_figure"]

_HERE = Path(__file__).parent
_WEB_FONTS = "Microsoft YaHei,PingFang SC,Noto Sans CJK SC,Source Han Sans SC,sans-serif"


class Colours(TypedDict):
    """Named colours of the house; `cycle` and `pools` are series, `ramp` names a colour map."""

    ink: str
    dim: str
    grid: str
    main: str
    plus: str
    minus: str
    mark: str
    soft: str
    cycle: list[str]
    pools: list[str]
    ramp: str
    diverging: str


class _Style(TypedDict):
    colours: Colours
    rc: dict[str, object]


def _style() -> _Style:
    return cast("_Style", read_toml("geoplan.charts", "style.toml"))


def colours() -> Colours:
    """Named colours of the house."""
    return _style()["colours"].copy()


@contextmanager
def house_style(*, for_web: bool = False, installed: bool = True) -> Iterator[None]:
    """Settings of matplotlib for the house, for the time of a ``with`` block only.

    Parameters
    ----------
    for_web : bool
        Text stays text in SVG, which is light and can be searched.
    installed : bool
        Look for installed Chinese fonts before the bundled one.
    """
    import matplotlib as mpl
    from cycler import cycler  # comes with matplotlib

    style = _style()
    c = style["colours"]
    rc = {
        **style["rc"],
        "font.family": font_families(installed=installed),
        "axes.prop_cycle": cycler(color=c["cycle"]),
        "axes.titleweight": bold_weight(installed=installed),
        "axes.edgecolor": c["dim"],
        "axes.labelcolor": c["ink"],
        "text.color": c["ink"],
        "xtick.color": c["dim"],
        "ytick.color": c["dim"],
        "grid.color": c["grid"],
        "svg.fonttype": "none" if for_web else "path",
        "svg.hashsalt": "geoplan",
    }
    with mpl.rc_context(rc):
        yield


def new_figure(width_cm: float = 16.0, height_cm: float = 9.0) -> tuple[Any, Any]:
    """A figure and its axes, off screen (no pyplot state is touched).

    Parameters
    ----------
    width_cm, height_cm : float
        Size on paper; 16 cm is the text width of A4.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_cm / 2.54, height_cm / 2.54), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _wash(figure: Any) -> None:  # noqa: ANN401 - matplotlib is untyped
    """Names of data are drawn without the characters that no font and no document has."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_text(washed(text.get_text()))


def save_figure(figure: Any, path: Path) -> Path:  # noqa: ANN401 - matplotlib is untyped
    """Write `figure` as PNG, PDF or SVG by the ending of `path`; the same figure, same bytes.

    Returns
    -------
    Path
    """
    empty = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}
    path.parent.mkdir(parents=True, exist_ok=True)
    _wash(figure)
    figure.savefig(path, metadata=empty.get(path.suffix.lower().lstrip("."), {}))
    return path


def inline_svg(figure: Any, *, title: str) -> str:  # noqa: ANN401
    """`figure` as an SVG element to put into an HTML page.

    Parameters
    ----------
    figure : Figure
        Drawn within ``house_style(for_web=True)``, so that its text is text.
    title : str
        Said by screen readers.

    Returns
    -------
    str
        ``<svg role="img" ...>`` without XML head, doctype, metadata or outside reference.
    """
    import html

    out = io.StringIO()
    _wash(figure)
    figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"font-family: [^;\"]*", f"font-family: {_WEB_FONTS}", text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", rf"font: \1 {_WEB_FONTS}", text)
    text = re.sub(r"font: (bold|\d+) ([\d.]+px) [^;\"]*", rf"font: \1 \2 {_WEB_FONTS}", text)
    text = re.sub(r">\s+<", "><", text)
    label = html.escape(title, quote=True)
    head = f'<svg role="img" aria-label="{label}" style="max-width:100%;height:auto"'
    return text.replace("<svg", head, 1).strip()
