"""Compiled kernels kept on disk under their digest."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from numba.core.caching import FunctionCache, IndexDataCacheFile

__all__ = ["CheckedCache"]

_DIGEST = hashlib.sha256().digest_size


class _CheckedFile(IndexDataCacheFile):  # type: ignore[misc]
    """Files of the cache under their sha256: what is damaged is compiled again.

    The library reads whatever is there, so that half a file ends a run with its own words,
    and one changed byte of machine code computes something else.
    """

    def _dump(self, obj: object) -> bytes:
        body: bytes = super()._dump(obj)
        return hashlib.sha256(body).digest() + body

    def _load_index(self) -> dict[Any, Any]:
        try:
            with Path(self._index_path).open("rb") as stream:
                version = pickle.load(stream)  # noqa: S301 - a cache of this user, as the library does
                found = _checked(stream.read()) if version == self._version else None
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is written anew
            return {}
        if found is None or found[0] != self._source_stamp:
            return {}
        return cast("dict[Any, Any]", found[1])

    def _load_data(self, name: str) -> Any:  # noqa: ANN401 - of the library
        found = _checked(Path(self._data_path(name)).read_bytes())
        if found is None:
            raise OSError(name)  # as if it were not there
        return found


def _checked(data: bytes) -> Any:  # noqa: ANN401 - of the library
    """What was kept; None when it is not what was written."""
    body = data[_DIGEST:]
    if hashlib.sha256(body).digest() != data[:_DIGEST]:
        return None
    return pickle.loads(body)  # noqa: S301 - its digest was checked


class CheckedCache(FunctionCache):  # type: ignore[misc]
    """The library's cache under the digest of sources.

    Parameters
    ----------
    py_func : function
    stamp : str
        Digest of its source and of every source it calls.
    """

    def __init__(self, py_func: Callable[..., Any], stamp: str) -> None:
        super().__init__(py_func)
        self._cache_file = _CheckedFile(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=stamp,
        )
