"""Who gets where by bus: stops of layers or of a timetable, and changes between areas."""
