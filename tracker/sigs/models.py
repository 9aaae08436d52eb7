"""Special interest groups: areas, repositories, who belongs and who follows."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import Model, explain, one_of
from tracker.text import LazyString, _l

MEMBER, CONTRIBUTOR, COMMITTER, MAINTAINER = "member", "contributor", "committer", "maintainer"
ROLES: dict[str, LazyString] = {
    MEMBER: _l("Member"),
    CONTRIBUTOR: _l("Contributor"),
    COMMITTER: _l("Committer"),
    MAINTAINER: _l("Maintainer"),
}


class Sig(Model):
    """A group. ``key`` starts its tasks' references (AKG-2026Q4-007); texts come in both languages."""

    __tablename__ = "sig"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    key: Mapped[str] = mapped_column(String(8), unique=True)
    community: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    scope_zh: Mapped[str] = mapped_column(Text, default="")
    #: One goal a line.
    goals: Mapped[str] = mapped_column(Text, default="")
    mailing_list: Mapped[str] = mapped_column(String(254), default="")
    agenda_pad: Mapped[str] = mapped_column(String(300), default="")
    minutes_pad: Mapped[str] = mapped_column(String(300), default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")

    areas: Mapped[list[Area]] = relationship(back_populates="sig", order_by="Area.id")
    repositories: Mapped[list[Repository]] = relationship(back_populates="sig", order_by="Repository.path")

    @property
    def sig_id(self) -> int:
        return self.id

    @property
    def label(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return f"/sigs/{self.slug}/"


class Area(Model):
    """A direction of a SIG's tasks, such as operator support."""

    __tablename__ = "area"
    __table_args__ = (Index("uq_area_sig_id_slug", "sig_id", "slug", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")

    sig: Mapped[Sig] = relationship(back_populates="areas")


class Repository(Model):
    """A repository of a SIG and what it is for."""

    __tablename__ = "repository"
    __table_args__ = (Index("uq_repository_sig_id_path", "sig_id", "path", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    path: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(300), default="")
    role: Mapped[str] = mapped_column(String(200), default="")

    sig: Mapped[Sig] = relationship(back_populates="repositories")


class Membership(Model):
    """A person's role in a SIG from ``since`` to (not including) ``until``; ended, never deleted.

    A Contributor may have an area, a Committer has a repository or paths in it.
    """

    __tablename__ = "membership"
    __table_args__ = (
        one_of("role", tuple(ROLES)),
        CheckConstraint("until IS NULL OR until >= since", name="until_after_since"),
        Index(
            "uq_membership_live", "sig_id", "user_id", "role",
            text("coalesce(area_id, 0)"), text("coalesce(repository_id, 0)"),
            unique=True, sqlite_where=text("until IS NULL"), postgresql_where=text("until IS NULL"),
        ),
        Index("ix_membership_user_id", "user_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(String(20))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id", ondelete="RESTRICT"))
    repository_id: Mapped[int | None] = mapped_column(ForeignKey("repository.id", ondelete="RESTRICT"))
    paths: Mapped[str] = mapped_column(String(300), default="")
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    #: Where the role was decided: a page, a file that was imported.
    source: Mapped[str] = mapped_column(String(200), default="")

    user: Mapped[User] = relationship(back_populates="memberships")
    sig: Mapped[Sig] = relationship()
    area: Mapped[Area | None] = relationship()
    repository: Mapped[Repository | None] = relationship()


class Follower(Model):
    """A person who is told what a SIG publishes."""

    __tablename__ = "follower"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="CASCADE"), primary_key=True)


explain("uq_membership_live", _l("This person has this role in the SIG already."))
explain("uq_sig_slug", _l("There is a SIG with this slug already."), columns="sig.slug")
explain("uq_sig_key", _l("There is a SIG with this key already."), columns="sig.key")
explain("uq_area_sig_id_slug", _l("The SIG has this area already."), columns="area.sig_id, area.slug")
explain(
    "uq_repository_sig_id_path",
    _l("The SIG has this repository already."),
    columns="repository.sig_id, repository.path",
)
