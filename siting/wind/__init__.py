"""Wind resource, turbines, wakes, repowering, noise and flicker."""
