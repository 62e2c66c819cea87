"""Who computes the steps of a run: this process, and a second one beside it."""
