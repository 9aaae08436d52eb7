"""What goes with an account that is erased, room by room. Everything runs inside the transaction that erases it, for a person
whose row is locked; none of it records anything."""

from __future__ import annotations

from sqlalchemy import delete, or_, select, update

from tracker import clock
from tracker.accounts.models import ForgeAccount, OneTimeToken, SignInAttempt, User, UserSession
from tracker.accounts.names import ERASED_HANDLE
from tracker.activities.models import SignUp, Speaker
from tracker.activities.service import give_up_place
from tracker.certificates.erasure import erase_certificates
from tracker.claims.models import Claim
from tracker.db import db, lock
from tracker.events.models import Mailing, Notice, NoticeChoice
from tracker.exports.models import ExportJob
from tracker.honours.erasure import erase_honours
from tracker.meetings.models import CalendarFeed, Meeting
from tracker.payees.service import note_purge
from tracker.person_name import ERASED
from tracker.promotions.erasure import erase_promotions
from tracker.reports.erasure import erase_reports
from tracker.rewards.models import Reward
from tracker.series.models import RotaEntry, Series
from tracker.shipping.models import ShippingAddress
from tracker.sigs.models import Follower, Membership
from tracker.tasks.models import CLOSED, WITHDRAWN, Task, TaskMentor


def remove_traces(user: User) -> bool:
    """Remove or empty everything of the person's that isn't a part of the record. Whether payee data waits for its removal."""
    erase_certificates(user)
    erase_reports(user)
    erase_honours(user)
    erase_promotions(user)
    _leave_sigs(user)
    _leave_meetings(user)
    _empty_words(user)
    sealed = note_purge(user)
    _forget_ways_in(user)
    return sealed


def _leave_sigs(user: User) -> None:
    """Roles end, today or where they would have begun later; rotas and unfinished tasks go on without the person."""
    today = clock.today()
    mine = Membership.user_id == user.id, or_(Membership.until.is_(None), Membership.until > today)
    for membership in db.session.scalars(select(Membership).where(*mine).order_by(Membership.id).with_for_update()):
        membership.until = max(today, membership.since)
    for series_id in db.session.scalars(
        select(RotaEntry.series_id).where(RotaEntry.user_id == user.id).order_by(RotaEntry.series_id)
    ):
        lock(Series, series_id).version += 1
    over = select(Task.id).where(Task.state.in_((CLOSED, WITHDRAWN)))
    _delete(RotaEntry, RotaEntry.user_id == user.id)
    _delete(TaskMentor, TaskMentor.user_id == user.id, TaskMentor.task_id.not_in(over))
    _delete(Follower, Follower.user_id == user.id)


def _leave_meetings(user: User) -> None:
    """Places on coming lists are given back; at meetings that were, it stays that somebody had a place, and that a talk was
    given."""
    query = select(SignUp).join(Meeting, Meeting.id == SignUp.meeting_id)
    coming = query.where(SignUp.user_id == user.id, SignUp.cancelled_at.is_(None), Meeting.starts_at > clock.now())
    for mine in db.session.scalars(coming.order_by(SignUp.meeting_id)).all():
        give_up_place(mine)
    _update(SignUp, SignUp.user_id == user.id, note="")
    _update(Speaker, Speaker.user_id == user.id, name=ERASED, affiliation="")


def _empty_words(user: User) -> None:
    """What the person said of themselves, and where things were sent to."""
    _update(Claim, Claim.user_id == user.id, experience="")
    _delete(ShippingAddress, ShippingAddress.reward_id.in_(select(Reward.id).where(Reward.user_id == user.id)))
    _delete(ExportJob, ExportJob.user_id == user.id)


def _forget_ways_in(user: User) -> None:
    """Sessions, links, feeds, forge handles, tries at the door, and everything that was or would be mailed."""
    names = [f"{kind}name:{key}" for kind in ("", "mail:") for key in (user.handle_key, user.email_key)]
    counted = [key[:280] for key in (*names, f"password:user:{user.id}", f"mail:user:{user.id}")]
    _delete(SignInAttempt, SignInAttempt.key.in_(counted))
    for model in (Notice, Mailing, NoticeChoice, UserSession, OneTimeToken, ForgeAccount, CalendarFeed):
        _delete(model, model.user_id == user.id)


def empty_account(user: User) -> None:
    """Leave nothing of the person in the row of the account: its old handle and address are free again."""
    user.handle = user.handle_key = user.email_key = f"{ERASED_HANDLE}{user.id}"
    user.display_name = ERASED
    user.email = user.affiliation = user.language = user.password_hash = ""
    user.time_zone = "Asia/Shanghai"
    user.is_admin = user.is_finance = user.in_ranking = user.in_hall = False
    user.email_verified_at = None
    user.suspended_at = user.suspended_at or clock.now()
    user.erased_at = clock.now()
    db.session.flush()


def _delete(model: type, *where: object) -> None:
    db.session.execute(delete(model).where(*where).execution_options(synchronize_session=False))  # type: ignore[arg-type]


def _update(model: type, where: object, **values: str) -> None:
    query = update(model).where(where).values(**values)  # type: ignore[arg-type]
    db.session.execute(query.execution_options(synchronize_session=False))
