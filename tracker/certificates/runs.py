"""Many certificates at once: asked for by a maintainer, issued one by one in the background. See ``making``."""

from __future__ import annotations

from collections.abc import Sequence

from tracker import clock
from tracker.certificates import issuing, queries
from tracker.certificates.entitlements import MOST, Entitlement, get_entitlements
from tracker.certificates.models import CertificateRun, CertificateRunLine
from tracker.certificates.workflow import CERTIFICATE_RUN
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.sigs.models import Sig
from tracker.text import _l


def request_run(actor: Actor, sig: Sig, *, kind: str, keys: Sequence[str], layout: str = "") -> CertificateRun:
    """Have certificates of ``kind`` issued for the entitlements ``keys`` of a SIG, in the name of ``actor``.

    Each is held against the rules again when its turn comes. One that another maintainer is faster with is refused then.

    Raises Forbidden, and Refused where none is picked or one of them isn't entitled (any more), is the actor's own, or can't be
    printed.
    """
    if actor.id is None or not allowed(actor, P.CERTIFICATE_ISSUE, sig):
        raise Forbidden(P.CERTIFICATE_ISSUE)
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        raise Refused(_l("Pick at least one."))
    if len(wanted) > MOST:
        raise Refused(_l("At most %(most)s at once.", most=MOST))
    rows = get_entitlements(wanted)
    if any(not _is_open(rows.get(key), sig, kind) for key in wanted):
        raise Refused(
            _l("Somebody on the list isn't entitled any more, or is certified by now. Look at the list again.")
        )
    if any(rows[key].user_id == actor.id for key in wanted):
        raise Refused(_l("Nobody issues a certificate to themselves. Another maintainer of the SIG does."))
    chosen = queries.layout_for(sig.community, layout)
    if missing := issuing.unprintable([rows[key] for key in wanted], chosen):
        raise Refused(
            _l("No font of the certificate has some characters of these: %(names)s. Leave them out, and issue the others.",
               names="; ".join(f"{rows[key].name} ({characters})" for key, characters in list(missing.items())[:10]))
        )  # fmt: skip
    run = CertificateRun(
        sig_id=sig.id, kind=kind, layout_id=chosen.id, created_by_id=actor.id,
        created_at=clock.now(), sig=sig,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    db.session.add_all(CertificateRunLine(run_id=run.id, entitlement=key, user_id=rows[key].user_id) for key in wanted)
    record(actor, "certificate_run.requested", run, count=len(wanted))
    return run


def _is_open(row: Entitlement | None, sig: Sig, kind: str) -> bool:
    """Whether it is there, of this SIG and kind, earned, and not certified."""
    return row is not None and (row.sig_id, row.kind) == (sig.id, kind) and not row.obstacle and not row.certified


def cancel_run(actor: Actor, run: CertificateRun) -> CertificateRun:
    """Issue nothing more of a run; what was issued stays. Raises Forbidden, and Refused where it is over."""
    run = lock(CertificateRun, run.id)
    CERTIFICATE_RUN.advance(actor, run, "cancel")
    run.finished_at = clock.now()
    record(actor, "certificate_run.cancelled", run)
    return run
