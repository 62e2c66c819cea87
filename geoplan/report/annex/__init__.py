"""What stands behind the report: every table, rule, site and source, one after another."""
