"""Proofs of JSON documents: W3C Data Integrity with the suite ``eddsa-jcs-2022`` (Data Integrity EdDSA Cryptosuites 1.0, 3.3)."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tracker.certificates import multibase

SUITE = "eddsa-jcs-2022"
_SIGNATURE_BYTES = 64


def add_proof(document: dict[str, Any], key: Ed25519PrivateKey, *, method: str, at: dt.datetime) -> dict[str, Any]:
    """``document`` with its proof by the key that ``method`` (a DID URL) names."""
    proof = {
        "@context": document["@context"], "type": "DataIntegrityProof", "cryptosuite": SUITE, "created": moment(at),
        "verificationMethod": method, "proofPurpose": "assertionMethod",
    }  # fmt: skip
    return {**document, "proof": {**proof, "proofValue": multibase.encode(key.sign(_digest(document, proof)))}}


def is_proven(document: dict[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether the proof of ``document`` is by ``key`` and over all of it."""
    try:
        unsecured = {name: value for name, value in document.items() if name != "proof"}
        proof = {name: value for name, value in document["proof"].items() if name != "proofValue"}
        if (proof["type"], proof["cryptosuite"], proof["proofPurpose"]) != (
            "DataIntegrityProof",
            SUITE,
            "assertionMethod",
        ):
            return False
        if proof["@context"] != unsecured["@context"]:
            return False
        signature = multibase.decode(document["proof"]["proofValue"], _SIGNATURE_BYTES)
        key.verify(signature, _digest(unsecured, proof))
    except (InvalidSignature, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    return True


def moment(at: dt.datetime) -> str:
    """``2026-11-02T03:04:05Z``"""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    """What is signed: the hash of the proof without its value, then that of the document without its proof (3.3.4)."""
    return b"".join(hashlib.sha256(rfc8785.dumps(part)).digest() for part in (proof, document))
