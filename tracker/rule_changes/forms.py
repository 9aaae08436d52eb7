"""What is typed about rules: every number of a set, a wage to try out, and decisions. Names are the services' keywords, or
those of ``rules.NAMES`` that the forms put together into the columns of Rules."""

from __future__ import annotations

from typing import Any

from wtforms.widgets import HiddenInput, TextArea

from tracker.programmes.rules import LIMITS, MOST_POINTS
from tracker.programmes.wages import Scheme, scheme_of
from tracker.rewards.models import CURRENCIES
from tracker.rule_changes.rules import NAMES, PARTS, SCHEMES, read_tiers, tiers_as_typed
from tracker.text import _, _l
from tracker.web.forms import Choice, Day, Form, Line, Money, Number, Prose, ShapeError, Tick, Typed, required

MONTH = r"20[0-9]{2}-(0[1-9]|1[0-2])"


class Tiers(Typed):
    """Tiers, one a line: points and an amount; read into [points, fen] pairs, each line at fault named."""

    widget = TextArea()

    @property
    def empty(self) -> list[list[int]]:
        return []

    def read(self, typed: str) -> list[list[int]]:
        if len(typed) > 4000:
            raise ShapeError(_("At most %(longest)s characters; this has %(length)s.", longest=4000, length=len(typed)))
        tiers, wrong = read_tiers(typed)
        if wrong:
            self.process_errors.extend(str(one) for one in wrong[:-1])
            raise ShapeError(str(wrong[-1]))
        return tiers

    def show(self, value: Any) -> str:
        return tiers_as_typed(value)


class _WageForm(Form):
    """A wage: its scheme, and what that scheme needs. What another scheme needs is left aside."""

    wage_scheme = Choice(NAMES["wage_scheme"], required(), choices=list(SCHEMES.items()))
    tiers = Tiers(
        NAMES["tiers"], hint=_l("One a line: points in all, then what has been earned in all. Such as 40 2500.")
    )
    rate = Money(NAMES["rate"])
    step = Number(NAMES["step"], least=1, most=MOST_POINTS)
    cap = Number(NAMES["cap"], hint=_l("A number of whole steps."), least=1, most=MOST_POINTS)

    _OF_SCHEME = {"tiers": ("tiers",), "steps": ("rate", "step", "cap")}

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for scheme, names in self._OF_SCHEME.items():
            for name in names:
                if self.wage_scheme.data != scheme:
                    self[name].errors = []
                elif not self[name].data and not self[name].errors:
                    self[name].errors = [_("This field is needed.")]
        return not self.errors

    def wage(self) -> dict[str, Any]:
        """The wage as Rules keeps it, in fen."""
        return {name: self[name].data for name in self._OF_SCHEME.get(self.wage_scheme.data, ())}

    def sent(self) -> list[tuple[str, str]]:
        """The fields as a browser sends them, without the token: what an address or a hidden field carries on."""
        pairs = []
        for name, field in self._fields.items():
            if isinstance(field, Tick):
                pairs += [(name, "1")] if field.data else []
            elif name not in ("csrf_token", *self.unsent):
                pairs.append((name, field._value() if isinstance(field, Typed) else str(field.data or "")))
        return pairs

    #: Fields that no address carries on.
    unsent: tuple[str, ...] = ()


def _number(name: str, most: int = 10_000) -> Number:
    least, top = LIMITS.get(name, (0, most))
    return Number(NAMES[name], required(), least=least, most=top)


class NumbersForm(_WageForm):
    """Every number of a set of rules, and its day."""

    valid_from = Day(
        _l("In force from"), required(), hint=_l("After the last settled month, best on the first of a month.")
    )
    live_claims_per_person = _number("live_claims_per_person")
    seats_per_task = _number("seats_per_task")
    answer_within_working_days = _number("answer_within_working_days")
    design_document_within_days = Number(
        NAMES["design_document_within_days"], hint=_l("Empty: no day is set."), least=1, most=10_000
    )
    review_within_working_days = _number("review_within_working_days")
    lapse_after_days = _number("lapse_after_days")
    warn_before_lapse_days = _number("warn_before_lapse_days")
    snooze_days = _number("snooze_days")
    undo_days = _number("undo_days")
    appeal_days = _number("appeal_days")
    strike_limit = _number("strike_limit")
    strike_window_days = _number("strike_window_days")
    cooldown_days = _number("cooldown_days")
    wage_currency = Choice(NAMES["wage_currency"], required(), choices=[(code, code) for code in CURRENCIES])
    certificate_points = Number(
        NAMES["certificate_points"], hint=_l("Empty: the programme gives none."), least=1, most=MOST_POINTS
    )
    certificate_months = Number(NAMES["certificate_months"], least=1, most=MOST_POINTS)
    certificate_comment = Tick(NAMES["certificate_comment"])
    certificate_report = Tick(NAMES["certificate_report"])
    excellent_points = Number(NAMES["excellent_points"], hint=_l("Empty: nobody is named."), least=1, most=MOST_POINTS)
    excellent_task = Number(NAMES["excellent_task"], least=1, most=MOST_POINTS)

    _TOGETHER = (("certificate_points", "certificate_months"), ("excellent_points", "excellent_task"))

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for pair in self._TOGETHER:
            for name, other in (pair, pair[::-1]):
                if self[other].data and not self[name].data and not self[name].errors:
                    self[name].errors = [
                        _("Fill in both fields or neither: “%(other)s” goes with it.", other=NAMES[other])
                    ]
        return not self.errors

    def numbers(self) -> dict[str, Any]:
        """What was typed as the columns of Rules, money in fen."""
        columns: dict[str, Any] = {"wage": self.wage(), "certificate": {}, "excellent_intern": {}}
        for name in NAMES:
            if name not in PARTS:
                columns[name] = self[name].data
            elif (column := PARTS[name][0]) != "wage" and self[f"{name.split('_')[0]}_points"].data:
                columns[column][PARTS[name][1]] = self[name].data
        return columns

    def values(self) -> dict[str, Any]:
        return {"valid_from": self.valid_from.data, **self.numbers()}


class RuleChangeForm(NumbersForm):
    """A set of rules with the reason for it. ``base``: the set that the page compared it with, 0 for none."""

    unsent = ("reason", "base")

    reason = Prose(
        _l("Why"), required(_l("Say why: it stands beside the rules from then on.")),
        hint=_l("Whoever decides reads it, and whoever asks later."), longest=2000,
    )  # fmt: skip
    base = Number(_l("Compared with"), required(), widget=HiddenInput())

    def values(self) -> dict[str, Any]:
        return {**super().values(), "reason": self.reason.data, "base": self.base.data}


class WhatIfForm(_WageForm):
    """A wage to try out over the months from ``first`` to ``last``."""

    first = Line(_l("First month"), required(), hint=_l("Such as 2026-01."), longest=7, pattern=MONTH)
    last = Line(_l("Last month"), required(), longest=7, pattern=MONTH)

    def scheme(self, currency: str) -> Scheme:
        """The wage that was typed."""
        return scheme_of(self.wage_scheme.data, currency, self.wage())


class _Seen(Form):
    """A decision on the proposal as it was seen."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class ApproveRulesForm(_Seen):
    """The second pair of eyes; a remark if one likes."""

    reason = Prose(_l("Remark"), longest=2000)


class DeclineRulesForm(_Seen):
    reason = Prose(_l("Reason"), required(_l("Say why: it stands beside the rules from then on.")), longest=2000)


class WithdrawRulesForm(DeclineRulesForm):
    """Taking back one's own."""
