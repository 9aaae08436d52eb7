"""Pictures of people: one's own on the account, and where they are served."""

from __future__ import annotations

from flask import Response, abort, render_template, request, url_for
from sqlalchemy import select

from tracker.accounts.blueprint import reader
from tracker.accounts.models import User
from tracker.db import MAX_ID, db
from tracker.honours import queries, service
from tracker.honours.blueprint import bp
from tracker.honours.forms import PictureForm
from tracker.honours.models import Picture
from tracker.honours.pictures import SIDE
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.routes import actor, requires

#: A picture that was removed is gone from what caches keep within so many seconds.
KEPT_SECONDS = 600


@bp.route("/account/picture", methods=["GET", "POST"])
@requires(P.ACCOUNT_USE)
def own_picture() -> Answer:
    form = PictureForm()
    me = reader().id
    return submit(
        form,
        lambda: service.set_picture(reader(), **form.values()),
        page=lambda: render_template(
            "honours/own_picture.html", form=form, picture=queries.pictures_of([me]).get(me, ""), side=SIDE
        ),
        to=lambda _user: url_for("honours.own_picture"),
        done=_l("This is your picture now."),
    )


@bp.post("/account/picture/remove")
@requires(P.ACCOUNT_USE)
def remove_picture() -> Answer:
    return perform(
        lambda: service.remove_picture(reader()), to=lambda _user: url_for("honours.own_picture"),
        done=_l("Your picture is removed."), back=url_for("honours.own_picture"),
    )  # fmt: skip


@bp.get("/pictures/<int:user_id>/<digest>.webp")
@requires(P.SITE_READ)
def picture(user_id: int, digest: str) -> Response:
    """A picture under its own digest, of who is in the hall; one's own to oneself always. Anything else isn't there."""
    may = queries.shown() if actor().id != user_id else User.id == user_id
    query = select(Picture.digest).join(User, User.id == Picture.user_id).where(Picture.user_id == user_id, may)
    found = db.session.scalar(query) if user_id <= MAX_ID else None
    if found is None or found[:32] != digest:
        abort(404)
    response = Response(content_type="image/webp")
    response.set_etag(found[:32])
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    if response.make_conditional(request.environ).status_code != 304:
        response.set_data(db.session.scalar(select(Picture.image).where(Picture.user_id == user_id)) or b"")
    return response
