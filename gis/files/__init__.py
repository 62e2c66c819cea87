"""Files in and out: what is read is checked, what is written is whole."""
