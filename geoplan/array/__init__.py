"""A plant drawn from its polygon: its files (bill, layers, drawing), lines on the screen."""
