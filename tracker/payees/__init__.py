"""Payees: what a payment needs to know of a person, sealed; who is excluded from pay; contracts."""
