"""Prices by month and hour from a file: each hour once, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gis.errors import ConfigError, DataError
from siting.economy.price import Prices, mean_price, read_prices

HEAD = 'title = "表"\nsource = "某文"\ndate = "2026-01"\nbase_cny_mwh = 200.0\n'
ALL = list(range(1, 13))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_valley_over_midnight_and_a_price_of_its_own(tmp_path):
    """22 to 6 is the valley at half of 200, the rest 300 in all months: 8 hours of 100."""
    found = read_prices(
        written(
            tmp_path,
            f"[[periods]]\nmonths={ALL}\nhours=[[22, 6]]\nfactor=0.5\n"
            f"[[periods]]\nmonths={ALL}\nhours=[[6, 22]]\ncny_mwh=300.0\n",
        )
    )
    assert (found.cny_mwh[0] == 100.0).sum() == 8
    assert (found.cny_mwh[7, 21], found.cny_mwh[7, 22], found.cny_mwh[7, 5]) == (300, 100, 100)
    assert found.source == "某文"
    assert not found.flat


def test_whole_days(tmp_path):
    found = read_prices(
        written(tmp_path, f"[[periods]]\nmonths={ALL}\nhours=[[0, 24]]\nfactor=1.0\n")
    )
    assert found.flat
    assert found.cny_mwh[3, 3] == 200.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"[[periods]]\nmonths={ALL}\nhours=[[0, 23]]\nfactor=1.0\n", "1: 23:00 (0x)"),
        (
            f"[[periods]]\nmonths={ALL}\nhours=[[0, 24]]\nfactor=1.0\n"
            "[[periods]]\nmonths=[7]\nhours=[[11, 12]]\nfactor=2.0\n",
            "7: 11:00 (2x)",
        ),
        (f"[[periods]]\nmonths={ALL}\nhours=[[0, 24]]\n", "cny_mwh"),
        (f"[[periods]]\nmonths={ALL}\nhours=[[0, 24]]\nfactor=1.0\ncny_mwh=3.0\n", "cny_mwh"),
        ("[[periods]]\nmonths=[13]\nhours=[[0, 24]]\nfactor=1.0\n", "months"),
        (f"[[periods]]\nmonths={ALL}\nhours=[[0, 25]]\nfactor=1.0\n", "hours"),
        (f"[[periods]]\nmonths={ALL}\nhours=[[0, 24]]\nfactor=-1.0\n", "factor"),
        ("", "periods"),
    ],
)
def test_what_is_not_whole_is_refused(tmp_path, text, told):
    with pytest.raises(ConfigError) as err:
        read_prices(written(tmp_path, text))
    assert told in str(err.value)


@pytest.mark.parametrize("text", ["admin:p4ss-w0rd\n", "KEY=p4ss-w0rd\n", 'a = "p4ss-w0rd'])
def test_another_text_is_refused_without_showing_what_stands_in_it(tmp_path, text):
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1") as err:
        read_prices(path)
    for lang in ("zh", "en"):
        assert "p4ss" not in err.value.text(lang)
        assert "prices.toml" in err.value.text(lang)


def test_a_table_without_source_is_refused(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text('title = "t"\ndate = "2026"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as err:
        read_prices(path)
    assert "source" in str(err.value)


def test_mean_of_a_plant_that_sells_at_noon_is_the_noon_price():
    price = np.full((12, 24), 400.0)
    price[:, 9:17] = 100.0
    energy = np.zeros((12, 24))
    energy[:, 10:16] = 5.0
    assert mean_price(energy, Prices(price)) == 100.0
    with pytest.raises(DataError):
        mean_price(np.zeros((12, 24)), Prices(price))
    with pytest.raises(DataError):
        mean_price(np.ones(24), Prices(price))


@pytest.mark.parametrize("price", [0.3, -0.3, 26_000.0])
def test_prices_of_another_unit_are_refused(tmp_path, price):
    """0.3 CNY are of a kWh; 26,000 CNY of no market."""
    text = f"[[periods]]\nmonths={ALL}\nhours=[[0, 24]]\ncny_mwh={price}\n"
    with pytest.raises(ConfigError) as err:
        read_prices(written(tmp_path, text))
    assert "prices.toml" in str(err.value)
    assert "CNY/MWh" in str(err.value)


def test_hours_of_negative_prices_are_taken(tmp_path):
    text = (
        f"[[periods]]\nmonths={ALL}\nhours=[[10, 14]]\ncny_mwh=-20.0\n"
        f"[[periods]]\nmonths={ALL}\nhours=[[14, 10]]\ncny_mwh=300.0\n"
    )
    assert read_prices(written(tmp_path, text)).cny_mwh.min() == -20.0
