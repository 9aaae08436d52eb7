"""Rankings: points of a programme and a quarter, by handle."""
