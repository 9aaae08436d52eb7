"""Where a thing is sent: kept sealed until some days after it was sent, then removed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker import sealing
from tracker.db import UTC, Model, explain
from tracker.rewards.models import Reward
from tracker.text import _l


class ShippingAddress(Model):
    """Where the thing of a reward line goes, as one sealed text (``shipping.address``); the row goes with it.

    That it was sent, by whom and how, is the payment of the line.
    """

    __tablename__ = "shipping_address"

    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    #: When the receiver gave it, or changed it last.
    entered_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: When finance took it out in a file last: an address that is newer than that went to nobody yet.
    exported_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    reward: Mapped[Reward] = relationship()


#: What is sealed; ``shipping.address`` writes and reads it.
ADDRESS = sealing.column(ShippingAddress, "sealed", lambda row: f"address:{row.reward_id}")

explain("shipping_address_of_thing", _l("An address is given for a prize that is a thing, approved and not sent yet."))
