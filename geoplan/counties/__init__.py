"""Many counties in one plan: each run by itself, then one ranking, one table and one map."""
