"""What a wind farm does to its neighbours: noise, flicker, sight."""
