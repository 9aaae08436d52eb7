"""The same facts for machines: Open Badges 3.0, which is a W3C Verifiable Credential, and the list of what was revoked.

The issuer is ``did:web`` of the site; its keys are in ``/.well-known/did.json`` (see ``well_known``).
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from tracker.certificates import codes, keyring, multibase, proofs
from tracker.certificates.keyring import PublicKeys
from tracker.certificates.snapshot import Snapshot
from tracker.certificates.verdicts import Verdict, refuse
from tracker.certificates.wording import both, wording

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
#: A list is never shorter, so that asking for it doesn't tell whom one asks about (Bitstring Status List 1.0, 3.2).
STATUS_ENTRIES = 131072
#: How long whoever asks may keep the list: revocation is to show at once.
STATUS_MILLISECONDS = 60_000
#: Words of Open Badges' own list.
_TYPES = {"internship": "CertificateOfCompletion", "task": "CertificateOfCompletion", "service": "Certificate"}


_CRITERIA = {
    "internship": "Points of accepted work within the months that the programme's rule sets, with a mentor's comment and a report.",
    "task": "The task's acceptance criteria were met: the work was reviewed and accepted by a mentor or maintainer of the group.",
    "service": "Appointed by the rules of the group, and active in the role.",
}


def did(base_url: str) -> str:
    """``did:web:tracker.example.org``; a port is written as %3A (did:web, 3.1)."""
    return f"did:web:{quote(urlsplit(base_url).netloc, safe='')}"


def credential(snapshot: Snapshot, *, status_url: str, with_name: bool, at: dt.datetime) -> str:
    """The certificate as JSON with its proof; without the name where its holder shows it to nobody or has gone.

    ``status_url`` is where the list of the revoked is published, ``#``, and this certificate's number in it
    (0 to STATUS_ENTRIES - 1). Raises KeysUnusable; ValueError for a number that isn't one.
    """
    list_url, _, index = status_url.partition("#")
    if not index.isdecimal() or int(index) >= STATUS_ENTRIES:
        raise ValueError(f"not an entry of a status list: {status_url}")
    return _signed(
        {
            "@context": [CREDENTIALS, OPEN_BADGES],
            "id": snapshot.check_url,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": _name(snapshot),
            "issuer": {"id": did(snapshot.check_url), "type": ["Profile"], "url": _site(snapshot.check_url),
                       "name": both(snapshot.issuer, snapshot.issuer_zh)},
            "validFrom": proofs.moment(at),
            "awardedDate": _day(snapshot.issued_on),
            "credentialSubject": _subject(snapshot, with_name=with_name),
            "credentialStatus": {
                "id": status_url, "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
                "statusListIndex": str(int(index)), "statusListCredential": list_url,
            },
        },
        base_url=snapshot.check_url, at=at,
    )  # fmt: skip


def revoked_credential(text: str, *, reason: str, revoked_at: dt.datetime, at: dt.datetime) -> str:
    """A credential as issued, valid until it was revoked and with the reason, signed anew. Raises KeysUnusable.

    What the bit of the list means is a part of its entry (Bitstring Status List 1.0, 2.1 ``statusMessage``).
    """
    document = {name: value for name, value in json.loads(text).items() if name != "proof"}
    said = [{"status": "0x0", "message": "valid"}, {"status": "0x1", "message": reason}]
    status = {**document["credentialStatus"], "statusMessage": said, "statusReference": document["id"]}
    changed = {**document, "validUntil": proofs.moment(revoked_at), "credentialStatus": status}
    return _signed(changed, base_url=document["id"], at=at)


def status_list(list_url: str, revoked: Iterable[int], *, at: dt.datetime) -> str:
    """The list of the revoked as JSON with its proof: a bit for each number, 1 for a revoked one (Bitstring Status List 1.0).

    Raises KeysUnusable; ValueError for a number beyond the list.
    """
    bits = bytearray(STATUS_ENTRIES // 8)
    for index in revoked:
        if not 0 <= index < STATUS_ENTRIES:
            raise ValueError(f"no status list has an entry {index}")
        bits[index // 8] |= 0x80 >> index % 8
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
    return _signed(
        {
            "@context": [CREDENTIALS],
            "id": list_url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": did(list_url),
            "validFrom": proofs.moment(at),
            "credentialSubject": {
                "id": f"{list_url}#list", "type": "BitstringStatusList", "statusPurpose": "revocation",
                "encodedList": f"u{packed}", "ttl": STATUS_MILLISECONDS,
            },
        },
        base_url=list_url, at=at,
    )  # fmt: skip


def read_credential(text: str | bytes) -> object:
    """A JSON document, parsed. Raises ValueError, also where a name stands twice in it: readers would differ in what it says."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError("a name stands twice in an object")
        return found

    return json.loads(text, object_pairs_hook=once)


def verify_credential(document: object, public_keys: Sequence[PublicKeys]) -> Verdict:
    """Whether a document from ``read_credential`` is a certificate's credential of this site and unchanged. Whether it was revoked since, the list says.

    Raises nothing, whatever the document is.
    """
    if not isinstance(document, dict) or not isinstance(proof := document.get("proof"), dict):
        return refuse("not_badge")
    # Lists of what is revoked are signed by the same key and certify nothing.
    if not isinstance(kinds := document.get("type"), list) or "OpenBadgeCredential" not in kinds:
        return refuse("not_badge")
    method = str(proof.get("verificationMethod"))
    pair = next((pair for pair in public_keys if method.endswith(f"#{pair.id}")), None)
    if pair is None or pair.badge is None:
        return refuse("other_key_badge")
    if not proofs.is_proven(document, pair.badge):
        return refuse("changed_badge")
    signed_at = dt.datetime.fromisoformat(proof["created"])
    code = codes.read_code(str(document.get("id")).rpartition("/")[2])
    in_time = pair.in_use(signed_at)
    return Verdict(in_time, "genuine_badge" if in_time else "out_of_time", code, signed_at, pair.id, whole_file=True)


def controller(base_url: str, public_keys: Sequence[PublicKeys]) -> dict[str, Any]:
    """The site as a DID document: every key that ever signed, so that old credentials stay provable."""
    name = did(base_url)
    keys = [(f"{name}#{pair.id}", pair.badge) for pair in public_keys if pair.badge is not None]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": name,
        "verificationMethod": [
            {"id": method, "type": "Multikey", "controller": name, "publicKeyMultibase": multibase.multikey(key)}
            for method, key in keys
        ],
        "assertionMethod": [method for method, _key in keys],
    }


def _signed(document: dict[str, Any], *, base_url: str, at: dt.datetime) -> str:
    keys = keyring.current()
    method = f"{did(base_url)}#{keys.id}"
    return json.dumps(proofs.add_proof(document, keys.badge, method=method, at=at), ensure_ascii=False, indent=1)


def _subject(snapshot: Snapshot, *, with_name: bool) -> dict[str, Any]:
    points = f"{snapshot.check_url}#points"
    subject: dict[str, Any] = {
        "id": f"{snapshot.check_url}#holder",
        "type": ["AchievementSubject"],
        "achievement": _achievement(snapshot, points),
    }
    if with_name:
        subject["identifier"] = [
            {"type": "IdentityObject", "hashed": False, "identityHash": snapshot.name, "identityType": "name"}
        ]
    if snapshot.kind == "service":
        subject["role"] = both(snapshot.title, snapshot.title_zh)
    if snapshot.points is not None:
        subject["result"] = [{"type": ["Result"], "resultDescription": points, "value": str(snapshot.points)}]
    if snapshot.period_from is not None:
        subject["activityStartDate"] = _day(snapshot.period_from)
    if snapshot.period_to is not None:
        subject["activityEndDate"] = _day(snapshot.period_to)
    return subject


def _achievement(snapshot: Snapshot, points: str) -> dict[str, Any]:
    about = [(snapshot.title, snapshot.title_zh), (snapshot.programme, snapshot.programme_zh),
             (f"{snapshot.community} SIG {snapshot.sig}".lstrip(), snapshot.sig_zh)]  # fmt: skip
    said = "; ".join(both(*words) for words in about if words[0])
    made: dict[str, Any] = {
        "id": f"{snapshot.check_url}#achievement",
        "type": ["Achievement"],
        "achievementType": _TYPES[snapshot.kind],
        "name": _name(snapshot),
        "description": said,
        "criteria": {"narrative": _CRITERIA[snapshot.kind]},
    }
    if snapshot.points is not None:
        made["resultDescription"] = [
            {"id": points, "type": ["ResultDescription"], "name": "Points · 积分", "resultType": "RawScore"}
        ]
    return made


def _name(snapshot: Snapshot) -> str:
    words = wording(snapshot)
    return both(words.heading, words.heading_zh)


def _day(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
