"""What our own code costs, as ratios to a floor that does the same work with nothing around it."""
