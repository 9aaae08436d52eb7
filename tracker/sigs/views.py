"""Pages of a SIG's maintainers, and following. The SIG's own page and the index show other rooms too: see pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request

from tracker.db import MAX_ID, find
from tracker.errors import Missing
from tracker.permissions import Permission as P
from tracker.sigs import forms, queries, service
from tracker.sigs.models import ROLES, Area, Membership, Repository, Sig
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

bp = Blueprint("sigs", __name__)


@loads(Sig, P.SIG_READ)
def _sig(slug: str, **_rest: Any) -> Sig:
    return queries.get_sig(slug)


def _part(model: type[Any], slug: str, key: int) -> Any:
    sig = queries.get_sig(slug)
    found = find(model, key)
    if found is None or found.sig_id != sig.id:
        raise Missing(f"{model.__name__} {key} of {slug}")
    return found


@loads(Membership, P.SIG_READ)
def _membership(slug: str, membership_id: int) -> Membership:
    found: Membership = _part(Membership, slug, membership_id)
    return found


@loads(Area, P.SIG_READ)
def _area(slug: str, area_id: int) -> Area:
    found: Area = _part(Area, slug, area_id)
    return found


@loads(Repository, P.SIG_READ)
def _repository(slug: str, repository_id: int) -> Repository:
    found: Repository = _part(Repository, slug, repository_id)
    return found


@bp.post("/sigs/<slug>/follow")
@requires(P.SIG_FOLLOW, Sig)
def follow(sig: Sig) -> Answer:
    done = _l("You follow %(sig)s: you are told what it publishes.", sig=sig.name)
    return perform(
        lambda: service.follow(actor(), sig), to=lambda s: s.path, done=done, back=sig.path, form=forms.FollowForm()
    )


@bp.post("/sigs/<slug>/unfollow")
@requires(P.SIG_FOLLOW, Sig)
def unfollow(sig: Sig) -> Answer:
    done = _l("You no longer follow %(sig)s.", sig=sig.name)
    return perform(
        lambda: service.unfollow(actor(), sig), to=lambda s: s.path, done=done, back=sig.path, form=forms.FollowForm()
    )


@bp.route("/sigs/<slug>/edit", methods=["GET", "POST"])
@requires(P.SIG_EDIT, Sig)
def edit(sig: Sig) -> Answer:
    form = forms.SigForm(obj=sig)
    return submit(
        form,
        lambda: service.edit_sig(actor(), sig, **form.values()),
        page=lambda: render_template("sigs/edit.html", sig=sig, form=form),
        to=lambda s: s.path,
        done=_l("Saved."),
    )


@bp.get("/sigs/<slug>/areas")
@requires(P.SIG_EDIT, Sig)
def areas(sig: Sig) -> str:
    return _areas_page(sig)


def _areas_page(sig: Sig, *, area: forms.AreaForm | None = None, repository: forms.RepositoryForm | None = None) -> str:
    """Both forms; the one that wasn't posted is empty."""
    area = area or forms.AreaForm(formdata=None)
    repository = repository or forms.RepositoryForm(formdata=None)
    return render_template("sigs/areas.html", sig=sig, area_form=area, repository_form=repository)


@bp.post("/sigs/<slug>/areas/new")
@requires(P.SIG_EDIT, Sig)
def add_area(sig: Sig) -> Answer:
    form = forms.AreaForm()
    return submit(
        form,
        lambda: service.add_area(actor(), sig, **form.values()),
        page=lambda: _areas_page(sig, area=form),
        to=lambda _area: f"{sig.path}areas",
        done=_l("The area was added."),
    )


@bp.post("/sigs/<slug>/areas/<int:area_id>")
@requires(P.SIG_EDIT, Area)
def edit_area(area: Area) -> Answer:
    form, back = forms.AreaNamesForm(), f"{area.sig.path}areas"
    work = lambda: service.edit_area(actor(), area, **form.values())  # noqa: E731
    return perform(work, form=form, to=lambda _a: back, done=_l("Saved."), back=back)


@bp.post("/sigs/<slug>/repositories/new")
@requires(P.SIG_EDIT, Sig)
def add_repository(sig: Sig) -> Answer:
    form = forms.RepositoryForm()
    return submit(
        form,
        lambda: service.add_repository(actor(), sig, **form.values()),
        page=lambda: _areas_page(sig, repository=form),
        to=lambda _repository: f"{sig.path}areas",
        done=_l("The repository was added."),
    )


@bp.post("/sigs/<slug>/repositories/<int:repository_id>")
@requires(P.SIG_EDIT, Repository)
def edit_repository(repository: Repository) -> Answer:
    form, back = forms.RepositoryFactsForm(), f"{repository.sig.path}areas"
    work = lambda: service.edit_repository(actor(), repository, **form.values())  # noqa: E731
    return perform(work, form=form, to=lambda _r: back, done=_l("Saved."), back=back)


@bp.route("/sigs/<slug>/people", methods=["GET", "POST"])
@requires(P.SIG_MEMBERS, Sig)
def people(sig: Sig) -> Answer:
    form = forms.MemberForm(sig)
    return submit(
        form,
        lambda: service.add_member(actor(), sig, source=request.path, **form.values()),
        page=lambda: _people_page(sig, form),
        to=lambda _membership: f"{sig.path}people",
        done=lambda m: _l("%(person)s is %(role)s now.", person=m.user.display_name, role=ROLES[m.role]),
    )


def _people_page(sig: Sig, form: forms.MemberForm) -> str:
    page = page_of(
        queries.history_of(sig.id),
        keys=[Membership.id],
        key_of=lambda row: [row.id],
        parse=_key,
    )
    return render_template("sigs/people.html", sig=sig, form=form, page=page, roles=ROLES)


def _key(parts: Sequence[str]) -> list[int]:
    """The id after which a page goes on. Raises ValueError."""
    number = int(parts[0]) if parts[0].isascii() and parts[0].isdecimal() and len(parts[0]) < 11 else 0
    if len(parts) != 1 or not 0 < number <= MAX_ID:
        raise ValueError(parts)
    return [number]


@bp.post("/sigs/<slug>/people/<int:membership_id>/end")
@requires(P.SIG_MEMBERS, Membership)
def end_membership(membership: Membership) -> Answer:
    form, back = forms.EndForm(), f"{membership.sig.path}people"
    work = lambda: service.end_membership(actor(), membership, **form.values())  # noqa: E731
    done = _l("The role of %(person)s has ended.", person=membership.user.display_name)
    return perform(work, form=form, to=lambda m: _after(m, back), done=done, back=back)


def _after(membership: Membership, back: str) -> str:
    """Who ended their own right to this page goes to the SIG's."""
    return membership.sig.path if membership.user_id == actor().id else back
