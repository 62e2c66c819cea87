"""The files of a plant drawn from its polygon, and what is said of it on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geoplan.array.bill_book import write_bill_book
from geoplan.array.drawing import draw_array_plan
from geoplan.array.pv_files import assessment_files
from geoplan.lender.energy_lines import assessment_lines, assessment_record
from gis.files.plain_text import harmless_table
from gis.files.write import write_drawing, write_features
from gis.say import Sentence, listed, say
from siting.pv.array.bill import bill, bill_table
from siting.pv.array.features import array_features
from siting.pv.array.study import PolygonPlant

__all__ = ["array_lines", "array_record", "write_array"]


def write_array(
    found: PolygonPlant, out: Path, *, lang: str = "zh", hourly: bool = False
) -> dict[str, Path]:
    """Write everything of a plant; name -> path.

    Parameters
    ----------
    found : PolygonPlant
    out : Path
        Folder for the files.
    lang : {"zh", "en"}
    hourly : bool
        Whether to write the hourly series too.
    """
    out.mkdir(parents=True, exist_ok=True)
    name = found.site.name
    layers = array_features(found.array)
    files = {"bill": write_bill_book(out / f"{name}_bill.xlsx", found, lang=lang)}
    files["bill_csv"] = out / f"{name}_pv_bill.csv"
    harmless_table(bill_table(found.array, name)).to_csv(
        files["bill_csv"], index=False, encoding="utf-8-sig"
    )
    gpkg = out / f"{name}_layout.gpkg"
    for i, (key, layer) in enumerate(layers.items()):
        write_features(gpkg, key, layer, append=i > 0)
    files["layout_gpkg"] = gpkg
    parts = [
        layer[["geometry"]].assign(layer=key).explode(index_parts=False)
        for key, layer in layers.items()
        if key != "land"
    ]
    drawing = pd.concat(parts, ignore_index=True)
    files["layout_dxf"] = write_drawing(out / f"{name}_layout.dxf", drawing)
    png, pdf = draw_array_plan(found, layers, out / f"{name}_layout.png", lang=lang)
    files |= {"layout_png": png, "layout_pdf": pdf}
    if found.assessment is not None:
        told = replace(found.assessment, warnings=found.warnings)
        files |= assessment_files(told, out, lang=lang, hourly=hourly, drawn=True)
    return files


def array_lines(found: PolygonPlant) -> list[Sentence]:
    """What is said of a plant: land, capacity, yield, what is assumed."""
    a, tracks = found.array, found.design.plant.mounting == "tracker"
    lines = [
        say(
            "geoplan.array.line_land",
            site=found.site.name,
            site_ha=a.site_m2 / 1e4,
            no_go_ha=a.no_go_m2 / 1e4,
            land_ha=a.land_m2 / 1e4,
            lon=found.site.lon,
            lat=found.site.lat,
        ),
        say(
            "geoplan.array.line_capacity",
            dc=a.dc_mw,
            ac=a.ac_mw,
            ratio=a.dc_mw / a.ac_mw,
            ha_mwp=a.ha_mwp,
        ),
        say(
            "geoplan.array.line_design_tracker" if tracks else "geoplan.array.line_design",
            **({} if tracks else {"tilt": a.rules.tilt_deg, "azimuth": a.rules.azimuth_deg}),
            pitch=a.rules.pitch_m,
            module=found.design.plant.module.id,
            watt=1000.0 * a.rules.module_kw,
            wanted=a.rules.dc_ac_ratio,
            tables=a.n_tables,
            inverters=len(a.groups.inverter_kw),
            transformers=len(a.groups.transformer_xy),
        ),
    ]
    y = found.assessment
    if y is None:
        lines.append(say("geoplan.array.line_no_yield"))
    else:
        lines += [
            say(
                "geoplan.array.line_yield",
                p50=y.p.one_year[50],
                p90=y.p.one_year[90],
                ten=y.p.ten_year[90],
                life=y.p.life[90],
                kwh_kwp=y.result.kwh_kwp_yr,
                hours=y.full_load_hours_h,
            ),
            *assessment_lines(y)[1:],
            say(
                "geoplan.array.line_losses",
                poa=y.result.poa_kwh_m2,
                pr=y.result.performance_ratio,
                steps=listed(
                    say("geoplan.array.loss", title=s.title, share=100.0 * s.change_frac)
                    for s in y.result.waterfall.steps[1:]
                    if abs(s.change_frac) >= 0.0005
                ),
            ),
        ]
    shown = {"modules", "piles", "roads", "fence", "string_cable", "low_cable", "cut", "fill"}
    for row in bill(a):
        if row.key in shown or row.key.startswith("collector"):
            lines.append(_quantity(row.item, row.quantity, row.unit))
    if a.earth is None:
        lines.append(say("geoplan.array.line_no_earth"))
    n = sum(1 for x in found.assumed if not x.given)
    lines.append(say("geoplan.array.line_assumed", n=n))
    return lines


def _quantity(item: Sentence, quantity: float | None, unit: str) -> Sentence:
    if quantity is None:
        return say("geoplan.array.line_unknown", item=item)
    text = f"{quantity:,.3f}" if unit == "km" else f"{quantity:,.0f}"
    return say("geoplan.array.line_quantity", item=item, quantity=text, unit=unit)


def array_record(found: PolygonPlant, files: dict[str, Path]) -> Mapping[str, object]:
    """The same for machines."""
    a, y = found.array, found.assessment
    out: dict[str, object] = {
        "site": found.site.name,
        "lon": found.site.lon,
        "lat": found.site.lat,
        "crs": str(a.crs.name),
        "site_ha": a.site_m2 / 1e4,
        "no_go_ha": a.no_go_m2 / 1e4,
        "land_ha": a.land_m2 / 1e4,
        "dc_mw": a.dc_mw,
        "ac_mw": a.ac_mw,
        "dc_ac_ratio": a.dc_mw / a.ac_mw,
        "ha_mwp": a.ha_mwp,
        "pitch_m": a.rules.pitch_m,
        "tilt_deg": a.rules.tilt_deg,
        "bill": {row.key: row.quantity for row in bill(a)},
        "assumed": [
            {
                "zh": x.title("zh"),
                "en": x.title("en"),
                "value": x.value,
                "unit": x.unit,
                "source_zh": x.source("zh"),
                "source_en": x.source("en"),
                "given": x.given,
            }
            for x in found.assumed
        ],
        "yield": None,
        "files": {k: str(v) for k, v in files.items()},
        "warnings": [w.as_dict() for w in found.warnings],
    }
    if y is not None:
        out["yield"] = {
            **assessment_record(y),
            "p50_mwh_yr": y.p.one_year[50],
            "p90_mwh_yr": y.p.one_year[90],
            "p_one_year_mwh": {f"P{k}": v for k, v in y.p.one_year.items()},
            "specific_kwh_kwp": y.result.kwh_kwp_yr,
            "full_load_hours_h": y.full_load_hours_h,
            "performance_ratio": y.result.performance_ratio,
            "poa_kwh_m2": y.result.poa_kwh_m2,
            "losses": [
                {"zh": s.title("zh"), "en": s.title("en"), "change_frac": s.change_frac}
                for s in y.result.waterfall.steps[1:]
            ],
        }
    return out
