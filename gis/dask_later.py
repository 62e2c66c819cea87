"""The library of grids without the library of clusters, which it asks for one question."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["dask_later"]

_NAME = "dask"


def _is_collection(value: object) -> bool:
    """Its answer once it is loaded; before, nothing can be one of its collections."""
    library = sys.modules.get(_NAME)
    asked = getattr(library, "is_dask_collection", None)
    return asked is not None and asked is not _is_collection and bool(asked(value))


@contextmanager
def dask_later() -> Iterator[None]:
    """Import what asks for dask while it is imported, without loading it.

    Loading it takes a tenth of a question at one place; only a run on a cluster needs it.

    Examples
    --------
    >>> with dask_later():
    ...     import odc.geo
    """
    if _NAME in sys.modules:
        yield
        return
    stands_in = ModuleType(_NAME)
    stands_in.is_dask_collection = _is_collection  # type: ignore[attr-defined]
    stands_in.__spec__ = ModuleSpec(_NAME, None)
    sys.modules[_NAME] = stands_in
    try:
        yield
    finally:
        if sys.modules.get(_NAME) is stands_in:
            del sys.modules[_NAME]
