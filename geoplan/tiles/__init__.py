"""Base maps of the user's own: archives of picture tiles on this machine or the intranet."""
