"""The site's public keys, at addresses where programs look for them (RFC 8615): who checks a certificate needs nothing else."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify

from tracker.certificates import badges, keyring
from tracker.permissions import Permission as P
from tracker.web.routes import requires

bp = Blueprint("well_known", __name__, url_prefix="/.well-known")


@bp.after_request
def for_every_site(response: Response) -> Response:
    """Nothing in it is secret or personal: a checker on another site's page may read it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/did.json")
@requires(P.SITE_READ)
def did() -> Response:
    """The site as did:web: the keys that prove its credentials."""
    return jsonify(badges.controller(current_app.extensions["settings"].base_url, keyring.public_keys()))


@bp.get("/certificate-keys.pem")
@requires(P.SITE_READ)
def certificate_keys() -> Response:
    """What ``tracker certificates verify --keys`` takes, and any program that knows X.509."""
    return Response(keyring.public_pem(keyring.public_keys()), mimetype="application/x-pem-file")
