"""Money of a run in a few lines, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from gis.say import listed, say
from siting.money.summary import MoneySummary, NoMoney, PlantMoney

__all__ = ["money_lines"]

_SHOWN = 5
_MILLION, _PCT = 1e6, 100.0


def money_lines(money: MoneySummary | NoMoney | None, lang: str) -> Iterator[str]:
    """The plants with the best net present value, a line each.

    Parameters
    ----------
    money : MoneySummary or NoMoney, optional
        Key ``money`` of ``summary.json``.
    lang : {"zh", "en"}
    """
    if not isinstance(money, MoneySummary) or not money.plants:
        return
    best = sorted(money.plants, key=lambda p: -_or_least(p.npv_cny))
    yield say("geoplan.cli.money_head", n=len(best), shown=min(len(best), _SHOWN))(lang)
    for plant in best[:_SHOWN]:
        parts = list(_parts(plant))
        if parts:
            yield "  " + say("geoplan.cli.money_plant", plant=plant.plant, parts=listed(parts))(
                lang
            )


def _or_least(value: float | None) -> float:
    return float("-inf") if value is None or value != value else value


def _parts(p: PlantMoney) -> Iterator[object]:
    shown = (
        ("lcoe", p.lcoe_real_cny_mwh, 1.0),
        ("npv", p.npv_cny, 1.0 / _MILLION),
        ("irr", p.irr_frac, _PCT),
        ("equity_irr", p.equity_irr_frac, _PCT),
        ("dscr", p.least_dscr_p90, 1.0),
    )
    for key, value, factor in shown:
        if value is not None and value == value:
            yield say(f"geoplan.cli.money_{key}", value=value * factor)
