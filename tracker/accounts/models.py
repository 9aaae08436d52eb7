"""People: accounts, their handles on code forges, sessions, tokens and sign-in attempts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.names import ERASED_HANDLE
from tracker.db import UTC, Model, explain, one_of
from tracker.person_name import ERASED, PersonName
from tracker.text import _l

if TYPE_CHECKING:
    from tracker.sigs.models import Membership

LANGUAGES = ("en", "zh")
FORGES = ("gitee", "gitcode", "github")
PURPOSES = ("confirm", "reset", "email")
_NOTHING_LEFT = (
    f"handle = '{ERASED_HANDLE}' || CAST(id AS VARCHAR(20)) AND handle_key = handle AND email_key = handle AND email = ''"
    f" AND display_name = '{ERASED}' AND affiliation = '' AND language = '' AND password_hash = ''"
    " AND email_verified_at IS NULL AND suspended_at IS NOT NULL"
    " AND NOT is_admin AND NOT is_finance AND NOT in_ranking AND NOT in_hall"
)


class User(Model):
    """One person, one account. ``handle_key`` and ``email_key`` are the normalised forms that must be unique.

    An account that was erased (``erased_at``) stays as a row that says nothing of its person, and is suspended for good: what
    keeps suspended people out keeps it out.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        one_of("language", ("", *LANGUAGES)),
        CheckConstraint(f"erased_at IS NULL OR ({_NOTHING_LEFT})", name="nothing_left"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(40))
    handle_key: Mapped[str] = mapped_column(String(80), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(PersonName(80))
    affiliation: Mapped[str] = mapped_column(String(120), default="")
    language: Mapped[str] = mapped_column(String(5), default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    email_verified_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_finance: Mapped[bool] = mapped_column(default=False)
    #: Shown to others in rankings of points.
    in_ranking: Mapped[bool] = mapped_column(default=True)
    #: Shown in the hall of honour, with deeds, titles and picture.
    in_hall: Mapped[bool] = mapped_column(default=True)
    suspended_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    erased_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)

    forge_accounts: Mapped[list[ForgeAccount]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="ForgeAccount.forge"
    )
    # By name, against the direction of imports: the predicates of permissions read it.
    memberships: Mapped[list[Membership]] = relationship("Membership", back_populates="user", lazy="selectin")

    # What Flask-Login asks for.
    is_authenticated = True
    is_anonymous = False
    is_active = True
    #: The token of the session that loaded this person; set by accounts.sessions, never stored.
    session_token: str = ""
    #: When that session was last noted to be in use.
    seen_at: dt.datetime = dt.datetime.max.replace(tzinfo=dt.UTC)
    #: Unread notices, counted when the session is loaded.
    unread: int = 0

    def get_id(self) -> str:
        return self.session_token

    @property
    def label(self) -> str:
        return self.handle

    @property
    def path(self) -> str:
        return ""

    @property
    def profile_gaps(self) -> list[str]:
        """Names of the profile fields that a claim needs and that are still empty."""
        return [name for name in ("display_name", "affiliation") if not getattr(self, name)]


class ForgeAccount(Model):
    """A person's handle on a code forge: a link to the person, not an identity."""

    __tablename__ = "forge_account"
    __table_args__ = (one_of("forge", FORGES), Index("uq_forge_account_user_id_forge", "user_id", "forge", unique=True))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    forge: Mapped[str] = mapped_column(String(10))
    handle: Mapped[str] = mapped_column(String(80))

    user: Mapped[User] = relationship(back_populates="forge_accounts")


class UserSession(Model):
    """A sign-in. The cookie holds a random token, the row its SHA-256."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    seen_at: Mapped[dt.datetime] = mapped_column(UTC)
    expires_at: Mapped[dt.datetime] = mapped_column(UTC)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    address: Mapped[str] = mapped_column(String(45), default="")
    user_agent: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class OneTimeToken(Model):
    """A link sent by mail: good once and until ``expires_at``. The link is this row's id, signed."""

    __tablename__ = "one_time_token"
    __table_args__ = (one_of("purpose", PURPOSES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    #: The address it confirms; of the account, or the new one.
    email: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    expires_at: Mapped[dt.datetime] = mapped_column(UTC)
    used_at: Mapped[dt.datetime | None] = mapped_column(UTC)


class SignInAttempt(Model):
    """A failed sign-in, counted per account name and per address across all workers."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``name:<normalised handle or e-mail>`` or ``address:<client address>``.
    key: Mapped[str] = mapped_column(String(300))
    at: Mapped[dt.datetime] = mapped_column(UTC)


explain("user_account_erased_for_good", _l("This account was erased. Nothing of it can be changed or brought back."))
explain("uq_user_account_handle_key", _l("This handle is taken. Choose another."), columns="user_account.handle_key")
explain(
    "uq_user_account_email_key",
    _l("There is an account with this e-mail address. Sign in, or ask for a new password."),
    columns="user_account.email_key",
)
