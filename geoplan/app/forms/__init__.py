"""Lists of a plan as forms: plants, targets, facilities, class codes; a field each value.

What a form asks is data (``tables.toml``, ``facilities.toml``); what it may answer with comes
of the plan and of the rooms; what is wrong is told by the field before anything is written.
"""
