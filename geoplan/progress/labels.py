"""What a step tells of itself, in words."""

from __future__ import annotations

__all__ = ["inner_label", "step_words"]

_OWN = {"certify": "inner_certify", "pv_yield": "inner_pv_yield"}


def inner_label(label: str, lang: str) -> str:
    """What a step tells of itself (``"certify pv"``), in words.

    Examples
    --------
    >>> inner_label("screen wind", "zh"), inner_label("carbon", "en")
    ('土地适宜性筛查：风电', 'Carbon stock')
    """
    from geoplan.glossary import labelled, tech_word
    from gis.say import say, sentences

    word, _, tech = label.partition(" ")
    if word == "documents":
        return say(f"geoplan.cli.document_{tech}" if tech else "geoplan.cli.step_documents")(
            lang
        )
    key = f"geoplan.cli.{_OWN.get(word, f'step_{word}')}"
    if key not in sentences("geoplan"):
        return label
    return (labelled(say(key), tech_word(tech)) if tech else say(key))(lang)


def step_words(lang: str) -> dict[str, str]:
    """Label of each step of a run -> its title in `lang`."""
    from geoplan.steps import STEPS
    from gis.say import say

    names = [*(s.name for s in STEPS), "documents"]
    return {f"step.{n}": say(f"geoplan.cli.step_{n}")(lang) for n in names}
