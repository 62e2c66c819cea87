"""Rule books against the law calendar and the texts of the statutes."""
