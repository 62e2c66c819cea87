"""What a message holds of many faults."""

from __future__ import annotations

import pytest

from gis.errors import DataError, Fault


@pytest.mark.parametrize(("n", "more"), [(50, 0), (51, 1), (3000, 2950)])
def test_of_many_faults_the_first_50_are_said_and_all_are_counted(n, more):
    """A sheet with a wrong column has a fault in each of its rows; all of them stay known."""
    err = DataError([Fault("no number", where=f"row {i}") for i in range(1, n + 1)])
    lines = err.text("en").splitlines()
    assert lines[0] == f"{n} faults"
    assert lines[50] == "  50. row 50: no number"
    assert len(lines) == 51 + bool(more)
    if more:
        assert lines[-1] == f"  ... and {more} more: mend these first"
        assert f"另有 {more} 处" in err.text("zh")
    assert len(err.faults) == n
