"""The tracker: contribution tasks and open source internships of special interest groups."""

__version__ = "0.1.0"
