"""Shipping: where a prize that is a thing is sent, and that it was."""
