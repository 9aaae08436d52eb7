"""Who may: one table of permissions and the predicates that grant them; what isn't named is denied.

*Who* is here, *when* is the workflow. Pages, templates, exports and commands ask ``allowed`` by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

from tracker.errors import Forbidden
from tracker.predicates import (
    Predicate,
    all_of,
    any_of,
    anyone,
    failed_it,
    is_acceptor,
    is_admin,
    is_application,
    is_appointed,
    is_approver,
    is_claimant,
    is_concerned,
    is_finance,
    is_handed_in,
    is_involved,
    is_proposer,
    is_public,
    is_receiver,
    is_shown,
    is_theirs,
    is_voted_on,
    maintains_any,
    maintains_programme,
    maintains_work,
    mentors_task,
    no,
    offers,
    on_agenda,
    organises,
    serves_in_sig,
    signed_in,
)  # fmt: skip
from tracker.predicates import answers_for_a_sig as answers_for_a_sig
from tracker.predicates import maintained_sigs as maintained_sigs
from tracker.predicates import maintains_sig as maintains_sig


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
    MEMBERSHIP_APPLY = "membership:apply"
    PROMOTION_READ = "promotion:read"
    PROMOTION_WORDS = "promotion:words"
    PROMOTION_NOMINATE = "promotion:nominate"
    PROMOTION_EDIT = "promotion:edit"
    PROMOTION_STAND = "promotion:stand"
    PROMOTION_TAKE_BACK = "promotion:take-back"
    PROMOTION_SET_ASIDE = "promotion:set-aside"
    PROMOTION_RECOMMEND = "promotion:recommend"
    PROMOTION_ANSWER = "promotion:answer"
    BALLOT_OPEN = "ballot:open"
    BALLOT_VOTE = "ballot:vote"
    BALLOT_CLOSE = "ballot:close"
    ROLE_STEP_DOWN = "role:step-down"
    PROMOTION_RULES_READ = "promotion-rules:read"
    PROMOTION_RULES_EDIT = "promotion-rules:edit"
    PROMOTION_RULES_CHOOSE = "promotion-rules:choose"
    INACTIVITY_READ = "inactivity:read"
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
              P.CALENDAR_EDIT, P.SETTLEMENT_READ, P.BATCH_READ, P.BUDGET_READ,
              # Counting a ballot that the clock has closed is computing; sets of rules are imported.
              P.BALLOT_CLOSE, P.PROMOTION_RULES_EDIT, P.PROMOTION_RULES_CHOOSE}  # fmt: skip


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
    P.MEMBERSHIP_APPLY: signed_in,
    # What didn't come to pass is for the person and the SIG alone.
    P.PROMOTION_READ: any_of(
        is_appointed,
        all_of(signed_in, is_voted_on),
        is_theirs,
        is_proposer,
        maintains_sig,
        is_admin,
        all_of(serves_in_sig, no(is_application)),
    ),
    # What somebody wrote to be taken in was written to the maintainers, also once they were.
    P.PROMOTION_WORDS: any_of(no(is_application), is_theirs, maintains_sig, is_admin),
    # By whom the SIG's rule says.
    P.PROMOTION_NOMINATE: signed_in,
    P.PROMOTION_EDIT: any_of(is_theirs, is_proposer),
    P.PROMOTION_STAND: is_theirs,
    P.PROMOTION_TAKE_BACK: all_of(is_proposer, no(is_theirs)),
    # What nobody goes on with shall not stand in the way for good; applications are answered.
    P.PROMOTION_SET_ASIDE: all_of(any_of(maintains_sig, is_admin), no(is_theirs), no(is_proposer), no(is_application)),
    P.PROMOTION_RECOMMEND: all_of(maintains_sig, no(is_theirs)),
    P.PROMOTION_ANSWER: all_of(maintains_sig, no(is_theirs)),
    P.BALLOT_OPEN: all_of(maintains_sig, no(is_theirs)),
    # Who isn't an elector, or is the candidate, is told so.
    P.BALLOT_VOTE: signed_in,
    P.BALLOT_CLOSE: all_of(maintains_sig, no(is_theirs)),
    P.ROLE_STEP_DOWN: is_theirs,
    P.PROMOTION_RULES_READ: anyone,
    P.PROMOTION_RULES_EDIT: is_admin,
    P.PROMOTION_RULES_CHOOSE: any_of(maintains_sig, is_admin),
    P.INACTIVITY_READ: any_of(maintains_sig, is_admin),
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
