"""What a bureau hands over: which county is meant, which layer a table or raster is."""
