"""Days that people of the site add to the calendar of public holidays: closed ones and worked ones."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain
from tracker.text import _l


class CalendarDay(Model):
    """A day that is worked or closed whatever the State Council's calendar says, with its name in both languages."""

    __tablename__ = "calendar_day"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[dt.date] = mapped_column(unique=True)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    created_by: Mapped[User | None] = relationship()

    @property
    def label(self) -> str:
        return f"{self.day.isoformat()} {self.name}"

    @property
    def path(self) -> str:
        return "/calendar/days"


explain("uq_calendar_day_day", _l("This day is in the table already. Remove it first."), columns="calendar_day.day")
