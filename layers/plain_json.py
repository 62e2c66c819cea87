"""Values as canonical JSON: what a run writes, and the digest that names equal values."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from pydantic import BaseModel, JsonValue

__all__ = ["JsonObject", "digest", "printed_json", "to_json", "write_json"]

JsonObject: TypeAlias = dict[str, JsonValue]
"""An object as JSON has it."""


def to_json(value: Any) -> Any:  # noqa: ANN401
    """`value` as what `json` can write: NaN becomes null, numpy scalars plain numbers.

    Examples
    --------
    >>> to_json({"a": np.float64("nan"), "b": (np.int64(2),)})
    {'a': None, 'b': [2]}
    """
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True)
    if isinstance(value, Mapping):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return [to_json(v) for v in value.tolist()]
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [to_json(v) for v in items]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, int | bool):
        return value
    return str(value)


def digest(*values: Any) -> str:  # noqa: ANN401
    """SHA-256 of the canonical JSON of `values`; equal values, equal digest."""
    text = json.dumps(to_json(values), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def printed_json(value: Any) -> str:  # noqa: ANN401
    """`value` as every door prints it.

    Examples
    --------
    >>> print(printed_json({"a": np.float64("nan")}), end="")
    {
     "a": null
    }
    """
    return json.dumps(to_json(value), ensure_ascii=False, indent=1) + "\n"


def write_json(path: Path, value: Any) -> None:  # noqa: ANN401
    """Write `value` as UTF-8 JSON through a temporary file, so no half file is left.

    Two who write the same at one time have a temporary file each: the later one counts.
    """
    tmp = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    tmp.write_text(json.dumps(to_json(value), ensure_ascii=False, indent=1), encoding="utf-8")
    tmp.replace(path)
