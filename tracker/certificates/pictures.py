"""Logos as they are uploaded: read as what they are, bounded, and written anew by us."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from tracker.errors import Refused
from tracker.text import _l

MOST_BYTES = 1024 * 1024
#: More pixels aren't unpacked; on the paper a logo is some 30 mm across.
MOST_PIXELS = 4096 * 4096
SIDE = 800
FORMATS = ("PNG", "JPEG", "WEBP")


def logo_of(data: bytes) -> bytes:
    """The picture as a PNG that we encoded, at most ``SIDE`` pixels on each side: nothing but its pixels is left of the upload.

    Raises Refused (field ``logo``) for anything that isn't a PNG, JPEG or WebP, is broken, or is too large.
    """
    if len(data) > MOST_BYTES:
        raise Refused(_l("The picture is too large: at most %(size)s MiB.", size=1), field="logo")
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            warnings.simplefilter("error")
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused(_l("The picture has too many pixels: at most 4096 × 4096."), field="logo")
            picture.load()
            made = picture.convert("RGBA")
    except Refused:
        raise
    except Exception as error:  # whatever the decoder stumbles over, the picture is no good
        raise Refused(_l("This isn't a picture that can be read: PNG, JPEG or WebP."), field="logo") from error
    made.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    # Of the pixels alone: what else the file said (comments, places, times) isn't taken along.
    clean = Image.frombytes("RGBA", made.size, made.tobytes())
    clean.save(out, "PNG", optimize=True)
    return out.getvalue()
