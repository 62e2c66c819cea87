"""A battery beside a plant that sells when the price is high."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import linprog

from gis.errors import DataError, ModelError
from gis.say import say
from siting.economy.storage import Battery, Dispatch, checked_power

__all__ = ["dispatch_for_price"]

_STEPS_AT_ONCE = 8784
_SERIES = ("direct_mw", "charge_mw", "discharge_mw", "lost_mw", "sent_mw", "content_mwh")


def dispatch_for_price(
    available_mw: npt.ArrayLike,
    limit_mw: npt.ArrayLike,
    battery: Battery,
    price_cny_mwh: npt.ArrayLike,
    *,
    step_h: float = 1.0,
) -> Dispatch:
    """Charge from the plant and send so that the income of all steps is largest.

    The battery takes nothing from the grid. Prices are known ahead, as those of a published
    table are; against prices that are not, this is an upper bound.

    Parameters
    ----------
    available_mw : f8[n]
        What the plant could send [MW].
    limit_mw : float or f8[n]
        What the grid takes [MW].
    battery : Battery
        Empty at the begin.
    price_cny_mwh : f8[n]
        [CNY/MWh]; where it is negative nothing need be sent.
    step_h : float
        Length of a step [h].

    Returns
    -------
    Dispatch

    Raises
    ------
    DataError
        When power is missing or negative, or prices are missing or of another length.
    ModelError
        When the solver finds no answer.

    Notes
    -----
    Linear programme over direct sale d, charge c, discharge g and content s::

        most of the sum over t of p[t] (d[t] + g[t])
        d[t] + c[t] <= a[t],  d[t] + g[t] <= l[t],  0 <= s[t] <= E
        s[t] = s[t - 1] + h (eta c[t] - g[t] / eta)

    with both ways of the battery at eta, the root of its round trip. Charge and
    discharge in one step only lose energy, so a positive price leaves none of it.

    Examples
    --------
    3 MW for two hours at 100 and at 400 CNY: one of the first three waits for the second,
    where it is worth 0.81 * 400.

    >>> r = dispatch_for_price([3.0, 3.0], 9.0, Battery(1.0, 4.0, 0.81), [100.0, 400.0])
    >>> r.sent_mw.round(6).tolist()
    [2.0, 3.81]
    """
    available, limit = checked_power(available_mw, limit_mw, step_h)
    n = available.size
    price = np.asarray(price_cny_mwh, dtype=np.float64)
    if price.shape != available.shape or not np.isfinite(price).all():
        raise DataError(
            say("siting.economy.price_of_each_step"),
            where="price_cny_mwh",
            got=str(price.shape),
            expected=str(available.shape),
        )
    if n > _STEPS_AT_ONCE:
        # a battery of hours forgets within days: years are solved one after the other
        parts = [
            dispatch_for_price(
                available[i : i + _STEPS_AT_ONCE],
                limit[i : i + _STEPS_AT_ONCE],
                battery,
                price[i : i + _STEPS_AT_ONCE],
                step_h=step_h,
            )
            for i in range(0, n, _STEPS_AT_ONCE)
        ]
        whole = {name: np.concatenate([getattr(p, name) for p in parts]) for name in _SERIES}
        return Dispatch(**whole, step_h=step_h)
    one_way = float(np.sqrt(battery.round_trip_frac))
    eye, none = sp.identity(n, format="csr"), sp.csr_matrix((n, n))
    before = sp.diags([np.ones(max(n - 1, 0))], [-1], shape=(n, n), format="csr")
    # unknowns in order: direct, charge, discharge, content
    at_most = sp.vstack([sp.hstack([eye, eye, none, none]), sp.hstack([eye, none, eye, none])])
    balance = sp.hstack([none, -one_way * step_h * eye, step_h / one_way * eye, eye - before])
    nothing = np.zeros(n)
    found = linprog(
        np.concatenate([-price, nothing, -price, nothing]),
        A_ub=at_most,
        b_ub=np.concatenate([available, limit]),
        A_eq=balance,
        b_eq=nothing,
        bounds=np.column_stack(
            [
                np.zeros(4 * n),
                np.concatenate(
                    [
                        available,
                        np.full(n, battery.power_mw),
                        np.full(n, battery.power_mw),
                        np.full(n, battery.energy_mwh),
                    ]
                ),
            ]
        ),
        method="highs",
    )
    if found.status != 0:
        raise ModelError(say("siting.economy.no_dispatch"), got=str(found.message))
    direct, charge, discharge, content = np.maximum(found.x.reshape(4, n), 0.0)
    lost = np.maximum(available - direct - charge, 0.0)
    return Dispatch(direct, charge, discharge, lost, direct + discharge, content, step_h)
