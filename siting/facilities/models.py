"""The models of where to build, by name, and what each needs."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["MODELS", "NEEDS_LIMIT", "NEEDS_NUMBER", "Model"]

Model = Literal[
    "lscp",
    "mclp",
    "p_median",
    "p_center",
    "capacitated_p_median",
    "capacitated_mclp",
    "hierarchical",
    "transport",
    "p_dispersion",
    "backup",
]
MODELS: tuple[Model, ...] = get_args(Model)
NEEDS_LIMIT = frozenset({"lscp", "mclp", "capacitated_mclp", "hierarchical", "backup"})
NEEDS_NUMBER = frozenset(MODELS) - {"lscp", "transport", "backup"}
