"""Cost of energy, storage dispatch and avoided emissions."""
