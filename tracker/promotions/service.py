"""What is done in this room, in one place."""

from tracker.promotions.ballots import cast_vote, close_ballot, count_due, move_ballot, open_ballot, remind_electors
from tracker.promotions.nominations import (
    apply_for_membership,
    decline_membership,
    edit_nomination,
    grant_membership,
    nominate,
    recommend,
    set_aside_nomination,
    stand,
    take_back_nomination,
    withdraw_promotion,
)
from tracker.promotions.roles import end_role_with_reason, step_down
from tracker.promotions.rule_sets import add_rule, choose_rule_set, create_rule_set, edit_rule_set

__all__ = [
    "add_rule",
    "apply_for_membership",
    "cast_vote",
    "choose_rule_set",
    "close_ballot",
    "count_due",
    "create_rule_set",
    "decline_membership",
    "edit_nomination",
    "edit_rule_set",
    "end_role_with_reason",
    "grant_membership",
    "move_ballot",
    "nominate",
    "open_ballot",
    "recommend",
    "remind_electors",
    "set_aside_nomination",
    "stand",
    "step_down",
    "take_back_nomination",
    "withdraw_promotion",
]
