"""Walks the URLconf and asks every path without a name: who is nobody sees nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from re import _parser
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver
from django.urls.converters import get_converters

SAMPLES: dict[str, str] = {
    "int": "1",
    "str": "1",
    "slug": "a",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "path": "1/2",
}
METHODS = ("GET", "POST")
Ask = Callable[[str, str], HttpResponse]


def views(
    patterns: Sequence[URLPattern | URLResolver], prefix: str = "/"
) -> Iterator[tuple[str, Any]]:
    """Yield one sample path, and the view behind it, for each URL pattern below `patterns`."""
    for pattern in patterns:
        here = prefix + sample(pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, here)
        else:
            yield here, pattern.callback


def paths(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[str]:
    """Yield one sample path for each URL pattern below `patterns`."""
    return (path for path, _view in views(patterns))


def sample(pattern: Any) -> str:
    """Return a path piece the pattern matches: converters and groups filled with a 1."""
    text = str(pattern.pattern)
    if hasattr(pattern.pattern, "_route"):
        names = {type(c): name for name, c in get_converters().items()}
        for name, converter in pattern.pattern.converters.items():
            kind = names.get(type(converter), "str")
            text = re.sub(rf"<(\w+:)?{name}>", SAMPLES.get(kind, "1.2"), text)
        return text
    return example(_parser.parse(text)).rstrip("/") + ("/" if "/" in text[-4:] else "")


def example(parsed: Any) -> str:
    """Return the shortest simple text a parsed regular expression matches."""
    return "".join(_example(str(operation), argument) for operation, argument in parsed)


def _example(operation: str, argument: Any) -> str:
    if operation == "LITERAL":
        return chr(argument)
    if operation == "SUBPATTERN":
        return example(argument[3])
    if operation == "BRANCH":
        return example(argument[1][0])
    if operation == "IN":
        return _of_class(argument)
    if operation == "MAX_REPEAT":
        least, _most, repeated = argument
        return example(repeated) * max(least, 1)
    return "1" if operation in {"ANY", "NOT_LITERAL"} else ""


def _of_class(choices: Any) -> str:
    operation, argument = choices[0]
    if str(operation) in {"LITERAL", "RANGE"}:
        return chr(argument if str(operation) == "LITERAL" else argument[0])
    return "1"  # a digit is a word character, and in few negated classes


def open_doors(
    patterns: Sequence[URLPattern | URLResolver], ask: Ask, public: Sequence[str]
) -> list[str]:
    """Return the paths, outside the `public` prefixes, that answer a caller without a name."""
    wrong: list[str] = []
    for path in sorted(set(paths(patterns))):
        if is_listed(path, public):
            continue
        for method in METHODS:
            answer = ask(method, path)
            if not is_refusal(answer):
                wrong.append(f"{method} {path} answers {answer.status_code} to nobody")
    return wrong


def without_permission(
    patterns: Sequence[URLPattern | URLResolver], resources: Sequence[str], listed: Sequence[str]
) -> list[str]:
    """Return the paths, outside those `listed`, whose view names no resource of the table."""
    wrong: list[str] = []
    for path, view in views(patterns):
        named = getattr(view, "required_resource", None)
        named = named or getattr(getattr(view, "cls", None), "resource", None)
        if named not in resources and not is_listed(path, listed):
            wrong.append(f"{path} asks for no permission")
    return wrong


def is_listed(path: str, places: Sequence[str]) -> bool:
    """Say whether `path` is one of `places`; a place that ends in * is a beginning."""
    return any(path.startswith(p[:-1]) if p.endswith("*") else path == p for p in places)


def is_refusal(answer: HttpResponse) -> bool:
    """Say whether the answer gives nothing away: 401, 403, 405, or the way to the login page."""
    if answer.status_code in {301, 302}:
        return "login" in answer.headers.get("Location", "")
    return answer.status_code in {401, 403, 405}
