"""Pages of certificates that were issued: the public one, its files, one's own, and the list of the SIGs'."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from tracker import clock
from tracker.accounts import attempts
from tracker.accounts.blueprint import Page as Answered
from tracker.accounts.blueprint import address, come_back_later, reader, settings
from tracker.accounts.names import normalised
from tracker.certificates import (
    check_views,
    codes,
    entitlements,
    issue_views,
    issuing,
    layout_views,
    making,
    queries,
    run_views,
    service,
)
from tracker.certificates.blueprint import bp
from tracker.certificates.document import visible
from tracker.certificates.forms import CheckForm, EraseForm, NameForm, RevokeForm
from tracker.certificates.internships import standings_of
from tracker.certificates.models import KINDS, Certificate
from tracker.certificates.shelf import STATES, Filters, parse_filters
from tracker.certificates.workflow import CERTIFICATE_RUN
from tracker.db import MAX_ID, transaction
from tracker.errors import Missing, Refused
from tracker.permissions import Permission as P
from tracker.permissions import maintained_sigs
from tracker.programmes.queries import all_programmes
from tracker.sigs.queries import all_sigs
from tracker.text import _l
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.forms import Form
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, can, loads, requires

#: Imported for what they register: pages, and what the worker does.
__all__ = ["bp", "check_views", "issue_views", "layout_views", "making", "run_views"]


#: Wrong names that an address may type within the window of tries, whatever they are the names on.
MOST_NAMES = 60


def _find(code: str) -> Certificate | None:
    """Also of what can't be a code one is looked up: no answer tells by its time how near a guess was."""
    return queries.find_certificate(codes.read_code(code) or "")


@loads(Certificate)
def _load(code: str) -> Certificate:
    if (found := _find(code)) is None:
        raise Missing("certificate")
    return found


# -- the public page ------------------------------------------------------------------------------


@bp.get("/certificates/<code>")
@requires(P.CERTIFICATE_CHECK)
def certificate(code: str) -> Answer | Response:
    """What proves it, to whoever has the code."""
    found = _find(code)
    return _missing() if found is None else _public(render(found, NameForm()))


@bp.post("/certificates/<code>/name")
@requires(P.CERTIFICATE_CHECK)
def reveal(code: str) -> Answer | Answered | Response:
    """The page with the hidden name, to whoever knows it already."""
    found, form = _find(code), NameForm()
    if found is None:
        return _missing()
    if not form.validate():
        return render(found, form), 422
    key = f"certificate-name:{found.code_hash}:{address()}"
    try:
        tries = transaction(lambda: _count_try(key))
    except attempts.TooMany as too_many:
        return come_back_later(form, too_many, lambda: render(found, form))
    if found.name and same_name(form.name.data, found.name):
        transaction(lambda: attempts.forget(tries, key))  # an office with many right ones isn't locked out
        return _public(render(found, form, revealed=True))
    form.refusal = _l("This isn't the name on the certificate. Type it exactly as it stands there.")
    return render(found, form), 409


def _count_try(key: str) -> list[int]:
    """At one name from an address, and from the address at all."""
    tries = attempts.count_try([key], settings())
    return tries + attempts.count_try([f"certificate-name:address:{address()}"], settings(), MOST_NAMES)


def same_name(typed: str, name: str) -> bool:
    """Whether both read the same: case, width, the number of blanks and what nobody sees don't count."""
    one, other = (" ".join(normalised(visible(text)).split()) for text in (typed, name))
    return one == other


def render(found: Certificate, form: NameForm, *, revealed: bool = False) -> str:
    """The page of a certificate for the present reader."""
    inside = can(P.CERTIFICATE_HOLD, found) or can(P.CERTIFICATE_REVOKE, found)
    return render_template(
        "certificates/certificate.html", certificate=found, now=clock.now(), said=issuing.said_by(found), form=form, revoking=RevokeForm(),
        name=found.name if inside or revealed or not found.name_hidden else "", inside=inside, revealed=revealed,
        replaced_by=queries.replaced_by(found.id), may_download=_may_download(found), check=CheckForm(formdata=None),
    )  # fmt: skip


def _missing() -> Answer:
    """One answer for codes that don't exist, can't exist, or nearly do."""
    return render_template("certificates/missing.html", check=CheckForm(formdata=None)), 404


def _public(page: str) -> Response:
    """Found by its code and by nothing else: not by search engines either."""
    response = make_response(page)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _may_download(found: Certificate) -> bool:
    """The PDF says the name: it is for whoever has the code, or, where the name is hidden, for those inside."""
    if found.erased_at is not None or found.revoked_at is not None:
        return False
    return not found.name_hidden or can(P.CERTIFICATE_HOLD, found) or can(P.CERTIFICATE_REVOKE, found)


@bp.get("/certificates/<code>.pdf")
@requires(P.CERTIFICATE_CHECK)
def certificate_pdf(code: str) -> Answer | Response:
    """The signed file."""
    found = _find(code)
    if found is None:
        return _missing()
    if not _may_download(found):
        return refused(_why_no_file(found), found.path, 410 if found.erased_at or found.revoked_at else 403)
    file = queries.file_of(found.id)
    response = Response(file.pdf if file else b"", content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="certificate-{found.code}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _why_no_file(found: Certificate) -> Any:
    if found.revoked_at is not None:
        return _l("This certificate was revoked. Its file isn't given out any more.")
    if found.erased_at is not None:
        return _l("The holder had the name and the file erased. A file that they kept is still proven here.")
    return _l("The holder hides the name, and the file says it. Ask them for the file.")


@bp.get("/certificates/<code>.json")
@requires(P.CERTIFICATE_CHECK)
def certificate_json(code: str) -> Answer | Response:
    """The Open Badges credential; without the name where that is hidden or erased, with the reason where it was revoked."""
    found = _find(code)
    return _missing() if found is None else credential_response(issuing.published_credential(found))


def credential_response(text: str) -> Response:
    """A signed JSON document that anybody's program may read, and asks for anew each time."""
    response = Response(text, content_type="application/vc+ld+json")
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response


# -- steps ----------------------------------------------------------------------------------------


@bp.post("/certificates/<code>/revoke")
@requires(P.CERTIFICATE_REVOKE, Certificate)
def revoke(found: Certificate) -> Answer:
    form, path = RevokeForm(), found.path
    return perform(
        lambda: service.revoke_certificate(actor(), found, **form.values()), form=form, back=path, to=lambda _done: path,
        done=_l("The certificate is revoked. Whoever checks it sees that from now on."),
    )  # fmt: skip


@bp.post("/certificates/<code>/hide-name")
@requires(P.CERTIFICATE_HOLD, Certificate)
def hide_name(found: Certificate) -> Answer:
    path = found.path
    return perform(
        lambda: service.hide_name(actor(), found), form=Form(), back=path, to=lambda _done: path,
        done=_l("The page shows your name only to who knows it."),
    )  # fmt: skip


@bp.post("/certificates/<code>/show-name")
@requires(P.CERTIFICATE_HOLD, Certificate)
def show_name(found: Certificate) -> Answer:
    path = found.path
    return perform(
        lambda: service.show_name(actor(), found), form=Form(), back=path, to=lambda _done: path,
        done=_l("The page shows your name again."),
    )  # fmt: skip


# -- one's own ------------------------------------------------------------------------------------


@bp.get("/certificates/mine")
@requires(P.ACCOUNT_USE)
def mine() -> str:
    """My certificates, and what is missing for the next."""
    return _mine(EraseForm())


@bp.post("/certificates/mine/erase")
@requires(P.ACCOUNT_USE)
def erase_names() -> Answer:
    form = EraseForm()
    return submit(
        form, lambda: service.erase_names(actor(), reader()), page=lambda: _mine(form), to=lambda _count: "/certificates/mine",
        done=_l("Your name and the files are erased. The certificates stay valid."),
    )  # fmt: skip


def _mine(form: EraseForm) -> str:
    me = reader().id
    return render_template(
        "certificates/mine.html", certificates=queries.certificates_of(me), standings=standings_of(me), kinds=KINDS, form=form,
        certified={one.entitlement: one for one in queries.certificates_of(me) if one.revoked_at is None},
        others=[row for row in entitlements.of_person(me) if not row.certified],
    )  # fmt: skip


# -- the list of the SIGs' ------------------------------------------------------------------------


@bp.get("/certificates/")
@requires(P.CERTIFICATE_CHECK)
def index() -> Answer | Response:
    """Certificates of the SIGs that one maintains; all of them for administrators. Others are here to check one."""
    if (code := request.args.get("code", "").strip()) or not can(P.CERTIFICATE_LIST):
        return redirect(url_for("certificates.check", code=code or None))
    problem = None
    try:
        filters = parse_filters(request.args)
        page = page_of(
            queries.rows(filters, actor()), keys=(Certificate.id,), key_of=lambda row: (row.id,),
            parse=lambda parts: [read_number(part) for part in parts],
        )  # fmt: skip
    except Refused as refusal:
        problem, filters, page = refusal.message, Filters(), Page([], "", True)
    who = actor()
    sigs = [sig for sig in all_sigs() if who.is_admin or sig.id in maintained_sigs(who)]
    return render_template(
        "certificates/index.html", page=page, filters=filters, problem=problem, counts=queries.counts(filters, who),
        states=STATES, kinds=KINDS, sigs=sigs, programmes=all_programmes(), runs=queries.runs_of(who),
        issues=maintained_sigs(who), run_states=CERTIFICATE_RUN.states,
    ), 422 if problem else 200  # fmt: skip


def read_number(text: str) -> int:
    """A key of a page. Raises ValueError."""
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value
