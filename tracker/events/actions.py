"""Every action of the diary: its sentence and who is told. A new action needs a row here.

Placeholders of a sentence: ``actor`` (who did it), ``thing`` (the subject's label), and facts given to ``record``.
``told`` names audiences (see ``diary.audience``); whoever did it isn't told of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.text import LazyString, _l


@dataclass(frozen=True, slots=True)
class Action:
    """How an event reads and whom it concerns.

    ``self_too``: the person who did it gets the notice as well (a mail with a link, say).
    ``inbox`` False: the notice is mail only.
    """

    sentence: LazyString
    told: tuple[str, ...] = ()
    self_too: bool = False
    inbox: bool = True


ACTIONS: dict[str, Action] = {
    # accounts
    "account.registered": Action(_l("%(thing)s made an account"), ("account",), self_too=True, inbox=False),
    "account.confirmation_resent": Action(
        _l("%(thing)s asked once more for the link that confirms the address"), ("account",), self_too=True, inbox=False
    ),
    "account.created": Action(_l("%(thing)s was given an account"), ("account",), inbox=False),
    "account.email_confirmed": Action(_l("%(thing)s confirmed the e-mail address")),
    "account.email_change_requested": Action(
        _l("%(thing)s asked for another e-mail address"), ("account",), self_too=True, inbox=False
    ),
    "account.reset_requested": Action(
        _l("A new password was asked for the account %(thing)s"), ("account",), self_too=True, inbox=False
    ),
    "account.password_changed": Action(_l("The password of %(thing)s was changed"), ("account",), self_too=True),
    "account.profile_edited": Action(_l("%(thing)s edited the profile")),
    "account.session_ended": Action(_l("%(thing)s ended a session")),
    "account.sessions_ended": Action(_l("%(thing)s signed out everywhere")),
    "account.roles_changed": Action(_l("%(actor)s changed the site roles of %(thing)s"), ("account",)),
    "account.suspended": Action(_l("%(actor)s suspended the account %(thing)s"), ("account",)),
    "account.restored": Action(_l("%(actor)s restored the account %(thing)s"), ("account",)),
    # SIGs
    "sig.created": Action(_l("%(actor)s added the SIG %(thing)s")),
    "sig.edited": Action(_l("%(actor)s edited the SIG %(thing)s")),
    "sig.imported": Action(_l("%(actor)s imported the SIG %(thing)s")),
    "sig.followed": Action(_l("%(actor)s follows %(thing)s")),
    "sig.unfollowed": Action(_l("%(actor)s no longer follows %(thing)s")),
    "sig.member_added": Action(_l("%(actor)s gave %(person)s a role in %(thing)s"), ("person",)),
    "sig.member_ended": Action(_l("%(actor)s ended a role of %(person)s in %(thing)s"), ("person",)),
    # programmes
    "programme.created": Action(_l("%(actor)s added the programme %(thing)s")),
    "programme.rules_added": Action(_l("%(actor)s added rules to %(thing)s, valid from %(valid_from)s")),
    "programme.sig_assigned": Action(_l("%(actor)s put %(sig)s under %(thing)s")),
    "programme.agreement_signed": Action(_l("%(actor)s signed the agreement of %(thing)s")),
    # cycles
    "cycle.created": Action(_l("%(actor)s started planning %(thing)s")),
    "cycle.edited": Action(_l("%(actor)s edited the plan of %(thing)s")),
    "cycle.published": Action(_l("%(actor)s published %(thing)s with %(tasks)s tasks"), ("followers",)),
    "cycle.closed": Action(_l("%(actor)s closed %(thing)s"), ("followers",)),
    # tasks
    "task.created": Action(_l("%(actor)s drafted %(thing)s")),
    "task.imported": Action(_l("%(actor)s imported %(thing)s")),
    "task.edited": Action(_l("%(actor)s edited %(thing)s"), ("claimants",)),
    # A draft, or what no claim depends on.
    "task.revised": Action(_l("%(actor)s revised %(thing)s")),
    "task.readied": Action(_l("%(actor)s marked %(thing)s as ready")),
    "task.returned": Action(_l("%(actor)s took %(thing)s back to draft")),
    "task.published": Action(_l("%(actor)s published %(thing)s"), ("mentors",)),
    "task.withdrawn": Action(_l("%(actor)s withdrew %(thing)s"), ("claimants", "mentors")),
    "task.closed": Action(_l("%(thing)s is finished: its last seat was accepted")),
    # claims
    "claim.applied": Action(_l("%(actor)s applied for %(thing)s"), ("mentors", "maintainers")),
    "claim.waitlisted": Action(_l("%(actor)s joined the waitlist of %(thing)s")),
    "claim.promoted": Action(
        _l("A seat of %(thing)s is free: %(holder)s moved up from the waitlist"), ("claimant", "mentors", "maintainers")
    ),
    "claim.skipped": Action(_l("A seat of %(thing)s came free, but you were passed over: %(reason)s"), ("claimant",)),
    "claim.approved": Action(_l("%(actor)s approved %(holder)s for %(thing)s"), ("claimant",)),
    "claim.rejected": Action(_l("%(actor)s declined %(holder)s for %(thing)s"), ("claimant",)),
    "claim.withdrawn": Action(_l("%(actor)s withdrew from %(thing)s"), ("mentors",)),
    "claim.design_sent": Action(_l("%(actor)s sent the design document for %(thing)s"), ("mentors", "maintainers")),
    "claim.design_accepted": Action(_l("%(actor)s accepted the design document for %(thing)s"), ("claimant",)),
    "claim.design_returned": Action(_l("%(actor)s returned the design document for %(thing)s"), ("claimant",)),
    "claim.submitted": Action(_l("%(actor)s handed in %(thing)s"), ("mentors", "maintainers")),
    "claim.changes_requested": Action(_l("%(actor)s asked for changes to %(thing)s"), ("claimant",)),
    "claim.accepted": Action(_l("%(actor)s accepted %(thing)s by %(holder)s: %(points)s points"), ("claimant",)),
    "claim.failed": Action(_l("%(actor)s failed %(thing)s by %(holder)s"), ("claimant",)),
    "claim.released": Action(_l("%(actor)s released %(thing)s"), ("mentors", "maintainers")),
    "claim.closed": Action(_l("%(actor)s closed the claim of %(holder)s on %(thing)s"), ("claimant",)),
    # progress and meetings
    "progress.written": Action(_l("%(actor)s reported on %(thing)s: %(percent)s %%"), ("mentors",)),
    "progress.commented": Action(_l("%(actor)s commented on the progress of %(thing)s"), ("claimant",)),
    # Nobody is told: a quarter's meetings are entered in one go, and stand on the calendar.
    "meeting.created": Action(_l("%(actor)s called the meeting %(thing)s")),
    "meeting.edited": Action(_l("%(actor)s changed the meeting %(thing)s"), ("followers",)),
    "meeting.cancelled": Action(_l("%(actor)s cancelled the meeting %(thing)s"), ("followers",)),
    "meeting.minutes_written": Action(_l("%(actor)s wrote the minutes of %(thing)s")),
    "meeting.minutes_published": Action(_l("%(actor)s published the minutes of %(thing)s"), ("followers",)),
    # rewards
    "reward.proposed": Action(_l("%(actor)s proposed a reward: %(thing)s"), ("approvers",)),
    "reward.approved": Action(_l("%(actor)s approved a reward: %(thing)s"), ("receiver", "finance")),
    "reward.cancelled": Action(_l("%(actor)s cancelled a reward: %(thing)s"), ("receiver", "proposer")),
    "reward.paid": Action(_l("%(actor)s paid a reward: %(thing)s"), ("receiver",)),
}
