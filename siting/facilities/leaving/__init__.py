"""What plants leave when they come out of service, as demand."""
