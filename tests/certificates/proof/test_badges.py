"""Credentials, as other programs see them: Ed25519 by libsodium, canonical JSON and base58 written once more for this test."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import json
from typing import Any

import jsonschema
import nacl.exceptions
import nacl.signing
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.certificates.proof.jcs import canonical
from tests.certificates.proof.open_badges import CREDENTIAL, STATUS_LIST
from tests.certificates.proof.paper import BASE, CODE, SIGNED_AT, snapshot
from tracker.certificates import badges, keyring, multibase, proofs
from tracker.certificates.badges import STATUS_ENTRIES, credential, revoked_credential, status_list, verify_credential
from tracker.certificates.keyring import PublicKeys
from tracker.config import Settings

LIST = f"{BASE}/certificates/status.json"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def issued(*, with_name: bool = True, index: int = 7, **changes: Any) -> dict[str, Any]:
    text = credential(snapshot(**changes), status_url=f"{LIST}#{index}", with_name=with_name, at=SIGNED_AT)
    document: dict[str, Any] = json.loads(text)
    return document


def unbase58(text: str) -> bytes:
    """Another way than the product's: digit by digit over bytes."""
    assert text[0] == "z"
    data = [0]
    for digit in text[1:]:
        carry = _BASE58.index(digit)
        for place in range(len(data)):
            carry += data[place] * 58
            data[place] = carry & 255
            carry >>= 8
        while carry:
            data.append(carry & 255)
            carry >>= 8
    zeros = len(text[1:]) - len(text[1:].lstrip("1"))
    return bytes(zeros) + bytes(reversed(data)).lstrip(b"\0")


def proven_by_others(document: dict[str, Any], key: bytes) -> bool:
    """EdDSA Cryptosuites 1.0, 3.3: hash of the proof without its value, hash of the document without its proof, Ed25519."""
    rest = {name: value for name, value in document.items() if name != "proof"}
    proof = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    signed = b"".join(hashlib.sha256(canonical(part).encode()).digest() for part in (proof, rest))
    try:
        nacl.signing.VerifyKey(key).verify(signed, unbase58(document["proof"]["proofValue"]))
    except (nacl.exceptions.BadSignatureError, ValueError):
        return False
    return True


def published_key(document: dict[str, Any], settings: Settings) -> bytes:
    """The key that the proof names, as ``did.json`` publishes it."""
    controller = badges.controller(settings.base_url, keyring.public_keys())
    assert document["proof"]["verificationMethod"] in controller["assertionMethod"]
    [method] = [
        each for each in controller["verificationMethod"] if each["id"] == document["proof"]["verificationMethod"]
    ]
    assert (method["type"], method["controller"]) == ("Multikey", controller["id"])
    data = unbase58(method["publicKeyMultibase"])
    assert data[:2] == b"\xed\x01"
    return data[2:]


KINDS = [
    {}, {"points": None}, {"period_from": None, "period_to": None}, {"name": "𠮷 \u2028 \" \\ \t é ﬁ"},
    {"kind": "task", "title": "Fuse operators", "title_zh": "算子融合"},
    {"kind": "service", "title": "Maintainer of AKG", "title_zh": "AKG 负责人", "points": None, "programme": "", "programme_zh": ""},
]  # fmt: skip


@pytest.mark.parametrize("changes", KINDS)
@pytest.mark.parametrize("with_name", [True, False])
def test_it_verifies_with_other_implementations(site: Settings, changes: dict[str, Any], with_name: bool) -> None:
    document = issued(with_name=with_name, **changes)
    assert proven_by_others(document, published_key(document, site))
    assert not proven_by_others({**document, "name": "Something else"}, published_key(document, site))


@pytest.mark.parametrize("changes", KINDS)
@pytest.mark.parametrize("with_name", [True, False])
def test_it_is_an_open_badge(site: Settings, changes: dict[str, Any], with_name: bool) -> None:
    jsonschema.Draft202012Validator.check_schema(CREDENTIAL)
    jsonschema.validate(issued(with_name=with_name, **changes), CREDENTIAL, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "spoil",
    [("issuer", "name of it"), ("type", ["VerifiableCredential"]), ("@context", ["https://www.w3.org/2018/credentials/v1"]),
     ("validFrom", "2026-11-02"), ("credentialSubject", {"type": ["AchievementSubject"]}), ("id", "certificate 7"), ("proof", None)],
)  # fmt: skip
def test_the_schema_minds_what_isnt_one(site: Settings, spoil: tuple[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(CREDENTIAL)
    assert not validator.is_valid({**issued(), spoil[0]: spoil[1]})


def test_it_says_what_the_paper_says(site: Settings) -> None:
    document = issued()
    subject = document["credentialSubject"]
    assert document["id"] == f"{BASE}/certificates/{CODE}"
    assert document["issuer"]["id"] == "did:web:tracker.example.org"
    assert document["awardedDate"] == "2026-11-02T00:00:00Z"
    assert subject["identifier"][0]["identityHash"] == "程小满 Cheng Xiaoman"
    assert (subject["activityStartDate"], subject["activityEndDate"]) == (
        "2026-04-06T00:00:00Z",
        "2026-10-30T00:00:00Z",
    )
    assert subject["result"][0]["value"] == "100"
    assert subject["achievement"]["resultDescription"][0]["id"] == subject["result"][0]["resultDescription"]


def test_without_the_name_nothing_of_it_is_left(site: Settings) -> None:
    text = json.dumps(issued(with_name=False), ensure_ascii=False)
    assert "程小满" not in text and "Xiaoman" not in text and "identifier" not in text
    assert hashlib.sha256("程小满 Cheng Xiaoman".encode()).hexdigest() not in text


@pytest.mark.parametrize("with_name", [True, False])
def test_a_revoked_one_says_since_when_and_why(new_site: Settings, with_name: bool) -> None:
    original = issued(with_name=with_name)
    revoked_at = SIGNED_AT + dt.timedelta(days=1)
    keyring.rotate(new_site)
    text = revoked_credential(
        json.dumps(original), reason="“Copied” 抄袭", revoked_at=revoked_at, at=SIGNED_AT + dt.timedelta(days=2)
    )
    document = json.loads(text)
    jsonschema.validate(document, CREDENTIAL, cls=jsonschema.Draft202012Validator)
    assert proven_by_others(document, published_key(document, new_site))
    assert document["validUntil"] == proofs.moment(revoked_at)
    status = document["credentialStatus"]
    assert status.pop("statusMessage")[1] == {"status": "0x1", "message": "“Copied” 抄袭"}
    assert status.pop("statusReference") == original["id"]
    for name in original.keys() - {"proof"}:
        assert document[name] == original[name]


def test_points_to_its_place_in_the_list(site: Settings) -> None:
    assert issued(index=131071)["credentialStatus"] == {
        "id": f"{LIST}#131071", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
        "statusListIndex": "131071", "statusListCredential": LIST,
    }  # fmt: skip
    for wrong in (LIST, f"{LIST}#", f"{LIST}#-1", f"{LIST}#131072", f"{LIST}#x"):
        with pytest.raises(ValueError):
            credential(snapshot(), status_url=wrong, with_name=True, at=SIGNED_AT)


def test_a_port_of_the_address_is_part_of_the_issuers_name() -> None:
    assert badges.did("http://127.0.0.1:8000") == "did:web:127.0.0.1%3A8000"


# -- checking -------------------------------------------------------------------------------------


def test_the_verdict_on_what_was_issued(site: Settings) -> None:
    found = verify_credential(issued(), keyring.public_keys())
    assert (found.genuine, found.reason, found.code, found.signed_at) == (True, "genuine_badge", CODE, SIGNED_AT)
    assert found.key_id == keyring.current().id


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, (*path, name))]
    if isinstance(value, list):
        return [leaf for place, inner in enumerate(value) for leaf in _leaves(inner, (*path, place))]
    return [path]


def test_whatever_is_changed_it_isnt_genuine(site: Settings) -> None:
    original = issued()
    for path in _leaves(original):
        for more in (False, True):
            document = json.loads(json.dumps(original))
            place = document
            for step in path[:-1]:
                place = place[step]
            if more and isinstance(place, dict):
                del place[path[-1]]
            else:
                place[path[-1]] = "changed"
            assert not verify_credential(document, keyring.public_keys()).genuine, path
    assert not verify_credential({**original, "more": 1}, keyring.public_keys()).genuine
    assert not verify_credential({**original, "proof": {**original["proof"], "more": 1}}, keyring.public_keys()).genuine


def test_another_sites_badge_isnt_genuine(site: Settings, new_site: Settings) -> None:
    document = issued()
    keyring.configure(site)
    assert verify_credential(document, keyring.public_keys()).reason == "other_key_badge"
    ours = keyring.current().id
    document["proof"]["verificationMethod"] = f"did:web:tracker.example.org#{ours}"
    assert verify_credential(document, keyring.public_keys()).reason == "changed_badge"


def test_it_stays_genuine_when_the_keys_were_changed(new_site: Settings) -> None:
    document = issued()
    keyring.rotate(new_site)
    assert verify_credential(document, keyring.public_keys()).genuine
    assert proven_by_others(document, published_key(document, new_site))


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_no_document_is_too_strange(public: list[PublicKeys], document: Any) -> None:
    assert not verify_credential(document, public).genuine
    method = f"did:web:x#{public[0].id}"
    for proof in (document, {"verificationMethod": method, "proofValue": document},
                  {"@context": document, "type": "DataIntegrityProof", "cryptosuite": proofs.SUITE, "created": document,
                   "proofPurpose": "assertionMethod", "verificationMethod": method, "proofValue": "z1"}):  # fmt: skip
        assert not verify_credential({"@context": document, "proof": proof}, public).genuine


# -- vectors and pieces ------------------------------------------------------------------------------


#: W3C Data Integrity EdDSA Cryptosuites 1.0, appendix B.4, representation eddsa-jcs-2022.
VECTOR = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
    "proof": {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2023-02-24T23:36:38Z",
        "verificationMethod": "https://vc.example/issuers/5678#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
        "proofPurpose": "assertionMethod",
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "proofValue": "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4",
    },
}


def test_the_vector_of_the_specification_verifies() -> None:
    key = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    public = Ed25519PublicKey.from_public_bytes(multibase.decode(key, 34)[2:])
    assert multibase.multikey(public) == key
    assert proofs.is_proven(VECTOR, public)
    assert proven_by_others(VECTOR, public.public_bytes_raw())
    assert not proofs.is_proven({**VECTOR, "name": "Another"}, public)


@given(st.binary(max_size=70))
def test_base58_is_read_back(data: bytes) -> None:
    text = multibase.encode(data)
    assert multibase.decode(text, len(data)) == data
    assert unbase58(text) == data


@given(st.text("z" + _BASE58 + "0OIl", max_size=100))
def test_base58_of_another_length_or_alphabet_is_refused(text: str) -> None:
    try:
        data = multibase.decode(text, 64)
    except ValueError:
        return
    assert multibase.encode(data) == text


# -- the list of the revoked --------------------------------------------------------------------------


def _revoked(document: dict[str, Any]) -> set[int]:
    """Read as the specification says (Bitstring Status List 1.0, 3.2 and 3.3): the first bit is the highest of the first byte."""
    packed = document["credentialSubject"]["encodedList"][1:]
    bits = gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    assert len(bits) * 8 == STATUS_ENTRIES
    return {place for place in range(len(bits) * 8) if bits[place // 8] >> (7 - place % 8) & 1}


@pytest.mark.parametrize("revoked", [set(), {0}, {7}, {8}, {131071}, {1, 2, 3, 500, 131070}])
def test_the_list_says_who_was_revoked(site: Settings, revoked: set[int]) -> None:
    document = json.loads(status_list(LIST, revoked, at=SIGNED_AT))
    jsonschema.validate(document, STATUS_LIST, cls=jsonschema.Draft202012Validator)
    assert _revoked(document) == revoked
    assert proven_by_others(document, published_key(document, site))
    assert verify_credential(document, keyring.public_keys()).reason == "not_badge"  # it certifies nothing


def test_the_list_is_small_and_the_same_for_the_same_facts(site: Settings) -> None:
    text = status_list(LIST, range(0, 1000, 7), at=SIGNED_AT)
    assert len(text) < 4000
    assert text == status_list(LIST, range(0, 1000, 7), at=SIGNED_AT)


@pytest.mark.parametrize("index", [-1, STATUS_ENTRIES])
def test_the_list_has_no_other_entries(site: Settings, index: int) -> None:
    with pytest.raises(ValueError):
        status_list(LIST, [index], at=SIGNED_AT)
