"""What is drawn inside the frame of a printed map."""
