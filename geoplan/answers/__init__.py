"""What a plan asked for, answered: targets, zones and parks at every door."""
