"""What the database refuses of certificates: the list that ``tracker.triggers`` makes triggers of."""

from __future__ import annotations

#: What a certificate says, to whom, and by whom it was issued. The rest is revocation, the hidden name and its erasure.
CERTIFIED_AS = (
    "code", "code_hash", "kind", "entitlement", "user_id", "sig_id", "programme_id", "claim_id", "membership_id", "layout_id",
    "community", "sig_name", "sig_name_zh", "programme_name", "programme_name_zh", "title", "title_zh", "points",
    "period_from", "period_to", "issued_on", "issued_at", "issued_by_id", "run_id", "replaces_id", "sha256", "key_id",
)  # fmt: skip
REVOKED_AS = ("revoked_at", "revoked_by_id", "reason")
LAYOUT_AS = (
    "slug", "version", "community", "issuer", "issuer_zh", "signatory", "signatory_zh", "accent", "second", "design", "logo",
    "created_by_id", "created_at",
)  # fmt: skip

#: (name, table, events, when): certificates are of accepted work and of roles, and a name and its file go together.
REFUSED: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "certificate_of_accepted_claim", "certificate", ("INSERT",),
        "NEW.kind = 'task' AND NOT EXISTS (SELECT 1 FROM claim WHERE id = NEW.claim_id AND state = 'accepted'"
        " AND user_id = NEW.user_id AND decided_by_id <> NEW.user_id)",
    ),
    (
        "certificate_of_held_role", "certificate", ("INSERT",),
        "NEW.kind = 'service' AND NOT EXISTS (SELECT 1 FROM membership WHERE id = NEW.membership_id"
        " AND user_id = NEW.user_id AND role <> 'member')",
    ),
    (
        "certificate_in_layout_in_use", "certificate", ("INSERT",),
        "NOT EXISTS (SELECT 1 FROM certificate_layout WHERE id = NEW.layout_id AND ended_at IS NULL)",
    ),
    (
        "certificate_replaces_revoked", "certificate", ("INSERT",),
        "NEW.replaces_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM certificate WHERE id = NEW.replaces_id"
        " AND revoked_at IS NOT NULL AND user_id = NEW.user_id AND entitlement = NEW.entitlement"
        " AND erased_at IS NULL AND (NEW.name_hidden OR NOT name_hidden))",
    ),
    ("certificate_file_frozen", "certificate_file", ("UPDATE", "TRUNCATE"), "1 = 1"),
    (
        "certificate_file_deleted", "certificate_file", ("DELETE",),
        "EXISTS (SELECT 1 FROM certificate WHERE id = OLD.certificate_id AND erased_at IS NULL)",
    ),
    (
        "certificate_run_line_decided", "certificate_run_line", ("UPDATE",),
        "OLD.state <> 'waiting' OR NEW.run_id <> OLD.run_id OR NEW.entitlement <> OLD.entitlement"
        " OR NEW.user_id <> OLD.user_id",
    ),
)  # fmt: skip

#: (name, when, columns, table): what doesn't change.
FROZEN: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("certificate_frozen", "1 = 1", CERTIFIED_AS, "certificate"),
    ("certificate_credential_frozen", "OLD.credential <> ''", ("credential",), "certificate"),
    ("certificate_revoked_for_good", "OLD.revoked_at IS NOT NULL", REVOKED_AS, "certificate"),
    ("certificate_erased_for_good", "OLD.erased_at IS NOT NULL", ("name", "erased_at"), "certificate"),
    ("certificate_name_frozen", "NEW.erased_at IS NULL", ("name",), "certificate"),
    ("certificate_layout_frozen", "1 = 1", LAYOUT_AS, "certificate_layout"),
    ("certificate_layout_ended", "OLD.ended_at IS NOT NULL", ("ended_by_id", "ended_at"), "certificate_layout"),
)  # fmt: skip
