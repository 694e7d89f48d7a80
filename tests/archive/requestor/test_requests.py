"""Normalized requests to a real service class provider, and the roles they need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    InstanceAvailabilityNotification,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

from archive.requestor.association import Peer, open_association
from archive.requestor.proposal import Wanted
from archive.requestor.requests import n_action, n_create, n_event_report
from archive.upper_layer.negotiation import Roles

Heard = list[tuple[str, int, str]]


@contextmanager
def somebody(heard: Heard, *, status: int = 0) -> Iterator[Peer]:
    """Run a pynetdicom AE for commitment (both roles) and availability."""

    def note(kind: str, number: int, data_set: Dataset) -> tuple[int, Dataset | None]:
        heard.append((kind, number, str(data_set.get("TransactionUID", ""))))
        answer = Dataset()
        answer.RetrieveAETitle = "SAID"
        return status, answer

    handlers = [
        (evt.EVT_N_ACTION, lambda e: note("action", e.action_type, e.action_information)),
        (evt.EVT_N_EVENT_REPORT, lambda e: note("event", e.event_type, e.event_information)),
        (evt.EVT_N_CREATE, lambda e: note("create", 0, e.attribute_list)),
    ]
    ae = AE(ae_title="OTHER")
    ae.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    ae.add_supported_context(InstanceAvailabilityNotification)
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        port = int(server.server_address[1])
        yield Peer(ae_title="OTHER", host="127.0.0.1", port=port, calling_ae="PACSHUB")
    finally:
        server.shutdown()


def wanted(uid: str, syntax: str = ExplicitVRLittleEndian) -> Wanted:
    """Return a context with one transfer syntax."""
    return Wanted(abstract_syntax=uid, transfer_syntaxes=(syntax,))


def transaction() -> Dataset:
    """Return an identifier with a Transaction UID."""
    ds = Dataset()
    ds.TransactionUID = "1.2.3.4"
    return ds


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_an_action_is_asked_for(syntax: str) -> None:
    heard: Heard = []
    with (
        somebody(heard) as peer,
        open_association(peer, contexts=[wanted(StorageCommitmentPushModel, syntax)]) as open_one,
    ):
        answer = n_action(
            open_one,
            sop_class_uid=StorageCommitmentPushModel,
            sop_instance_uid=StorageCommitmentPushModelInstance,
            action_type=1,
            data_set=transaction(),
        )
    assert heard == [("action", 1, "1.2.3.4")]
    assert answer.status == 0
    assert answer.data_set is not None
    assert answer.data_set.RetrieveAETitle == "SAID"


def test_an_event_is_reported_in_the_role_of_the_provider() -> None:
    heard: Heard = []
    roles = {StorageCommitmentPushModel: Roles(scu=False, scp=True)}
    with (
        somebody(heard) as peer,
        open_association(
            peer, contexts=[wanted(StorageCommitmentPushModel)], roles=roles
        ) as association,
    ):
        assert [context.we_perform for context in association.contexts] == [True]
        answer = n_event_report(
            association,
            sop_class_uid=StorageCommitmentPushModel,
            sop_instance_uid=StorageCommitmentPushModelInstance,
            event_type=2,
            data_set=transaction(),
        )
    assert (answer.status, heard) == (0, [("event", 2, "1.2.3.4")])


def test_a_refused_creation_is_an_answer_too() -> None:
    heard: Heard = []
    with (
        somebody(heard, status=0x0110) as peer,
        open_association(peer, contexts=[wanted(InstanceAvailabilityNotification)]) as open_one,
    ):
        answer = n_create(
            open_one,
            sop_class_uid=InstanceAvailabilityNotification,
            sop_instance_uid="1.2.3",
            data_set=transaction(),
        )
    assert answer.status == 0x0110
    assert heard == [("create", 0, "1.2.3.4")]
