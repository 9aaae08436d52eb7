"""What is typed about promotions and roles. Field names are the services' keywords."""

from __future__ import annotations

from typing import Any

from wtforms.widgets import HiddenInput

from tracker.meetings.models import Meeting
from tracker.promotions.models import AGAINST_WHY, CHOICES, Promotion
from tracker.promotions.rule_models import VOTED
from tracker.promotions.rules import LONGEST_TEXT
from tracker.sigs.forms import ByHandle
from tracker.sigs.models import MEMBER, ROLES, Sig
from tracker.text import _, _l
from tracker.web.filters import local, long_day
from tracker.web.forms import Choice, Day, Form, Line, Number, Prose, required


class _OfSig(Form):
    """Areas and repositories are those of ``sig``, where the form has such fields; handed on as things instead of ids."""

    def __init__(self, sig: Sig, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sig = sig
        if "area" in self:
            self.area.choices = [("", _("none")), *((area.id, local(area)) for area in sig.areas)]
        if "repository" in self:
            self.repository.choices = [("", _("none")), *((one.id, one.path) for one in sig.repositories)]

    def values(self) -> dict[str, Any]:
        typed = super().values()
        for name, things in (("area", self.sig.areas), ("repository", self.sig.repositories)):
            if name in typed:
                typed[name] = {thing.id: thing for thing in things}.get(typed[name])
        return typed


class ApplyForm(_OfSig):
    """Asking to become a Member."""

    statement = Prose(
        _l("What you want to do in the SIG"), required(_l("Say what you want to do in the SIG: its maintainers read it.")),
        hint=_l("What you know, what interests you. The maintainers of the SIG and administrators read it, nobody else. Markdown"
                " works."),
        longest=LONGEST_TEXT,
    )  # fmt: skip
    area = Choice(_l("Area"), choices=(), kind=int, hint=_l("Where you want to help, if you know it already."))


class NominateForm(_OfSig):
    """Putting somebody, or oneself, up for a role."""

    user = ByHandle(_l("Handle of the person"), required(), longest=80, hint=_l("Such as lin-wei."))
    role = Choice(_l("Role"), required(), choices=lambda: [(role, ROLES[role]) for role in VOTED])
    area = Choice(_l("Area"), choices=(), kind=int, hint=_l("For a Contributor."))
    repository = Choice(_l("Repository"), choices=(), kind=int, hint=_l("For a Committer."))
    paths = Line(_l("Paths in it"), longest=300, hint=_l("Empty: all of it."))
    statement = Prose(
        _l("What speaks for it"), required(_l("Say what speaks for it: whoever votes reads it.")),
        hint=_l("Tasks, reviews, meetings, with links. Markdown works."), longest=LONGEST_TEXT,
    )  # fmt: skip
    work_plan = Prose(
        _l("Work plan"), hint=_l("The candidate's own: who is nominated by somebody else hands it in afterwards."),
        longest=LONGEST_TEXT,
    )  # fmt: skip


class _Seen(Form):
    """A step on the nomination as the page showed it."""

    version = Number("", required(), least=1, widget=HiddenInput())


class StandForm(_Seen):
    """Saying that one stands for what the page shows."""


class EditNominationForm(_OfSig, _Seen):
    """Changing what a nomination says: ``who`` nominated the statement, the candidate the work plan, both what it is for."""

    def __init__(self, promotion: Promotion, who: int | None) -> None:
        super().__init__(
            promotion.sig,
            data={"area": promotion.area_id, "paths": promotion.paths, "statement": promotion.statement,
                  "work_plan": promotion.work_plan, "version": promotion.version},
        )  # fmt: skip
        if who != promotion.nominated_by_id:
            del self.statement
        if who != promotion.user_id or promotion.role == MEMBER:
            del self.work_plan

    area = Choice(_l("Area"), choices=(), kind=int, hint=_l("For a Contributor."))
    paths = Line(_l("Paths in it"), longest=300, hint=_l("Empty: all of it."))
    statement = Prose(
        _l("What speaks for it"), required(_l("Say what speaks for it: whoever votes reads it.")), longest=LONGEST_TEXT
    )
    work_plan = Prose(
        _l("Work plan"), hint=_l("What you want to do in the role, and by when. Markdown works."), longest=LONGEST_TEXT
    )


class RecommendForm(Form):
    """A maintainer's word."""

    text = Prose(_l("What speaks for the candidate"), required(), longest=LONGEST_TEXT)


class DeclineApplicationForm(Form):
    """Why somebody isn't taken in."""

    reason = Prose(_l("Reason"), required(_l("Say why: the person reads it.")), longest=LONGEST_TEXT)


class SetAsideForm(Form):
    """Why a nomination doesn't go on."""

    reason = Prose(
        _l("Reason"), required(_l("Say why: the person reads it.")), hint=_l("Everybody who is told of it reads it."),
        longest=LONGEST_TEXT,
    )  # fmt: skip


class WithdrawPromotionForm(Form):
    """Standing no longer, or taking an application or a nomination back."""

    reason = Prose(_l("Reason"), hint=_l("Not needed. Everybody who is told of it reads it."), longest=LONGEST_TEXT)


class _AtMeeting(Form):
    """One of the meetings given."""

    meeting = Choice(_l("Meeting"), choices=(), kind=int)

    def __init__(self, meetings: list[Meeting], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meetings = {meeting.id: meeting for meeting in meetings}
        self.meeting.choices = [
            (m.id, f"{long_day(m.starts_at, m.time_zone)} {m.title}".strip()) for m in meetings
        ] or [("", _("none"))]

    def values(self) -> dict[str, Any]:
        typed = super().values()
        return {**typed, "meeting": self.meetings.get(typed["meeting"])}


class OpenBallotForm(_AtMeeting):
    """Putting a nomination to the vote; at a meeting where the rule says so."""


class MoveBallotForm(_AtMeeting):
    """Holding the vote at another meeting."""


class VoteForm(Form):
    """A vote."""

    choice = Choice(_l("Your vote"), required(), choices=list(CHOICES.items()))
    reason = Prose(_l("Reason"), hint=AGAINST_WHY, longest=LONGEST_TEXT)


class StepDownForm(Form):
    """Giving a role up."""

    reason = Prose(_l("Reason"), required(_l("Say why in a few words: the maintainers read it.")), longest=LONGEST_TEXT)


class EndRoleForm(Form):
    """Ending somebody's role."""

    reason = Prose(_l("Reason"), required(_l("Say why: the person reads it.")), longest=LONGEST_TEXT)
    until = Day(_l("Until"), hint=_l("Empty: today."))


class ChooseRulesForm(Form):
    """The set that a SIG goes by."""

    rule_set = Choice(_l("Promotion rules"), required(), choices=(), kind=int)
