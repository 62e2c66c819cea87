"""Waiting for a page whose content policy forbids `eval`."""

from __future__ import annotations

import time
from typing import Any


def opened(client: Any, url: str = "/", **params: str) -> Any:
    """The answer of a page that asks again until it is there."""
    end = time.monotonic() + 60.0
    while 'http-equiv="refresh"' in (answer := client.get(url, params=params)).text:
        assert time.monotonic() < end, f"never: {url}"
    return answer


def wait_until(page: Any, expression: str, timeout_s: float = 30.0) -> None:
    """Ask the page until `expression` holds; `wait_for_function` would evaluate text in it."""
    end = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}"
        time.sleep(0.03)
