"""How much of the sites the grid takes, where each connects, and what stands by which year."""
