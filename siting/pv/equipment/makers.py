"""A .PAN file as the figures of a module, an .OND file as those of an inverter."""

from __future__ import annotations

from gis.errors import DataError
from gis.say import say
from siting.pv.equipment.panond import PanOnd

__all__ = ["file_key", "inverter_of_ond", "module_of_pan"]

_FILE_KEYS = {
    "pmp_w": "PNom",
    "vmp_v": "Vmp",
    "imp_a": "Imp",
    "voc_v": "Voc",
    "isc_a": "Isc",
    "gamma_per_c": "muPmpReq",
    "alpha_isc_per_c": "muISC",
    "beta_voc_per_c": "muVocSpec",
    "cells": "NCelS",
    "area_m2": "Width, Height",
    "efficiency_frac": "PNom, Width, Height",
    "bifaciality_frac": "BifacialityFactor",
    "lid_frac": "LIDLoss",
    "max_system_v": "VMaxIEC",
    "r_s_ohm": "RSerie",
    "r_sh_ohm": "RShunt",
    "r_sh_0_ohm": "Rp_0",
    "r_sh_exp": "Rp_Exp",
    "ideality": "Gamma",
    "ideality_per_c": "muGamma",
    "rated_w": "PNomConv",
    "curves": "ProfilPIO",
    "derate": "TPMax, TPNom, TPLim1, TPLimAbs",
    "mppt_min_v": "VMppMin",
    "mppt_max_v": "VMPPMax",
    "vdc_max_v": "VAbsMax",
    "night_frac": "Night_Loss",
}


def file_key(path: tuple[str, ...]) -> str:
    """What a .PAN or .OND file calls a figure of ours; our own name where it has none.

    Examples
    --------
    >>> file_key(("beta_voc_per_c",)), file_key(("diode", "r_s_ohm")), file_key(("curves", "2"))
    ('muVocSpec', 'RSerie', 'ProfilPIO 3')
    """
    if path[:1] == ("curves",) and len(path) > 1:
        return f"{_FILE_KEYS['curves']} {int(path[1]) + 1}"
    named = [_FILE_KEYS[p] for p in path if p in _FILE_KEYS]
    return named[-1] if named else ".".join(path)


def _name(text: PanOnd) -> str:
    parts = (text.words.get("manufacturer", ""), text.words.get("model", ""))
    return " ".join(p for p in parts if p)[:200] or text.where


def _of_kind(text: PanOnd, word: str) -> None:
    if word not in text.kind.lower():
        raise DataError(
            say("siting.pv_equipment.other_object"),
            where=text.where,
            got=text.kind,
            expected=f"pv{word.capitalize()}",
        )


def module_of_pan(text: PanOnd) -> dict[str, object]:
    """Figures of `siting.pv.plant.module.Module` from a .PAN file.

    Notes
    -----
    PVsyst writes ``muISC`` in mA/K, ``muVocSpec`` in mV/K, ``muPmpReq`` and ``LIDLoss`` in %.
    """
    _of_kind(text, "module")
    isc, voc = text.needed("Isc"), text.needed("Voc")
    out: dict[str, object] = {
        "id": _name(text),
        "pmp_w": text.needed("PNom"),
        "vmp_v": text.needed("Vmp", "Vmpp"),
        "imp_a": text.needed("Imp", "Impp"),
        "voc_v": voc,
        "isc_a": isc,
        "gamma_per_c": text.needed("muPmpReq", "muPmp") / 100.0,
        "cells": text.count("NCelS"),
        "date": text.words.get("datasource", "")[:100],
    }
    if isc > 0.0 and (alpha := text.number("muISC")) is not None:
        out["alpha_isc_per_c"] = alpha / 1000.0 / isc
    if voc > 0.0 and (beta := text.number("muVocSpec", "muVoc")) is not None:
        out["beta_voc_per_c"] = beta / 1000.0 / voc
    width, height = text.number("Width"), text.number("Height")
    if width and height:
        out["area_m2"] = width * height
    if (both := text.number("BifacialityFactor")) is not None:
        out["bifaciality_frac"] = both
    if (lid := text.number("LIDLoss")) is not None:
        out["lid_frac"] = lid / 100.0
    if (most := text.number("VMaxIEC")) is not None:
        out["max_system_v"] = most
    series, shunt, ideal = (text.number(k) for k in ("RSerie", "RShunt", "Gamma"))
    if series is not None and shunt and ideal:
        out["diode"] = {
            "kind": "pvsyst",
            "r_s_ohm": series,
            "r_sh_ohm": shunt,
            "r_sh_0_ohm": text.number("Rp_0") or 4.0 * shunt,
            "r_sh_exp": text.number("Rp_Exp") or 5.5,
            "ideality": ideal,
            "ideality_per_c": text.number("muGamma") or 0.0,
        }
    return out


def inverter_of_ond(text: PanOnd) -> dict[str, object]:
    """Figures of `siting.pv.plant.inverter.Inverter` from an .OND file.

    Notes
    -----
    Powers of the object are in kW, those of the curves in W. The rating is ``PNomConv``; what
    ``PMaxOUT`` allows above it in cool air is no power of the plant.
    """
    _of_kind(text, "inverter")
    rated = text.needed("PNomConv", "PNom") * 1000.0
    if not rated > 0.0:
        raise DataError(
            say("siting.pv_equipment.no_rating"), where=text.where, got=f"{rated:g}"
        )
    volts = text.numbers("VNomEff")
    named = [(f"profilpiov{i}", volts[i - 1]) for i in range(1, len(volts) + 1)]
    chosen = [(text.curves[k], v) for k, v in named if k in text.curves]
    if not chosen and "profilpio" in text.curves:
        chosen = [(text.curves["profilpio"], 0.0)]
    if not chosen:
        raise DataError(
            say("siting.pv_equipment.no_efficiency"), where=text.where, expected="ProfilPIO"
        )
    curves = []
    for points, volt in chosen:
        # a file fills up its points with zeros; the first one is the power of the start
        kept = [(a / rated, b / rated) for a, b in points if a > 0.0]
        curves.append({"voltage_v": volt, "points": tuple(kept)})
    derate: list[tuple[float, float]] = []
    for at, power in (
        ("TPMax", "PMaxOUT"),
        ("TPNom", "PNomConv"),
        ("TPLim1", "PLim1"),
        ("TPLimAbs", "PLimAbs"),
    ):
        t, p = text.number(at), text.number(power)
        if t is None or p is None or t in {d[0] for d in derate}:
            continue
        # nothing at the last temperature is where it stops; elsewhere it is not filled in
        stops = at == "TPLimAbs" and p == 0.0 and all(d[0] < t for d in derate)
        if p > 0.0 or stops:
            derate.append((t, p * 1000.0 / rated))
    out: dict[str, object] = {
        "id": _name(text),
        "model": "curve",
        "rated_w": rated,
        "curves": tuple(curves),
        "derate": tuple(sorted(derate)),
        "mppt_min_v": text.number("VMppMin", "VMPPMin") or 0.0,
        "mppt_max_v": text.number("VMPPMax", "VmppMax") or 0.0,
        "vdc_max_v": text.number("VAbsMax") or 0.0,
        "night_frac": (text.number("Night_Loss") or 0.0) / rated,
        "date": text.words.get("datasource", "")[:100],
    }
    return out
