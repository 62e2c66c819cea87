"""Carbon stock: coefficients, pools, totals and their uncertainty."""
