"""Budgets of quarters: what tasks reserve and use of them, and what publishing may still take."""
