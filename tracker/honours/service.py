"""What is done in the hall of honour: titles awarded and withdrawn, pictures set and removed.

Citations and reasons aren't noted in the diary, which is never erased.
"""

from __future__ import annotations

import hashlib

from tracker import clock
from tracker.accounts.models import User
from tracker.accounts.queries import find_user
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.honours import pictures, queries, rules
from tracker.honours.models import Picture, Star
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.sigs.models import Sig
from tracker.text import _l


def award_star(actor: Actor, sig: Sig, *, user: str, year: int, citation: str) -> Star:
    """Make the person with the handle ``user`` a star of the year of ``sig``, with a citation that everybody reads.

    Raises Forbidden for who doesn't maintain the SIG; Refused, at a field, for oneself, somebody who has nothing to do with the
    SIG, another year than this or the last one, a second title, and when all titles of the year are awarded.
    """
    demand(actor, P.STAR_AWARD, sig)
    # By handle alone: a form isn't the place to try whose an e-mail address is.
    handle = user.strip().removeprefix("@")
    person = None if "@" in handle else find_user(handle)
    if person is not None:
        lock(User, person.id)
    sig = lock(Sig, sig.id)
    taken = queries.places_taken(sig.id, year)
    place = rules.check_award(
        rules.Facts(
            known=person is not None, myself=person is not None and person.id == actor.id,
            suspended=person is not None and person.suspended_at is not None,
            belongs=person is not None and queries.belongs(person.id, sig.id),
            has_it=person is not None and person.id in taken.values(), taken=taken, year=year,
            this_year=clock.today(sig.time_zone).year, sig=sig.name,
        )
    )  # fmt: skip
    assert person is not None  # refused by then
    star = Star(
        sig=sig, sig_id=sig.id, year=year, place=place, user=person, user_id=person.id, citation=citation.strip(),
        awarded_at=clock.now(), awarded_by_id=actor.id,
    )  # fmt: skip
    db.session.add(star)
    record(actor, "star.awarded", star, person_id=person.id, year=year)
    return star


def withdraw_star(actor: Actor, star: Star, *, reason: str) -> Star:
    """Take the title back with a reason that the person reads; it stays on record and out of the hall, and its place is free.

    Raises Forbidden but for the SIG's maintainers, administrators and the person; Refused when it is withdrawn already.
    """
    lock(User, star.user_id)
    star = lock(Star, star.id)
    demand(actor, P.STAR_WITHDRAW, star)
    if star.withdrawn_at is not None:
        raise Refused(_l("This title was withdrawn already."))
    star.withdrawn_at, star.withdrawn_by_id, star.reason = clock.now(), actor.id, reason.strip()
    record(actor, "star.withdrawn", star, person_id=star.user_id, year=star.year)
    return star


def set_picture(actor: User, *, file: pictures.Square) -> User:
    """Take what ``pictures.square`` made as the person's picture, in place of the one before. (It is made before: decoding
    takes a while, and nobody else could write meanwhile.) Raises Refused (field ``file``) for anything else."""
    pictures.check_square(file)
    user = lock(User, actor.id)
    picture = queries.find_picture(user.id) or Picture(user_id=user.id)
    picture.image, picture.digest, picture.uploaded_at = file, hashlib.sha256(file).hexdigest(), clock.now()
    db.session.add(picture)
    record(actor, "account.picture_set", user)
    return user


def remove_picture(actor: User) -> User:
    """Remove the person's picture at once and wholly. Raises Refused where there is none."""
    user = lock(User, actor.id)
    picture = queries.find_picture(user.id)
    if picture is None:
        raise Refused(_l("You have no picture here."))
    db.session.delete(picture)
    record(actor, "account.picture_removed", user)
    return user
