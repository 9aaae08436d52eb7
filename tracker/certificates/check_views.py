"""Checking: a code that somebody has, a PDF that somebody was given, and the list of what is revoked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask import Response, abort, redirect, render_template, request

from tracker import clock
from tracker.accounts.blueprint import Page, come_back_later, throttled
from tracker.certificates import badges, codes, issuing, keyring, queries
from tracker.certificates.blueprint import bp
from tracker.certificates.forms import CheckForm
from tracker.certificates.models import KINDS, Certificate
from tracker.certificates.verdicts import Verdict
from tracker.certificates.verification import verify_pdf
from tracker.permissions import Permission as P
from tracker.text import Text, _l
from tracker.web.actions import Answer
from tracker.web.routes import requires

#: Files that an address may have checked within the window of tries: an office checks those of a whole intake.
MOST_FILES = 60


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a file. ``tone``: ok, warn, bad; ``found``: the certificate that it is, as the record has it."""

    tone: str
    lead: Text
    text: Text
    found: Certificate | None = None


@bp.route("/certificates/check", methods=["GET", "POST"])
@requires(P.CERTIFICATE_CHECK)
def check() -> Answer | Page:
    """Type a code, or hand over a PDF. The file is looked at and forgotten."""
    form = CheckForm(formdata=request.form if request.method == "POST" else request.args)
    code = form.code.data or ""
    if request.method == "GET":
        if not code.strip():
            return _page(form)
        if read := codes.read_code(code):
            return redirect(f"/certificates/{read}", 302)
        form.code.errors = [str(_unreadable(code))]
        return _page(form), 422
    form = CheckForm()
    if not form.validate():
        return _page(form), 422
    if form.file.data is None:
        form.file.errors = [*form.file.errors, str(_l("Choose a PDF file."))]
        return _page(form), 422
    if too_many := throttled("certificate-file", most=MOST_FILES):
        return come_back_later(form, too_many, lambda: _page(form))
    return _page(form, checked(form.file.data, form.code.data or ""))


def _unreadable(code: str) -> Text:
    """What is wrong with a code that can't be one."""
    found = codes.bare(code)
    if wrong := "".join(dict.fromkeys(one for one in found if one not in codes.ALPHABET)):
        return _l("No code has these characters: %(characters)s.", characters=" ".join(wrong[:20]))
    if len(found) != codes.LENGTH:
        return _l(
            "A code has %(length)s letters and digits; this has %(found)s.", length=codes.LENGTH, found=len(found)
        )
    return _l("A code begins with a digit from 0 to 7.")


def _page(form: CheckForm, result: Checked | None = None) -> str:
    return render_template("certificates/check.html", form=form, result=result, kinds=KINDS, now=clock.now())


def checked(data: bytes, code: str = "") -> Checked:
    """Hold a file against the signature and the record. ``code``: of the certificate that it is said to be, empty for any.

    Genuine is what is signed over all its bytes by a key of this site *and* has the SHA-256 of a certificate on record.
    """
    verdict: Verdict = verify_pdf(data, keyring.public_keys())
    if not verdict.genuine:
        return Checked("bad", verdict.sentence, "")
    found = queries.of_digest(hashlib.sha256(data).hexdigest())
    if found is None:
        return Checked(
            "bad", _l("This file isn't on record."),
            _l("It is signed with a key of this site, but no certificate was issued with it. Ask the issuer."),
        )  # fmt: skip
    if code and codes.read_code(code) != found.code:
        return Checked(
            "warn", _l("This file is another certificate."),
            _l("It is genuine, but not of the code that you came from."), found,
        )  # fmt: skip
    if found.revoked_at is not None:
        return Checked(
            "bad", _l("Genuine, but revoked."),
            _l("The file is as it was issued. The certificate was revoked since, and proves nothing any more."), found,
        )  # fmt: skip
    return Checked(
        "ok", _l("Genuine and valid."), _l("The file is as it was issued, to the last byte, and the certificate is valid."), found
    )  # fmt: skip


@bp.get("/certificates/status/<int:number>")
@requires(P.CERTIFICATE_CHECK)
def status_list(number: int) -> Response:
    """Which certificates of a list are revoked, for programs that verify credentials."""
    if not 1 <= number <= queries.count_lists():
        abort(404)
    address = issuing.address_of(f"/certificates/status/{number}")
    text = badges.status_list(address, queries.revoked_on(number), at=clock.now())
    response = Response(text, content_type="application/vc+ld+json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response
