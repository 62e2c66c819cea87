"""Rows of the comparison before and after a repowering."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from siting.wind.repower.of_arrays import compared, yield_rows


def _farm(n: int, wake_frac: float) -> Any:
    life = {50: 60_000.0, 75: 54_000.0, 90: 48_000.0}
    return SimpleNamespace(
        gross_mwh_yr=np.full(n, 3_000.0),
        farm_wake_loss_frac=wake_frac,
        levels=SimpleNamespace(life=life),
    )


def test_wake_losses_are_in_per_cent() -> None:
    """A loss of 0.218 is 21.8 %, as in the sentence beside the table."""
    table = compared(yield_rows(_farm(33, 0.218), _farm(15, 0.032), 49.5, 49.5))
    wake = table.set_index("item").loc["wake"]
    assert wake["unit"] == "%"
    assert [wake["before"], wake["after"]] == pytest.approx([21.8, 3.2])
    assert "-" not in set(table["unit"])
