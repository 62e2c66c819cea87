"""A planning toolkit for a county: where to build, what it yields, what land stores."""

from __future__ import annotations

import importlib.util
from pathlib import Path

__version__ = "0.1.0"

_HERE = Path(__file__).resolve().parent.parent


def _check_rooms() -> None:
    # gis, layers ... are generic names: another distribution, or a folder in the working
    # directory, may stand before ours, and the error would otherwise surface far from here
    for room in ("gis", "layers", "siting", "carbon_sink"):
        spec = importlib.util.find_spec(room)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != _HERE:
            raise ImportError(
                f"geoplan needs its own package '{room}', but Python finds "
                f"{origin or 'none'}; remove or rename that one, or run geoplan in a "
                "virtual environment of its own (see README, 'Troubleshooting')"
            )


_check_rooms()

# after the check: the rooms are ours
from gis.lazy import offered  # noqa: E402

__getattr__, __dir__, __all__ = offered(__name__, __file__)
