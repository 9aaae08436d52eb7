"""A rule as people read it, sentence by sentence, in the language of the reader."""

from __future__ import annotations

from tracker.promotions.rule import AREA, HALF, WORK_PLAN, Rule, Votes
from tracker.promotions.rules import listed
from tracker.sigs.models import ROLES
from tracker.text import LazyString, _l, _nl


def sentences(rule: Rule) -> list[LazyString]:
    """Who can be put up, what it needs, who votes and how, and what passes."""
    return [*_candidates(rule), *_needs(rule), _vote(rule), *_passing(rule.threshold)]


def applied(rule: Rule, electors: int) -> LazyString:
    """What the rule asks of just so many electors."""
    if not isinstance(rule.threshold, Votes):
        return _nl("Of %(num)s elector, at least %(least)s has to vote.", "Of %(num)s electors, at least %(least)s have to vote.",
                   electors, least=-(-electors // 2))  # fmt: skip
    if electors < rule.threshold.in_favour:
        return _nl("There is %(num)s elector: all have to be in favour.",
                   "There are %(num)s electors: all have to be in favour.", electors)  # fmt: skip
    return _nl("Of %(num)s elector, %(least)s have to be in favour.", "Of %(num)s electors, %(least)s have to be in favour.",
               electors, least=rule.threshold.in_favour)  # fmt: skip


def _candidates(rule: Rule) -> list[LazyString]:
    role = ROLES[rule.begins]
    if rule.for_months:
        first = _nl("Open to whoever has been a %(role)s of the SIG, or more, for at least %(num)s month.",
                    "Open to whoever has been a %(role)s of the SIG, or more, for at least %(num)s months.",
                    rule.for_months, role=role)  # fmt: skip
    else:
        first = _l("Open to whoever is a %(role)s of the SIG, or more.", role=role)
    if rule.nominated_by:
        roles = listed([ROLES[name] for name in rule.nominated_by])
        return [first, _l("Somebody else nominates: %(roles)s.", roles=roles)]
    return [first, _l("People of the SIG nominate, or candidates put themselves up.")]


def _needs(rule: Rule) -> list[LazyString]:
    found = []
    if rule.of_repository:
        found.append(_l("It is for one repository, or for paths in it."))
    if AREA in rule.needs:
        found.append(_l("The nomination names an area."))
    if WORK_PLAN in rule.needs:
        found.append(_l("The candidate hands in a work plan."))
    if rule.recommendations:
        found.append(_nl("At least %(num)s Maintainer recommends the candidate.",
                         "At least %(num)s Maintainers recommend the candidate.", rule.recommendations))  # fmt: skip
    return found


def _vote(rule: Rule) -> LazyString:
    roles = listed([ROLES[name] for name in rule.electorate])
    if rule.hours is None:
        return _l("The SIG votes at a meeting: %(roles)s, the candidate aside.", roles=roles)
    return _nl("The SIG votes over %(num)s hour: %(roles)s, the candidate aside.",
               "The SIG votes over %(num)s hours: %(roles)s, the candidate aside.", rule.hours, roles=roles)  # fmt: skip


def _passing(threshold: str | Votes) -> list[LazyString]:
    if isinstance(threshold, Votes):
        found = [_nl("It passes with at least %(num)s vote in favour; of fewer electors all have to be in favour.",
                     "It passes with at least %(num)s votes in favour; of fewer electors all have to be in favour.",
                     threshold.in_favour)]  # fmt: skip
        if threshold.against:
            found.append(_nl("At most %(num)s vote may be against, with a reason.",
                             "At most %(num)s votes may be against, with reasons.", threshold.against))  # fmt: skip
        else:
            found.append(_l("One vote against, with a reason, and it doesn't pass."))
        return found
    share = (
        _l("half of the votes for and against") if threshold == HALF else _l("a majority of the votes for and against")
    )
    return [
        _l("It passes with %(share)s, abstentions aside; a tie fails.", share=share),
        _l("At least half of the electorate has to vote; an abstention is a vote."),
    ]
