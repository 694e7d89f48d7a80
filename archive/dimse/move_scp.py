"""C-MOVE: objects go to a third application entity, on associations of ours (PS3.4 C.4.2)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from archive.dimse.query_retrieve import read_selection
from archive.dimse.statuses import retrieve_failure
from archive.dimse.suboperations import perform
from archive.models import Instance
from archive.requestor.association import Peer, PeerAway
from archive.requestor.peers import configured_peer
from archive.requestor.store_scu import MoveOriginator, StoreScu, offers
from archive.retrieve.leaving import Leaving, leave
from archive.retrieve.selection import choose
from archive.storage.current import area
from archive.upper_layer.command import Element
from archive.upper_layer.messages import Operation, Request, Response, identifier_sink
from pacs_hub.access import queries
from pacs_hub.kernel.errors import Conflict, Unknown


class DestinationUnknown(Unknown):
    """Nobody of that title is configured with an address we can call."""

    code = "unknown-destination"


class DestinationForbidden(Conflict):
    """The caller may not have objects sent there."""

    code = "destination-not-permitted"


def on_c_move(request: Request) -> Iterator[Response]:
    """Send what the identifier selects to the destination, telling how far it is."""
    caller = request.caller
    policies = queries.peer_policies(caller.calling_ae)
    selection = read_selection(request, is_lenient=bool(policies.get("lenient_hierarchy")))
    named = request.command.text(Element.MOVE_DESTINATION)
    peer = _destination(named, allowed=policies.get("move_to"), calling_ae=caller.called_ae)
    chosen = choose(selection)
    originator = MoveOriginator(ae_title=caller.calling_ae, message_id=request.command.message_id)
    with StoreScu(peer, offers=offers(sorted(chosen.kinds))) as scu:

        def deliver(row: Instance) -> Generator[None, None, int]:
            def prepare(accepted: tuple[str, ...]) -> Leaving:
                return leave(row, area=area(), accepted=accepted)

            return scu.delivering(row.sop_class_uid, prepare, move_originator=originator)

        yield from perform(
            request, chosen.ids, deliver, goes_to=peer.ae_title, speaks_meanwhile=True
        )


def _destination(ae_title: str, *, allowed: list[str] | None, calling_ae: str) -> Peer:
    """Return where to send to; `allowed` is the caller's `move_to`, None for anywhere.

    Raises:
        DestinationUnknown: it is not configured, or without host and port.
        DestinationForbidden: the caller may not have objects sent there.
    """
    try:
        peer = configured_peer(ae_title, ours=calling_ae)
    except PeerAway as error:
        text = "the move destination is not configured with host and port"
        raise DestinationUnknown(text) from error
    if allowed is not None and ae_title not in allowed:
        raise DestinationForbidden("objects may not be moved there for this caller")
    return peer


C_MOVE = Operation(
    perform=on_c_move, failure=retrieve_failure, sees_cancel=True, open_sink=identifier_sink
)
