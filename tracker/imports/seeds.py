"""Programmes and groups in the seeds' own format: planted through the services, harmless when done twice."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tracker import money
from tracker.errors import Refused
from tracker.imports import reading
from tracker.imports.reading import Notes, listed, mapped, plain_text
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.programmes import queries as programmes
from tracker.programmes import rules as fair
from tracker.programmes.models import Programme
from tracker.programmes.service import add_rules, assign_sig, create_programme
from tracker.promotions.rule import as_json as as_rule
from tracker.promotions.rule import parse_rule
from tracker.promotions.rule_models import VOTED, RuleSet
from tracker.promotions.rule_queries import find_set, set_of
from tracker.promotions.rule_sets import ALWAYS, add_rule, choose_rule_set, create_rule_set
from tracker.schedule.rules import as_json
from tracker.schedule.rules import parse_rule as parse_meeting_rule
from tracker.series.queries import series_of
from tracker.series.service import create_series
from tracker.sigs.models import Sig
from tracker.sigs.queries import find_sig
from tracker.sigs.service import add_area, add_repository, create_sig, edit_sig
from tracker.text import _

#: Months for the report of who has become quiet → our columns.
INACTIVITY = {
    "committer": "committer_months", "maintainer_without_meeting": "maintainer_meeting_months",
    "maintainer": "maintainer_months", "sig_without_meeting": "sig_meeting_months",
}  # fmt: skip
#: Our columns for the numbers of ``strikes``.
STRIKES = {"limit": "strike_limit", "window_days": "strike_window_days", "cooldown_days": "cooldown_days"}
PLAIN = tuple(name for name in fair.NUMBERS if name not in STRIKES.values())


def plant(actor: Actor, data: Mapping[str, Any], notes: Notes | None = None) -> dict[str, Sig]:
    """Make the programmes and SIGs of ``data`` that don't exist yet, and give those that do what they lack.

    Returns the SIGs by slug. What can't be used goes into ``notes``; call it inside ``transaction()``.
    """
    notes = notes if notes is not None else Notes()
    for entry in listed(data.get("programmes"), "programmes", notes):
        _guarded(notes, _("programme"), entry, lambda e: plant_programme(actor, e, notes))
    for entry in listed(data.get("promotion_rules"), "promotion_rules", notes):
        _guarded(notes, _("promotion rules"), entry, lambda e: plant_promotion_rules(actor, e, notes))
    found: dict[str, Sig] = {}
    for entry in listed(data.get("sigs"), "sigs", notes):
        sig = _guarded(notes, "SIG", entry, lambda e: plant_sig(actor, e, notes))
        if sig is not None:
            found[sig.slug] = sig
    return found


def _guarded(notes: Notes, kind: str, entry: Any, work: Callable[[Mapping[str, Any]], Any]) -> Any:
    """``work`` on an entry; what it refuses is a warning, and the others go on."""
    if not isinstance(entry, Mapping):
        notes.warn(_("%(kind)s: an entry isn't a mapping", kind=kind))
        return None
    try:
        return work(entry)
    except (Refused, ValueError) as error:
        notes.warn(_("%(kind)s %(name)s: %(error)s", kind=kind, name=reading.short(entry.get("slug")), error=error))
        return None


def plant_programme(actor: Actor, entry: Mapping[str, Any], notes: Notes) -> Programme:
    """One programme with its dated rules. Raises Refused or ValueError for what makes no sense."""
    slug = plain_text(entry.get("slug"), 60)
    programme = programmes.find_programme(slug)
    columns: list[dict[str, Any]] = [rules_columns(mapped(item)) for item in listed(entry.get("rules"), "rules", notes)]
    newest = None if programme is None else max((r.valid_from for r in programmes.rules_of(programme.id)), default=None)
    wanted = sorted(
        (item for item in columns if newest is None or item["valid_from"] > newest), key=lambda i: i["valid_from"]
    )
    for item in wanted:
        fair.check_rules(item["valid_from"], newest, item)
        newest = item["valid_from"]
    if programme is None:
        if not slug:
            raise ValueError(_("the slug is missing"))
        agreement = mapped(entry.get("agreement") or {})
        programme = create_programme(
            actor, slug=slug, name=plain_text(entry.get("name"), 120) or slug, name_zh=plain_text(entry.get("name_zh"), 120),
            time_zone=plain_text(entry.get("time_zone"), 40) or "Asia/Shanghai",
            agreement_on=day(agreement["dated"]) if agreement.get("dated") else None,
            agreement_text=plain_text(agreement.get("text"), 20_000),
        )  # fmt: skip
        notes.changed = True
    for item in wanted:
        add_rules(actor, programme, **item)
        notes.changed = True
    return programme


def rules_columns(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of Rules for an entry of a rules file: money from major units to fen.

    Raises ValueError naming the number that is missing or no number.
    """
    found: dict[str, Any] = {"valid_from": day(entry.get("valid_from"))}
    strikes = mapped(entry.get("strikes") or {})
    for name in PLAIN:
        found[name] = whole(entry.get(name), name)
    for key, column in STRIKES.items():
        found[column] = whole(strikes.get(key), f"strikes.{key}")
    found["seats_per_task"] = whole(entry.get("seats_per_task", 1), "seats_per_task")
    if entry.get("design_document_within_days") is not None:
        found["design_document_within_days"] = whole(
            entry["design_document_within_days"], "design_document_within_days"
        )
    wage = mapped(entry.get("wage") or {"scheme": "none"})
    found["wage_scheme"] = str(wage.get("scheme", "none"))[:10]  # "none" is a scheme here, not an empty value
    found["wage_currency"] = plain_text(wage.get("currency"), 3) or "CNY"
    found["wage"] = wage_columns(wage)
    for name in ("certificate", "excellent_intern"):
        found[name] = {str(k): v for k, v in mapped(entry.get(name) or {}).items() if isinstance(v, (int, bool))}
    return found


def wage_columns(wage: Mapping[str, Any]) -> dict[str, Any]:
    """The wage as Rules keeps it, in fen. Raises ValueError."""
    if wage.get("scheme") == "tiers":
        tiers = wage.get("tiers")
        if not isinstance(tiers, list) or not all(isinstance(tier, list) and len(tier) == 2 for tier in tiers):
            raise ValueError(_("tiers are pairs of points and an amount"))
        return {"tiers": [[whole(points, "tiers"), fen(amount)] for points, amount in tiers]}
    if wage.get("scheme") == "steps":
        return {
            "rate": fen(wage.get("rate")),
            "step": whole(wage.get("step"), "step"),
            "cap": whole(wage.get("cap"), "cap"),
        }
    return {}


def whole(value: Any, name: str) -> int:
    """A whole number below 2**31. Raises ValueError."""
    if type(value) is not int or not -(2**31) < value < 2**31:
        raise ValueError(_("%(name)s is no whole number", name=name))
    return value


def fen(value: Any) -> int:
    """Minor units of an amount in major units, a plain decimal of at most two digits. Raises ValueError."""
    try:
        amount = money.parse(str(value)) if type(value) in (int, float, str) else -1
    except ValueError:
        amount = -1
    if amount < 0:
        raise ValueError(_("%(value)s is no amount", value=reading.short(value)))
    return amount


def day(value: Any) -> dt.date:
    """A date as YAML reads it or as ISO text. Raises ValueError."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, str):
        value = dt.date.fromisoformat(value)
    if not isinstance(value, dt.date) or not 2000 <= value.year <= 2100:
        raise ValueError(_("%(value)s is no date such as 2026-12-18", value=reading.short(value)))
    return value


def plant_sig(actor: Actor, entry: Mapping[str, Any], notes: Notes) -> Sig:
    """One SIG with areas and repositories, under its programme. Raises Refused or ValueError."""
    slug = plain_text(entry.get("slug"), 60)
    goals = "\n".join(plain_text(goal, 300) for goal in listed(entry.get("goals"), "goals", notes))
    texts = {
        "name": plain_text(entry.get("name"), 120) or slug, "name_zh": plain_text(entry.get("name_zh"), 120),
        "community": plain_text(entry.get("community"), 60), "scope": plain_text(entry.get("scope"), 5000),
        "scope_zh": plain_text(entry.get("scope_zh"), 5000), "goals": goals,
        "mailing_list": plain_text(entry.get("mailing_list"), 254),
        "time_zone": plain_text(entry.get("time_zone"), 40) or "Asia/Shanghai",
    }  # fmt: skip
    sig = find_sig(slug)
    if sig is None:
        sig = create_sig(actor, slug=slug, key=plain_text(entry.get("key"), 8), **texts)
        notes.changed = True
    elif missing := {name: text for name, text in texts.items() if text and not getattr(sig, name)}:
        kept = {name: getattr(sig, name) for name in (*texts, "agenda_pad", "minutes_pad")}
        edit_sig(actor, sig, **{**kept, **missing})
        notes.changed = True
    _plant_parts(actor, sig, entry, notes)
    for raw in listed(entry.get("meetings"), "meetings", notes):
        plant_series(actor, sig, raw, notes)
    if (name := plain_text(entry.get("programme"), 60)) and programmes.programme_of(sig.id) is None:
        programme = programmes.find_programme(name)
        if programme is None:
            notes.warn(_("SIG %(sig)s: there is no programme %(name)s", sig=slug, name=name))
        else:
            assign_sig(actor, programme, sig)
            notes.changed = True
    if (name := plain_text(entry.get("promotion"), 60)) and set_of(sig.id) is None:
        _choose_rules(actor, sig, name, notes)
    return sig


def _choose_rules(actor: Actor, sig: Sig, name: str, notes: Notes) -> None:
    rule_set = find_set(name)
    if rule_set is None or not allowed(actor, P.PROMOTION_RULES_CHOOSE, sig):
        notes.warn(_("SIG %(sig)s: the promotion rules %(name)s are left out", sig=sig.slug, name=name))
        return
    choose_rule_set(actor, sig, rule_set=rule_set)
    notes.changed = True


def plant_promotion_rules(actor: Actor, entry: Mapping[str, Any], notes: Notes) -> RuleSet:
    """One set of promotion rules, from the day of ``valid_from`` on where it has one. Raises Refused or ValueError.

    A set that is there keeps its rules: other ones are made by form, from a day on.
    """
    slug = plain_text(entry.get("slug"), 60)
    found = find_set(slug)
    if found is not None:
        return found
    if not allowed(actor, P.PROMOTION_RULES_EDIT):
        raise ValueError(_("promotion rules are made by administrators"))
    rules = {role: parse_rule(role, mapped(entry[role])) for role in VOTED if entry.get(role)}
    since = day(entry["valid_from"]) if entry.get("valid_from") else ALWAYS
    months = mapped(entry.get("inactivity_months") or {})
    made = create_rule_set(
        actor, slug=slug, name=plain_text(entry.get("name"), 120) or slug, name_zh=plain_text(entry.get("name_zh"), 120),
        **{column: whole(months[key], key) for key, column in INACTIVITY.items() if key in months},
    )  # fmt: skip
    for role, rule in rules.items():
        add_rule(actor, made, role=role, valid_from=since, rule=as_rule(rule))
    notes.changed = True
    return made


def plant_series(actor: Actor, sig: Sig, entry: Any, notes: Notes) -> None:
    """A series of a SIG with the group's own words, once: one that is there, or was ended, is left alone.

    What can't be used goes into ``notes``.
    """
    try:
        item = mapped(entry)
        kind, worded = plain_text(item.get("kind"), 20) or "regular", plain_text(item.get("worded"), 200)
        rule, start = mapped(item.get("rule")), time_of_day(item.get("start"))
        if _is_planted(sig, kind, worded, rule, start):
            return
        if not allowed(actor, P.SERIES_EDIT, sig):
            notes.warn(_("SIG %(sig)s: meetings are left out: its maintainers set up series", sig=sig.slug))
            return
        create_series(
            actor, sig, kind=kind, worded=worded, rule=rule, start=start,
            minutes_long=whole(item.get("minutes", 90), "minutes"), holidays=plain_text(item.get("holidays"), 10) or "skip",
            place=plain_text(item.get("place"), 300),
        )  # fmt: skip
    except (Refused, ValueError) as error:
        notes.warn(_("SIG %(sig)s: meetings: %(error)s", sig=sig.slug, error=error))
    else:
        notes.changed = True


def _is_planted(sig: Sig, kind: str, worded: str, rule: Mapping[str, Any], start: dt.time) -> bool:
    """Whether the SIG has the series: by its words, or without any by its rule and start."""
    for series in series_of(sig.id):
        if series.kind != kind:
            continue
        if worded:
            if series.worded == worded:
                return True
        elif series.start == f"{start:%H:%M}" and _unanchored(series.rule) == _unanchored(rule):
            return True
    return False


def _unanchored(rule: Mapping[str, Any]) -> dict[str, Any]:
    return as_json(replace(parse_meeting_rule(rule), anchor=None))


def time_of_day(value: Any) -> dt.time:
    """``14:00``; YAML reads one that isn't quoted as minutes. Raises ValueError."""
    if type(value) is int and 0 <= value < 24 * 60:
        value = f"{value // 60:02d}:{value % 60:02d}"
    if not isinstance(value, str) or not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value, re.ASCII):
        raise ValueError(_("%(value)s is no time such as 14:00", value=reading.short(value)))
    return dt.time.fromisoformat(value.rjust(5, "0"))


def _plant_parts(actor: Actor, sig: Sig, entry: Mapping[str, Any], notes: Notes) -> None:
    have = {area.slug for area in sig.areas} | {repository.path for repository in sig.repositories}
    for raw in listed(entry.get("areas"), "areas", notes):
        item = mapped(raw)
        if (slug := plain_text(item.get("slug"), 60)) and slug not in have:
            have.add(slug)
            name = plain_text(item.get("name"), 120) or slug
            add_area(actor, sig, slug=slug, name=name, name_zh=plain_text(item.get("name_zh"), 120))
            notes.changed = True
    for raw in listed(entry.get("repositories"), "repositories", notes):
        item = mapped(raw)
        notes.repositories.add(path := plain_text(item.get("path"), 200).strip("/"))
        if path and path not in have:
            have.add(path)
            add_repository(
                actor, sig, path=path, url=reading.link(item.get("url"), notes), role=plain_text(item.get("role"), 200)
            )
            notes.changed = True
