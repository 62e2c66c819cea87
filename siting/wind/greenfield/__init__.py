"""New wind farms: machines for the wind class, layout on the screened land, yield, cost."""
