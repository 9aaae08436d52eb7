"""Pages of the bank's answers: uploaded, looked at, applied."""

from __future__ import annotations

from flask import render_template

from tracker.batches import downloads, outcomes, queries, service
from tracker.batches.bank_files import Faulty, Problem
from tracker.batches.blueprint import bp
from tracker.batches.forms import ApplyForm, ResultForm
from tracker.batches.models import ResultFile
from tracker.batches.results import HEADINGS, PAID, RESULTS, RETURNED
from tracker.db import transaction
from tracker.permissions import Permission as P
from tracker.rewards.models import PayoutBatch
from tracker.rewards.queries import get_reward
from tracker.text import Text, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.paging import part_of
from tracker.web.routes import actor, loads, requires


@loads(ResultFile, P.BATCH_READ)
def _load(number: str, result_id: int) -> ResultFile:
    return queries.get_result(number, result_id)


@bp.route("/rewards/batches/<number>/result", methods=["GET", "POST"])
@requires(P.BATCH_PAY, PayoutBatch)
def result(batch: PayoutBatch) -> Answer:
    """Uploading the bank's answer: nothing is noted yet, and nothing is kept of a file with faults."""
    form, problems, number = ResultForm(), list[Problem](), batch.number
    encodings: list[str] = []
    opened: list[bool] = []

    def work() -> ResultFile:
        try:
            return service.upload_result(actor(), batch, file=form.file.data)
        except Faulty as faulty:
            problems[:], encodings[:] = faulty.problems, [faulty.encoding]
            opened.append(faulty.opened)
            raise

    def page() -> str:
        if any(opened):
            # Nothing of the file is kept, but the look is.
            transaction(lambda: service.note_reading(actor(), queries.get_batch(number)))
        return render_template("batches/result.html", batch=queries.get_batch(number), form=form, problems=problems,
                               headings=HEADINGS, results=RESULTS, encoding=encodings[0] if encodings else "")  # fmt: skip

    return submit(form, work, to=lambda found: found.path, done=_uploaded, page=page)


def _uploaded(result: ResultFile) -> Text:
    if result.applied_at is None:
        return _l("The file has no fault. Look at what it says; nothing is noted yet.")
    return _l("These bytes were uploaded before and are noted already: nothing changes.")


@bp.get("/rewards/batches/<number>/results/<int:result_id>/")
@requires(P.BATCH_READ, ResultFile)
def outcome(result: ResultFile) -> str:
    """What a file says of which lines, before it is noted and afterwards."""
    found = outcomes.look_at(actor(), result)
    came_back = [line for match in found.of(RETURNED) for line in match.lines]
    return render_template(
        "batches/outcome.html", result=result, batch=result.batch, outcome=found, paid=PAID, returned=RETURNED,
        page=part_of(found.matches, key_of=lambda match: match.line),
        paid_people=sorted({line.user_id for match in found.of(PAID) for line in match.lines}),
        came_back=get_reward(came_back[0].id) if came_back else None,
    )  # fmt: skip


@bp.post("/rewards/batches/<number>/results/<int:result_id>/apply")
@requires(P.BATCH_PAY, ResultFile)
def apply(result: ResultFile) -> Answer:
    form, back = ApplyForm(), result.path
    return perform(
        lambda: service.apply_result(actor(), result), form=form, back=back, to=lambda found: found.batch.path,
        done=lambda found: _l("Noted. Paid: %(paid)s, returned: %(returned)s.", paid=found.paid, returned=found.returned),
    )  # fmt: skip


@bp.post("/rewards/batches/<number>/results/<int:result_id>/set-aside")
@requires(P.BATCH_PAY, ResultFile)
def set_aside(result: ResultFile) -> Answer:
    return perform(
        lambda: service.set_aside_result(actor(), result), back=result.path, to=lambda found: found.batch.path,
        done=_l("The file is set aside: nothing of it is noted. The same file can be uploaded again."),
    )  # fmt: skip


@bp.get("/rewards/batches/<number>/results/<int:result_id>.csv")
@requires(P.BATCH_PAY, ResultFile)
def result_csv(result: ResultFile) -> Answer:
    """The file as it was uploaded."""
    name = f"{result.batch.number}-result-{result.id}.csv"
    data = transaction(lambda: service.open_result(actor(), result))
    return downloads.attachment(data, name, f"text/csv; charset={result.encoding}")
