"""What is wrong with a plan's data, as one list of findings with places; a repaired copy."""
