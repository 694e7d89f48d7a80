"""C-STORE to others: the object goes out block by block, never whole in memory (PS3.4 B)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from archive.requestor.association import Outgoing, Peer, PeerAway, Times, associate
from archive.requestor.proposal import MOST_CONTEXTS, Granted, Wanted
from archive.upper_layer import command
from archive.upper_layer.command import Element, Field

ALWAYS: Final = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))
BYTES_A_SECOND: Final = 1_048_576  # how slowly a peer may write what it got before it answers
ANEW: Final = 2  # new associations for one object
_MEDIUM: Final = b"\0\0"


class Departing(Protocol):
    """What is sent: read once."""

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID of the object."""

    @property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID of the object."""

    @property
    def transfer_syntax_uid(self) -> str:
        """What the bytes of `data_set` are in."""

    @property
    def length(self) -> int | None:
        """About how many bytes there are, where that is known."""

    def data_set(self) -> Iterator[bytes]:
        """Yield the data set without preamble and File Meta Information."""

    def close(self) -> None:
        """Let go of what is behind it."""


@dataclass(frozen=True, kw_only=True)
class MoveOriginator:
    """Who asked for the C-MOVE this is a sub-operation of (PS3.7 9.3.1.1)."""

    ae_title: str
    message_id: int


def offers(stored: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return what to propose for pairs of SOP class and stored transfer syntax.

    The stored syntaxes come first, then Explicit and Implicit VR Little Endian: what can always
    be made of a native object, and of most compressed ones.
    """
    wanted: dict[str, dict[str, None]] = {}
    for sop_class_uid, transfer_syntax_uid in stored:
        wanted.setdefault(sop_class_uid, {})[transfer_syntax_uid] = None
    return {uid: tuple(dict.fromkeys((*syntaxes, *ALWAYS))) for uid, syntaxes in wanted.items()}


class StoreScu:
    """Sends objects to one peer, on as many associations as their contexts need.

    An association is opened when the first object needs it, and anew when it broke.
    """

    def __init__(
        self, peer: Peer, *, offers: Mapping[str, Sequence[str]], times: Times | None = None
    ) -> None:
        self._peer = peer
        self._times = times or Times()
        self._groups = _groups(offers)
        self._open: dict[int, Outgoing] = {}
        self._none_of: set[int] = set()  # groups of which the peer takes nothing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.release()
        else:
            self.abort()

    def accepted(self, sop_class_uid: str) -> tuple[str, ...]:
        """Return the transfer syntaxes the peer takes of a SOP class, as we prefer them.

        Raises:
            PeerAway: the association cannot be opened.
        """
        return tuple(context.transfer_syntax for context in self._contexts(sop_class_uid))

    def sending(
        self, leaving: Departing, *, move_originator: MoveOriginator | None = None
    ) -> Generator[None, None, int]:
        """Send one object and return the status; yields while that takes its time.

        Raises:
            PeerAway: the peer does not take it in this syntax, or the association broke.
        """
        try:
            association, context = self._context_for(leaving)
            answer = yield from association.asking(
                context_id=context.context_id,
                command=store_command(leaving, move_originator=move_originator),
                data_set=leaving.data_set(),
                seconds=patience(leaving, self._times.answer),
            )
        finally:
            leaving.close()
        return answer.status

    def send(self, leaving: Departing, *, move_originator: MoveOriginator | None = None) -> int:
        """Send one object and return the status; raises as `sending` does."""
        return _finished(self.sending(leaving, move_originator=move_originator))

    def delivering(
        self,
        sop_class_uid: str,
        prepare: Callable[[tuple[str, ...]], Departing],
        *,
        move_originator: MoveOriginator | None = None,
    ) -> Generator[None, None, int]:
        """Send one object and return its last status: again on the same association after a
        refusal for want of resources (A7xx), and on a new one, twice, when the association broke.

        `prepare` makes the object anew for each attempt, in one of the syntaxes it is given.

        Raises:
            PeerAway: none of the attempts came to an answer, or there is no sense in another.
        """
        left, again = ANEW, True
        while True:
            try:
                leaving = prepare(self.accepted(sop_class_uid))
                status = yield from self.sending(leaving, move_originator=move_originator)
            except PeerAway as error:
                if not left or error.error_code != "peer-aborted":
                    raise
                left -= 1
                continue
            if not again or not is_refusal(status):
                return status
            again = False

    def release(self) -> None:
        """End every association in order."""
        for association in self._open.values():
            association.release()
        self._open.clear()

    def abort(self) -> None:
        """End every association at once."""
        for association in self._open.values():
            association.abort()
        self._open.clear()

    def _association(self, group: int) -> Outgoing:
        association = self._open.get(group)
        if association is None or not association.is_open:
            association = associate(self._peer, contexts=self._groups[group], times=self._times)
            self._open[group] = association
        return association

    def _contexts(self, sop_class_uid: str) -> list[Granted]:
        for number, group in enumerate(self._groups):
            if any(wanted.abstract_syntax == sop_class_uid for wanted in group):
                contexts = self._granted(number)
                return [c for c in contexts if c.abstract_syntax == sop_class_uid]
        return []

    def _granted(self, group: int) -> tuple[Granted, ...]:
        """Return the accepted contexts of a group; one that has none is not asked for again."""
        if group in self._none_of:
            return ()
        try:
            return self._association(group).contexts
        except PeerAway as error:
            if error.error_code != "no-context":
                raise
            self._none_of.add(group)
            return ()

    def _context_for(self, leaving: Departing) -> tuple[Outgoing, Granted]:
        for context in self._contexts(leaving.sop_class_uid):
            if context.transfer_syntax == leaving.transfer_syntax_uid:
                found = next(a for a in self._open.values() if context in a.contexts)
                return found, context
        text = f"{self._peer.ae_title} does not take this object's transfer syntax"
        raise PeerAway(text, code="no-context")


def store_command(
    leaving: Departing, *, move_originator: MoveOriginator | None = None
) -> dict[int, bytes]:
    """Return the elements of a C-STORE-RQ (PS3.7 9.3.1.1)."""
    values: dict[int, bytes] = {
        Element.COMMAND_FIELD: command.us(Field.C_STORE),
        Element.AFFECTED_SOP_CLASS_UID: command.ui(leaving.sop_class_uid),
        Element.AFFECTED_SOP_INSTANCE_UID: command.ui(leaving.sop_instance_uid),
        Element.PRIORITY: _MEDIUM,
    }
    if move_originator is not None:
        values[Element.MOVE_ORIGINATOR_AE_TITLE] = command.ae(move_originator.ae_title)
        values[Element.MOVE_ORIGINATOR_MESSAGE_ID] = command.us(move_originator.message_id)
    return values


def patience(leaving: Departing, seconds: float) -> float:
    """Return how long a peer may take to answer: longer for what is big."""
    return seconds + (leaving.length or 0) / BYTES_A_SECOND


def is_refusal(status: int) -> bool:
    """Say whether a C-STORE was refused for want of resources (PS3.4 B.2.3)."""
    return status & 0xFF00 == 0xA700


def _groups(offers: Mapping[str, Sequence[str]]) -> list[list[Wanted]]:
    """Cut the contexts to what one association holds; those of a class stay together."""
    groups: list[list[Wanted]] = [[]]
    for uid, syntaxes in offers.items():
        wanted = [Wanted(abstract_syntax=uid, transfer_syntaxes=(s,)) for s in syntaxes]
        if len(groups[-1]) + len(wanted) > MOST_CONTEXTS:
            groups.append([])
        groups[-1] += wanted
    return groups


def _finished(sending: Generator[None, None, int]) -> int:
    while True:
        try:
            next(sending)
        except StopIteration as end:
            return int(end.value)
