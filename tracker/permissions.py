"""Who may: one table of permissions and the predicates that grant them; what isn't named is denied.

*Who* is here, *when* is the workflow. Pages, templates, exports and commands ask ``allowed`` by name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Protocol

from tracker import clock
from tracker.errors import Forbidden
from tracker.predicates import Predicate, all_of, any_of, is_handed_in, is_shown, no


class Permission(StrEnum):
    """``scope:action``; docs/permissions.md is made from this list and RULES."""

    SITE_READ = "site:read"
    SITE_ADMIN = "site:admin"
    ACCOUNT_OPEN = "account:open"
    ACCOUNT_USE = "account:use"
    SIG_READ = "sig:read"
    SIG_FOLLOW = "sig:follow"
    SIG_EDIT = "sig:edit"
    SIG_MEMBERS = "sig:members"
    CYCLE_PLAN = "cycle:plan"
    CYCLE_PUBLISH = "cycle:publish"
    CYCLE_CLOSE = "cycle:close"
    TASK_READ = "task:read"
    TASK_CREATE = "task:create"
    TASK_EDIT = "task:edit"
    TASK_PUBLISH = "task:publish"
    TASK_WITHDRAW = "task:withdraw"
    CLAIM_MAKE = "claim:make"
    CLAIM_READ = "claim:read"
    CLAIM_HOLD = "claim:hold"
    CLAIM_ANSWER = "claim:answer"
    CLAIM_REVIEW = "claim:review"
    CLAIM_CLOSE = "claim:close"
    CLAIM_UNDO_LAPSE = "claim:undo-lapse"
    HANDOVER_READ = "handover:read"
    HANDOVER_ANSWER = "handover:answer"
    HANDOVER_WITHDRAW = "handover:withdraw"
    HANDOVER_CONFIRM = "handover:confirm"
    APPEAL_READ = "appeal:read"
    APPEAL_ANSWER = "appeal:answer"
    REPORT_MAKE = "report:make"
    REPORT_READ = "report:read"
    REPORT_HOLD = "report:hold"
    REPORT_ASSESS = "report:assess"
    PROGRESS_WRITE = "progress:write"
    PROGRESS_COMMENT = "progress:comment"
    MEETING_READ = "meeting:read"
    MEETING_CREATE = "meeting:create"
    MEETING_EDIT = "meeting:edit"
    MEETING_SIGN_UP = "meeting:sign-up"
    SERIES_READ = "series:read"
    SERIES_EDIT = "series:edit"
    SWAP_READ = "swap:read"
    SWAP_ANSWER = "swap:answer"
    SWAP_WITHDRAW = "swap:withdraw"
    PROPOSAL_READ = "proposal:read"
    PROPOSAL_MAKE = "proposal:make"
    PROPOSAL_HOLD = "proposal:hold"
    PROPOSAL_ANSWER = "proposal:answer"
    ACTION_ITEM_DONE = "action-item:done"
    CALENDAR_EDIT = "calendar:edit"
    CALENDAR_FEED = "calendar:feed"
    REWARD_LIST = "reward:list"
    REWARD_READ = "reward:read"
    REWARD_PROPOSE = "reward:propose"
    REWARD_APPROVE = "reward:approve"
    REWARD_CANCEL = "reward:cancel"
    REWARD_EDIT = "reward:edit"
    REWARD_PAY = "reward:pay"
    REWARD_RETURN = "reward:return"
    REWARD_REISSUE = "reward:reissue"
    SETTLEMENT_READ = "settlement:read"
    SETTLEMENT_COMMIT = "settlement:commit"
    BATCH_READ = "batch:read"
    BATCH_FREEZE = "batch:freeze"
    BATCH_PAY = "batch:pay"
    BATCH_CANCEL = "batch:cancel"
    LAYOUT_EDIT = "layout:edit"
    PAYEE_LIST = "payee:list"
    PAYEE_READ = "payee:read"
    PAYEE_EDIT = "payee:edit"
    RULES_PROPOSE = "rules:propose"
    RULES_READ = "rules:read"
    RULES_APPROVE = "rules:approve"
    RULES_WITHDRAW = "rules:withdraw"
    WAGE_SIMULATE = "wage:simulate"
    BUDGET_READ = "budget:read"
    BUDGET_SET = "budget:set"
    ADDRESS_HOLD = "address:hold"
    SHIPPING_READ = "shipping:read"
    SHIPPING_DO = "shipping:do"
    RESULTS_READ = "results:read"
    RESULTS_PUBLISH = "results:publish"
    OBJECTION_MAKE = "objection:make"
    OBJECTION_READ = "objection:read"
    OBJECTION_ANSWER = "objection:answer"
    STAR_AWARD = "star:award"
    STAR_READ = "star:read"
    STAR_WITHDRAW = "star:withdraw"
    CERTIFICATE_CHECK = "certificate:check"
    CERTIFICATE_HOLD = "certificate:hold"
    CERTIFICATE_LIST = "certificate:list"
    CERTIFICATE_ISSUE = "certificate:issue"
    CERTIFICATE_REVOKE = "certificate:revoke"
    CERTIFICATE_RUN_READ = "certificate-run:read"
    CERTIFICATE_RUN_HOLD = "certificate-run:hold"
    CERTIFICATE_LAYOUT_READ = "certificate-layout:read"
    CERTIFICATE_LAYOUT_EDIT = "certificate-layout:edit"
    EXPORT_READ = "export:read"
    EXPORT_HOLD = "export:hold"
    DASHBOARD_READ = "dashboard:read"


P = Permission


class Actor(Protocol):
    """Who does something: a signed-in person, ANYBODY who isn't, or the SYSTEM."""

    @property
    def id(self) -> int | None: ...
    @property
    def is_admin(self) -> bool: ...
    @property
    def is_finance(self) -> bool: ...
    @property
    def memberships(self) -> Sequence[Any]: ...


class _Nobody:
    """An actor without an account."""

    id: int | None = None
    is_admin = False
    is_finance = False
    memberships: Sequence[Any] = ()

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


#: A visitor who hasn't signed in.
ANYBODY = _Nobody("ANYBODY")
#: Commands and jobs without ``--as``. It may import, migrate and run jobs; it never proposes, approves or pays.
SYSTEM = _Nobody("SYSTEM")
SYSTEM_MAY = {P.SITE_READ, P.SITE_ADMIN, P.SIG_READ, P.SIG_EDIT, P.SIG_MEMBERS, P.TASK_READ, P.TASK_CREATE, P.CYCLE_PLAN,
              P.EXPORT_READ, P.CLAIM_READ, P.REWARD_READ, P.MEETING_READ, P.REWARD_LIST, P.SERIES_READ, P.SERIES_EDIT,
              P.CALENDAR_EDIT, P.SETTLEMENT_READ, P.BATCH_READ, P.BUDGET_READ}  # fmt: skip


# -- predicates -----------------------------------------------------------------------------------


def anyone(actor: Actor, thing: Any) -> bool:
    """Anybody, signed in or not."""
    return True


def signed_in(actor: Actor, thing: Any) -> bool:
    """Anybody with an account."""
    return actor.id is not None


def is_admin(actor: Actor, thing: Any) -> bool:
    """A site administrator."""
    return actor.is_admin


def is_finance(actor: Actor, thing: Any) -> bool:
    """A member of finance."""
    return actor.is_finance


def _active(memberships: Iterable[Any], role: str) -> Iterable[Any]:
    today: dt.date = clock.today()
    return (m for m in memberships if m.role == role and m.since <= today and (m.until is None or m.until > today))


def maintained_sigs(actor: Actor) -> set[int]:
    """Ids of the SIGs that the actor maintains today."""
    return {m.sig_id for m in _active(actor.memberships, "maintainer")}


def maintains_sig(actor: Actor, thing: Any) -> bool:
    """A maintainer of the SIG that the thing belongs to."""
    return actor.id is not None and thing is not None and thing.sig_id in maintained_sigs(actor)


def maintains_any(actor: Actor, thing: Any) -> bool:
    """A maintainer of any SIG."""
    return bool(maintained_sigs(actor))


def answers_for_a_sig(actor: Actor, thing: Any) -> bool:
    """A contributor, committer or maintainer of any SIG: whom claims may wait for."""
    roles = ("contributor", "committer", "maintainer")
    return any(True for role in roles for _membership in _active(actor.memberships, role))


def maintains_programme(actor: Actor, thing: Any) -> bool:
    """A maintainer of a SIG that runs its tasks under the programme."""
    return actor.id is not None and bool(thing.programme_sig_ids & maintained_sigs(actor))


def mentors_task(actor: Actor, thing: Any) -> bool:
    """A mentor of the task, or of the task that the claim is on."""
    return actor.id is not None and actor.id in thing.mentor_ids


def maintains_work(actor: Actor, thing: Any) -> bool:
    """A maintainer of a SIG whose task the person works on or finished."""
    return actor.id is not None and bool(thing.worked_sig_ids & maintained_sigs(actor))


def is_involved(actor: Actor, thing: Any) -> bool:
    """Holds, waits for or has applied for the task."""
    return actor.id is not None and actor.id in thing.live_claimant_ids


def is_public(actor: Actor, thing: Any) -> bool:
    """The task was published."""
    return bool(thing.is_public)


def is_claimant(actor: Actor, thing: Any) -> bool:
    """The person whose claim it is."""
    return actor.id is not None and thing.user_id == actor.id


def is_theirs(actor: Actor, thing: Any) -> bool:
    """The person whom the thing belongs to."""
    return actor.id is not None and thing.user_id == actor.id


def is_concerned(actor: Actor, thing: Any) -> bool:
    """The person whom it is about."""
    return actor.id is not None and actor.id == thing.about_id


def organises(actor: Actor, thing: Any) -> bool:
    """The organiser or vice organiser of the meeting."""
    return actor.id is not None and actor.id in thing.organiser_ids


def on_agenda(actor: Actor, thing: Any) -> bool:
    """It is on the agenda."""
    return bool(thing.on_agenda)


def offers(actor: Actor, thing: Any) -> bool:
    """The person who made the offer."""
    return actor.id is not None and actor.id == thing.offered_by_id


def failed_it(actor: Actor, thing: Any) -> bool:
    """The person who failed the claim."""
    return actor.id is not None and actor.id == thing.failed_by_id


def is_receiver(actor: Actor, thing: Any) -> bool:
    """The person who receives the reward."""
    return actor.id is not None and thing.user_id == actor.id


def is_proposer(actor: Actor, thing: Any) -> bool:
    """The person who proposed it."""
    return actor.id is not None and thing.proposed_by_id == actor.id


def is_acceptor(actor: Actor, thing: Any) -> bool:
    """Somebody who accepted work that the reward is for."""
    return actor.id is not None and actor.id in thing.acceptor_ids


def is_approver(actor: Actor, thing: Any) -> bool:
    """The person who approved the reward."""
    return actor.id is not None and thing.approved_by_id == actor.id


# -- the table ------------------------------------------------------------------------------------

# Who waits for a seat of the task would gain by declining whoever holds it.
_answers = all_of(any_of(mentors_task, maintains_sig), no(is_claimant), no(is_involved))

RULES: dict[Permission, Predicate] = {
    P.SITE_READ: anyone,
    P.SITE_ADMIN: is_admin,
    P.ACCOUNT_OPEN: anyone,
    P.ACCOUNT_USE: signed_in,
    P.SIG_READ: anyone,
    P.SIG_FOLLOW: signed_in,
    P.SIG_EDIT: any_of(maintains_sig, is_admin),
    P.SIG_MEMBERS: any_of(maintains_sig, is_admin),
    P.CYCLE_PLAN: any_of(maintains_sig, is_admin),
    P.CYCLE_PUBLISH: maintains_sig,
    P.CYCLE_CLOSE: maintains_sig,
    P.TASK_READ: any_of(is_public, maintains_sig, mentors_task, is_admin),
    P.TASK_CREATE: maintains_sig,
    P.TASK_EDIT: all_of(maintains_sig, no(is_involved)),
    P.TASK_PUBLISH: all_of(maintains_sig, no(is_involved)),
    P.TASK_WITHDRAW: all_of(maintains_sig, no(is_involved)),
    P.CLAIM_MAKE: signed_in,
    # Finance approves what is paid for it.
    P.CLAIM_READ: any_of(is_claimant, mentors_task, maintains_sig, is_finance, is_admin),
    P.CLAIM_HOLD: is_claimant,
    P.CLAIM_ANSWER: _answers,
    P.CLAIM_REVIEW: _answers,
    P.CLAIM_CLOSE: all_of(maintains_sig, no(is_claimant)),
    P.CLAIM_UNDO_LAPSE: any_of(is_claimant, _answers),
    P.HANDOVER_READ: any_of(offers, is_theirs, maintains_sig, is_admin),
    P.HANDOVER_ANSWER: is_theirs,
    P.HANDOVER_WITHDRAW: offers,
    P.HANDOVER_CONFIRM: all_of(maintains_sig, no(offers), no(is_theirs), no(is_involved)),
    P.APPEAL_READ: any_of(is_claimant, maintains_sig, is_admin),
    # Whoever failed it doesn't judge the appeal; where nobody else maintains the SIG, an administrator does.
    P.APPEAL_ANSWER: all_of(any_of(maintains_sig, is_admin), no(failed_it), no(is_claimant), no(is_involved)),
    P.REPORT_MAKE: signed_in,
    P.REPORT_READ: any_of(is_theirs, all_of(is_handed_in, any_of(mentors_task, maintains_programme, is_admin))),
    P.REPORT_HOLD: is_theirs,
    # Who knows the work: a mentor of it, or who maintains a SIG that it was for.
    P.REPORT_ASSESS: all_of(any_of(mentors_task, maintains_work), no(is_theirs)),
    P.PROGRESS_WRITE: is_claimant,
    P.PROGRESS_COMMENT: _answers,
    P.MEETING_READ: anyone,
    P.MEETING_CREATE: maintains_sig,
    P.MEETING_EDIT: any_of(maintains_sig, organises),
    P.MEETING_SIGN_UP: signed_in,
    P.SERIES_READ: anyone,
    P.SERIES_EDIT: maintains_sig,
    P.SWAP_READ: any_of(offers, is_theirs, maintains_sig, is_admin),
    P.SWAP_ANSWER: is_theirs,
    P.SWAP_WITHDRAW: offers,
    P.PROPOSAL_READ: any_of(on_agenda, is_theirs, maintains_sig, organises),
    P.PROPOSAL_MAKE: signed_in,
    P.PROPOSAL_HOLD: is_theirs,
    P.PROPOSAL_ANSWER: any_of(maintains_sig, organises),
    P.ACTION_ITEM_DONE: any_of(is_theirs, maintains_sig, organises),
    P.CALENDAR_EDIT: is_admin,
    # The address of a feed is its key.
    P.CALENDAR_FEED: anyone,
    P.REWARD_LIST: any_of(maintains_any, is_finance, is_admin),
    P.REWARD_READ: any_of(is_receiver, maintains_sig, is_finance, is_admin),
    P.REWARD_PROPOSE: maintains_sig,
    P.REWARD_APPROVE: all_of(any_of(maintains_sig, is_finance), no(is_proposer), no(is_acceptor), no(is_receiver)),
    P.REWARD_CANCEL: all_of(any_of(maintains_sig, is_finance), no(is_receiver)),
    P.REWARD_PAY: all_of(is_finance, no(is_approver), no(is_receiver)),
    # By its proposer alone: what somebody else changes, its proposer could approve.
    P.REWARD_EDIT: all_of(maintains_sig, is_proposer),
    P.REWARD_RETURN: all_of(is_finance, no(is_receiver)),
    P.REWARD_REISSUE: all_of(any_of(maintains_sig, is_finance), no(is_receiver)),
    P.SETTLEMENT_READ: any_of(maintains_programme, is_finance, is_admin),
    P.SETTLEMENT_COMMIT: any_of(maintains_programme, is_finance),
    P.BATCH_READ: any_of(is_finance, is_admin),
    P.BATCH_FREEZE: is_finance,
    P.BATCH_PAY: is_finance,
    P.BATCH_CANCEL: is_finance,
    P.LAYOUT_EDIT: is_finance,
    P.PAYEE_LIST: is_finance,
    P.PAYEE_READ: all_of(is_finance, no(is_theirs)),  # a person's own page asks account:use
    P.PAYEE_EDIT: all_of(is_finance, no(is_theirs)),
    P.RULES_PROPOSE: any_of(maintains_programme, is_finance, is_admin),
    P.RULES_READ: any_of(maintains_programme, is_finance, is_admin),
    P.RULES_APPROVE: all_of(any_of(is_finance, is_admin), no(is_proposer)),
    P.RULES_WITHDRAW: is_proposer,
    P.WAGE_SIMULATE: any_of(maintains_programme, is_finance, is_admin),
    P.BUDGET_READ: any_of(maintains_sig, is_finance, is_admin),
    # Who spends a budget doesn't set it.
    P.BUDGET_SET: all_of(any_of(is_finance, is_admin), no(maintains_sig)),
    P.ADDRESS_HOLD: is_receiver,
    P.SHIPPING_READ: is_finance,
    # Each line that is sent asks reward:pay besides.
    P.SHIPPING_DO: is_finance,
    P.RESULTS_READ: anyone,
    P.RESULTS_PUBLISH: maintains_sig,
    P.OBJECTION_MAKE: signed_in,
    # Whoever it is about doesn't learn who objected, nor answers; where nobody else maintains the SIG, an administrator does.
    P.OBJECTION_READ: any_of(is_theirs, all_of(any_of(maintains_sig, is_admin), no(is_concerned))),
    P.OBJECTION_ANSWER: all_of(any_of(maintains_sig, is_admin), no(is_theirs), no(is_concerned)),
    P.STAR_AWARD: maintains_sig,
    P.STAR_READ: any_of(is_shown, is_theirs, maintains_sig, is_admin),
    P.STAR_WITHDRAW: any_of(is_theirs, maintains_sig, is_admin),  # whoever has it may give it back
    # Whoever has the code may check it: 128 bits by chance are the key.
    P.CERTIFICATE_CHECK: anyone,
    P.CERTIFICATE_HOLD: is_theirs,
    P.CERTIFICATE_LIST: any_of(maintains_any, is_admin),
    # That nobody issues to themselves is a refusal with its reason, and a constraint.
    P.CERTIFICATE_ISSUE: maintains_sig,
    P.CERTIFICATE_REVOKE: all_of(any_of(maintains_sig, is_admin), no(is_theirs)),
    P.CERTIFICATE_RUN_READ: any_of(is_theirs, maintains_sig, is_admin),
    P.CERTIFICATE_RUN_HOLD: any_of(is_theirs, maintains_sig),
    P.CERTIFICATE_LAYOUT_READ: any_of(maintains_any, is_admin),
    P.CERTIFICATE_LAYOUT_EDIT: is_admin,
    P.EXPORT_READ: signed_in,
    P.EXPORT_HOLD: is_theirs,
    P.DASHBOARD_READ: signed_in,
}


def allowed(actor: Actor, permission: Permission, thing: Any = None) -> bool:
    """Whether ``actor`` may do ``permission`` to ``thing`` (anything with the attributes the predicates read)."""
    if actor is SYSTEM:
        return permission in SYSTEM_MAY
    return RULES[permission](actor, thing)


def demand(actor: Actor, permission: Permission, thing: Any = None) -> None:
    """Raises Forbidden unless ``actor`` is ``allowed``: services ask it of pages and of commands with ``--as`` alike."""
    if not allowed(actor, permission, thing):
        raise Forbidden(permission)
