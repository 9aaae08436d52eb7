"""What is typed about sets of rules. The fields of a rule become one mapping, as the seeds write it."""

from __future__ import annotations

from typing import Any

from tracker.promotions.rule import (
    AREA,
    HALF,
    MAJORITY,
    MOST_HOURS,
    MOST_MONTHS,
    MOST_VOTES,
    RANKS,
    WORK_PLAN,
    Rule,
    Votes,
)
from tracker.promotions.rule_models import VOTED
from tracker.sigs.models import ROLES
from tracker.sigs.rules import SLUG
from tracker.text import _, _l
from tracker.web.forms import Choice, Day, Form, Line, Number, Several, Tick, required

MEETING, HOURS = "meeting", "hours"
#: Fields that ``values`` puts together.
PARTS = ("begins", "for_months", "nominated_by", "needs_area", "needs_plan", "recommendations", "electorate", "threshold",
         "in_favour", "against", "way", "hours", "none")  # fmt: skip


class _Names(Form):
    """Names of a set, and months of the inactivity report."""

    name = Line(_l("Name"), required(), longest=120)
    name_zh = Line(_l("Name in Chinese"), longest=120)
    committer_months = Number(_l("A Committer without activity: months"), required(), least=1, most=120)
    maintainer_meeting_months = Number(_l("A Maintainer at no meeting: months"), required(), least=1, most=120)
    maintainer_months = Number(_l("A Maintainer without activity: months"), required(), least=1, most=120)
    sig_meeting_months = Number(_l("A SIG without a meeting: months"), required(), least=1, most=120)


class RuleSetForm(_Names):
    """A new set."""

    slug = Line(
        _l("Short name"), required(), longest=60, pattern=SLUG, hint=_l("For addresses: small letters, digits, hyphens."),
        wrong=_l("Small letters, digits and single hyphens."),
    )  # fmt: skip


class RuleSetEditForm(_Names):
    """Other names and months for a set."""


def _roles(roles: tuple[str, ...]) -> Any:
    return lambda: [(role, ROLES[role]) for role in roles]


class RuleForm(Form):
    """How a role is reached from a day on."""

    role = Choice(_l("Role"), required(), choices=_roles(VOTED))
    valid_from = Day(
        _l("From this day on"),
        required(),
        hint=_l(
            "Today or later. Ballots that are open go on by their own rule. For a day that hasn't come, this one takes the place of"
            " one entered before."
        ),
    )
    none = Tick(_l("Nobody is elected to this role any more"), hint=_l("What follows is left aside then."))
    begins = Choice(_l("Candidates are at least"), choices=_roles(RANKS[:-1]))
    for_months = Number(_l("for so many months"), hint=_l("0: from the first day."), most=MOST_MONTHS)
    nominated_by = Several(
        _l("Nominated by"), choices=_roles(RANKS), hint=_l("None: by anybody of the SIG, or by the candidate.")
    )
    needs_area = Tick(_l("Names an area (for a Contributor)"))
    needs_plan = Tick(_l("Hands in a work plan"))
    recommendations = Number(_l("Recommendations by Maintainers"), most=MOST_VOTES)
    electorate = Several(_l("Who votes"), choices=_roles(RANKS))
    threshold = Choice(
        _l("It passes with"),
        choices=[(MAJORITY, _l("a majority of the votes for and against")), (HALF, _l("half of the votes for and against")),
                 ("votes", _l("so many votes in favour, and at most so many against"))],
    )  # fmt: skip
    in_favour = Number(_l("in favour"), least=1, most=MOST_VOTES)
    against = Number(_l("against, at most"), most=MOST_VOTES)
    way = Choice(_l("The vote is held"), choices=[(MEETING, _l("at a meeting")), (HOURS, _l("over so many hours"))])
    hours = Number(_l("hours"), least=1, most=MOST_HOURS)
    reason = Line(_l("Why"), required(), longest=500, hint=_l("Everybody reads it."))

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if self.none.data:
            return not self.wrong
        needed = _("This field is needed.")
        if not self.electorate.data:
            self.electorate.errors = [needed]
        if self.threshold.data == "votes" and self.in_favour.data is None and not self.in_favour.errors:
            self.in_favour.errors = [needed]
        if self.way.data == HOURS and self.hours.data is None and not self.hours.errors:
            self.hours.errors = [needed]
        if (
            self.role.data in RANKS
            and self.begins.data in RANKS
            and RANKS.index(self.begins.data) >= RANKS.index(self.role.data)
        ):
            self.begins.errors = [_("This role isn't below the one that it leads to.")]
        return not self.wrong

    def values(self) -> dict[str, Any]:
        typed = super().values()
        kept = {name: typed[name] for name in ("role", "valid_from", "reason")}
        return {**kept, "rule": {} if typed["none"] else _rule(typed)}


def _rule(typed: dict[str, Any]) -> dict[str, Any]:
    """The mapping that ``rule.parse_rule`` reads."""
    contributor = typed["role"] == VOTED[0]
    needs = [AREA] * bool(typed["needs_area"] and contributor) + [WORK_PLAN] * bool(typed["needs_plan"])
    votes = {"in_favour": typed["in_favour"], "against": typed["against"] or 0}
    return {
        "from": typed["begins"], "for_months": typed["for_months"] or 0, "needs": needs,
        "nominated_by": typed["nominated_by"] or [], "recommendations_by_maintainers": typed["recommendations"] or 0,
        "electorate": typed["electorate"], "pass": votes if typed["threshold"] == "votes" else typed["threshold"],
        **({"at": "meeting"} if typed["way"] == MEETING else {"hours": typed["hours"]}),
    }  # fmt: skip


def as_typed(role: str, rule: Rule) -> dict[str, Any]:
    """A rule as the fields begin with."""
    votes = rule.threshold if isinstance(rule.threshold, Votes) else None
    return {
        "role": role, "begins": rule.begins, "for_months": rule.for_months, "nominated_by": list(rule.nominated_by),
        "needs_area": AREA in rule.needs, "needs_plan": WORK_PLAN in rule.needs, "recommendations": rule.recommendations,
        "electorate": list(rule.electorate), "threshold": "votes" if votes else rule.threshold,
        "in_favour": votes.in_favour if votes else None, "against": votes.against if votes else None,
        "way": MEETING if rule.hours is None else HOURS, "hours": rule.hours,
    }  # fmt: skip
