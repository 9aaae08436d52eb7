"""A mail server for the tests of announcements."""

from tests.support.mailbox import box

__all__ = ["box"]
