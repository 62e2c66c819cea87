"""What a plant is built of, as one table: module, inverter, string, lines and transformers."""

from __future__ import annotations

import pandas as pd

from gis.say import Sentence, in_lang, say
from layers.spec import Origin
from siting.pv.plant.chain import SiteYield
from siting.pv.plant.plant import presets

__all__ = ["COLUMNS", "equipment_table"]

COLUMNS = ("part", "item_zh", "item_en", "value", "unit", "source_zh", "source_en")


def equipment_table(result: SiteYield, *, drawn: bool = False) -> pd.DataFrame:
    """Figures of the equipment of a plant, one a row; what is not known is left out.

    Parameters
    ----------
    result : SiteYield
    drawn : bool
        Whether the plant was drawn: its DC/AC ratio then follows from what stands in it.

    Returns
    -------
    DataFrame
        ``part`` (``module``, ``inverter``, ``string``, ``transformer``), ``item_zh``,
        ``item_en``, ``value`` (as text), ``unit``, ``source_zh``, ``source_en``.
    """
    plant = result.plant
    m, i, s = plant.module, plant.inverter_used, result.string
    plan, default = say("layers.words.origin.plan"), say("layers.words.citation.default")

    def whose(key: str) -> Origin | Sentence:
        """Who gave a figure of the plant: a preset, the default, or the plan."""
        value, preset = getattr(plant, key), presets().get(plant.preset)
        if preset is not None and preset.values.get(key) == value:
            return preset.source
        if value == type(plant).model_fields[key].default:
            return default
        return plan

    def of_module(key: str) -> Origin | Sentence:
        """The module's own source, where its file or sheet says the figure."""
        return m.source if key in m.model_fields_set else default

    ratio = say("layers.words.origin.computed") if drawn else whose("dc_ac_ratio")
    rows: list[tuple[str, str, str, str, Origin | Sentence]] = [
        ("module", "type", m.id, "", m.source),
        ("module", "pmp", _of(m.pmp_w, "g"), "W", m.source),
        ("module", "vmp", _of(m.vmp_v, "g"), "V", m.source),
        ("module", "imp", _of(m.imp_a, "g"), "A", m.source),
        ("module", "voc", _of(m.voc_v, "g"), "V", m.source),
        ("module", "isc", _of(m.isc_a, "g"), "A", m.source),
        ("module", "efficiency", f"{m.efficiency_frac:.1%}", "", m.source),
        ("module", "gamma", f"{m.gamma_per_c * 100:.3f}", "%/K", m.source),
        (
            "module",
            "bifaciality",
            f"{m.bifaciality_frac:.0%}",
            "",
            of_module("bifaciality_frac"),
        ),
        ("module", "lid", f"{m.lid_frac:.2%}", "", of_module("lid_frac")),
        (
            "module",
            "degradation",
            f"{m.degradation_frac_yr:.2%}",
            "1/a",
            of_module("degradation_frac_yr"),
        ),
        ("module", "dc_model", plant.dc, "", whose("dc")),
        ("inverter", "type", i.id, "", i.source),
        ("inverter", "rated", _of(i.rated_w / 1000.0, "g"), "kW", i.source),
        ("inverter", "european", f"{i.european_frac:.2%}", "", i.source),
        ("inverter", "mppt_window", _range(i.mppt_min_v, i.mppt_max_v), "V", i.source),
        ("inverter", "vdc_max", _of(i.vdc_max_v, "g"), "V", i.source),
        ("inverter", "night", f"{i.night_frac * 1000:.2f}", "W/kW", i.source),
        ("inverter", "dc_ac", f"{plant.dc_ac_ratio:.2f}", "", ratio),
    ]
    if s is not None:
        rows += [
            ("string", "modules", f"{s.modules}", "", say("siting.pv_equipment.by_gb_50797")),
            ("string", "may_be", f"{s.fewest} - {s.most}", "", _gb()),
            ("string", "voc_cold", f"{s.voc_cold_v:.0f}", "V", _gb()),
            ("string", "vmp_hot", f"{s.vmp_hot_v:.0f}", "V", _gb()),
            ("string", "coldest", f"{s.coldest_c:.1f}", "deg C", _gb()),
            ("string", "hottest", f"{s.hottest_c:.1f}", "deg C", _gb()),
        ]
    rows += [
        ("transformer", "no_load", _share(plant.transformer_no_load_frac), "", plan),
        ("transformer", "load", _share(plant.transformer_load_frac), "", plan),
        ("transformer", "line", _share(plant.line_frac), "", plan),
    ]
    found = []
    for part, item, value, unit, source in rows:
        title = say(f"siting.pv_equipment.item.{item}")
        said = [in_lang(source, lang) for lang in ("zh", "en")]
        found.append((part, title("zh"), title("en"), value, unit, *said))
    table = pd.DataFrame(found, columns=list(COLUMNS))
    return table[table["value"] != ""].reset_index(drop=True)


def _gb() -> Sentence:
    return say("siting.pv_equipment.by_gb_50797")


def _of(value: float, how: str) -> str:
    return format(value, how) if value else ""


def _range(low: float, high: float) -> str:
    return f"{low:g} - {high:g}" if high else ""


def _share(value: float) -> str:
    return f"{value:.2%}" if value else ""
