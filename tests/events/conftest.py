"""A mail server for the tests of the outbox."""

from tests.support.mailbox import box

__all__ = ["box"]
