"""What is taken as a picture, what is made of it, and what isn't taken, with the reason."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.honours.conftest import file_of
from tracker.errors import Refused
from tracker.honours import pictures
from tracker.honours.models import MOST_STORED
from tracker.honours.pictures import square


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        square(data)
    assert caught.value.field == "file"
    return str(caught.value.message)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


# -- what is made ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "LA", "P", "1", "CMYK", "I;16"])
def test_a_picture_becomes_a_small_square_webp(kind: str, mode: str) -> None:
    colour = {"I;16": 40_000, "1": 1, "L": 99, "LA": (99, 120), "P": 3}.get(mode, "teal")
    try:
        data = file_of(kind, (640, 200), mode, colour)
    except (OSError, KeyError):  # a kind that doesn't know the mode
        data = file_of("PNG", (640, 200), "RGB")
    made = opened(square(data))
    assert (made.format, made.size, made.mode) == ("WEBP", (256, 256), "RGB")
    assert len(square(data)) < MOST_STORED / 4


def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    middle = opened(square(file_of("PNG", (100, 100), "I;16", 32_768))).getpixel((50, 50))
    assert isinstance(middle, tuple) and all(abs(part - 128) < 6 for part in middle)


def test_the_middle_is_kept() -> None:
    image = Image.new("RGB", (900, 300), "red")
    image.paste("blue", (300, 0, 600, 300))
    out = io.BytesIO()
    image.save(out, "PNG")
    red, _green, blue = opened(square(out.getvalue())).convert("RGB").getpixel((128, 128))  # type: ignore[misc]
    assert blue > 200 and red < 60


def test_it_stands_as_the_camera_was_held_and_nothing_else_comes_along() -> None:
    image = Image.new("RGB", (200, 200), "red")
    image.paste("blue", (0, 0, 200, 100))  # the upper half
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"  # a place
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, icc_profile=b"profile" * 30, comment=b"Secret comment")
    assert b"Secret Camera" in out.getvalue()
    data = square(out.getvalue())
    made = opened(data)
    assert b"Secret" not in data and b"EXIF" not in data and b"ICCP" not in data and b"XMP " not in data
    assert not made.getexif() and "icc_profile" not in made.info
    upper = made.convert("RGB").getpixel((128, 40))
    assert isinstance(upper, tuple) and upper[0] > 200 > 60 > upper[2]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_kept(kind: str) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("blue", "red", "lime")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    made = opened(square(out.getvalue()))
    assert getattr(made, "n_frames", 1) == 1
    middle = made.convert("RGB").getpixel((50, 50))
    assert isinstance(middle, tuple) and middle[2] > 200 > 60 > middle[0]


def test_what_is_transparent_is_white() -> None:
    middle = opened(square(file_of("PNG", (100, 100), "RGBA", (0, 0, 0, 0)))).getpixel((128, 128))
    assert isinstance(middle, tuple) and min(middle) > 250


# -- what isn't taken -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "an SVG drawing"),
        (b'\xef\xbb\xbf  <SVG onload="alert(1)"/>', "an SVG drawing"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a web page"),
        (b"\n<html><img src=x></html>", "a web page"),
        (b"GIF89a" + b"\0" * 60, "a GIF"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"", "isn't a picture"),
        (b"\0" * 500, "isn't a picture"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "damaged"),
        (b"RIFF\0\0\0\0WEBP", "damaged"),
        (b"BM" + b"\0" * 100, "isn't a picture"),
        (b"PK\x03\x04" + b"\0" * 100, "isn't a picture"),
    ],
)  # fmt: skip
def test_what_isnt_a_picture_is_refused_with_what_it_is(data: bytes, words: str) -> None:
    assert words in refusal(data)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "GIF", "ICO", "PPM"])
def test_other_kinds_of_pictures_arent_taken(kind: str) -> None:
    assert "Choose a JPEG, PNG or WebP." in refusal(file_of(kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_is_cut_off_is_refused(kind: str, share: float) -> None:
    noise = Image.frombytes("RGB", (256, 256), random.Random(7).randbytes(256 * 256 * 3))
    out = io.BytesIO()
    noise.save(out, kind)
    whole = out.getvalue()
    assert "damaged or cut off" in refusal(whole[: int(len(whole) * share)])


@pytest.mark.filterwarnings("ignore:Image size")  # the library says so too
@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (10_000, 10_000, "10000 × 10000 pixels, at most 16 million"), (40_000, 30_000, "at most 16 million"),
        (2**31 - 1, 2**31 - 1, ""), (12_000, 64, "too large"), (63, 400, "too small"), (1, 1, "too small"), (0, 5, ""),
    ],
)  # fmt: skip
def test_size_is_judged_before_anything_is_decoded(width: int, height: int, words: str) -> None:
    """The head says 100 million pixels; there are none behind it."""
    assert words in refusal(png(width, height, chunk(b"IDAT", zlib.compress(b""))))


@pytest.mark.parametrize(
    "head",
    [
        b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (16_382).to_bytes(3, "little") * 2,
        b"VP8L" + struct.pack("<I", 10) + b"\x2f" + (16_382 | 16_382 << 14).to_bytes(4, "little") + b"\0" * 5,
        b"VP8 " + struct.pack("<I", 10) + b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 16_383, 16_383),
    ],
    ids=["extended", "lossless", "lossy"],
)
def test_of_a_webp_too_before_room_is_made_for_it(head: bytes) -> None:
    assert "16383 × 16383 pixels" in refusal(b"RIFF" + struct.pack("<I", len(head) + 4) + b"WEBP" + head + b"\0" * 20)


@pytest.mark.parametrize("more", [{}, {"lossless": True}, {"exif": b"Exif\0\0"}])
def test_the_size_of_real_ones_is_read_right(more: dict[str, Any]) -> None:
    assert "63 × 400 pixels" in refusal(file_of("WEBP", (63, 400), **more))
    assert "400 × 63 pixels" in refusal(file_of("WEBP", (400, 63), **more))


def jpeg_of_many_scans(times: int) -> bytes:
    """A progressive JPEG whose last scan is there so many times: small, and each takes as long as all of the picture."""
    data = file_of("JPEG", (256, 256), progressive=True)
    begin, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:begin] + data[begin:end] * times + data[end:]


def test_a_picture_in_too_many_passes_is_refused_undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(square(jpeg_of_many_scans(10))).size == (256, 256)
    monkeypatch.setattr(Image, "open", None)
    assert "too many passes" in refusal(jpeg_of_many_scans(100))


def test_a_bomb_of_compressed_words_is_no_picture() -> None:
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 60_000_000))
    assert refusal(png(100, 100, text, chunk(b"IDAT", zlib.compress(b"\0" * 30_100))))


def test_a_large_file_is_refused_unread() -> None:
    assert "at most 1.8 MB" in refusal(file_of("PNG") + b"\0" * pictures.MOST_BYTES)


def test_what_hangs_on_a_picture_doesnt_come_along() -> None:
    data = square(file_of("PNG") + b"<script>alert(1)</script>")
    assert b"script" not in data


@given(st.binary(max_size=300), st.sampled_from(["JPEG", "PNG", "WEBP"]), st.randoms(use_true_random=False))
def test_no_bytes_are_anything_but_taken_or_refused(noise: bytes, kind: str, chance: random.Random) -> None:
    data = bytearray(file_of(kind, (70, 70)))
    at = chance.randrange(len(data))
    data[at : at + len(noise)] = noise
    for tried in (noise, bytes(data), data[:at] + noise):
        try:
            made = square(bytes(tried))
        except Refused:
            continue
        assert opened(made).size == (256, 256)
