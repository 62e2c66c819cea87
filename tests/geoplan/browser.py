"""Waiting for a page whose content policy forbids `eval`."""

from __future__ import annotations

import time
from typing import Any


def wait_until(page: Any, expression: str, timeout_s: float = 30.0) -> None:
    """Ask the page until `expression` holds; `wait_for_function` would evaluate text in it."""
    end = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}"
        time.sleep(0.03)
