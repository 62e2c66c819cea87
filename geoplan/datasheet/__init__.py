"""The data sheet: one row a layer in Excel, handed out, filled in, read back and compared."""
