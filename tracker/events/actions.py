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
    # Nobody is told: there is no address any more.
    "account.erased": Action(_l("An account was closed and erased")),
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
    # the calendar of holidays
    "calendar.day_added": Action(_l("%(actor)s added %(thing)s to the calendar")),
    "calendar.day_removed": Action(_l("%(actor)s removed %(thing)s from the calendar")),
    # cycles
    "cycle.created": Action(_l("%(actor)s started planning %(thing)s")),
    "cycle.edited": Action(_l("%(actor)s edited the plan of %(thing)s")),
    "cycle.published": Action(_l("%(actor)s published %(thing)s with %(tasks)s tasks"), ("followers",)),
    "cycle.budget_set": Action(
        _l("%(actor)s set the budget of %(thing)s: points %(points)s, money %(money)s"), ("maintainers",)
    ),
    "cycle.closed": Action(_l("%(actor)s closed %(thing)s"), ("followers",)),
    "cycle.refreshed": Action(_l("%(actor)s carried %(tasks)s tasks of %(thing)s into %(to_quarter)s")),
    # tasks
    "task.created": Action(_l("%(actor)s drafted %(thing)s")),
    "task.imported": Action(_l("%(actor)s imported %(thing)s")),
    "task.edited": Action(_l("%(actor)s edited %(thing)s"), ("claimants",)),
    # A draft, or what no claim depends on.
    "task.revised": Action(_l("%(actor)s revised %(thing)s")),
    "task.readied": Action(_l("%(actor)s marked %(thing)s as ready")),
    "task.returned": Action(_l("%(actor)s took %(thing)s back to draft")),
    "task.published": Action(_l("%(actor)s published %(thing)s"), ("mentors",)),
    "task.carried": Action(
        _l("%(actor)s carried %(thing)s from %(from_quarter)s into %(to_quarter)s"), ("claimants", "mentors")
    ),
    # Whoever had a claim on it is told that it was closed, and why.
    "task.withdrawn": Action(_l("%(actor)s withdrew %(thing)s"), ("mentors",)),
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
    "claim.warned": Action(
        _l("Your claim on %(thing)s lapses on %(lapses_on)s unless you report, hand in or snooze"), ("claimant",)
    ),
    "claim.snoozed": Action(_l("%(actor)s snoozed the clock of %(thing)s until %(until)s"), ("mentors",)),
    "claim.lapsed": Action(
        _l("The claim of %(holder)s on %(thing)s lapsed: no report since %(since)s"),
        ("claimant", "mentors", "maintainers"),
    ),
    "claim.lapse_undone": Action(
        _l("%(actor)s took the lapse of %(thing)s back: %(holder)s goes on"), ("claimant", "mentors", "maintainers")
    ),
    "claim.escalated": Action(
        _l("%(holder)s has waited since %(since)s for an answer on %(thing)s: please answer"), ("mentors",)
    ),
    "claim.handed_over": Action(_l("%(holder)s handed %(thing)s over")),
    "claim.taken_over": Action(_l("%(holder)s took %(thing)s over"), ("mentors",)),
    "claim.reopened": Action(_l("The claim of %(holder)s on %(thing)s is open again after an appeal")),
    "claim.cleared": Action(_l("The claim of %(holder)s on %(thing)s is closed after an appeal, without a strike")),
    # hand-overs; the receiver, the holder and the maintainers are told by name
    "handover.offered": Action(_l("%(actor)s offers to hand %(thing)s over to %(person)s"), ("person",)),
    "handover.accepted": Action(_l("%(actor)s would take %(thing)s over: a maintainer confirms it"), ("maintainers",)),
    "handover.declined": Action(_l("%(actor)s doesn't take %(thing)s over")),
    "handover.withdrawn": Action(_l("The offer to hand %(thing)s over to %(person)s is withdrawn"), ("person",)),
    "handover.confirmed": Action(_l("%(actor)s confirmed: %(person)s takes %(thing)s over"), ("person",)),
    "handover.refused": Action(_l("%(actor)s refused to hand %(thing)s over to %(person)s"), ("person",)),
    # appeals
    "appeal.made": Action(_l("%(actor)s appeals against having failed %(thing)s"), ("maintainers",)),
    "appeal.upheld": Action(_l("%(actor)s upheld the appeal on %(thing)s"), ("claimant", "mentors")),
    "appeal.dismissed": Action(_l("%(actor)s dismissed the appeal on %(thing)s"), ("claimant",)),
    "appeal.withdrawn": Action(_l("%(actor)s withdrew the appeal on %(thing)s"), ("maintainers",)),
    # internship reports
    "report.started": Action(_l("%(actor)s began the internship report under %(thing)s")),
    "report.edited": Action(_l("%(actor)s went on writing the internship report under %(thing)s")),
    "report.handed_in": Action(_l("%(actor)s handed in the internship report under %(thing)s"), ("report_assessors",)),
    "report.taken_back": Action(
        _l("%(actor)s took the internship report under %(thing)s back, to go on writing"), ("report_assessors",)
    ),
    "report.accepted": Action(
        _l("%(actor)s accepted the internship report of %(person)s under %(thing)s"), ("person",)
    ),
    "report.changes_requested": Action(
        _l("%(actor)s asked %(person)s for changes to the internship report under %(thing)s"), ("person",)
    ),
    # progress and meetings
    "progress.written": Action(_l("%(actor)s reported on %(thing)s: %(percent)s %%"), ("mentors",)),
    "progress.commented": Action(_l("%(actor)s commented on the progress of %(thing)s"), ("claimant",)),
    # Nobody is told: a quarter's meetings are entered in one go, and stand on the calendar.
    "meeting.created": Action(_l("%(actor)s called the meeting %(thing)s")),
    "meeting.edited": Action(_l("%(actor)s changed the meeting %(thing)s"), ("followers", "signed_up")),
    "meeting.cancelled": Action(_l("%(actor)s cancelled the meeting %(thing)s"), ("followers", "signed_up")),
    "meeting.confirmed": Action(_l("%(actor)s confirmed the day of %(thing)s"), ("followers", "signed_up")),
    "meeting.moved": Action(_l("%(actor)s moved %(thing)s to %(when)s"), ("followers", "signed_up")),
    "meeting.postponed": Action(
        _l("%(actor)s postponed %(thing)s; a new day isn't set yet"), ("followers", "signed_up")
    ),
    "meeting.skipped": Action(_l("%(thing)s is skipped: %(reason)s"), ("followers", "signed_up")),
    "meeting.ended": Action(_l("%(actor)s ended the meeting %(thing)s")),
    "meeting.resumed": Action(_l("%(actor)s went on with the meeting %(thing)s")),
    "meeting.organiser_set": Action(_l("%(actor)s named %(person)s as organiser of %(thing)s"), ("person",)),
    "meeting.vice_organiser_set": Action(_l("%(actor)s named %(person)s as vice organiser of %(thing)s"), ("person",)),
    "meeting.agenda_opened": Action(_l("The agenda of %(thing)s is open for proposals"), ("organisers",)),
    "meeting.note_missing": Action(_l("%(thing)s is on %(when)s, and your report on %(tasks)s is still missing")),
    "meeting.announced": Action(_l("%(actor)s announced %(thing)s on the mailing list")),
    # what is noted while it runs; nobody is told of each line
    "meeting.reported": Action(_l("%(actor)s noted what was said about %(task)s at %(thing)s")),
    "meeting.discussed": Action(_l("%(actor)s noted what was said in general at %(thing)s")),
    "meeting.attendance_noted": Action(_l("%(actor)s noted who was at %(thing)s")),
    "meeting.decided": Action(_l("%(actor)s noted a decision of %(thing)s")),
    "meeting.decision_removed": Action(_l("%(actor)s removed a decision of %(thing)s")),
    "action_item.added": Action(_l("%(actor)s noted a to-do: %(thing)s")),
    "action_item.assigned": Action(_l("%(actor)s asks you to do: %(thing)s"), ("person",)),
    "action_item.removed": Action(_l("%(actor)s removed a to-do: %(thing)s")),
    "action_item.done": Action(_l("%(actor)s did: %(thing)s")),
    "action_item.reopened": Action(_l("%(actor)s took up again: %(thing)s")),
    "meeting.minutes_corrected": Action(_l("%(actor)s corrected the minutes of %(thing)s"), ("followers",)),
    # series and their rota
    "series.created": Action(_l("%(actor)s set up the series %(thing)s")),
    "series.edited": Action(_l("%(actor)s changed the series %(thing)s"), ("followers",)),
    "series.extended": Action(_l("The days of %(thing)s are planned until %(until)s")),
    "series.ended": Action(_l("%(actor)s ended the series %(thing)s"), ("followers",)),
    "series.rota_edited": Action(_l("%(actor)s changed the rota of %(thing)s")),
    "swap.offered": Action(_l("%(actor)s asks %(person)s to swap: %(thing)s for %(other)s"), ("person",)),
    "swap.accepted": Action(_l("%(actor)s accepted the swap of %(thing)s")),
    "swap.declined": Action(_l("%(actor)s declined the swap of %(thing)s")),
    "swap.withdrawn": Action(_l("The offer to swap %(thing)s is withdrawn"), ("person",)),
    # proposals for an agenda
    "proposal.made": Action(_l("%(actor)s proposed for the agenda: %(thing)s"), ("organisers",)),
    "proposal.edited": Action(_l("%(actor)s edited the proposal: %(thing)s")),
    "proposal.accepted": Action(_l("%(actor)s put on the agenda: %(thing)s"), ("proposer_of_item",)),
    "proposal.declined": Action(_l("%(actor)s declined the proposal: %(thing)s"), ("proposer_of_item",)),
    "proposal.deferred": Action(_l("%(actor)s deferred to a later meeting: %(thing)s"), ("proposer_of_item",)),
    "proposal.carried_over": Action(_l("%(thing)s waits for a later meeting: %(reason)s"), ("proposer_of_item",)),
    "proposal.attached": Action(_l("%(thing)s is proposed for %(meeting)s now"), ("proposer_of_item", "organisers")),
    "proposal.heard": Action(_l("%(thing)s was heard")),
    "proposal.unheard": Action(_l("%(thing)s wasn't heard after all")),
    "proposal.withdrawn": Action(_l("%(actor)s withdrew the proposal: %(thing)s"), ("organisers",)),
    "proposal.placed": Action(_l("%(actor)s changed the order of the agenda: %(thing)s")),
    # seminars, campus activities, summer schools
    "speaker.added": Action(_l("%(actor)s put a talk on the programme: %(thing)s")),
    "speaker.edited": Action(_l("%(actor)s edited the talk: %(thing)s")),
    "speaker.removed": Action(_l("%(actor)s took a talk off the programme: %(thing)s")),
    "signup.made": Action(_l("%(actor)s signed up for %(thing)s"), ("signed_up",), self_too=True),
    "signup.cancelled": Action(_l("%(actor)s cancelled the place at %(thing)s")),
    "signup.moved_up": Action(_l("A place at %(thing)s came free: you are in"), ("signed_up",)),
    # feeds and mail
    "calendar_feed.made": Action(_l("%(actor)s made a calendar address")),
    "calendar_feed.revoked": Action(_l("%(actor)s revoked a calendar address")),
    "account.notices_chosen": Action(_l("%(thing)s chose which mails to get")),
    "meeting.minutes_written": Action(_l("%(actor)s wrote the minutes of %(thing)s")),
    "meeting.minutes_published": Action(_l("%(actor)s published the minutes of %(thing)s"), ("followers",)),
    # rewards
    "reward.proposed": Action(_l("%(actor)s proposed a reward: %(thing)s"), ("approvers",)),
    "reward.approved": Action(_l("%(actor)s approved a reward: %(thing)s"), ("receiver", "finance")),
    # A thing: whoever receives it says where it goes.
    "reward.thing_approved": Action(
        _l("%(actor)s approved %(thing)s: it is sent once its receiver has given an address"), ("receiver", "finance")
    ),
    "reward.address_entered": Action(_l("%(actor)s gave an address for %(thing)s"), ("finance",)),
    "reward.address_changed": Action(_l("%(actor)s changed the address for %(thing)s"), ("finance",)),
    "reward.address_removed": Action(_l("%(actor)s removed the address for %(thing)s"), ("finance",)),
    "reward.address_seen": Action(_l("%(actor)s looked at the address for %(thing)s")),
    "reward.address_exported": Action(_l("%(actor)s took the address for %(thing)s out in a file")),
    "reward.address_deleted": Action(_l("The address for %(thing)s was deleted")),
    "reward.shipped": Action(_l("%(actor)s sent %(thing)s: %(carrier)s, %(tracking)s"), ("receiver",)),
    "reward.edited": Action(_l("%(actor)s changed a proposed reward: %(thing)s")),
    "reward.returned": Action(_l("The bank sent a payment back: %(thing)s"), ("receiver", "approvers")),
    "reward.cancelled": Action(_l("%(actor)s cancelled a reward: %(thing)s"), ("receiver", "proposer")),
    "reward.paid": Action(_l("%(actor)s paid a reward: %(thing)s"), ("receiver",)),
    # public notices: who objected is told to who answers, and to nobody else
    "public_notice.opened": Action(
        _l("%(actor)s published the results of %(thing)s: objections are taken until %(until)s"), ("followers",)
    ),
    "objection.made": Action(_l("%(actor)s objects to the results of %(thing)s"), ("objection_answerers",)),
    "objection.upheld": Action(_l("%(actor)s upheld an objection to the results of %(thing)s"), ("objection_parties",)),
    "objection.dismissed": Action(
        _l("%(actor)s dismissed an objection to the results of %(thing)s"), ("objection_parties",)
    ),
    # batches: who is paid or not is told line by line
    "batch.frozen": Action(_l("%(actor)s froze %(thing)s: %(sum)s"), ("finance",)),
    "batch.cancelled": Action(_l("%(actor)s cancelled %(thing)s: its lines are approved again"), ("finance",)),
    "batch.file_opened": Action(_l("%(actor)s downloaded %(file)s of %(thing)s")),
    "batch.result_uploaded": Action(
        _l("%(actor)s uploaded what the bank says of %(thing)s: %(paid)s paid, %(returned)s returned")
    ),
    "batch.result_applied": Action(
        _l("%(actor)s noted what the bank says of %(thing)s: %(paid)s paid, %(returned)s returned")
    ),
    "batch.result_set_aside": Action(_l("%(actor)s set aside a file of what the bank says of %(thing)s")),
    "layout.added": Action(_l("%(actor)s added the layout %(thing)s")),
    "layout.edited": Action(_l("%(actor)s changed the layout %(thing)s: version %(version)s")),
    "layout.retired": Action(_l("%(actor)s retired the layout %(thing)s")),
    # payees, contracts, exclusions: what is sealed is in no fact
    "payee.changed": Action(
        _l(
            "The payee data of %(person)s was changed – if that wasn't you, change your password and tell finance at once"
        ),
        ("person",),
        self_too=True,
    ),
    "payee.looked": Action(_l("%(actor)s looked at the payee data of %(person)s"), ("person",)),
    "payee.purge_asked": Action(
        _l("The payee data of %(person)s is to be removed, as soon as no payment needs it"), ("person",), self_too=True
    ),
    "payee.purge_taken_back": Action(
        _l("The payee data of %(person)s isn't to be removed after all"), ("person",), self_too=True
    ),
    "payee.purged": Action(_l("The payee data and the contracts of %(person)s were removed, as asked"), ("person",)),
    "contract.edited": Action(_l("%(actor)s entered the contract of %(person)s with %(thing)s"), ("person",)),
    "contract.removed": Action(_l("%(actor)s removed the contract of %(person)s with %(thing)s"), ("person",)),
    "contract.looked": Action(_l("%(actor)s looked at the contract of %(person)s with %(thing)s"), ("person",)),
    "exclusion.added": Action(_l("%(actor)s excluded %(person)s from the wages of %(thing)s"), ("person",)),
    "exclusion.ended": Action(
        _l("%(actor)s ended the exclusion of %(person)s from the wages of %(thing)s"), ("person",)
    ),
    # written by the migration that made the ledger
    "ledger.opened": Action(_l("What was booked before went into the ledger")),
    # settlements: who is paid is told when their line is approved
    "settlement.committed": Action(
        _l("%(actor)s settled %(thing)s: wage lines wait for approval"), ("settlement_approvers",)
    ),
    "settlement.unsigned": Action(
        _l("Your wage of %(month)s waits: sign the agreement of %(thing)s, and the next settlement pays it")
    ),
    # rules: proposed by one, decided by another
    "rule_change.proposed": Action(
        _l("%(actor)s proposed other rules for %(programme)s, in force from %(valid_from)s"), ("settlement_approvers",)
    ),
    "rule_change.approved": Action(
        _l("%(actor)s approved other rules for %(programme)s, in force from %(valid_from)s"), ("settlement_approvers",)
    ),
    "rule_change.declined": Action(
        _l("%(actor)s declined other rules for %(programme)s from %(valid_from)s"), ("settlement_approvers",)
    ),
    "rule_change.withdrawn": Action(
        _l("%(actor)s withdrew the proposal of other rules for %(programme)s from %(valid_from)s"),
        ("settlement_approvers",),
    ),
    # the hall of honour
    "star.awarded": Action(_l("%(actor)s made %(person)s a star of the year %(year)s of %(thing)s"), ("person",)),
    "star.withdrawn": Action(
        _l("%(actor)s withdrew the title star of the year %(year)s of %(thing)s from %(person)s"), ("person",)
    ),
    "account.picture_set": Action(_l("%(thing)s uploaded a picture")),
    "account.picture_removed": Action(_l("%(thing)s removed the picture")),
    # certificates
    "certificate.issued": Action(_l("%(actor)s issued a certificate to %(holder)s: %(thing)s"), ("receiver",)),
    "certificate.revoked": Action(_l("%(actor)s revoked the certificate %(thing)s of %(holder)s"), ("receiver",)),
    "certificate.name_hidden": Action(_l("%(actor)s hid the name on the page of the certificate %(thing)s")),
    "certificate.name_shown": Action(_l("%(actor)s shows the name on the page of the certificate %(thing)s again")),
    "certificate.names_erased": Action(_l("%(actor)s had the name on certificates of %(thing)s erased"), ("account",)),
    "certificate_run.requested": Action(_l("%(actor)s had %(count)s certificates issued: %(thing)s")),
    "certificate_run.started": Action(_l("The certificates of %(thing)s are being issued")),
    "certificate_run.done": Action(
        _l("The certificates of %(thing)s: %(issued)s issued, %(refused)s refused"), ("requester",)
    ),
    "certificate_run.cancelled": Action(_l("%(actor)s stopped the issuing of %(thing)s"), ("requester",)),
    "certificate_run.halted": Action(
        _l("The issuing of %(thing)s stopped: its layout isn't in use any more"), ("requester",)
    ),
    "certificate_layout.added": Action(_l("%(actor)s added the certificate layout %(thing)s")),
    "certificate_layout.edited": Action(_l("%(actor)s changed the certificate layout %(thing)s: version %(version)s")),
    "certificate_layout.retired": Action(_l("%(actor)s retired the certificate layout %(thing)s")),
    # membership and promotion; that somebody voted is noted, how isn't
    "promotion.applied": Action(_l("%(actor)s asks to be taken in: %(thing)s"), ("promotion_answerers",)),
    "promotion.granted": Action(_l("%(actor)s took %(person)s in: %(thing)s"), ("person",)),
    "promotion.declined": Action(_l("%(actor)s declined the application of %(person)s: %(thing)s"), ("person",)),
    "promotion.nominated": Action(_l("%(actor)s nominated %(person)s: %(thing)s"), ("person", "promotion_answerers")),
    "promotion.put_up": Action(_l("%(actor)s stands for a role: %(thing)s"), ("promotion_answerers",)),
    "promotion.edited": Action(
        _l("%(actor)s edited the nomination of %(person)s: %(thing)s"), ("candidate", "nominator")
    ),
    "promotion.stood": Action(_l("%(person)s stands: %(thing)s"), ("nominator", "promotion_answerers")),
    "promotion.recommended": Action(_l("%(actor)s recommends %(person)s: %(thing)s"), ("person",)),
    "promotion.withdrawn": Action(
        _l("%(person)s doesn't stand any more: %(thing)s"), ("nominator", "promotion_answerers", "electors")
    ),
    "promotion.taken_back": Action(
        _l("%(actor)s took the nomination of %(person)s back: %(thing)s"), ("person", "promotion_answerers")
    ),
    "promotion.ballot_opened": Action(
        _l("The vote on %(person)s is open until %(until)s: %(thing)s"), ("electors", "candidate", "nominator")
    ),
    "promotion.ballot_moved": Action(
        _l("The vote on %(person)s is held at another meeting, on %(until)s: %(thing)s"), ("electors", "candidate")
    ),
    "promotion.vote_missing": Action(_l("Your vote on %(person)s is still missing; it ends %(until)s: %(thing)s")),
    "promotion.voted": Action(_l("%(actor)s voted on %(person)s: %(thing)s")),
    "promotion.vote_changed": Action(_l("%(actor)s changed their vote on %(person)s: %(thing)s")),
    "promotion.passed": Action(
        _l("%(person)s is appointed (for: %(in_favour)s, against: %(against)s): %(thing)s"),
        ("electors", "candidate", "nominator", "promotion_answerers"),
    ),
    "promotion.not_passed": Action(
        _l("The vote on %(person)s didn't pass (for: %(in_favour)s, against: %(against)s): %(thing)s"),
        ("electors", "candidate", "nominator", "promotion_answerers"),
    ),
    "promotion.lapsed": Action(
        _l("The vote on %(person)s passed, but stays without effect: %(thing)s"),
        ("electors", "candidate", "nominator", "promotion_answerers"),
    ),
    "role.stepped_down": Action(_l("%(person)s gave up a role in %(thing)s"), ("maintainers",)),
    "role.ended": Action(_l("%(actor)s ended a role of %(person)s in %(thing)s"), ("person",)),
    "promotion_rules.set_added": Action(_l("%(actor)s added the promotion rules %(thing)s")),
    "promotion_rules.set_edited": Action(_l("%(actor)s edited the promotion rules %(thing)s")),
    "promotion_rules.changed": Action(_l("%(actor)s changed the promotion rules %(thing)s from %(valid_from)s on")),
    "promotion_rules.chosen": Action(
        _l("%(actor)s chose for %(thing)s the promotion rules %(rules)s"), ("maintainers",)
    ),
    # files that are made in the background
    "export.requested": Action(_l("%(actor)s asked for the file %(thing)s")),
    "export.started": Action(_l("The file %(thing)s is being made")),
    "export.made": Action(_l("Your file %(thing)s is ready to download"), ("requester",)),
    "export.failed": Action(_l("Your file %(thing)s couldn't be made"), ("requester",)),
    "export.cancelled": Action(_l("%(actor)s cancelled the file %(thing)s")),
    "export.expired": Action(_l("The file %(thing)s was removed, a day after it was made")),
}
