"""What a check of a document or badge found, as a token and in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tracker.text import Text, _l

#: Why it is genuine or not. Only the first means genuine, and ``genuine_badge`` of a credential in JSON.
SENTENCES: dict[str, Text] = {
    "genuine": _l("Genuine: signed by this site, and not a byte has been changed since."),
    "not_pdf": _l("Not genuine: this isn't a PDF file."),
    "not_badge": _l("Not genuine: this isn't a credential as this site issues them."),
    "too_large": _l("Not genuine: the file is larger than any certificate of this site."),
    "unsigned": _l("Not genuine: the file isn't signed by this site. A printed, scanned or newly saved copy loses the signature."),
    "encrypted": _l("Not genuine: the file is encrypted. Certificates of this site never are."),
    "truncated": _l("Not genuine: the end of the file is missing. Ask for the file as it was issued."),
    "appended": _l("Not genuine: something was added to the file after it was signed."),
    "damaged": _l("Not genuine: the signature in the file is damaged."),
    "changed": _l("Not genuine: the file was changed after it was signed."),
    "other_key": _l("Not genuine: the file is signed, but not with a key of this site."),
    "genuine_badge": _l("Genuine: signed by this site, and nothing that it says has been changed since."),
    "changed_badge": _l("Not genuine: what the credential says was changed after it was signed."),
    "other_key_badge": _l("Not genuine: the credential is signed, but not with a key of this site."),
    "out_of_time": _l("Not genuine: the moment of signing isn't within the time of the key."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code``, ``signed_at`` and ``key_id`` are known only of what is genuine or was signed out of time."""

    genuine: bool
    #: A key of SENTENCES.
    reason: str
    code: str | None = None
    signed_at: dt.datetime | None = None
    key_id: str | None = None
    #: The signature covers every byte of the file.
    whole_file: bool = False

    @property
    def sentence(self) -> Text:
        """For the person who asked."""
        return SENTENCES[self.reason]


def refuse(reason: str) -> Verdict:
    """Not genuine, and nothing in it can be believed."""
    return Verdict(False, reason)
