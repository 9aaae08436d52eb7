"""Public notices: a quarter's results in public, with objections that are answered on record."""
