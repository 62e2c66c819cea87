"""Money of a plant: prices as given, cash flow, debt, what the result hangs on."""
