"""What stands in a file, seen from a part of it: to know what it is, not what it says."""
