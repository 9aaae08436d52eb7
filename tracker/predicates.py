"""Predicates that permissions are made of: each says in its docstring whom it lets in, and so does what is made of several."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from tracker import clock

#: Asked of an actor (permissions.Actor) and a thing with the attributes that it reads.
Predicate = Callable[[Any, Any], bool]


def any_of(*predicates: Predicate) -> Predicate:
    def either(actor: Any, thing: Any) -> bool:
        return any(p(actor, thing) for p in predicates)

    either.__doc__ = " or ".join(_sentence(p) for p in predicates)
    return either


def all_of(*predicates: Predicate) -> Predicate:
    def every(actor: Any, thing: Any) -> bool:
        return all(p(actor, thing) for p in predicates)

    every.__doc__ = ", and ".join(_sentence(p) for p in predicates)
    return every


def no(predicate: Predicate) -> Predicate:
    def denied(actor: Any, thing: Any) -> bool:
        return not predicate(actor, thing)

    denied.__doc__ = f"not: {_sentence(predicate)}"
    return denied


def _sentence(predicate: Predicate) -> str:
    return (predicate.__doc__ or predicate.__name__).strip().rstrip(".").lower()


# -- of the thing alone, whoever asks --------------------------------------------------------------


def is_handed_in(actor: Any, thing: Any) -> bool:
    """It is handed in."""
    return bool(thing.is_handed_in)


def is_shown(actor: Any, thing: Any) -> bool:
    """It is shown in the hall of honour."""
    return bool(thing.is_shown)


# -- who, and how they stand to a thing -------------------------------------------------------------


def anyone(actor: Any, thing: Any) -> bool:
    """Anybody, signed in or not."""
    return True


def signed_in(actor: Any, thing: Any) -> bool:
    """Anybody with an account."""
    return actor.id is not None


def is_admin(actor: Any, thing: Any) -> bool:
    """A site administrator."""
    return bool(actor.is_admin)


def is_finance(actor: Any, thing: Any) -> bool:
    """A member of finance."""
    return bool(actor.is_finance)


def _active(memberships: Iterable[Any], role: str) -> Iterable[Any]:
    today: dt.date = clock.today()
    return (m for m in memberships if m.role == role and m.since <= today and (m.until is None or m.until > today))


def maintained_sigs(actor: Any) -> set[int]:
    """Ids of the SIGs that the actor maintains today."""
    return {m.sig_id for m in _active(actor.memberships, "maintainer")}


def maintains_sig(actor: Any, thing: Any) -> bool:
    """A maintainer of the SIG that the thing belongs to."""
    return actor.id is not None and thing is not None and thing.sig_id in maintained_sigs(actor)


def maintains_any(actor: Any, thing: Any) -> bool:
    """A maintainer of any SIG."""
    return bool(maintained_sigs(actor))


def answers_for_a_sig(actor: Any, thing: Any) -> bool:
    """A contributor, committer or maintainer of any SIG: whom claims may wait for."""
    roles = ("contributor", "committer", "maintainer")
    return any(True for role in roles for _membership in _active(actor.memberships, role))


def maintains_programme(actor: Any, thing: Any) -> bool:
    """A maintainer of a SIG that runs its tasks under the programme."""
    return actor.id is not None and bool(thing.programme_sig_ids & maintained_sigs(actor))


def maintains_work(actor: Any, thing: Any) -> bool:
    """A maintainer of a SIG whose task the person works on or finished."""
    return actor.id is not None and bool(thing.worked_sig_ids & maintained_sigs(actor))


def mentors_task(actor: Any, thing: Any) -> bool:
    """A mentor of the task, or of the task that the claim is on."""
    return actor.id is not None and actor.id in thing.mentor_ids


def is_involved(actor: Any, thing: Any) -> bool:
    """Holds, waits for or has applied for the task."""
    return actor.id is not None and actor.id in thing.live_claimant_ids


def is_public(actor: Any, thing: Any) -> bool:
    """The task was published."""
    return bool(thing.is_public)


def is_claimant(actor: Any, thing: Any) -> bool:
    """The person whose claim it is."""
    return actor.id is not None and thing.user_id == actor.id


def is_theirs(actor: Any, thing: Any) -> bool:
    """The person whom the thing belongs to."""
    return actor.id is not None and thing.user_id == actor.id


def is_concerned(actor: Any, thing: Any) -> bool:
    """The person whom it is about."""
    return actor.id is not None and actor.id == thing.about_id


def organises(actor: Any, thing: Any) -> bool:
    """The organiser or vice organiser of the meeting."""
    return actor.id is not None and actor.id in thing.organiser_ids


def on_agenda(actor: Any, thing: Any) -> bool:
    """It is on the agenda."""
    return bool(thing.on_agenda)


def offers(actor: Any, thing: Any) -> bool:
    """The person who made the offer."""
    return actor.id is not None and actor.id == thing.offered_by_id


def failed_it(actor: Any, thing: Any) -> bool:
    """The person who failed the claim."""
    return actor.id is not None and actor.id == thing.failed_by_id


def is_receiver(actor: Any, thing: Any) -> bool:
    """The person who receives the reward."""
    return actor.id is not None and thing.user_id == actor.id


def is_proposer(actor: Any, thing: Any) -> bool:
    """The person who proposed it."""
    return actor.id is not None and thing.proposed_by_id == actor.id


def is_acceptor(actor: Any, thing: Any) -> bool:
    """Somebody who accepted work that the reward is for."""
    return actor.id is not None and actor.id in thing.acceptor_ids


def served_sigs(actor: Any) -> set[int]:
    """Ids of the SIGs in which the actor is contributor, committer or maintainer today."""
    roles = ("contributor", "committer", "maintainer")
    return {m.sig_id for role in roles for m in _active(actor.memberships, role)}


def serves_in_sig(actor: Any, thing: Any) -> bool:
    """A contributor, committer or maintainer of the SIG."""
    return actor.id is not None and thing.sig_id in served_sigs(actor)


def is_appointed(actor: Any, thing: Any) -> bool:
    """Somebody was appointed by it."""
    return bool(thing.state == "appointed")


def is_application(actor: Any, thing: Any) -> bool:
    """It is an application for membership."""
    return bool(thing.is_application)


def is_voted_on(actor: Any, thing: Any) -> bool:
    """It is put to the vote."""
    return bool(thing.state == "voting")


def is_approver(actor: Any, thing: Any) -> bool:
    """The person who approved the reward."""
    return actor.id is not None and thing.approved_by_id == actor.id
