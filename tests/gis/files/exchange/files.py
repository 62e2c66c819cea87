"""Coordinate texts as bureaus, survey units and programs write them, made for tests."""

from __future__ import annotations

from dataclasses import dataclass

import shapely
from hypothesis import strategies as st

__all__ = ["Drawn", "drawn_files"]

WORDS = st.text("甲乙丙地块ABc1 -_()", min_size=0, max_size=6).map(str.strip)


@dataclass(frozen=True)
class Drawn:
    """A generated file: its bytes, its encoding, its parcels' own lines by position."""

    raw: bytes
    encoding: str
    n_parcels: int
    end: str


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}"


@st.composite
def drawn_files(draw: st.DrawFn) -> Drawn:
    """A file with 1 to 4 parcels of 1 to 4 rings, in one of the shapes such files have."""
    end = draw(st.sampled_from(["\r\n", "\n"]))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
    decimals = draw(st.integers(0, 8))
    repeats = draw(st.booleans())
    counts_repeats = draw(st.booleans()) if repeats else True
    label = draw(st.sampled_from(["J", "", "P", "界"]))
    blank = draw(st.booleans())
    remark = draw(st.sampled_from(["", "# 说明", "// note", "; 内部"]))
    extra = draw(st.dictionaries(st.sampled_from(["备注", "X key", "格式"]), WORDS, max_size=3))
    keys = [
        "格式版本号=1.01版本",
        f"数据产生单位={draw(WORDS)}",
        "坐标系=2000国家大地坐标系",
        "几度分带=3",
        "带号=35",
        "转换参数=,,,,,,",
        *(f"{k}={v}" for k, v in extra.items()),
    ]
    lines = ["[属性描述]", *draw(st.permutations(keys)), "[地块坐标]"]
    if remark:
        lines.append(remark)
    n = draw(st.integers(1, 4))
    for k in range(n):
        lines += _parcel(draw, k, decimals, label, repeats, counts_repeats)
        if blank:
            lines += ["", "  "]
        if remark and draw(st.booleans()):
            lines.append(remark)
    text = end.join(lines) + draw(st.sampled_from(["", end, end + end]))
    return Drawn(text.encode(encoding), encoding, n, end)


def _parcel(
    draw: st.DrawFn, k: int, decimals: int, label: str, repeats: bool, counts_repeats: bool
) -> list[str]:
    east, north = 35_500_000 + 1000 * k, 4_300_000
    rings = [_ring(draw, east, north, 400)]
    holes = range(draw(st.integers(0, 2)))
    rings += [_ring(draw, east + 100 + 120 * hole, north + 100, 40) for hole in holes]
    if draw(st.booleans()):
        rings.append(_ring(draw, east + 600, north, 100))  # a second part
    given = [[*r, r[0]] if repeats else r for r in rings]
    n = sum(map(len, given)) if counts_repeats else sum(map(len, rings))
    cells = [str(n), draw(st.sampled_from(["0.1600", "16", "1.5", ""])), str(k + 1)]
    cells += [draw(WORDS), "面", draw(WORDS), draw(WORDS)]
    cells += draw(st.sampled_from([[], ["0301"], ["0301", "more", ""]]))
    lines = [",".join(cells) + draw(st.sampled_from([",@", "@"]))]
    comma = draw(st.sampled_from([",", ", ", "，"]))
    point = 1
    for number, ring in enumerate(given, 1):
        first = point
        for j, (x, y) in enumerate(ring):
            again = repeats and j == len(ring) - 1
            name = f"{label}{first if again else point}"
            cells = [name, str(number), _number(y, decimals), _number(x, decimals)]
            lines.append(comma.join(cells))
            point += not again
    return lines


def _ring(draw: st.DrawFn, east: float, north: float, size: float) -> list[tuple[float, float]]:
    """A four- to six-sided ring that begins at any corner and runs either way."""
    corners = [(0, 0), (0.5, -0.1), (1, 0), (1.1, 0.5), (1, 1), (0, 1)]
    corners = [
        c for c in corners if c in ((0, 0), (1, 0), (1, 1), (0, 1)) or draw(st.booleans())
    ]
    shift = draw(st.floats(0, 0.4))
    ring = [(east + size * x + shift, north + size * y + shift) for x, y in corners]
    turn = draw(st.integers(0, len(ring) - 1))
    ring = ring[turn:] + ring[:turn]
    assert shapely.Polygon(ring).is_valid
    return ring[::-1] if draw(st.booleans()) else ring
