"""A figure as a reader meets it: digits that say something, in the unit of the language.

One place for the terminal, the report, the chart and the map, so that 550,000 m3 is 55 万立方米
on each of them in Chinese and 550,000 m3 in English.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from gis.say import LANGS
from layers.spec import Text
from layers.units import convert, unit_of

__all__ = ["digits_text", "figure_words", "reader_unit"]

_TENTHS, _WHOLE = 1e3, 1e5  # from here on hundredths and fractions say nothing
_MOST = 12  # decimals of a float that still are figures


def _text(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def digits_text(value: float, beside: Iterable[float] = ()) -> str:
    """A figure with two decimals, one from 1,000 on, none from 100,000 on, more below 0.1.

    A figure is never rounded onto one it is compared with: 9.9996 beside 10 keeps its digits.

    Parameters
    ----------
    value : float
        NaN gives a dash.
    beside : iterable of float
        What a reader compares it with.

    Examples
    --------
    >>> [digits_text(v) for v in (11.4924, 1010.5, 533_567.27, 41.0, 0.00123)]
    ['11.49', '1,010.5', '533,567', '41', '0.0012']
    >>> [digits_text(v, [b]) for v, b in ((9.9996, 10.0), (549_999.7, 550_000.0), (10.0, 10.0))]
    ['9.9996', '549,999.7', '10']
    """
    if not math.isfinite(value):
        return "—"
    size = abs(value)
    decimals = 0 if size >= _WHOLE else 1 if size >= _TENTHS else 2
    if 0 < size < 0.1:
        decimals = min(_MOST, 1 - math.floor(math.log10(size)))
    others = [b for b in beside if math.isfinite(b) and b != value]
    while decimals < _MOST and any(
        _text(b, decimals) == _text(value, decimals) for b in others
    ):
        decimals += 1
    return _text(value, decimals)


def reader_unit(unit: str, lang: str, largest: float) -> str:
    """The unit a reader of `lang` is shown figures of `unit` in, the largest being `largest`.

    Examples
    --------
    >>> reader_unit("m3", "zh", 550_000.0), reader_unit("m3", "zh", 900.0)
    ('万m3', 'm3')
    >>> reader_unit("万亩", "en", 55.5), reader_unit("万亩", "zh", 55.5)
    ('mu', '万亩')
    """
    own = unit_of(unit)
    other, least = own.readers.get(lang, (own.id, 0.0))
    return other if abs(largest) >= least else own.id


def figure_words(
    value: float, unit: str, *, target: float = math.nan, unit_title: Text | None = None
) -> tuple[Text, Text]:
    """A figure and its unit in both languages, as it stands beside a target.

    Parameters
    ----------
    value : float
        In `unit`.
    target : float
        What it is compared with; the unit follows from it where there is one.
    unit_title : Text, optional
        Another name of the unit where it is shown as it is: a difference of shares is in
        percentage points.

    Returns
    -------
    number, unit : Text

    Examples
    --------
    >>> number, unit = figure_words(533_567.27, "m3", target=550_000.0)
    >>> f"{number.zh} {unit.zh}", f"{number.en} {unit.en}"
    ('53.36 万立方米', '533,567 m³')
    """
    numbers, names = {}, {}
    for lang in LANGS:
        shown = reader_unit(unit, lang, target if math.isfinite(target) else value)
        beside = [convert(target, unit, shown)] if math.isfinite(target) else []
        numbers[lang] = digits_text(convert(value, unit, shown), beside)
        same = shown == unit_of(unit).id and unit_title is not None
        names[lang] = (unit_title if same and unit_title else unit_of(shown).title)(lang)
    return Text(**numbers), Text(**names)
