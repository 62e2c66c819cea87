"""Turbines that stand too close to one another to be turbines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from gis.errors import Fault
from gis.say import say
from siting.wind.machine.contract import contract_value

__all__ = ["spacing_faults"]

_TOLD = 20


def spacing_faults(
    x_m: ArrayLike,
    y_m: ArrayLike,
    rotor_m: ArrayLike,
    names: Sequence[str] | None = None,
    where: str = "",
) -> list[Fault]:
    """Pairs closer than the least spacing of ``contract.toml``, in mean rotor diameters.

    Parameters
    ----------
    x_m, y_m, rotor_m : (n,) float
        Positions and diameters [m]; a turbine whose diameter is not known (NaN) is left out.
    names : sequence of n str, optional

    Examples
    --------
    >>> [str(f.got) for f in spacing_faults([0, 26.0], [0, 0.0], [190.0, 190.0], ["A", "B"])]
    ['A - B: 26 m']
    >>> spacing_faults([0, 400.0], [0, 0.0], [190.0, 190.0])
    []
    """
    from scipy.spatial import cKDTree  # heavy

    x, y, d = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (x_m, y_m, rotor_m))
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & np.isfinite(d))
    if known.size < 2:
        return []
    least = contract_value("least_spacing_d")
    tree = cKDTree(np.column_stack([x[known], y[known]]))
    pairs = tree.query_pairs(least * float(d[known].max()), output_type="ndarray")
    faults = []
    for a, b in sorted((int(known[i]), int(known[j])) for i, j in pairs):
        gap, need = float(np.hypot(x[a] - x[b], y[a] - y[b])), least * (d[a] + d[b]) / 2
        # a position is written to the metre at best
        if gap > need - 1.0:
            continue
        one, other = (str(a), str(b)) if names is None else (names[a], names[b])
        faults.append(
            Fault(
                say("siting.wind_machine.turbines_too_close"),
                where=where,
                got=f"{one} - {other}: {gap:.0f} m",
                expected=say("siting.wind_machine.spacing_m", need_m=need, need_d=least),
                todo=say("siting.wind_machine.check_positions_or_rotor"),
            )
        )
    return faults[:_TOLD]
