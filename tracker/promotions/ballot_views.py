"""A promotion's page with everything that is done there: what it says, the ballot, votes, the outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request

from tracker import clock
from tracker.events.history import history
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.predicates import serves_in_sig
from tracker.promotions import forms, queries, readiness, rules, service
from tracker.promotions.blueprint import bp
from tracker.promotions.models import CHOICES, LAPSES, OPEN, PROPOSED, STATES, Ballot, Promotion
from tracker.promotions.roster import roster_of
from tracker.promotions.rule import WHY, Rule, outcome, parse_rule
from tracker.promotions.rule_models import DatedRule
from tracker.promotions.rule_queries import dated_rule
from tracker.promotions.sentences import applied, sentences
from tracker.promotions.workflow import PROMOTION
from tracker.sigs.models import MEMBER, ROLES
from tracker.text import Text, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.forms import Form
from tracker.web.routes import actor, loads, requires

#: Told by the list of electors, with everybody's name once.
_VOTES = ("promotion.voted", "promotion.vote_changed")


@loads(Promotion, P.PROMOTION_READ)
def _load(promotion_id: int) -> Promotion:
    return queries.get_promotion(promotion_id)


def _path(promotion: Promotion) -> str:
    return promotion.path


@bp.get("/promotions/<int:promotion_id>/")
@requires(P.PROMOTION_READ, Promotion)
def promotion(promotion: Promotion) -> str:
    return _page(promotion)


def _page(promotion: Promotion, **typed: Form) -> str:
    """Everything that its readers decide by; ``typed`` are forms that were sent."""
    who, ballot = actor(), promotion.ballot
    dated = ballot.dated_rule if ballot else dated_rule(promotion.sig_id, promotion.role)
    rule = parse_rule(promotion.role, ballot.rule if ballot else dated.rule) if dated else None
    shown: dict[str, Any] = {
        "recommend": forms.RecommendForm(formdata=None), "decline": forms.DeclineApplicationForm(formdata=None),
        "withdraw": forms.WithdrawPromotionForm(formdata=None), "set_aside": forms.SetAsideForm(formdata=None),
        "vote": _vote_form(promotion, who),
        **_meeting_forms(promotion, rule, who), **typed,
    }  # fmt: skip
    return render_template(
        "promotions/promotion.html", promotion=promotion, sig=promotion.sig, ballot=ballot, roles=ROLES, states=STATES,
        choices=CHOICES, lapses=LAPSES, why=WHY, steps={step.action for step in PROMOTION.available(who, promotion)},
        is_open=promotion.state in OPEN, application=promotion.role == MEMBER, mine=promotion.user_id == who.id,
        words=(words := allowed(who, P.PROMOTION_WORDS, promotion)),
        history=[row for row in history("promotion", promotion.id) if words and row.name not in _VOTES],
        recommendations=queries.recommendations_of(promotion), forms=shown, **_by_rule(promotion, rule, dated),
        **_of_ballot(promotion, ballot, who),
    )  # fmt: skip


def _by_rule(promotion: Promotion, rule: Rule | None, dated: DatedRule | None) -> dict[str, Any]:
    """The rule in words, and the checklist while there is no ballot."""
    if rule is None or dated is None:
        return {
            "rule": None,
            "said": [],
            "dated": None,
            "conditions": [],
            "ready": False,
            "applied": "",
            "would_vote": [],
        }
    found = rules.conditions(rule, readiness.standing(promotion, rule)) if promotion.state == PROPOSED else []
    electors = promotion.ballot.electors if promotion.ballot else 0
    return {
        "rule": rule, "said": sentences(rule), "dated": dated, "conditions": found, "ready": all(c.met for c in found),
        "applied": applied(rule, electors) if electors else "",
        "would_vote": sorted(roster_of(promotion.sig_id).electorate(rule.electorate, promotion.user_id)) if found else [],
    }  # fmt: skip


def _of_ballot(promotion: Promotion, ballot: Ballot | None, who: Actor) -> dict[str, Any]:
    """Who votes and what came of it. Who sees who voted: the electorate, the SIG, the candidate; how, nobody."""
    if ballot is None:
        return {"electors": [], "inside": False, "own": None, "can_vote": False, "over": False, "outcome": None, "reasons": [],
                "can_close": False, "voted": 0, "waits_for_meeting": False}  # fmt: skip
    over = rules.is_over(clock.now(), ballot.closes_at, ballot.closed_at)
    electors = queries.electors_of(ballot.id)
    elector = any(row.user_id == who.id for row in electors)
    inside = elector or who.is_admin or promotion.user_id == who.id or serves_in_sig(who, promotion)
    meeting = ballot.meeting
    return {
        "electors": electors, "voted": sum(row.cast_at is not None for row in electors), "inside": inside, "over": over,
        "own": queries.own_vote(ballot.id, who.id), "can_vote": elector and not over,
        # The clock has closed it and nobody counted yet: what it comes to can be read already.
        "outcome": outcome(parse_rule(promotion.role, ballot.rule).threshold, ballot.electors, queries.votes_of(ballot.id))
        if over and ballot.closed_at is None else None,
        "reasons": queries.reasons_of(ballot.id) if inside and ballot.result in ("passed", "failed") else [],
        "can_close": ballot.closed_at is None and allowed(who, P.BALLOT_CLOSE, promotion)
        and (over or (meeting is not None and meeting.starts_at <= clock.now() and queries.takes_place(meeting))),
        "waits_for_meeting": meeting is not None and ballot.closed_at is None and not queries.takes_place(meeting),
    }  # fmt: skip


def _vote_form(promotion: Promotion, who: Actor) -> forms.VoteForm:
    own = queries.own_vote(promotion.ballot.id, who.id) if promotion.ballot else None
    return forms.VoteForm(formdata=None, choice=own.choice if own else None, reason=own.reason if own else None)


def _meeting_forms(promotion: Promotion, rule: Rule | None, who: Actor) -> dict[str, Form]:
    """The meetings to choose from, for who may."""
    if (
        rule is None
        or rule.hours is not None
        or not allowed(who, P.BALLOT_OPEN, promotion)
        or promotion.state not in OPEN
    ):
        return {}
    if promotion.state == PROPOSED:
        return {"open": forms.OpenBallotForm(queries.meetings_for_vote(promotion.sig_id), formdata=None)}
    return {"move": forms.MoveBallotForm(queries.meetings_ahead(promotion.sig_id), formdata=None)}


def _step(
    promotion: Promotion, work: Callable[[], Promotion], done: Text | Callable[[Any], Text], form: Form | None = None
) -> Answer:
    return perform(work, to=_path, done=done, form=form or Form(), back=promotion.path)


def _form_step(
    promotion: Promotion,
    name: str,
    form: Form,
    service_function: Callable[..., Promotion],
    done: Text | Callable[[Any], Text],
) -> Answer:
    """A form on the promotion's own page."""
    return submit(
        form, lambda: service_function(actor(), promotion, **form.values()),
        page=lambda: _page(promotion, **({name: form} if request.method == "POST" else {})), to=_path, done=done,
    )  # fmt: skip


# -- before the vote ---------------------------------------------------------------------------------


@bp.route("/promotions/<int:promotion_id>/edit", methods=["GET", "POST"])
@requires(P.PROMOTION_EDIT, Promotion)
def edit_nomination(promotion: Promotion) -> Answer:
    form = forms.EditNominationForm(promotion, actor().id)
    return submit(
        form, lambda: service.edit_nomination(actor(), promotion, **form.values()),
        page=lambda: render_template(
            "promotions/edit_nomination.html", promotion=promotion, sig=promotion.sig, form=form, roles=ROLES,
            mine=promotion.user_id == actor().id, application=promotion.role == MEMBER,
        ),
        to=_path, done=_l("Saved."),
    )  # fmt: skip


@bp.post("/promotions/<int:promotion_id>/stand")
@requires(P.PROMOTION_STAND, Promotion)
def stand(promotion: Promotion) -> Answer:
    form, done = forms.StandForm(), _l("You stand. Who nominated you is told.")
    return _step(promotion, lambda: service.stand(actor(), promotion, **form.values()), done, form)


@bp.route("/promotions/<int:promotion_id>/recommend", methods=["GET", "POST"])
@requires(P.PROMOTION_RECOMMEND, Promotion)
def recommend(promotion: Promotion) -> Answer:
    done = _l("Your recommendation is on this page.")
    return _form_step(promotion, "recommend", forms.RecommendForm(), service.recommend, done)


@bp.post("/promotions/<int:promotion_id>/grant")
@requires(P.PROMOTION_ANSWER, Promotion)
def grant_membership(promotion: Promotion) -> Answer:
    done = _l("Taken in, and told so.")
    return _step(promotion, lambda: service.grant_membership(actor(), promotion), done)


@bp.route("/promotions/<int:promotion_id>/decline", methods=["GET", "POST"])
@requires(P.PROMOTION_ANSWER, Promotion)
def decline_membership(promotion: Promotion) -> Answer:
    done = _l("Declined, and told why.")
    return _form_step(promotion, "decline", forms.DeclineApplicationForm(), service.decline_membership, done)


@bp.route("/promotions/<int:promotion_id>/withdraw", methods=["GET", "POST"])
@requires(P.PROMOTION_STAND, Promotion)
def withdraw_promotion(promotion: Promotion) -> Answer:
    done = _l("Withdrawn. Everybody concerned is told.")
    return _form_step(promotion, "withdraw", forms.WithdrawPromotionForm(), service.withdraw_promotion, done)


@bp.route("/promotions/<int:promotion_id>/take-back", methods=["GET", "POST"])
@requires(P.PROMOTION_TAKE_BACK, Promotion)
def take_back_nomination(promotion: Promotion) -> Answer:
    done = _l("The nomination is taken back.")
    return _form_step(promotion, "withdraw", forms.WithdrawPromotionForm(), service.take_back_nomination, done)


@bp.route("/promotions/<int:promotion_id>/set-aside", methods=["GET", "POST"])
@requires(P.PROMOTION_SET_ASIDE, Promotion)
def set_aside_nomination(promotion: Promotion) -> Answer:
    done = _l("The nomination is set aside. Everybody concerned is told why.")
    return _form_step(promotion, "set_aside", forms.SetAsideForm(), service.set_aside_nomination, done)


# -- the vote ----------------------------------------------------------------------------------------


@bp.route("/promotions/<int:promotion_id>/open", methods=["GET", "POST"])
@requires(P.BALLOT_OPEN, Promotion)
def open_ballot(promotion: Promotion) -> Answer:
    dated = dated_rule(promotion.sig_id, promotion.role)
    at_meeting = dated is not None and parse_rule(promotion.role, dated.rule).hours is None
    done = _l("The vote is open. Everybody who may vote is told.")
    if not at_meeting and request.method == "POST":
        return _step(promotion, lambda: service.open_ballot(actor(), promotion), done)
    form = forms.OpenBallotForm(queries.meetings_for_vote(promotion.sig_id))
    return _form_step(promotion, "open", form, service.open_ballot, done)


@bp.route("/promotions/<int:promotion_id>/move", methods=["GET", "POST"])
@requires(P.BALLOT_CLOSE, Promotion)
def move_ballot(promotion: Promotion) -> Answer:
    form = forms.MoveBallotForm(queries.meetings_ahead(promotion.sig_id))
    return _form_step(promotion, "move", form, service.move_ballot, _l("The vote is held at the other meeting."))


@bp.route("/promotions/<int:promotion_id>/vote", methods=["GET", "POST"])
@requires(P.BALLOT_VOTE, Promotion)
def cast_vote(promotion: Promotion) -> Answer:
    done = _l("Your vote is cast. You can change it until the ballot closes.")
    return _form_step(promotion, "vote", forms.VoteForm(), service.cast_vote, done)


@bp.post("/promotions/<int:promotion_id>/close")
@requires(P.BALLOT_CLOSE, Promotion)
def close_ballot(promotion: Promotion) -> Answer:
    done = _l("The ballot is closed and counted. Everybody concerned is told.")
    return _step(promotion, lambda: service.close_ballot(actor(), promotion), done)
