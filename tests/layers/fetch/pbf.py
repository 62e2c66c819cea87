"""A writer of ``.osm.pbf`` as small as a test needs (OSM wiki, "PBF Format")."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence

Tags = Mapping[str, str]
_NANO = 1e-9
_STEP = 100  # nanodegrees of a unit, the format's own habit


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def _zigzag(n: int) -> int:
    return n * 2 if n >= 0 else -n * 2 - 1


def _number(field: int, n: int) -> bytes:
    return _varint(field << 3) + _varint(n)


def _bytes(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def _packed(field: int, numbers: Iterable[int]) -> bytes:
    body = b"".join(_varint(n) for n in numbers)
    return _bytes(field, body) if body else b""


def _deltas(numbers: Sequence[int]) -> list[int]:
    return [_zigzag(n - before) for n, before in zip(numbers, [0, *numbers], strict=False)]


def _blob(kind: str, body: bytes) -> bytes:
    held = _number(2, len(body)) + _bytes(3, zlib.compress(body))
    head = _bytes(1, kind.encode()) + _number(3, len(held))
    return struct.pack(">I", len(head)) + head + held


def pbf(
    nodes: Mapping[int, tuple[float, float, Tags]],
    ways: Mapping[int, tuple[Sequence[int], Tags]],
    relations: Mapping[int, tuple[Sequence[tuple[int, str]], Tags]],
) -> bytes:
    """Nodes (lon, lat, tags), ways (nodes, tags), relations ((way, role), tags) as a file."""
    words: dict[str, int] = {"": 0}

    def word(text: str) -> int:
        return words.setdefault(text, len(words))

    def tagged(tags: Tags) -> bytes:
        keys = [word(k) for k in tags]
        return _packed(2, keys) + _packed(3, [word(v) for v in tags.values()])

    def unit(degrees: float) -> int:
        return _zigzag(round(degrees / _NANO / _STEP))

    groups = [
        b"".join(
            _bytes(
                1,
                _number(1, _zigzag(i)) + tagged(t) + _number(8, unit(y)) + _number(9, unit(x)),
            )
            for i, (x, y, t) in nodes.items()
        ),
        b"".join(
            _bytes(3, _number(1, i) + tagged(t) + _packed(8, _deltas(refs)))
            for i, (refs, t) in ways.items()
        ),
        b"".join(
            _bytes(
                4,
                _number(1, i)
                + tagged(t)
                + _packed(8, [word(r) for _, r in members])
                + _packed(9, _deltas([m for m, _ in members]))
                + _packed(10, [1] * len(members)),
            )
            for i, (members, t) in relations.items()
        ),
    ]
    table = b"".join(_bytes(1, w.encode()) for w in words)
    block = _bytes(1, table) + b"".join(_bytes(2, g) for g in groups if g)
    header = _bytes(4, b"OsmSchema-V0.6")
    return _blob("OSMHeader", header) + _blob("OSMData", block)
