#!/usr/bin/env python3
"""A Countersign server in one file, with nothing but the standard library of Python 3.11.

It keeps the profiles core, long-poll, lists and scopes, and claims no feature.

Contents, in the order in which they are easiest to read:

    1. What this server claims
    2. Problems            how every error is told
    3. JSON                strict reading, exact writing, the canonical form
    4. Shapes              what the bodies of requests look like
    5. The life of a call  pure functions: how a call begins and how it ends
    6. The store           SQLite is the truth; whoever commits first has won
    7. The waiting room    who waits for what
    8. The operations      one method for each operation of the protocol
    9. HTTP                connections, bodies, headers
   10. Start and stop

Words in parentheses such as (call.repeat-first) are ids of requirements in spec/draft.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import hmac
import http.server
import json
import re
import secrets
import signal
import socket
import socketserver
import sqlite3
import sys
import threading
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http import HTTPStatus
from itertools import islice
from typing import Any, Callable, Iterator
from urllib.parse import parse_qsl, unquote

# ---- 1. What this server claims ---------------------------------------------------------------------

VERSION = {"name": "countersign-byo-server-python", "version": "0.1.0"}
BODY_BYTES = 1024 * 1024
JSON_DEPTH = 64
WAIT_SECONDS = 60
PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 50
PAGE_BYTES = 4 * 1024 * 1024
ESCALATIONS_OF_A_CALL = 100

DISCOVERY = {
    "versions": ["draft"],
    "profiles": ["core", "long-poll", "lists", "scopes"],
    "features": [],
    "channel_kinds": ["inbox", "any_of"],
    "limits": {
        "body_bytes": BODY_BYTES,
        "json_depth": JSON_DEPTH,
        "wait_seconds": WAIT_SECONDS,
        "page_size": PAGE_SIZE,
    },
}

# ---- 2. Problems ------------------------------------------------------------------------------------

PROBLEMS = {
    "malformed_body": (400, "The body cannot be read"),
    "invalid_parameter": (400, "A value in the query, in a header or in the path cannot be understood"),
    "invalid_cursor": (400, "The cursor does not belong to this list"),
    "unauthenticated": (401, "A key is needed"),
    "insufficient_scope": (403, "The key may not do this"),
    "responder_not_allowed": (403, "This responder may not decide"),
    "not_found": (404, "There is no such thing here"),
    "method_not_allowed": (405, "The path does not take this method"),
    "request_timeout": (408, "The request took too long to arrive"),
    "call_id_conflict": (409, "The call id is taken"),
    "escalation_id_conflict": (409, "The escalation id is taken"),
    "already_responded": (409, "Somebody has answered already"),
    "already_cancelled": (409, "The call was cancelled"),
    "body_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body has to be JSON"),
    "invalid_request": (422, "The request has the wrong shape"),
    "unsupported_feature": (422, "The server does not offer this"),
    "unknown_option": (422, "There is no such option"),
    "headers_too_large": (431, "The headers are too large"),
    "internal_error": (500, "The server failed; nothing has changed"),
    "storage_unavailable": (503, "The storage does not answer"),
}


class Problem(Exception):
    """Ends a request with an error (RFC 9457). Its members are `detail`, `errors` and `winning_status`."""

    def __init__(self, code: str, headers: dict[str, str] | None = None, **members: Any):
        super().__init__(code)
        self.code = code
        self.headers = headers or {}
        self.members = members

    def answer(self) -> Answer:
        status, title = PROBLEMS[self.code]
        kind = f"urn:countersign:problem:{self.code}"
        body = {"type": kind, "title": title, "status": status, "code": self.code}
        headers = dict(self.headers)
        if status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="countersign"'
        if status == 503:
            headers["Retry-After"] = "1"
        return Answer(status, write_json(body | self.members), headers, "application/problem+json")


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def fault(pointer: str, detail: str, part: str = "body") -> dict:
    place = {"pointer": pointer, "detail": detail}
    return place if part == "body" else {"in": part, **place}


def member_of(pointer: str, name: str | int) -> str:
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


# ---- 3. JSON ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A number as the literal that was sent, so that it goes out exactly as it came in."""

    literal: str

    def is_integer_literal(self) -> bool:
        return self.literal.lstrip("-").isdigit()

    def canonical(self) -> str:
        if self.is_integer_literal():
            return "0" if self.literal == "-0" else self.literal
        double = float(self.literal)
        if double.is_integer():
            return str(int(double))
        # RFC 8785 spells some exponents differently. The form is only ever compared with itself, and
        # repr gives each double one spelling of its own.
        return repr(double)


class Object(dict):
    """An object whose repeated member names are remembered until somebody refuses them."""

    repeated: list[str]


def read_object(members: list[tuple[str, Any]]) -> Object:
    result = Object(members)
    times = Counter(name for name, _ in members) if len(result) != len(members) else {}
    result.repeated = [name for name, count in times.items() if count > 1]
    return result


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON.")


def read_json(raw: bytes) -> Any:
    """Reads a body, or raises malformed_body with the places at which it is wrong."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem("malformed_body", errors=[fault("", "Expected UTF-8.")]) from None
    if depth_of(text) > JSON_DEPTH:
        raise Problem("malformed_body", errors=[fault("", f"Nests deeper than {JSON_DEPTH} levels.")])
    try:
        value = json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=refuse_constant,
            object_pairs_hook=read_object,
        )
    except ValueError:
        raise Problem("malformed_body", errors=[fault("", "Expected JSON.")]) from None
    faults = list(islice(unreadable_places(value, ""), 100))
    if faults:
        raise Problem("malformed_body", errors=faults)
    return value


# A string that never ends still matches, up to the end of the text: otherwise every quote in it would be
# tried as a beginning, in quadratic time.
STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


def depth_of(text: str) -> int:
    """How deep the text nests, told without recursion: the reader itself recurses."""
    depth = deepest = 0
    for match in STRING_OR_BRACKET.finditer(text):
        token = match.group()
        if token in ("[", "{"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in ("]", "}"):
            depth -= 1
    return deepest


def unreadable_places(value: Any, pointer: str) -> Iterator[dict]:
    if isinstance(value, str):
        if has_lone_surrogate(value):
            yield fault(pointer, "Holds a lone surrogate.")
    elif isinstance(value, Number):
        if not value.is_integer_literal() and float(value.literal) in (float("inf"), float("-inf")):
            yield fault(pointer, "Expected a number within the range of an IEEE 754 double.")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unreadable_places(item, member_of(pointer, index))
    elif isinstance(value, Object):
        for name in value.repeated:
            if not has_lone_surrogate(name):
                yield fault(member_of(pointer, name), "The member stands here twice.")
        for name, item in value.items():
            if has_lone_surrogate(name):
                yield fault(pointer, "The name of a member holds a lone surrogate.")
            else:
                yield from unreadable_places(item, member_of(pointer, name))


def has_lone_surrogate(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def write_json(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Number):
        return value.literal
    if isinstance(value, dict):
        return "{" + ",".join(f"{write_json(name)}:{write_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(write_json, value)) + "]"
    return json.dumps(value)


def canonical(value: Any) -> Any:
    """The value with sorted members and with one literal for each number: written, its canonical form."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: canonical(value[name]) for name in names}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return Number(value.canonical()) if isinstance(value, Number) else value


def fingerprint(value: Any) -> str:
    return hashlib.sha256(write_json(canonical(value)).encode()).hexdigest()


# ---- 4. Shapes --------------------------------------------------------------------------------------
#
# A shape takes a value, its pointer and the list of faults found so far. It returns what the server keeps
# of the value: members that the protocol names, without those that are null (json.null-is-absent,
# call.unknown-members-ignored).

Shape = Callable[[Any, str, list], Any]


def text(shortest: int = 0, longest: int | None = None, pattern: str = "", like: str = "") -> Shape:
    expression = re.compile(pattern) if pattern else None

    def check(value: Any, pointer: str, faults: list) -> Any:
        if not isinstance(value, str):
            faults.append(fault(pointer, "Expected a string."))
        elif "\0" in value:
            faults.append(fault(pointer, "Expected no U+0000."))
        elif len(value) < shortest:
            faults.append(fault(pointer, f"Expected at least {shortest} characters."))
        elif longest is not None and len(value.encode("utf-16-le")) // 2 > longest:
            faults.append(fault(pointer, f"Expected at most {longest} characters."))
        elif expression and not expression.match(value):
            faults.append(fault(pointer, f"Expected {like}."))
        return value

    return check


def word_of(*words: str) -> Shape:
    def check(value: Any, pointer: str, faults: list) -> Any:
        if value not in words:
            faults.append(fault(pointer, f"Expected one of: {', '.join(words)}."))
        return value

    return check


def boolean(value: Any, pointer: str, faults: list) -> Any:
    if not isinstance(value, bool):
        faults.append(fault(pointer, "Expected true or false."))
    return value


def opaque_object(value: Any, pointer: str, faults: list) -> Any:
    if not isinstance(value, dict):
        faults.append(fault(pointer, "Expected an object."))
    return value


def not_judged(value: Any, pointer: str, faults: list) -> Any:
    """What belongs to a feature or a kind of channel that this server refuses, whatever its shape."""
    return value


def refuse_nul(value: Any, pointer: str, faults: list) -> None:
    """What nobody names is ignored, and is no opaque value either (json.nul)."""
    if isinstance(value, str) and "\0" in value:
        faults.append(fault(pointer, "Expected no U+0000."))
    elif isinstance(value, (dict, list)):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            refuse_nul(item, member_of(pointer, name), faults)


def list_of(item: Shape, fewest: int = 0, most: int = 100) -> Shape:
    def check(value: Any, pointer: str, faults: list) -> Any:
        if not isinstance(value, list):
            faults.append(fault(pointer, "Expected an array."))
            return value
        if not fewest <= len(value) <= most:
            faults.append(fault(pointer, f"Expected {fewest} to {most} items."))
            return value
        return [item(each, member_of(pointer, index), faults) for index, each in enumerate(value)]

    return check


def record(members: dict[str, Shape], needs: str = "", closed: bool = False) -> Shape:
    def check(value: Any, pointer: str, faults: list) -> Any:
        if not isinstance(value, dict):
            faults.append(fault(pointer, "Expected an object."))
            return value
        kept = {}
        for name, item in value.items():
            if item is None:
                continue
            if name in members:
                kept[name] = members[name](item, member_of(pointer, name), faults)
            elif closed:
                faults.append(fault(member_of(pointer, name), "Unexpected member."))
            else:
                refuse_nul(item, member_of(pointer, name), faults)
        for name in needs.split():
            if name not in kept:
                faults.append(fault(member_of(pointer, name), "Expected this member."))
        return kept

    return check


ID = text(pattern=r"[A-Za-z0-9][A-Za-z0-9._~:@+=-]{0,127}\Z", like="an id")
LINE = text(longest=1000)
DESCRIPTION = text(longest=10_000)
LONG_TEXT = text(longest=100_000)
LONG_ANSWER = text(1, 100_000)
OPTION_NAME = text(1, 256)

SERVED_LEAVES = {"inbox": record({"allowed_responder_ids": list_of(text(1, 256), fewest=1)}, closed=True)}
UNSERVED_NAMES = ("named", "slack", "email", "sms", "whatsapp", "discord", "all_of", "quorum")
UNSERVED_KINDS = dict.fromkeys(UNSERVED_NAMES, not_judged)


def channel(value: Any, pointer: str, faults: list) -> Any:
    if isinstance(value, dict) and sum(item is not None for item in value.values()) != 1:
        faults.append(fault(pointer, "Expected exactly one member, the kind of the channel."))
    kinds = {**SERVED_LEAVES, **UNSERVED_KINDS, "any_of": list_of(member_of_any_of, 1, 32)}
    return record(kinds, closed=True)(value, pointer, faults)


def member_of_any_of(value: Any, pointer: str, faults: list) -> Any:
    """Flat: any_of in any_of is refused, and so is what joins later; by their names, as unsupported."""
    if isinstance(value, dict) and ("any_of" in value or "after_seconds" in value):
        return value
    return channel(value, pointer, faults)


OPTION = record(
    {
        "name": OPTION_NAME,
        "title": LINE,
        "description": DESCRIPTION,
        "prompt_fill": LONG_TEXT,
        "interactive": boolean,
    },
    "name",
)


def options(value: Any, pointer: str, faults: list) -> Any:
    kept = list_of(OPTION, most=50)(value, pointer, faults)
    seen = set()
    for index, option in enumerate(kept if isinstance(kept, list) else []):
        name = option.get("name") if isinstance(option, dict) else None
        if isinstance(name, str):
            if name in seen:
                faults.append(fault(f"{pointer}/{index}/name", "Another option has the same name."))
            seen.add(name)
    return kept


LINK_URL = text(longest=4000, pattern="https?://", like="an http or https address")
SPEC_OF_BOTH_KINDS: dict[str, Shape] = {
    "channel": channel,
    "state": opaque_object,
    "context": record(
        {"summary": LONG_TEXT, "links": list_of(record({"url": LINK_URL, "title": LINE}, "url"), most=50)}
    ),
    "metadata": opaque_object,
    "requires": list_of(text(longest=128), most=50),
    **dict.fromkeys(("expires_at", "expires_in_seconds", "on_expire", "redact"), not_judged),
    **dict.fromkeys(("minimum_assurance", "exclude_responder_ids", "risk", "locale"), not_judged),
}


def creation(spec: dict[str, Shape], needs: str) -> Shape:
    spec_shape = record({**SPEC_OF_BOTH_KINDS, **spec}, needs)
    members = {"run_id": ID, "call_id": ID, "parent_run_id": not_judged, "spec": spec_shape}
    return record(members, "run_id call_id spec")


CREATE_FUNCTION_CALL = creation(
    {
        "fn": text(1, 256),
        "kwargs": opaque_object,
        "reject_options": options,
        "kwargs_schema": not_judged,
        "allow_edit": not_judged,
        "requires_person": not_judged,
    },
    "fn kwargs",
)
CREATE_HUMAN_CONTACT = creation(
    {"msg": LONG_ANSWER, "subject": LINE, "response_options": options, "response_schema": not_judged},
    "msg",
)


def answer_to_function_call(value: Any, pointer: str, faults: list) -> Any:
    members = {
        "approved": boolean,
        "comment": LONG_TEXT,
        "reject_option_name": OPTION_NAME,
        "edited_kwargs": not_judged,
    }
    kept = record(members, "approved")(value, pointer, faults)
    if not faults and kept["approved"] and "reject_option_name" in kept:
        faults.append(fault("/reject_option_name", "A reject option never approves."))
    return kept


def answer_to_human_contact(value: Any, pointer: str, faults: list) -> Any:
    members = {"response": LONG_ANSWER, "response_option_name": OPTION_NAME, "response_data": not_judged}
    kept = record(members)(value, pointer, faults)
    if not faults and not kept:
        faults.append(fault("/response", "Expected a text or an option."))
    return kept


CANCELLATION = record({"comment": LONG_TEXT})
RECIPIENT = {"address": text(3, 320), "context_about_user": DESCRIPTION, "field": word_of("to", "cc", "bcc")}
ESCALATION = record(
    {
        "escalation_id": ID,
        "escalation_msg": text(1, 10_000),
        "channel": channel,
        "additional_recipients": list_of(record(RECIPIENT, "address", closed=True)),
    },
    "escalation_id escalation_msg",
)
CREATE_KEY = record(
    {
        "scopes": list_of(word_of("agent", "responder", "admin"), 1, 3),
        "name": text(longest=256),
        "responder_id": text(pattern=r"[^:\s]{1,128}\Z", like="an id without colon and white space"),
    },
    "scopes",
)

FEATURE_MEMBERS = """
    /spec/kwargs_schema /spec/allow_edit /edited_kwargs /spec/response_schema /response_data
    /spec/expires_at /spec/expires_in_seconds /spec/on_expire /parent_run_id /spec/redact
    /spec/minimum_assurance /spec/requires_person /spec/exclude_responder_ids /spec/risk /spec/locale
""".split()


def refuse_unoffered(body: dict) -> None:
    """Refuses what asks for more than this server does. To ignore it could weaken what was asked for."""
    spec = body.get("spec", {})
    members = {f"/{name}": item for name, item in body.items()}
    members |= {f"/spec/{name}": item for name, item in spec.items()}
    for name in ("/spec/allow_edit", "/spec/requires_person"):
        if members.get(name) is False:
            del members[name]  # asks for nothing
    refused = [name for name in FEATURE_MEMBERS if name in members]
    refused += [f"/spec/requires/{index}" for index, _ in enumerate(spec.get("requires", []))]
    refused += unserved_kinds(spec.get("channel"), "/spec/channel")
    refused += unserved_kinds(body.get("channel"), "/channel")
    if refused:
        errors = [fault(pointer, "This server does not offer this.") for pointer in refused]
        raise Problem("unsupported_feature", errors=errors)


def unserved_kinds(asked: dict | None, pointer: str) -> list[str]:
    if asked is None:
        return []
    if "any_of" not in asked:
        return [f"{pointer}/{kind}" for kind in asked if kind not in SERVED_LEAVES]
    return [
        f"{pointer}/any_of/{index}/{name}"
        for index, member in enumerate(asked["any_of"])
        for name in member
        if name not in SERVED_LEAVES
    ]


# ---- 5. The life of a call --------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """What function calls and human contacts do not have in common."""

    name: str
    states: tuple[str, ...]
    creation: Shape
    answer: Shape
    options_member: str
    option_name_member: str
    undecided: dict[str, Any]
    cancelled: Callable[[dict], dict]
    outcome: Callable[[dict, dict | None], dict]
    state_after: Callable[[dict], str]


def option_text(option: dict | None) -> str | None:
    return option and (option.get("prompt_fill") or option.get("title") or option["name"])


def outcome_of_function_call(answer: dict, option: dict | None) -> dict:
    return {
        "approved": answer["approved"],
        "comment": answer.get("comment", option_text(option) or ""),
        "reject_option_name": answer.get("reject_option_name"),
    }


def outcome_of_human_contact(answer: dict, option: dict | None) -> dict:
    return {
        "response": answer.get("response", option_text(option)),
        "response_option_name": answer.get("response_option_name"),
    }


CANCELLED = "Cancelled by the agent."
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="function_calls",
            states=("pending", "approved", "denied", "expired", "cancelled"),
            creation=CREATE_FUNCTION_CALL,
            answer=answer_to_function_call,
            options_member="reject_options",
            option_name_member="reject_option_name",
            undecided={"approved": None, "comment": None, "reject_option_name": None},
            cancelled=lambda body: {"approved": False, "comment": body.get("comment", CANCELLED)},
            outcome=outcome_of_function_call,
            state_after=lambda outcome: "approved" if outcome["approved"] else "denied",
        ),
        Kind(
            name="human_contacts",
            states=("pending", "answered", "expired", "cancelled"),
            creation=CREATE_HUMAN_CONTACT,
            answer=answer_to_human_contact,
            options_member="response_options",
            option_name_member="response_option_name",
            undecided={"response": None, "response_option_name": None},
            cancelled=lambda body: {},
            outcome=outcome_of_human_contact,
            state_after=lambda outcome: "answered",
        ),
    )
}


@dataclass
class Key:
    key_id: str
    project_id: str
    scopes: list[str]
    name: str | None
    responder_id: str | None
    created_at: str
    revoked_at: str | None

    @property
    def reference(self) -> str:
        return f"key:{self.key_id}"

    def responder(self) -> dict:
        if self.responder_id is None:
            return {"id": self.reference, "channel": "api", "assurance": "session"}
        return {
            "id": self.responder_id,
            "channel": "api",
            "assurance": "session",
            "asserted_by": self.reference,
        }

    def shown(self) -> dict:
        members = ("key_id", "scopes", "name", "responder_id", "created_at", "revoked_at")
        return {member: getattr(self, member) for member in members}


@dataclass
class Call:
    """A call as the store keeps it. `spec` and `agent_state` are JSON texts that nothing reads again."""

    project_id: str
    kind: Kind
    call_id: str
    run_id: str
    fingerprint: str
    spec: str
    agent_state: str | None
    options: list[dict]
    status: dict
    number: int | None = None

    @property
    def topic(self) -> tuple:
        return (self.project_id, self.kind.name, self.call_id)

    @property
    def state(self) -> str:
        return self.status["state"]

    def shown_to(self, key: Key) -> str:
        spec = self.spec
        if self.agent_state is not None and "agent" in key.scopes:
            spec = f'{spec[:-1]},"state":{self.agent_state}}}'
        ids = f'"run_id":{write_json(self.run_id)},"call_id":{write_json(self.call_id)}'
        return f'{{{ids},"spec":{spec},"status":{write_json(self.status)}}}'


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_call(kind: Kind, body: dict, key: Key) -> Call:
    spec = dict(body["spec"])
    print_of_spec = fingerprint(spec)
    agent_state = spec.pop("state", None)
    status = {
        "state": "pending",
        **kind.undecided,
        "responses": [],
        "requested_at": now(),
        "requested_by": key.reference,
        "expires_at": None,
        "channel": spec.get("channel", {"inbox": {}}),
        "completed_at": None,
        "responded_at": None,
        "responder": None,
        "escalations": [],
    }
    return Call(
        project_id=key.project_id,
        kind=kind,
        call_id=body["call_id"],
        run_id=body["run_id"],
        fingerprint=print_of_spec,
        spec=write_json(spec),
        agent_state=None if agent_state is None else write_json(agent_state),
        options=spec.get(kind.options_member, []),
        status=status,
    )


def decide(call: Call, answer: dict, responder: dict) -> bool:
    """Lets the answer decide the call. False: the same answer has decided it before.

    The order of the checks is (respond.order): who may decide, whether it is decided, what it offers.
    """
    refuse_unlisted(call, responder)
    option_name = answer.get(call.kind.option_name_member)
    option = next((each for each in call.options if each["name"] == option_name), None)
    outcome = call.kind.outcome(answer, option)
    if call.state != "pending":
        if not is_same_answer(call.status, outcome, responder):
            raise too_late(call)
        return False
    if option_name is not None and option is None:
        pointer = f"/{call.kind.option_name_member}"
        raise Problem("unknown_option", errors=[fault(pointer, "The call offers no such option.")])
    responded_at = now()
    call.status |= outcome | {
        "state": call.kind.state_after(outcome),
        "responder": responder,
        "responded_at": responded_at,
        "completed_at": responded_at,
    }
    call.status["responses"].append({"responder": responder, "responded_at": responded_at, **outcome})
    return True


def refuse_unlisted(call: Call, responder: dict) -> None:
    asked = call.status["channel"]
    lists = [leaf["inbox"].get("allowed_responder_ids") for leaf in asked.get("any_of", [asked])]
    if not any(listed is None or responder["id"] in listed for listed in lists):
        raise Problem("responder_not_allowed")


def is_same_answer(status: dict, outcome: dict, responder: dict) -> bool:
    decided = status["responder"] is not None and status["responder"]["id"] == responder["id"]
    return decided and all(status[member] == value for member, value in outcome.items())


def too_late(call: Call) -> Problem:
    code = "already_cancelled" if call.state == "cancelled" else "already_responded"
    return Problem(code, winning_status=call.status)


def cancel(call: Call, cancellation: dict) -> bool:
    """Cancels the call. False: it was cancelled before."""
    if call.state == "cancelled":
        return False
    if call.state != "pending":
        raise too_late(call)
    call.status |= call.kind.cancelled(cancellation) | {"state": "cancelled", "completed_at": now()}
    return True


def escalate(call: Call, escalation: dict, key: Key) -> bool:
    """Records the escalation. False: it was recorded before, which holds after the end of the call too."""
    for earlier in call.status["escalations"]:
        if earlier["escalation_id"] == escalation["escalation_id"]:
            recorded = {"escalated_at": earlier["escalated_at"], "escalated_by": earlier["escalated_by"]}
            if fingerprint(earlier) != fingerprint(escalation | recorded):
                raise Problem("escalation_id_conflict")
            return False
    refuse_unoffered(escalation)
    if call.state != "pending":
        raise too_late(call)
    if len(call.status["escalations"]) >= ESCALATIONS_OF_A_CALL:
        detail = f"A call takes no more than {ESCALATIONS_OF_A_CALL} escalations."
        raise Problem("invalid_request", errors=[fault("", detail)])
    call.status["escalations"].append(escalation | {"escalated_at": now(), "escalated_by": key.reference})
    return True


# ---- 6. The store -----------------------------------------------------------------------------------

TABLES = """
CREATE TABLE IF NOT EXISTS projects (
  project_id TEXT PRIMARY KEY, name TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (
  number INTEGER PRIMARY KEY AUTOINCREMENT, key_id TEXT NOT NULL UNIQUE, project_id TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL, name TEXT, responder_id TEXT,
  created_at TEXT NOT NULL, revoked_at TEXT);
CREATE TABLE IF NOT EXISTS calls (
  number INTEGER PRIMARY KEY AUTOINCREMENT, project_id TEXT NOT NULL, kind TEXT NOT NULL,
  call_id TEXT NOT NULL, run_id TEXT NOT NULL, fingerprint TEXT NOT NULL,
  spec TEXT NOT NULL, agent_state TEXT, options TEXT NOT NULL,
  state TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (project_id, kind, call_id));
CREATE INDEX IF NOT EXISTS calls_of_a_run ON calls (project_id, kind, run_id, number);
CREATE INDEX IF NOT EXISTS calls_in_a_state ON calls (project_id, kind, state, number);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
"""
KEY_COLUMNS = "key_id, project_id, scopes, name, responder_id, created_at, revoked_at"
CALL_COLUMNS = "project_id, kind, call_id, run_id, fingerprint, spec, agent_state, options, status, number"


def hash_of(secret: str) -> str:
    # A secret has 256 random bits, so that a plain hash of it can be neither guessed nor reversed.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def key_from(row: tuple) -> Key:
    return Key(row[0], row[1], json.loads(row[2]), *row[3:])


def call_from(row: tuple) -> Call:
    kind, offered, status = KINDS[row[1]], json.loads(row[7]), json.loads(row[8])
    return Call(row[0], kind, *row[2:7], offered, status, row[9])


class Store:
    """All that has to survive. One connection, used by one thread at a time."""

    def __init__(self, path: str):
        self.lock = threading.RLock()
        self.db = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
        # Waits are woken within one process, so that a second one on the same file must not start.
        self.db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(TABLES)
        with self.transaction():
            row = ("cursors", secrets.token_bytes(32))
            self.db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", row)
        self.cursor_secret: bytes = self.one("SELECT value FROM secrets WHERE name = 'cursors'")[0]

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def act_of(self, key: Key) -> Iterator[None]:
        """A transaction of a key that is alive in it (auth.revoked-at-once)."""
        with self.transaction():
            self.refuse_revoked(key)
            yield

    def one(self, query: str, *values: Any) -> tuple | None:
        with self.lock:
            return self.db.execute(query, values).fetchone()

    def close(self) -> None:
        with self.lock:
            self.db.close()

    def is_empty(self) -> bool:
        return self.one("SELECT 1 FROM projects") is None

    # projects and keys

    def add_project(self, name: str) -> str:
        project_id = f"proj_{secrets.token_hex(8)}"
        self.db.execute("INSERT INTO projects VALUES (?, ?, ?)", (project_id, name, now()))
        return project_id

    def project(self, project_id: str) -> dict:
        row = self.one("SELECT project_id, name, created_at FROM projects WHERE project_id = ?", project_id)
        return dict(zip(("project_id", "name", "created_at"), row))

    def add_key(
        self, project_id: str, scopes: list[str], name: str | None, responder_id: str | None
    ) -> tuple[Key, str]:
        secret = f"csk_{secrets.token_urlsafe(32)}"
        key = Key(f"key_{secrets.token_hex(8)}", project_id, scopes, name, responder_id, now(), None)
        row = (key.key_id, project_id, json.dumps(scopes), name, responder_id, key.created_at, None)
        insert = f"INSERT INTO keys ({KEY_COLUMNS}, secret_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        self.db.execute(insert, (*row, hash_of(secret)))
        return key, secret

    def key_with_secret(self, secret: str) -> Key | None:
        row = self.one(f"SELECT {KEY_COLUMNS} FROM keys WHERE secret_hash = ?", hash_of(secret))
        return row and key_from(row)

    def key(self, project_id: str, key_id: str) -> Key:
        where = "project_id = ? AND key_id = ?"
        row = self.one(f"SELECT {KEY_COLUMNS} FROM keys WHERE {where}", project_id, key_id)
        if row is None:
            raise Problem("not_found")
        return key_from(row)

    def refuse_revoked(self, key: Key) -> None:
        if self.one("SELECT 1 FROM keys WHERE key_id = ? AND revoked_at IS NULL", key.key_id) is None:
            raise Problem("unauthenticated")

    def revoke(self, key: Key) -> None:
        key.revoked_at = now()
        self.db.execute("UPDATE keys SET revoked_at = ? WHERE key_id = ?", (key.revoked_at, key.key_id))

    # calls

    def find_call(self, project_id: str, kind: Kind, call_id: str) -> Call | None:
        where = "project_id = ? AND kind = ? AND call_id = ?"
        row = self.one(f"SELECT {CALL_COLUMNS} FROM calls WHERE {where}", project_id, kind.name, call_id)
        return row and call_from(row)

    def add_call(self, call: Call) -> None:
        self.db.execute(
            f"INSERT INTO calls ({CALL_COLUMNS}, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
            (
                *(call.project_id, call.kind.name, call.call_id, call.run_id, call.fingerprint, call.spec),
                *(call.agent_state, write_json(call.options), write_json(call.status), call.state),
            ),
        )

    def save_status(self, call: Call) -> None:
        row = (call.state, write_json(call.status), call.number)
        self.db.execute("UPDATE calls SET state = ?, status = ? WHERE number = ?", row)

    def rows_newest_first(self, table: str, columns: str, where: dict, before: int | None) -> Iterator[tuple]:
        """The rows with the values of `where` that are older than the row `before`."""
        conditions = " AND ".join(f"{column} = ?" for column in where) + (" AND number < ?" if before else "")
        values = [*where.values(), *([before] if before else [])]
        with self.lock:
            query = f"SELECT {columns} FROM {table} WHERE {conditions} ORDER BY number DESC"
            yield from self.db.execute(query, values)


# ---- 7. The waiting room ----------------------------------------------------------------------------


class WaitingRoom:
    """Whoever waits takes a seat first and reads the call second, so that no answer falls in between."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seats: dict[tuple, set[threading.Event]] = defaultdict(set)
        self.closed = False

    @contextlib.contextmanager
    def seat(self, *topics: tuple) -> Iterator[threading.Event]:
        seat = threading.Event()
        with self.lock:
            for topic in topics:
                self.seats[topic].add(seat)
            if self.closed:
                seat.set()
        try:
            yield seat
        finally:
            with self.lock:
                for topic in topics:
                    self.seats[topic].discard(seat)
                    if not self.seats[topic]:
                        del self.seats[topic]

    def wake(self, topic: tuple) -> None:
        with self.lock:
            for seat in self.seats.get(topic, ()):
                seat.set()

    def close(self) -> None:
        with self.lock:
            self.closed = True
            for seat in set().union(*self.seats.values()):
                seat.set()


# ---- 8. The operations ------------------------------------------------------------------------------


@dataclass
class Request:
    path_ids: dict[str, str]
    query: dict[str, str]
    headers: Any
    body: bytes | None
    key: Key | None = None

    @property
    def kind(self) -> Kind:
        return KINDS[self.path_ids["kind"]]

    def json(self, shape: Shape, optional: bool = False) -> dict:
        """The body, as its shape keeps it. A body of None was too large to be kept at all."""
        if self.body is None:
            raise Problem("body_too_large", detail=f"A body has at most {BODY_BYTES} bytes.")
        if not self.body and optional:
            return {}
        if not self.body:
            raise Problem("malformed_body", errors=[fault("", "Expected a body.")])
        self.refuse_other_media()
        value = read_json(self.body)
        faults: list[dict] = []
        kept = shape(value, "", faults)
        if faults:
            raise Problem("invalid_request", errors=faults)
        return kept

    def refuse_other_media(self) -> None:
        if self.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise Problem("unsupported_media_type", detail="The body has to come without Content-Encoding.")
        sent = self.headers.get("Content-Type", "")
        if not re.fullmatch(r'application/json\s*(;\s*charset="?utf-8"?\s*)?;?', sent.strip(), re.IGNORECASE):
            raise Problem("unsupported_media_type")

    def whole_number(self, name: str, least: int) -> int | None:
        given = self.query.get(name)
        if given is None:
            return None
        # Ten digits tell enough of a number that is cut to a limit anyway; int() refuses very long ones.
        number = int(given.lstrip("0")[:10] or "0") if re.fullmatch("[0-9]+", given) else -1
        if number < least:
            detail = f"Expected a whole number from {least} up."
            raise Problem("invalid_parameter", errors=[fault(f"/{name}", detail, "query")])
        return number

    def wait(self) -> int | None:
        """How many seconds the client asks to be held, cut to the limit; None when it does not ask."""
        seconds = self.whole_number("wait", 0)
        if seconds is None:
            seconds = preferred_wait(self.headers.get_all("Prefer", []))
        return None if seconds is None else min(seconds, WAIT_SECONDS)


def preferred_wait(headers: list[str]) -> int | None:
    """The first `wait` of the Prefer headers (RFC 7240), if it can be read."""
    for preference in ",".join(headers).split(","):
        name, _, value = preference.split(";")[0].partition("=")
        if name.strip().lower() == "wait":
            match = re.fullmatch(r'\s*("?)([0-9]+)\1\s*', value)
            return int(match[2].lstrip("0")[:10] or "0") if match else None
    return None


class Countersign:
    def __init__(self, store: Store):
        self.store = store
        self.room = WaitingRoom()

    # calls

    def create(self, request: Request) -> Answer:
        wait = request.wait()
        body = request.json(request.kind.creation)
        call = new_call(request.kind, body, request.key)
        with self.store.act_of(request.key):
            existing = self.store.find_call(call.project_id, call.kind, call.call_id)
            # Looked for before anything that depends on what this server offers (call.repeat-first).
            if existing is None:
                refuse_unoffered(body)
                self.store.add_call(call)
            elif (existing.run_id, existing.fingerprint) != (call.run_id, call.fingerprint):
                raise Problem("call_id_conflict")
        answer = self.show(request, call.call_id, wait)
        if existing is None:
            answer.status = 201
            answer.headers["Location"] = f"/v1/{call.kind.name}/{call.call_id}"
        return answer

    def get(self, request: Request) -> Answer:
        return self.show(request, request.path_ids["call_id"], request.wait())

    def show(self, request: Request, call_id: str, wait: int | None) -> Answer:
        """The call as it stands, or as it stands when the wait is over."""
        key = request.key
        with self.room.seat((key.project_id, request.kind.name, call_id), ("key", key.key_id)) as seat:
            call = self.read(request, call_id)
            if call.state == "pending" and wait:
                seat.wait(wait)
                call = self.read(request, call_id)
        headers = {} if wait is None else {"Preference-Applied": f"wait={wait}"}
        return Answer(200, call.shown_to(key), headers)

    def read(self, request: Request, call_id: str) -> Call:
        self.store.refuse_revoked(request.key)
        call = self.store.find_call(request.key.project_id, request.kind, call_id)
        if call is None:
            raise Problem("not_found")
        return call

    def respond(self, request: Request) -> Answer:
        def decide_it(call: Call, answer: dict) -> bool:
            return decide(call, answer, request.key.responder())

        return self.change(request, request.kind.answer, decide_it, at_once=refuse_unoffered)

    def cancel(self, request: Request) -> Answer:
        return self.change(request, CANCELLATION, cancel, body_is_optional=True)

    def escalate(self, request: Request) -> Answer:
        def record_it(call: Call, escalation: dict) -> bool:
            return escalate(call, escalation, request.key)

        return self.change(request, ESCALATION, record_it)

    def change(
        self,
        request: Request,
        shape: Shape,
        act: Callable[[Call, dict], bool],
        at_once: Callable[[dict], None] = lambda body: None,
        body_is_optional: bool = False,
    ) -> Answer:
        """Reads a call, lets `act` change it and saves it, all in one transaction: the first one wins."""
        call_id = request.path_ids["call_id"]
        self.read(request, call_id)
        body = request.json(shape, optional=body_is_optional)
        at_once(body)
        with self.store.act_of(request.key):
            call = self.read(request, call_id)
            if act(call, body):
                self.store.save_status(call)
        if call.state != "pending":
            self.room.wake(call.topic)
        return Answer(200, call.shown_to(request.key))

    def list_calls(self, request: Request) -> Answer:
        state = request.query.get("state")
        if state is not None and state not in request.kind.states:
            detail = f"Expected one of: {', '.join(request.kind.states)}."
            raise Problem("invalid_parameter", errors=[fault("/state", detail, "query")])
        where = {"project_id": request.key.project_id, "kind": request.kind.name}
        where |= {name: request.query[name] for name in ("run_id", "state") if name in request.query}

        def show(row: tuple) -> str:
            return call_from(row).shown_to(request.key)

        return self.page(request, "calls", CALL_COLUMNS, where, show)

    # lists

    def page(
        self, request: Request, table: str, columns: str, where: dict, show: Callable[[tuple], str]
    ) -> Answer:
        limit = min(request.whole_number("limit", 1) or DEFAULT_PAGE_SIZE, PAGE_SIZE)
        last = self.read_cursor(request.query.get("cursor"), table, where)
        items: list[str] = []
        size = 0
        next_cursor = None
        rows = self.store.rows_newest_first(table, f"{columns}, number", where, last)
        with contextlib.closing(rows):
            for row in rows:
                if len(items) == limit or size > PAGE_BYTES:
                    next_cursor = self.make_cursor(last, table, where)
                    break
                items.append(show(row[:-1]))
                size += len(items[-1])
                last = row[-1]
        return Answer(200, f'{{"items":[{",".join(items)}],"next_cursor":{write_json(next_cursor)}}}')

    def make_cursor(self, last: int, table: str, where: dict) -> str:
        """The last row shown, sealed together with the list, its filters and its project."""
        sealed = json.dumps([table, where, last]).encode()
        return f"{last}.{hmac.digest(self.store.cursor_secret, sealed, 'sha256').hex()}"

    def read_cursor(self, cursor: str | None, table: str, where: dict) -> int | None:
        if cursor is None:
            return None
        number = cursor.partition(".")[0]
        if re.fullmatch("[1-9][0-9]{0,17}", number):
            if hmac.compare_digest(self.make_cursor(int(number), table, where).encode(), cursor.encode()):
                return int(number)
        detail = "This server did not make it for this list."
        raise Problem("invalid_cursor", errors=[fault("/cursor", detail, "query")])

    # the project and its keys

    def get_project(self, request: Request) -> Answer:
        return Answer(200, write_json(self.store.project(request.key.project_id)))

    def create_key(self, request: Request) -> Answer:
        body = request.json(CREATE_KEY)
        scopes = list(dict.fromkeys(body["scopes"]))
        with self.store.act_of(request.key):
            project_id = request.key.project_id
            key, secret = self.store.add_key(project_id, scopes, body.get("name"), body.get("responder_id"))
        return Answer(201, write_json({"key": key.shown(), "secret": secret}))

    def list_keys(self, request: Request) -> Answer:
        where = {"project_id": request.key.project_id}
        return self.page(request, "keys", KEY_COLUMNS, where, lambda row: write_json(key_from(row).shown()))

    def revoke_key(self, request: Request) -> Answer:
        with self.store.act_of(request.key):
            key = self.store.key(request.key.project_id, request.path_ids["key_id"])
            if key.revoked_at is None:
                self.store.revoke(key)
        self.room.wake(("key", key.key_id))
        return Answer(200, write_json(key.shown()))

    # what needs no key

    def discovery(self, request: Request) -> Answer:
        return Answer(200, write_json(DISCOVERY))

    def health(self, request: Request) -> Answer:
        return Answer(200, write_json({"status": "ok"}))

    def readiness(self, request: Request) -> Answer:
        try:
            self.store.is_empty()
        except sqlite3.Error:
            return Answer(503, write_json({"status": "unavailable"}), {"Retry-After": "1"})
        return self.health(request)

    def version(self, request: Request) -> Answer:
        return Answer(200, write_json(VERSION))


ANYBODY = "nobody needs a key"
READERS = "agent responder"
ROUTES = {
    "/v1/{kind}": {"POST": ("agent", Countersign.create), "GET": (READERS, Countersign.list_calls)},
    "/v1/{kind}/{call_id}": {"GET": (READERS, Countersign.get)},
    "/v1/{kind}/{call_id}/respond": {"POST": ("responder", Countersign.respond)},
    "/v1/{kind}/{call_id}/cancel": {"POST": ("agent", Countersign.cancel)},
    "/v1/{kind}/{call_id}/escalate": {"POST": ("agent", Countersign.escalate)},
    "/v1/project": {"GET": ("agent responder admin", Countersign.get_project)},
    "/v1/keys": {"POST": ("admin", Countersign.create_key), "GET": ("admin", Countersign.list_keys)},
    "/v1/keys/{key_id}": {"DELETE": ("admin", Countersign.revoke_key)},
    "/.well-known/countersign": {"GET": (ANYBODY, Countersign.discovery)},
    "/healthz": {"GET": (ANYBODY, Countersign.health)},
    "/readyz": {"GET": (ANYBODY, Countersign.readiness)},
    "/version": {"GET": (ANYBODY, Countersign.version)},
}
PARAMETERS = ("wait", "run_id", "state", "limit", "cursor")

# ---- 9. HTTP ----------------------------------------------------------------------------------------

IDLE_SECONDS = 65
DRAINED_BYTES = 16 * 1024 * 1024


def route_of(path: str) -> tuple[dict, dict[str, str]]:
    """The methods of a path and the ids in it."""
    try:
        # Split before decoding: an id may come percent-encoded, a slash in it would still be no separator.
        segments = [unquote(segment, errors="strict") for segment in path.split("/")]
    except UnicodeDecodeError:
        raise Problem("not_found") from None
    for template, methods in ROUTES.items():
        names = template.split("/")
        if len(names) == len(segments):
            path_ids = {name[1:-1]: given for name, given in zip(names, segments) if name.startswith("{")}
            same = all(name.startswith("{") or name == given for name, given in zip(names, segments))
            if same and path_ids.get("kind", "function_calls") in KINDS:
                return methods, path_ids
    raise Problem("not_found")


def query_of(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise Problem("invalid_parameter", detail="The query has to be UTF-8.") from None
    names = [name for name, _ in pairs]
    for name in PARAMETERS:
        if names.count(name) > 1:
            detail = "The parameter stands here twice."
            raise Problem("invalid_parameter", errors=[fault(f"/{name}", detail, "query")])
    return dict(pairs)


class Connection(http.server.BaseHTTPRequestHandler):
    """One connection, and its requests one after the other."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: Server

    def __getattr__(self, name: str) -> Any:
        # http.server looks for do_GET, do_POST and so on. Which methods there are is for the routes to say.
        if name.startswith("do_"):
            return self.serve
        raise AttributeError(name)

    def serve(self) -> None:
        with self.server.busy():
            try:
                answer = self.answer()
            except Problem as problem:
                answer = problem.answer()
            except TimeoutError:
                self.close_connection = True
                answer = Problem("request_timeout").answer()
            except ConnectionError:
                self.close_connection = True
                return
            except sqlite3.OperationalError:
                answer = Problem("storage_unavailable").answer()
            except Exception as error:
                # Without the message of the error, in which something of the request could stand.
                report = "".join(traceback.format_tb(error.__traceback__))
                print(f"{report}{type(error).__name__}", file=sys.stderr, flush=True)
                answer = Problem("internal_error").answer()
            self.send(answer)

    def answer(self) -> Answer:
        # Read first and judged later: what is left unread would be taken for the next request.
        body = self.read_body()
        # Not self.path, in which http.server makes one slash of several at the beginning.
        path, _, query = re.sub("^https?://[^/?]*", "", self.requestline.split()[1]).partition("?")
        methods, path_ids = route_of(path)
        method = "GET" if self.command == "HEAD" else self.command
        if method not in methods:
            allowed = [*methods, *(["HEAD"] if "GET" in methods else [])]
            raise Problem("method_not_allowed", headers={"Allow": ", ".join(allowed)})
        scopes, operation = methods[method]
        key = None if scopes == ANYBODY else self.key_with(scopes.split())
        request = Request(path_ids, query_of(query), self.headers, body, key)
        return operation(self.server.countersign, request)

    def key_with(self, scopes: list[str]) -> Key:
        """The key of the request, which has at least one of the scopes."""
        given = self.headers.get_all("Authorization", [])
        match = re.fullmatch(r"Bearer +(\S+) *", given[0], re.IGNORECASE) if len(given) == 1 else None
        key = match and self.server.countersign.store.key_with_secret(match[1])
        if key is None or key.revoked_at is not None:
            raise Problem("unauthenticated")
        if not set(scopes) & set(key.scopes):
            needed = " or ".join(scopes)
            raise Problem("insufficient_scope", detail=f"The operation needs the scope {needed}.")
        return key

    def send(self, answer: Answer) -> None:
        body = answer.body.encode()
        headers = {
            "Content-Type": answer.media_type,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Date": self.date_time_string(),
            **answer.headers,
        }
        if self.close_connection or self.server.stopping:
            self.close_connection = True
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        try:
            self.wfile.write(head if self.command == "HEAD" else head + body)
        except OSError:
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses: no HTTP, a request line or headers that are too long."""
        self.close_connection = True
        too_large = code in (HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        self.send(Problem("headers_too_large" if too_large else "invalid_parameter").answer())

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the path of a request tells more than a log needs to know."""

    # the body

    def read_body(self) -> bytes | None:
        """The body, or None when it is too large. One that is far too large ends the connection."""
        body = bytearray()
        size = 0
        for piece in self.body_pieces():
            size += len(piece)
            if size <= BODY_BYTES:
                body += piece
            elif size > DRAINED_BYTES:
                self.close_connection = True
                break
        return None if size > BODY_BYTES else bytes(body)

    def body_pieces(self) -> Iterator[bytes]:
        codings = self.headers.get_all("Transfer-Encoding", [])
        lengths = self.headers.get_all("Content-Length", [])
        if codings:
            if lengths or [coding.strip().lower() for coding in codings] != ["chunked"]:
                raise self.bad_framing()
            yield from self.chunks()
        elif lengths:
            if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
                raise self.bad_framing()
            yield from self.exactly(int(lengths[0]))

    def chunks(self) -> Iterator[bytes]:
        while True:
            size = re.fullmatch(rb"([0-9A-Fa-f]{1,15})[ \t]*(;.*)?\r?\n", self.rfile.readline(4096))
            if size is None:
                raise self.bad_framing()
            if int(size[1], 16) == 0:
                break
            yield from self.exactly(int(size[1], 16))
            if self.rfile.readline(3) not in (b"\r\n", b"\n"):
                raise self.bad_framing()
        for _ in range(100):
            if self.rfile.readline(65536) in (b"\r\n", b"\n", b""):
                return
        raise self.bad_framing()

    def exactly(self, size: int) -> Iterator[bytes]:
        while size > 0:
            piece = self.rfile.read(min(size, 65536))
            if not piece:
                raise ConnectionError("The client went away in the middle of its request.")
            size -= len(piece)
            yield piece

    def bad_framing(self) -> Problem:
        # Nobody can tell where the next request would begin.
        self.close_connection = True
        return Problem("malformed_body", errors=[fault("", "The length of the body cannot be told.")])


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, host: str, port: int, countersign: Countersign):
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.countersign = countersign
        self.stopping = False
        self.idle = threading.Condition()
        self.requests = 0
        super().__init__((host, port), Connection)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        with self.idle:
            self.requests += 1
        try:
            yield
        finally:
            with self.idle:
                self.requests -= 1
                self.idle.notify_all()

    def stop(self, seconds: float = 5) -> None:
        """Takes no more connections, lets everybody who waits go, and finishes what has begun."""
        self.stopping = True
        self.shutdown()
        self.countersign.room.close()
        with self.idle:
            self.idle.wait_for(lambda: self.requests == 0, seconds)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks is no news."""


# ---- 10. Start and stop -----------------------------------------------------------------------------


class OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.exit(2, f"{self.prog}: {message} (--help tells more)\n")


def port_number(given: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", given) or int(given) > 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, not {given!r}")
    return int(given)


def arguments() -> argparse.Namespace:
    parser = OneLineParser(
        description="A Countersign server in one file. The first line that it prints is JSON: its url and, "
        "when it has just made them, its keys. Keys are printed once and kept as hashes.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    port_help = "port to listen on, 0 for a free one (default: %(default)s)"
    parser.add_argument("--port", type=port_number, default=8787, help=port_help)
    file_help = "SQLite file to keep (default: %(default)s)"
    parser.add_argument("--database", default="countersign.sqlite3", help=file_help)
    parser.add_argument("--add-project", metavar="NAME", help="make one more project and print its keys too")
    return parser.parse_args()


def make_project(store: Store, name: str) -> dict[str, str]:
    """A project and three keys of it, by their scopes."""
    with store.transaction():
        project_id = store.add_project(name)
        scopes = ("agent", "responder", "admin")
        return {scope: store.add_key(project_id, [scope], scope, None)[1] for scope in scopes}


def give_up(reason: str) -> None:
    sys.exit(f"server.py: {reason}")


def main() -> None:
    given = arguments()
    try:
        store = Store(given.database)
    except sqlite3.Error as error:
        give_up(f"cannot use the database {given.database!r}: {error}")
    try:
        server = Server(given.host, given.port, Countersign(store))
    except OSError as error:
        give_up(f"cannot listen on {given.host} port {given.port}: {error.strerror or error}")
    started: dict[str, Any] = {"url": server.url}
    if store.is_empty():
        started["keys"] = make_project(store, "first")
    if given.add_project is not None:
        started["added_project"] = make_project(store, given.add_project)

    asked_to_stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: asked_to_stop.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    print(json.dumps(started), flush=True)
    asked_to_stop.wait()
    server.stop()
    store.close()


if __name__ == "__main__":
    main()
