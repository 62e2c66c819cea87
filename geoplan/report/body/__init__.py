"""The body of the report: a chapter for each question a reviewer or a leader asks."""
