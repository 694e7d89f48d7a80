"""A workstation that retrieves: C-MOVE and C-GET over pynetdicom, every response kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, Association, build_context, build_role, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)

from archive.dicom.encoding import decode
from tests.support.peers.archive import Received, received_from
from tests.support.peers.modality import undisturbed


@dataclass(kw_only=True)
class Retrieved:
    """The responses to one retrieve, and what came back on the same association."""

    responses: list[Dataset] = field(default_factory=list)
    last_identifier: Dataset | None = None
    received: list[Received] = field(default_factory=list)

    @property
    def objects(self) -> list[Dataset]:
        """Return what came back, read; its transfer syntax in the file meta."""
        found = []
        for one in self.received:
            ds = decode(one.data_set, transfer_syntax=one.transfer_syntax)
            ds.file_meta = FileMetaDataset()
            ds.file_meta.TransferSyntaxUID = one.transfer_syntax
            found.append(ds)
        return found

    @property
    def status(self) -> int:
        """Return the last status."""
        return int(self.responses[-1].Status)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Return completed, failed and warning sub-operations of the last response."""
        last = self.responses[-1]
        return (
            int(last.NumberOfCompletedSuboperations),
            int(last.NumberOfFailedSuboperations),
            int(last.NumberOfWarningSuboperations),
        )

    @property
    def failed(self) -> list[str]:
        """Return the Failed SOP Instance UID List."""
        if self.last_identifier is None:
            return []
        found = self.last_identifier.FailedSOPInstanceUIDList
        return [str(found)] if isinstance(found, str) else [str(uid) for uid in found]


def wish(level: str, **keys: object) -> Dataset:
    """Return an identifier."""
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


class Retriever:
    """Asks the hub on `port`; `after` is called with the association at each pending response."""

    def __init__(self, port: int, *, ae_title: str = "CT1") -> None:
        self._port = port
        self._ae_title = ae_title

    def move(
        self,
        identifier: Dataset,
        *,
        to: str = "OTHER",
        model: str = StudyRootQueryRetrieveInformationModelMove,
        after: Callable[[Association], None] = lambda _: None,
    ) -> Retrieved:
        """Have what the identifier selects moved."""
        ae = self._ae()
        ae.add_requested_context(model, ExplicitVRLittleEndian)
        association = ae.associate("127.0.0.1", self._port, ae_title="PACSHUB")
        assert association.is_established
        result = Retrieved()
        with undisturbed(association):
            for status, answer in association.send_c_move(identifier, to, model, msg_id=7):
                self._note(result, status, answer)
                if status.Status == 0xFF00:
                    after(association)
        association.release()
        return result

    def get(
        self,
        identifier: Dataset,
        *,
        takes: Sequence[str] = (CTImageStorage,),
        syntaxes: Sequence[str] = (ExplicitVRLittleEndian,),
        pairs: Collection[tuple[str, str]] = (),
        model: str = StudyRootQueryRetrieveInformationModelGet,
        on_store: Callable[[evt.Event], int] = lambda _: 0,
    ) -> Retrieved:
        """Get what the identifier selects, in contexts for the classes it `takes`.

        `pairs` of SOP class and transfer syntax get a context of their own each.
        """
        result = Retrieved()

        def store(event: evt.Event) -> int:
            status = on_store(event)
            if status == 0:
                result.received.append(received_from(event))
            return status

        ae = self._ae()
        contexts = [build_context(model, ExplicitVRLittleEndian)]
        contexts += [build_context(uid, list(syntaxes)) for uid in takes]
        contexts += [build_context(uid, [syntax]) for uid, syntax in pairs]
        back = dict.fromkeys([*takes, *(uid for uid, _ in pairs)])
        association = ae.associate(
            "127.0.0.1",
            self._port,
            ae_title="PACSHUB",
            contexts=contexts,
            ext_neg=[build_role(uid, scp_role=True) for uid in back],  # type: ignore[arg-type]
            evt_handlers=[(evt.EVT_C_STORE, store)],
        )
        assert association.is_established
        with undisturbed(association):
            for status, answer in association.send_c_get(identifier, model, msg_id=9):
                self._note(result, status, answer)
        association.release()
        return result

    def _ae(self) -> AE:
        ae = AE(ae_title=self._ae_title)
        ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = 30
        return ae

    def _note(self, result: Retrieved, status: Dataset, answer: Dataset | None) -> None:
        result.responses.append(status)
        result.last_identifier = answer
