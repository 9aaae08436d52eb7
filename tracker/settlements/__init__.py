"""Settlements: what a month of points pays, computed once for all persons of a programme."""
