"""Layouts of communities: data that an administrator edits with a picture beside it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from tests.certificates.earned import accepted, all_certificates, issue
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.certificates import issuing, queries, service
from tracker.certificates.entitlements import get_entitlement
from tracker.certificates.models import CertificateLayout
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused

TYPED = {
    "community": "openEuler", "issuer": "openEuler Community", "issuer_zh": "openEuler 社区", "signatory": "Ada, Maintainer",
    "signatory_zh": "艾达，负责人", "accent": "#12306B", "second": "#0a7d8c", "design": "classic",
}  # fmt: skip


def png(size: tuple[int, int] = (60, 40), kind: str = "PNG", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#123456").save(out, kind, **how)
    return out.getvalue()


def test_a_layout_is_added_edited_and_retired_by_page(cast: Cast, app: Flask) -> None:
    admin = Client(app).sign_in(cast.admin)
    preview = str(
        admin.post("/certificates/layouts/new", 200, **TYPED, slug="euler", preview="1").get_data(as_text=True)
    )
    assert "data:image/png;base64," in preview and "Not saved yet." in preview
    admin.post("/certificates/layouts/new", **TYPED, slug="euler", logo=(io.BytesIO(png()), "logo.png"))
    admin.post("/certificates/layouts/new", 422, **TYPED, slug="euler")
    layout = queries.get_layout("euler")
    assert layout.accent == "#12306b" and layout.logo.startswith(b"\x89PNG")
    path = "/certificates/layouts/euler/"
    assert "openEuler Community" in str(admin.get(path).get_data(as_text=True))
    admin.post(f"{path}edit", 422, **{**TYPED, "accent": "blue"}, version=1)
    admin.post(f"{path}edit", **{**TYPED, "issuer": "Another"}, version=1)
    admin.post(f"{path}edit", 409, **TYPED, version=1)
    layout = queries.get_layout("euler")
    assert (layout.version, layout.issuer, bool(layout.logo)) == (
        2,
        "Another",
        True,
    )  # without an upload the logo stays
    admin.post(f"{path}edit", **TYPED, version=2, without_logo="1")
    assert queries.get_layout("euler").logo == b""
    admin.post(f"{path}retire", version=3)
    admin.post(f"{path}retire", 409, version=3)
    assert queries.get_layout("euler").ended_at is not None
    admin.get("/certificates/layouts/nothing/", 404)


@pytest.mark.parametrize("who", ["mona", "dora", "fay"])
def test_only_administrators_edit(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        transaction(lambda: service.add_layout(getattr(cast, who), slug="mine", **TYPED))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "Not a slug"), ("slug", "x" * 41), ("slug", "mindspore"), ("issuer", ""), ("issuer_zh", " "), ("signatory", "x" * 121),
        ("accent", "#12345"), ("second", "red"), ("design", "loud"), ("signatory_zh", "\U00013000"),
    ],
)  # fmt: skip
def test_what_makes_no_layout_is_said_at_its_field(cast: Cast, field: str, value: str) -> None:
    with pytest.raises(Refused) as refusal:
        transaction(lambda: service.add_layout(cast.admin, **{**TYPED, "slug": "new", field: value}))
    assert refusal.value.field == field


def many_scans() -> bytes:
    """A progressive JPEG whose last scan is there 100 times: it opens, and takes 100 times as long."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(out, "JPEG", progressive=True)
    data = out.getvalue()
    begin, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:begin] + data[begin:end] * 100 + data[end:]


UPLOADS = {
    "a JPEG in many passes": many_scans(),
    "text": b"GIF89a is what I say", "a script": b"<script>alert(1)</script>", "a GIF": png(kind="GIF"), "half a PNG": png()[:40],
    "an SVG that fetches": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://x/"/></svg>',
    "an SVG with entities": b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "a PDF": b"%PDF-1.7",
}  # fmt: skip


@pytest.mark.parametrize("what", UPLOADS)
def test_a_logo_that_is_not_what_it_says_is_refused(cast: Cast, app: Flask, what: str) -> None:
    admin = Client(app).sign_in(cast.admin)
    for more in ({}, {"preview": "1"}):
        fields = {**TYPED, **more, "slug": "euler", "logo": (io.BytesIO(UPLOADS[what]), "logo.png")}
        page = str(admin.post("/certificates/layouts/new", 422, **fields).get_data(as_text=True))
        assert 'aria-invalid="true"' in page
    assert db.session.query(CertificateLayout).filter_by(slug="euler").count() == 0


def test_of_a_logo_nothing_but_its_pixels_is_kept(cast: Cast) -> None:
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("Comment", "secret words")
    layout = transaction(
        lambda: service.add_layout(cast.admin, slug="euler", logo=png(pnginfo=said) + b"trailing words", **TYPED)
    )
    assert b"secret words" not in layout.logo and b"trailing words" not in layout.logo
    assert Image.open(io.BytesIO(layout.logo)).size == (60, 40)


def test_the_layout_of_the_community_is_taken_unless_another_is_chosen(cast: Cast) -> None:
    assert queries.layout_for("MindSpore").slug == "mindspore"
    assert queries.layout_for("Another").slug == "general"
    assert queries.layout_for("mindspore", "general").slug == "general"
    with pytest.raises(Refused):
        queries.layout_for("MindSpore", "nothing")
    certificate = issue(cast.mona, f"task-{accepted(cast).id}", "general")
    assert certificate.layout.slug == "general"


def test_nobody_issues_in_the_name_of_another_community(cast: Cast, app: Flask) -> None:
    key = f"task-{accepted(cast).id}"
    assert [one.slug for one in queries.layouts_for("MindSpore")] == ["general", "mindspore"]
    with pytest.raises(Refused):
        issue(cast.mona, key, "openeuler")
    paper = issuing.make(get_entitlement(key), queries.get_layout("openeuler"))
    with pytest.raises(Refused, match="another community's"):
        transaction(lambda: service.issue_certificate(cast.mona, paper))
    with pytest.raises(Refused) as refusal:
        transaction(lambda: service.request_run(cast.mona, cast.akg, kind="task", keys=[key], layout="openeuler"))
    assert refusal.value.field == "layout"
    mona = Client(app).sign_in(cast.mona)
    page = str(mona.get(f"/certificates/issue/{key}").get_data(as_text=True))
    assert 'value="mindspore"' in page and "openeuler" not in page
    page = str(mona.get(f"/certificates/issue/{key}?layout=openeuler").get_data(as_text=True))
    assert "no such layout" in page and 'name="seen"' not in page and "openEuler Community" not in page
    mona.post(f"/certificates/issue/{key}", 422, layout="openeuler", seen="0" * 64)
    page = str(mona.get("/sigs/akg/certificates/new?kind=task").get_data(as_text=True))
    assert 'value="mindspore"' in page and "openeuler" not in page
    mona.post("/sigs/akg/certificates/new?kind=task", 422, layout="openeuler", keys=[key])
    assert all_certificates() == []


def test_the_last_layout_in_use_stays(cast: Cast) -> None:
    *others, last = queries.active_layouts()
    for layout in others:
        transaction(lambda layout=layout: service.retire_layout(cast.admin, layout, version=1))  # type: ignore[misc]
    with pytest.raises(Refused, match="last layout"):
        transaction(lambda: service.retire_layout(cast.admin, last, version=1))
    taken_up = transaction(lambda: service.edit_layout(cast.admin, others[0], **{**TYPED, "version": 1}))
    assert taken_up.ended_at is None and len(queries.active_layouts()) == 2


def test_a_version_never_changes(cast: Cast) -> None:
    layout = queries.get_layout("mindspore")
    for columns in ({"issuer": "Other"}, {"logo": b""}, {"version": 7}):
        with pytest.raises(Exception, match="certificate_layout_frozen"), db.session.begin_nested():
            db.session.execute(
                CertificateLayout.__table__.update()
                .where(CertificateLayout.__table__.c.id == layout.id)
                .values(**columns)
            )


def test_every_layout_that_comes_with_the_tracker_can_be_drawn(cast: Cast) -> None:
    for layout in queries.active_layouts():
        assert issuing.sample(issuing.drawn(layout)).startswith(b"\x89PNG")
