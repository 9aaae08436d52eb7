"""What is typed about payees. Field names are the services' keywords; nothing sealed is ever filled in beforehand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from tracker import clock
from tracker.payees import pdf, rules
from tracker.payees.models import EXCLUSION_KINDS
from tracker.programmes.queries import all_programmes
from tracker.text import Text, _l
from tracker.web.filters import local
from tracker.web.forms import Choice, Day, Form, Line, Number, Prose, ShapeError, required
from tracker.web.uploads import Upload


class Shaped(Line):
    """A line that ``shape`` reads into its one form, or refuses."""

    def __init__(self, *args: Any, shape: Callable[[str], str], **kwargs: Any) -> None:
        self.shape = shape
        super().__init__(*args, **kwargs)

    def read(self, typed: str) -> str:
        try:
            return self.shape(super().read(typed))
        except rules.Wrong as wrong:
            raise ShapeError(str(wrong.message)) from None


#: A page that shows nothing yet sends 0, which counts as given.
_SENT = [InputRequired(message=_l("This field is needed."))]


class PayeeForm(Form):
    """A person's payee data, all of it."""

    legal_name = Shaped(
        _l("Legal name"), required(), shape=rules.legal_name, longest=80, hint=_l("As it stands in the identity document.")
    )  # fmt: skip
    id_number = Shaped(
        _l("ID number"), required(), shape=lambda typed: rules.id_number(typed, clock.today()), longest=40,
        hint=_l("Of a Chinese resident ID, a passport or a travel permit."),
    )  # fmt: skip
    bank = Shaped(
        _l("Bank"), required(), shape=rules.bank, longest=120, hint=_l("With the branch, where the bank asks for it.")
    )
    account = Shaped(
        _l("Account"), required(), shape=rules.account, longest=50, hint=_l("The number of the account or card, or an IBAN.")
    )  # fmt: skip
    version = Number(_l("Version"), _SENT, widget=HiddenInput())


class LookForm(Form):
    """Why sealed data is looked at."""

    reason = Line(_l("Reason"), required(), longest=rules.MOST_REASON)


class ContractForm(Form):
    """A contract, its dates typed anew each time."""

    starts_on = Day(_l("First day"), required(), hint=_l("As the signed agreement says."))
    ends_on = Day(_l("Last day"), hint=_l("Empty where the contract has none."))
    agreement = Upload(
        _l("Signed agreement"), most=pdf.MOST, hint=_l("A PDF of at most 1.5 MiB. Without one, the file that is kept stays.")
    )  # fmt: skip
    version = Number(_l("Version"), _SENT, widget=HiddenInput())


class RemoveContractForm(Form):
    """Taking back a contract that was entered by mistake."""

    reason = Line(_l("Reason"), required(), longest=rules.MOST_REASON)
    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


def _programmes() -> list[tuple[str, Text]]:
    return [(programme.slug, local(programme)) for programme in all_programmes()]


class ExclusionForm(Form):
    """Excluding a person from the wages of a programme."""

    programme = Choice(_l("Programme"), required(), choices=_programmes)
    kind = Choice(_l("Why"), required(), choices=list(EXCLUSION_KINDS.items()))
    note = Prose(_l("Note"), hint=_l("The person reads it, and it stays in the diary."), longest=500)
    since = Day(_l("First day"), required(), hint=_l("Months that are settled stay as they are."))
    until = Day(_l("Last day"), hint=_l("Empty: until it is ended."))


class EndExclusionForm(Form):
    """The last day of an exclusion."""

    until = Day(_l("Last day"), required())
