"""Stock volume to biomass carbon, by constants or by the continuous form.

The form must be the same at both dates: for 550,000 m3 of poplar the two differ by more than
the whole gain planned to 2030.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from carbon_sink.section import SpeciesShare, StockVolume
from carbon_sink.species import Species, species_table
from carbon_sink.stock.coefficients import Coefficient, Coefficients, standard_normal
from carbon_sink.stock.pools import Density
from carbon_sink.stock.uncertainty import Factor, Term, value_of
from gis.errors import ConfigError
from gis.say import say
from gis.toml import read_toml
from layers.spec import text_of

__all__ = [
    "CarbonFraction",
    "VolumeForm",
    "inventory_rows",
    "inventory_terms",
    "volume_carbon_tc",
    "volume_density",
    "volume_terms",
]

VolumeForm = Literal["continuous", "constant"]
CarbonFraction = Literal["measured", "methodology"]


def _cf(species: Species, fraction: CarbonFraction) -> Factor:
    if fraction == "measured":
        return Factor(species.cf_measured)
    return Factor(f"{_constants(species)}/CF")


def _constants(species: Species) -> str:
    """Stem of the constants, which not every species has."""
    if not species.constants:
        raise ConfigError(
            say("carbon_sink.stock.no_constants_of_species", species=species.title),
            where="[carbon.stock_volume] species",
            got=species.id,
            todo=say("carbon_sink.stock.choose_continuous_form"),
        )
    return species.constants


def volume_terms(
    volume_m3: float,
    species: Sequence[SpeciesShare],
    *,
    form: VolumeForm,
    arbor_area_ha: float | None = None,
    carbon_fraction: CarbonFraction = "measured",
) -> list[Term]:
    """Carbon of a standing volume as terms of a total [tC].

    Constant form ``V WD BEF (1 + R) CF``; continuous form ``(a V + b A) CF``, which needs
    the area the volume stands on.

    Parameters
    ----------
    volume_m3 : float
    species : sequence of SpeciesShare
        Shares of the volume; area is shared alike.
    form : {"continuous", "constant"}
    arbor_area_ha : float, optional
    carbon_fraction : {"measured", "methodology"}
        Measured CF, or the one of the recalled methodology table. The constant form always
        uses the latter, with its other constants.

    Raises
    ------
    ConfigError
        Continuous form without area, or for a species without an equation.
    """
    terms: list[Term] = []
    for s in species:
        rows = species_table()[s.species]
        v = volume_m3 * s.share_frac
        if form == "constant":
            base = _constants(rows)
            terms.append(
                Term(
                    v,
                    (
                        Factor(f"{base}/wood_density_WD"),
                        Factor(f"{base}/BEF"),
                        Factor(f"{base}/root_shoot_R", "1+x"),
                        Factor(f"{base}/CF"),
                    ),
                )
            )
            continue
        if arbor_area_ha is None:
            raise ConfigError(
                say("carbon_sink.stock.continuous_needs_area"),
                where="[carbon.stock_volume]",
                todo=say("carbon_sink.stock.give_arbor_area"),
            )
        if not rows.continuous:
            raise ConfigError(
                say("carbon_sink.stock.no_continuous_equation", species=rows.title),
                where="[carbon.stock_volume] species",
                got=s.species,
                todo=say("carbon_sink.stock.use_another_species"),
            )
        cf = _cf(rows, carbon_fraction)
        base = rows.continuous
        terms.append(Term(v, (Factor(f"{base}/a_slope"), cf)))
        terms.append(Term(arbor_area_ha * s.share_frac, (Factor(f"{base}/b_intercept"), cf)))
    return terms


def volume_carbon_tc(
    volume_m3: float,
    table: Coefficients,
    species: Sequence[SpeciesShare] = (SpeciesShare(species="poplar", share_frac=1.0),),
    *,
    form: VolumeForm,
    arbor_area_ha: float | None = None,
    carbon_fraction: CarbonFraction = "measured",
) -> float:
    """Carbon of a standing volume with every coefficient at its printed value [tC].

    Examples
    --------
    550,000 m3 of poplar, 0.378 x 1.446 x 1.227 x 0.496: 183 ktC.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> on = load_coefficients().switched_on(["tree_params_杨树"])
    >>> round(volume_carbon_tc(550_000.0, on, form="constant") / 1000)
    183
    """
    return value_of(
        volume_terms(
            volume_m3,
            species,
            form=form,
            arbor_area_ha=arbor_area_ha,
            carbon_fraction=carbon_fraction,
        ),
        table,
    )


def _refuse_other_unit(stock: StockVolume, area_ha: float | None) -> None:
    if not area_ha:
        return
    limit = read_toml("carbon_sink", "data/stand_checks.toml")["volume"]
    least, most = float(limit["least_county_m3_ha"]), float(limit["most_m3_ha"])
    each = stock.volume_m3 / area_ha
    # a map may miss much of the forest a volume stands on; an area of the inventory does not
    if least <= each and (each <= most or stock.arbor_area_ha is None):
        return
    raise ConfigError(
        say("carbon_sink.stock.volume_of_another_unit", year=str(stock.year)),
        where="[[carbon.stock_volume]] volume_m3",
        got=f"{stock.volume_m3:g} m³ / {area_ha:g} ha = {each:.3g} m³/ha",
        expected=f"{least:g}-{most:g} m³/ha",
        todo=say("carbon_sink.stock.volume_in_m3"),
    )


def _error_id(stock: StockVolume) -> str:
    return f"inventory/{stock.year}"


def inventory_rows(stocks: Sequence[StockVolume]) -> list[Coefficient]:
    """The error of each inventory as a standard normal draw of its own."""
    return [
        standard_normal(_error_id(s), subject="inventory", source=s.source)
        for s in stocks
        if s.error_frac
    ]


def inventory_terms(
    stock: StockVolume,
    area_ha: float | None,
    *,
    form: VolumeForm,
    carbon_fraction: CarbonFraction = "measured",
) -> list[Term]:
    """Carbon of an inventory as terms, with the inventory's own error where it is given [tC].

    Parameters
    ----------
    area_ha : float, optional
        Area the volume stands on.

    Raises
    ------
    ConfigError
        Where no forest holds so much, or so little, on a hectare: the unit is another.
    """
    _refuse_other_unit(stock, area_ha)
    terms = volume_terms(
        stock.volume_m3,
        stock.species,
        form=form,
        arbor_area_ha=area_ha,
        carbon_fraction=carbon_fraction,
    )
    if not stock.error_frac:
        return terms
    # the error is the volume's: what the equation says of bare area has no part in it
    of_volume = volume_terms(
        stock.volume_m3, stock.species, form=form, arbor_area_ha=0.0,
        carbon_fraction=carbon_fraction,
    )  # fmt: skip
    drawn = Factor(_error_id(stock))
    more = [
        Term(t.weight * stock.error_frac, (*t.factors, drawn)) for t in of_volume if t.weight
    ]
    return terms + more


def volume_density(
    stock: StockVolume,
    mapped_area_ha: float,
    *,
    form: VolumeForm,
    carbon_fraction: CarbonFraction = "measured",
) -> Density:
    """The density that spreads an inventory's volume over the mapped arbor forest.

    Area times this density gives back the carbon of the volume exactly, whatever the area.

    Parameters
    ----------
    stock : StockVolume
    mapped_area_ha : float
        Arbor forest in the parcels [ha].
    """
    area_ha = stock.arbor_area_ha or mapped_area_ha
    terms = inventory_terms(stock, area_ha, form=form, carbon_fraction=carbon_fraction)
    return Density(
        ecosystem="forest_arbor",
        pool="biomass",
        parts=tuple((t.weight / mapped_area_ha, t.factors) for t in terms),
        note=text_of(say("carbon_sink.stock.from_volume", m3=stock.volume_m3, year=stock.year)),
    )
