"""What the ``tracker`` command can do, by what it is about."""
