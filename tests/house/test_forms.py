"""Field names are the service's keyword names."""

from __future__ import annotations

import importlib.util
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from wtforms.fields.core import UnboundField

import tracker
from tracker.accounts import forms as accounts
from tracker.accounts import service as account_services
from tracker.activities import forms as activities
from tracker.activities import service as activity_services
from tracker.agendas import forms as agendas
from tracker.agendas import service as agenda_services
from tracker.announcements import forms as announcements
from tracker.announcements import service as announcement_services
from tracker.appeals import forms as appeals
from tracker.appeals import service as appeal_services
from tracker.batches import forms as batches
from tracker.batches import service as batch_services
from tracker.budgets import forms as budgets
from tracker.budgets import service as budget_services
from tracker.calendars import forms as calendars
from tracker.calendars import service as calendar_services
from tracker.carries import forms as carries
from tracker.carries import service as carry_services
from tracker.certificates import forms as certificates
from tracker.certificates import service as certificate_services
from tracker.claims import forms as claims
from tracker.claims import service as claim_services
from tracker.cycles import forms as cycles
from tracker.cycles import service as cycle_services
from tracker.erasure import forms as erasure
from tracker.erasure import service as erasure_services
from tracker.handovers import forms as handovers
from tracker.handovers import service as hand_over_services
from tracker.honours import forms as honours
from tracker.honours import service as honour_services
from tracker.meetings import forms as meetings
from tracker.meetings import service as meeting_services
from tracker.minutes import forms as minutes
from tracker.minutes import service as minute_services
from tracker.payees import forms as payees
from tracker.payees import service as payee_services
from tracker.promotions import forms as promotions
from tracker.promotions import rule_forms as promotion_rules
from tracker.promotions import service as promotion_services
from tracker.promotions.rule_forms import PARTS as RULE_PARTS
from tracker.public_notices import forms as public_notices
from tracker.public_notices import service as public_notice_services
from tracker.reports import forms as reports
from tracker.reports import service as report_services
from tracker.rewards import forms as rewards
from tracker.rewards import service as reward_services
from tracker.rule_changes import forms as rule_changes
from tracker.rule_changes import service as rule_change_services
from tracker.rule_changes.rules import PARTS
from tracker.series import forms as series
from tracker.series import service as series_services
from tracker.settlements import forms as settlements
from tracker.settlements import service as settlement_services
from tracker.shipping import forms as shipping
from tracker.shipping import service as shipping_services
from tracker.sigs import forms as sigs
from tracker.sigs import service as sig_services
from tracker.tasks import forms as tasks
from tracker.tasks import service as task_services
from tracker.web.forms import Form

#: Form → the service that its values go to, and the keywords that the view gives besides.
FEEDS: dict[type[Form], tuple[Callable[..., Any], set[str]]] = {
    accounts.RegisterForm: (account_services.register, set()),
    accounts.ResetRequestForm: (account_services.request_reset, set()),
    accounts.ResetForm: (account_services.reset_password, set()),
    accounts.PasswordForm: (account_services.change_password, set()),
    accounts.EmailForm: (account_services.request_email_change, set()),
    accounts.ProfileForm: (account_services.edit_profile, set()),
    accounts.LanguageForm: (account_services.choose_language, set()),
    accounts.RolesForm: (account_services.set_roles, set()),
    accounts.SuspendForm: (account_services.suspend, set()),
    agendas.ProposalForm: (agenda_services.propose_item, set()),
    agendas.ProposalEditForm: (agenda_services.edit_proposal, set()),
    agendas.DeclineItemForm: (agenda_services.decline_proposal, set()),
    agendas.DeferItemForm: (agenda_services.defer_proposal, set()),
    calendars.DayForm: (calendar_services.add_day, set()),
    sigs.SigForm: (sig_services.edit_sig, set()),
    sigs.AreaForm: (sig_services.add_area, set()),
    sigs.AreaNamesForm: (sig_services.edit_area, set()),
    sigs.RepositoryForm: (sig_services.add_repository, set()),
    sigs.RepositoryFactsForm: (sig_services.edit_repository, set()),
    sigs.MemberForm: (sig_services.add_member, {"source"}),
    sigs.EndForm: (sig_services.end_membership, set()),
    cycles.CycleForm: (cycle_services.create_cycle, set()),
    cycles.DatesForm: (cycle_services.edit_cycle, set()),
    budgets.BudgetForm: (budget_services.set_budget, set()),
    tasks.TaskForm: (task_services.create_task, set()),
    tasks.EditForm: (task_services.edit_task, set()),
    certificates.IssueForm: (certificate_services.issue_certificate, set()),
    certificates.RunForm: (certificate_services.request_run, {"kind"}),
    certificates.RevokeForm: (certificate_services.revoke_certificate, set()),
    certificates.EraseForm: (certificate_services.erase_names, set()),
    certificates.LayoutForm: (certificate_services.add_layout, set()),
    certificates.LayoutEditForm: (certificate_services.edit_layout, set()),
    certificates.RetireLayoutForm: (certificate_services.retire_layout, set()),
    claims.ClaimForm: (claim_services.apply, set()),
    claims.ReasonForm: (claim_services.reject, set()),
    claims.OptionalReasonForm: (claim_services.release, set()),
    claims.DesignForm: (claim_services.send_design, set()),
    claims.SubmitForm: (claim_services.submit, set()),
    carries.RefreshForm: (carry_services.refresh_cycle, set()),
    carries.CarryForm: (carry_services.carry_task, set()),
    handovers.OfferForm: (hand_over_services.offer_hand_over, set()),
    handovers.AcceptForm: (hand_over_services.accept_hand_over, set()),
    handovers.DeclineOfferForm: (hand_over_services.decline_hand_over, set()),
    handovers.RefuseForm: (hand_over_services.refuse_hand_over, set()),
    erasure.EraseAccountForm: (erasure_services.erase_account, set()),
    erasure.ErasePersonForm: (erasure_services.erase_person, set()),
    honours.AwardForm: (honour_services.award_star, set()),
    honours.WithdrawStarForm: (honour_services.withdraw_star, set()),
    honours.PictureForm: (honour_services.set_picture, set()),
    appeals.AppealForm: (appeal_services.make_appeal, set()),
    appeals.AnswerAppealForm: (appeal_services.dismiss_appeal, set()),
    meetings.MeetingForm: (meeting_services.create_meeting, set()),
    meetings.MeetingEditForm: (meeting_services.edit_meeting, set()),
    meetings.ConfirmForm: (meeting_services.confirm_meeting, set()),
    meetings.MoveForm: (meeting_services.move_meeting, set()),
    meetings.PostponeForm: (meeting_services.postpone_meeting, set()),
    meetings.ProgressForm: (meeting_services.write_note, set()),
    meetings.CommentForm: (meeting_services.comment, set()),
    minutes.DraftForm: (minute_services.save_draft, set()),
    minutes.TurnForm: (minute_services.note_report, set()),
    minutes.GeneralDraftForm: (minute_services.save_discussion, set()),
    minutes.GeneralForm: (minute_services.note_discussion, set()),
    minutes.MinutesForm: (minute_services.write_minutes, set()),
    minutes.CorrectForm: (minute_services.correct_minutes, set()),
    announcements.AnnounceForm: (announcement_services.announce_meeting, {"kind"}),
    activities.SpeakerForm: (activity_services.add_speaker, set()),
    activities.SignUpForm: (activity_services.sign_up, set()),
    series.SeriesForm: (series_services.create_series, set()),
    series.SeriesEditForm: (series_services.edit_series, set()),
    series.EndSeriesForm: (series_services.end_series, set()),
    series.OccurrenceForm: (series_services.add_occurrence, set()),
    batches.FreezeForm: (batch_services.freeze_batch, set()),
    batches.CancelBatchForm: (batch_services.cancel_batch, set()),
    batches.ResultForm: (batch_services.upload_result, set()),
    batches.ApplyForm: (batch_services.apply_result, set()),
    batches.LayoutForm: (batch_services.add_layout, set()),
    batches.LayoutEditForm: (batch_services.edit_layout, set()),
    batches.RetireLayoutForm: (batch_services.retire_layout, set()),
    payees.PayeeForm: (payee_services.change_payee, set()),
    payees.LookForm: (payee_services.look_at_payee, set()),
    payees.ContractForm: (payee_services.edit_contract, set()),
    payees.RemoveContractForm: (payee_services.remove_contract, set()),
    payees.ExclusionForm: (payee_services.add_exclusion, set()),
    payees.EndExclusionForm: (payee_services.end_exclusion, set()),
    reports.StartForm: (report_services.start_report, set()),
    reports.EditForm: (report_services.edit_report, set()),
    reports.HandInForm: (report_services.hand_in_report, set()),
    reports.TakeBackForm: (report_services.take_back_report, set()),
    reports.AssessForm: (report_services.assess_report, set()),
    rewards.ReviewForm: (reward_services.review_claim, set()),
    rewards.ProposeForm: (reward_services.propose_reward, set()),
    rewards.ApproveForm: (reward_services.approve_reward, set()),
    rewards.PayForm: (reward_services.pay_reward, set()),
    rewards.EditForm: (reward_services.edit_reward, set()),
    rewards.ReturnForm: (reward_services.return_reward, set()),
    rewards.ReissueForm: (reward_services.reissue_reward, set()),
    rewards.ApproveManyForm: (reward_services.approve_rewards, set()),
    shipping.AddressForm: (shipping_services.enter_address, set()),
    shipping.ShipForm: (shipping_services.ship_prizes, set()),
    promotions.ApplyForm: (promotion_services.apply_for_membership, set()),
    promotions.NominateForm: (promotion_services.nominate, set()),
    promotions.EditNominationForm: (promotion_services.edit_nomination, set()),
    promotions.StandForm: (promotion_services.stand, set()),
    promotions.RecommendForm: (promotion_services.recommend, set()),
    promotions.DeclineApplicationForm: (promotion_services.decline_membership, set()),
    promotions.SetAsideForm: (promotion_services.set_aside_nomination, set()),
    promotions.WithdrawPromotionForm: (promotion_services.withdraw_promotion, set()),
    promotions.OpenBallotForm: (promotion_services.open_ballot, set()),
    promotions.MoveBallotForm: (promotion_services.move_ballot, set()),
    promotions.VoteForm: (promotion_services.cast_vote, set()),
    promotions.StepDownForm: (promotion_services.step_down, set()),
    promotions.EndRoleForm: (promotion_services.end_role_with_reason, set()),
    promotions.ChooseRulesForm: (promotion_services.choose_rule_set, set()),
    promotion_rules.RuleSetForm: (promotion_services.create_rule_set, set()),
    promotion_rules.RuleSetEditForm: (promotion_services.edit_rule_set, set()),
    promotion_rules.RuleForm: (promotion_services.add_rule, set()),
    public_notices.OpenForm: (public_notice_services.open_notice, set()),
    public_notices.ObjectionForm: (public_notice_services.make_objection, set()),
    public_notices.AnswerObjectionForm: (public_notice_services.uphold_objection, set()),
    settlements.CommitForm: (settlement_services.commit_settlement, {"month"}),
    rule_changes.RuleChangeForm: (rule_change_services.propose_rule_change, set()),
    rule_changes.ApproveRulesForm: (rule_change_services.approve_rule_change, set()),
    rule_changes.DeclineRulesForm: (rule_change_services.decline_rule_change, set()),
    rule_changes.WithdrawRulesForm: (rule_change_services.withdraw_rule_change, set()),
}
_TURN: dict[str, set[str]] = {"claim": set()} | {
    f"base_{name}": {"base"} for name in ("done", "next", "blockers", "percent")
}
_ITEMS: dict[str, set[str]] = {name: set() for name in ("decision", "to_do", "owner", "due_on", "step")}
#: Fields that the form itself turns into others, or keeps.
TURNED: dict[type[Form], dict[str, set[str]]] = {
    appeals.AnswerAppealForm: {"verdict": set()},  # which of two steps it is
    public_notices.AnswerObjectionForm: {"verdict": set()},
    batches.FreezeForm: {"checked": set()},  # without the tick nothing is done
    batches.ApplyForm: {"checked": set()},
    batches.LayoutForm: {"preview": set()},  # a button
    batches.LayoutEditForm: {"preview": set()},
    certificates.IssueForm: {"layout": set(), "seen": set()},  # the paper is made of them before
    certificates.EraseForm: {"checked": set()},
    certificates.LayoutForm: {"preview": set()},
    certificates.LayoutEditForm: {"preview": set()},
    claims.ClaimForm: {"waitlist": set()},  # the box that asks for the waitlist instead of a seat
    meetings.MeetingForm: {
        "starts_on": {"starts_at"},
        "start": set(),
        "signup_on": {"signup_until"},
        "signup_at": set(),
    },
    meetings.MeetingEditForm: {
        "starts_on": {"starts_at"},
        "start": set(),
        "signup_on": {"signup_until"},
        "signup_at": set(),
    },
    rewards.ApproveManyForm: {"line": {"lines"}, "checked": set()},
    settlements.CommitForm: {"count": {"shown"}, "amount": set(), "seen": set(), "checked": set()},
    series.SeriesForm: dict.fromkeys(series.PARTS, set()),
    series.SeriesEditForm: dict.fromkeys(series.PARTS, set()),
    series.OccurrenceForm: {"starts_on": {"starts_at"}, "start": set()},
    meetings.MoveForm: {"starts_on": {"starts_at"}, "start": set()},
    rule_changes.RuleChangeForm: {name: {column} for name, (column, _key) in PARTS.items()},
    promotion_rules.RuleForm: {name: {"rule"} for name in RULE_PARTS},
    minutes.DraftForm: _TURN,
    # besides: the buttons, and what they add
    minutes.TurnForm: _TURN | {name: set() for name in ("present", "was")} | _ITEMS,
    minutes.GeneralDraftForm: {"base_interfaces": {"base"}, "base_guests": {"base"}},
    minutes.GeneralForm: {"base_interfaces": {"base"}, "base_guests": {"base"}, "here": set(), "was_here": set()}
    | _ITEMS,
}


def _fields(form: type[Form]) -> set[str]:
    return {name for name in dir(form) if isinstance(getattr(form, name), UnboundField)}


def _keywords(service: Callable[..., Any]) -> tuple[set[str], set[str], bool]:
    """All keywords, those without a default, and whether it takes any other."""
    parameters = inspect.signature(service).parameters.values()
    keywords = {p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
    needed = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty}
    return keywords, needed, any(p.kind is p.VAR_KEYWORD for p in parameters)


@pytest.mark.parametrize("form", FEEDS, ids=lambda form: f"{form.__module__.split('.')[1]}.{form.__name__}")
def test_a_form_feeds_its_service(form: type[Form]) -> None:
    service, given = FEEDS[form]
    keywords, needed, any_other = _keywords(service)
    fields = _fields(form)
    for name, made in TURNED.get(form, {}).items():
        fields = fields - {name} | made
    if not any_other:
        assert fields <= keywords, "fields that the service doesn't know"
    assert needed - given <= fields, "keywords that nobody types"


CONTRACT = {
    "title", "area", "kind", "points", "difficulty", "hours", "backends", "language", "seats", "mentors", "expected_on",
    "accept_by", "needs_design", "prize", "prize_amount", "prize_currency", "pays_wage", "gives_certificate", "background",
    "requirement", "environment", "criteria", "submit_to", "guidance",
}  # fmt: skip


def test_the_task_form_has_the_fields_of_the_contract() -> None:
    assert _fields(tasks.TaskForm) == CONTRACT
    assert _fields(tasks.EditForm) == CONTRACT | {"version"}


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (accounts.RegisterForm, {"handle", "display_name", "email", "password"}),
        (accounts.LoginForm, {"handle", "password"}),
        (claims.ClaimForm, {"plan", "experience", "hours_per_week", "promised_on", "agree"}),
        (meetings.ProgressForm, {"percent", "done", "next", "blockers", "links", "meeting"}),
        (claims.SubmitForm, {"summary", "links"}),
        (rewards.ReviewForm, {"verdict", "points", "comment"}),
    ],
)
def test_a_form_has_the_fields_of_the_contract(form: type[Form], names: set[str]) -> None:
    assert names <= _fields(form)


def test_every_form_is_compared() -> None:
    """Forms with one button, and those whose view does more than hand on, are named here with their reason."""
    apart = {
        "LoginForm": "signs in, changes nothing",
        "PreviewForm": "shows, changes nothing",
        "NumbersForm": "the part of RuleChangeForm that a page is asked by",
        "WhatIfForm": "shows, changes nothing",
        "StepForm": "one of several steps, by a version and a reason",
        "CancelForm": "reason and version of two kinds of things",
        "PublishForm": "a button with a version",
        "AnswerDesignForm": "two buttons that become accepted",
        "FollowForm": "a button",
        "NoticesForm": "a choice per kind, handed on as one mapping",
        "PresenceForm": "one tick of a list",
        "AgreeForm": "a tick without which nothing is signed",
        "CheckForm": "looks at a file, changes nothing",
        "NameForm": "compares, changes nothing",
    }
    found: set[str] = set()
    for room in pkgutil.iter_modules(tracker.__path__):
        if room.ispkg and importlib.util.find_spec(f"tracker.{room.name}.forms"):
            module = importlib.import_module(f"tracker.{room.name}.forms")
            found |= {
                name for name, thing in vars(module).items()
                if isinstance(thing, type) and issubclass(thing, Form) and thing.__module__ == module.__name__
                and not name.startswith("_") and _fields(thing)
            }  # fmt: skip
    assert found - {form.__name__ for form in FEEDS} - set(apart) == set()


def test_a_field_that_is_sent_twice_or_that_is_no_text_is_refused(app: Flask) -> None:
    with app.test_request_context(method="POST", data={"handle": ["a", "b"], "password": "x"}):
        form = accounts.LoginForm(meta={"csrf": False})
        assert not form.validate()
        assert form.errors["handle"]
