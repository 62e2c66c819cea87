"""What a plan asks of carbon that cannot be done: told before a run, as the run would tell."""
