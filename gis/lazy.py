"""Names a package offers without importing what they need until they are asked for.

The names stand once, in the stub (``__init__.pyi``) beside the package's ``__init__.py``, as
imports: editors and type checkers read it, and so does `offered`.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["offered", "where_offered"]


def where_offered(stub: Path) -> dict[str, tuple[str, str]]:
    """Name -> (module, name there) of the imports of a stub file."""
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def offered(
    package: str, file: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """``__getattr__``, ``__dir__`` and ``__all__`` of a package (PEP 562).

    Parameters
    ----------
    package, file : str
        ``__name__`` and ``__file__`` of the package.

    Examples
    --------
    >>> import gis
    >>> get, listing, names = offered("gis", gis.__file__)
    >>> "polygon_area" in names, get("to_mu")(1e4)
    (True, 15.0)
    >>> get("polygon_aera")
    Traceback (most recent call last):
    AttributeError: module 'gis' has no attribute 'polygon_aera'
    """
    names = where_offered(Path(file).with_suffix(".pyi"))

    def get(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        own = vars(sys.modules[package])
        if name in own:  # asked for directly, or by another thread a moment ago
            return own[name]
        module, there = names[name]
        from gis.gate import gated  # not needed until a name is asked for

        found = gated(getattr(importlib.import_module(module), there), package, name)
        return own.setdefault(name, found)

    def listing() -> list[str]:
        # what the package's own file imports is not offered
        hidden = {n for n in vars(sys.modules[package]) if n[:2] == n[-2:] == "__"}
        return sorted(hidden | names.keys())

    return get, listing, sorted(names)
