"""Words a rule is classed by: how strong it is, in which scenario, for whom."""

from __future__ import annotations

from typing import Literal, TypeAlias

__all__ = ["AppliesTo", "Part", "Project", "RuleKind", "Scenario", "ShownKind"]

RuleKind: TypeAlias = Literal["hard", "conditional", "preference"]
ShownKind: TypeAlias = Literal["hard", "conditional", "preference", "engineering"]
Scenario: TypeAlias = Literal["base", "hard", "conservative"]
AppliesTo: TypeAlias = Literal["pv", "wind", "afforest", "wetland", "grass"]
Part: TypeAlias = Literal["array", "turbine", "substation", "road", "line"]
Project: TypeAlias = Literal["new", "expansion", "repower", "village"]
