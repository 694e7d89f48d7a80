"""Template tags of every page: axes, names, times, the next thing to do."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pacs_hub.kernel import clock
from pacs_hub.web import wording
from worklist.reconcile.studies import linked_study_uids
from worklist.web.viewer_link import viewer_path

register = template.Library()
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*[+-]\d\d:\d\d$")


@register.simple_tag
def dot(tone: str, word: str, aside: str = "", title: str = "") -> SafeString:
    """Show a state: a dot and a word."""
    small = format_html(" <small>{}</small>", aside) if aside else ""
    hover = format_html(' title="{}"', title) if title else ""
    return format_html(
        '<span class="axis {}"{}><i></i><span>{}{}</span></span>', tone, hover, word, small
    )


@register.simple_tag
def axis(name: str, exam: Any) -> SafeString:
    """Show one axis of an exam."""
    now = clock.now()
    shown = {
        "order": lambda: wording.order_axis(exam),
        "step": lambda: wording.step_axis(exam, now=now),
        "images": lambda: wording.image_axis(exam, now=now),
        "report": lambda: wording.report_axis(exam, now=now),
        "charge": lambda: wording.charge_axis(exam),
    }[name]()
    return dot(shown.tone, shown.word, shown.aside, shown.title)


@register.filter
def person(name: str) -> SafeString:
    """Show a person's name; hovering shows it as it was sent."""
    return format_html(
        '<bdi title="{}">{}</bdi>', wording.person_name_title(name), wording.person_name(name)
    )


@register.filter
def person_text(name: str) -> str:
    """Return a person's name without markup."""
    return wording.person_name(name)


@register.filter
def sex_and_age(patient: Any, on: date | None = None) -> str:
    """Return such as "F 54"."""
    day = on or clock.now().date()
    return f"{patient.sex or '?'} {wording.age(patient.birth_date, on=day)}"


@register.filter
def urgent(priority: str) -> str:
    """Return STAT or ASAP where the order says so, else nothing."""
    return wording.PRIORITY_WORDS.get(priority.upper(), "")


@register.filter
def door_word(door: str) -> str:
    """Name a door in a person's words."""
    return wording.DOOR_WORDS.get(door, door)


@register.filter
def images_url(exam: Any) -> str:
    """Return where the exam's images open; empty while none is linked to it."""
    return viewer_path(linked_study_uids(exam)) or ""


@register.filter
def study_viewer(study_instance_uid: str) -> str:
    """Return where the study opens."""
    return viewer_path([study_instance_uid]) or ""


@register.filter
def may(request: HttpRequest, what: str) -> bool:
    """Say whether who is asking may do `what`, such as "read images"."""
    action, _, resource = what.partition(" ")
    principal = getattr(request, "principal", None)
    return bool(principal and principal.may(action, resource))


@register.simple_tag(takes_context=True)
def at(context: dict[str, Any], moment: datetime | None, form: str = "auto") -> SafeString | str:
    """Show an instant in the site's zone, the zone on hover; the day too where it is not today.

    `form` is "auto", "time" (never the day) or "full" (always day and seconds).
    """
    if moment is None:
        return "–"
    zone = context["site"].zone
    local = moment.astimezone(zone)
    if form == "full":
        text = f"{local.day} {local:%b %Y, %H:%M:%S}"
    elif form == "time" or local.date() == clock.now().astimezone(zone).date():
        text = f"{local:%H:%M}"
    else:
        text = f"{local.day} {local:%b %H:%M}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        f"{local:%A} {local.day} {local:%B %Y %H:%M:%S}, {context['site'].time_zone} ({local:%Z})",
        text,
    )


@register.simple_tag(takes_context=True)
def kept_value(context: dict[str, Any], text: str) -> SafeString | str:
    """Show a value as it was written down beside a change: an instant in the site's zone."""
    if not _INSTANT.match(text):
        return text
    return at(context, datetime.fromisoformat(text))


@register.simple_tag(takes_context=True)
def site_day(context: dict[str, Any], moment: datetime) -> str:
    """Return the site's day of an instant, such as "Tuesday 24 November"."""
    return day_words(moment.astimezone(context["site"].zone).date())


@register.filter
def day_words(day: date) -> str:
    """Return such as "Tuesday 24 November"."""
    return f"{day:%A} {day.day} {day:%B}"


@register.filter
def ago(moment: datetime | None) -> str:
    """Return how long ago an instant was."""
    if moment is None:
        return "never"
    words = wording.span(clock.now() - moment)
    return "just now" if words == "now" else f"{words} ago"


@register.filter
def ahead(moment: datetime) -> str:
    """Return how far ahead an instant is."""
    length = moment - clock.now()
    return "now" if length < timedelta(minutes=1) else f"in {wording.span(length)}"


@register.filter
def counted(count: int, nouns: str) -> str:
    """Return a count and its noun: `3|counted:"study,studies"`."""
    one, _, many = nouns.partition(",")
    return wording.plural(count, one, many)


@register.filter
def grouped(number: int) -> str:
    """Return a number a person can read: 1,204,000."""
    return f"{number:,}"


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """Return this page's query string with `changes`; an empty value takes a key away."""
    kept = {k: v for k, v in context["request"].GET.items() if k not in {"page", "before"}}
    kept.update({k: str(v) for k, v in changes.items()})
    wanted = urlencode({k: v for k, v in kept.items() if v})
    return "?" + wanted if wanted else context["request"].path


@register.filter
def split(text: str) -> list[str]:
    """Return the words of a literal list in a template."""
    return text.split()


@register.simple_tag
def message_state(row: dict[str, Any]) -> SafeString:
    """Show where a message is; a queued one that failed before says how often."""
    tone, word = wording.MESSAGE_WORDS[row["shown_state"]]
    tries = row["tries"] if row["shown_state"] in {"queued", "sent"} else 0
    aside = wording.plural(tries, "try", "tries") if tries else ""
    return dot(tone, word, aside, row["problem"])


@register.simple_tag
def link_state(study: Any) -> SafeString:
    """Show whether a study has its exam."""
    match = getattr(study, "match", None)
    tone, word = wording.LINK_WORDS[match.state if match else ""]
    return dot(tone, word, "", "; ".join(match.reasons) if match else "")


@register.filter
def attribute_words(keyword: str) -> str:
    """Return a DICOM keyword as a person says it."""
    return wording.ATTRIBUTE_WORDS.get(keyword, keyword)


BESIDES: Final = frozenset(("AU", "DOC", "KO", "OT", "PR", "REG", "RWV", "SEG", "SR"))
"""Modalities of what is made about images rather than by a scanner (PS3.3 C.7.3.1.1.1)."""


@register.filter
def modalities(text: str) -> list[str]:
    """Return the modalities of a study (backslash separated, PS3.5 6.2), what was scanned first."""
    return sorted(filter(None, text.split("\\")), key=BESIDES.__contains__)


@register.filter
def addresses(text: str) -> str:
    """Return where a peer may call from, in words."""
    return {"*": "anywhere", "": "nowhere yet"}.get(text, text)


@register.filter
def event_words(name: str) -> str:
    """Return an event's name as words: "StudyReceived" is "study received"."""
    return re.sub(r"(?<!^)([A-Z])", r" \1", name).lower()


@register.filter
def reaction_words(name: str) -> str:
    """Return a reaction's dotted name as words: its own name without underscores."""
    return name.rpartition(".")[2].replace("_", " ").capitalize()


@register.filter
def said(difference: dict[str, str], side: str) -> str:
    """Return one side of a difference as a person reads it."""
    value = difference[side]
    return wording.person_name(value) if difference["attribute"] == "PatientName" else value
