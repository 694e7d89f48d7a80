"""A DICOM peer with a bare socket, for what no library would ever send."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Self

from archive.upper_layer.command import NO_DATA_SET, Element, Field, decode, encode, ui, us

ACCEPT, REJECT, DATA, RELEASE_RP, ABORT = 2, 3, 4, 6, 7
RELEASE_RQ_PDU = struct.pack(">BBII", 5, 0, 4, 0)
ABORT_PDU = struct.pack(">BBII", 7, 0, 4, 0)
VERIFICATION = "1.2.840.10008.1.1"
EXPLICIT = "1.2.840.10008.1.2.1"


class RawPeer:
    """One TCP connection; ends with the `with`."""

    def __init__(self, port: int, *, seconds: float = 10) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(data)

    def finish_sending(self) -> None:
        """Half close; nothing is left to close when the hub has hung up already."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def read(self) -> tuple[int, bytes]:
        """Return type and body of the next PDU.

        Raises:
            ConnectionError: there is none.
        """
        header = self._exactly(6)
        return header[0], self._exactly(struct.unpack(">I", header[2:])[0])

    def ask(self, data: bytes) -> tuple[int, bytes]:
        """Send bytes and return the next PDU."""
        self.send(data)
        return self.read()

    def is_closed(self) -> bool:
        """Wait for the other side to close; True when it does, with nothing more said."""
        try:
            return self._socket.recv(1) == b""
        except ConnectionError:
            return True

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self._socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("closed")
            data += piece
        return data


def associate_rq(
    *,
    calling: str = "RAW",
    called: str = "PACSHUB",
    version: int = 1,
    application: str = "1.2.840.10008.3.1.1.1",
    contexts: tuple[tuple[int, str, tuple[str, ...]], ...] = ((1, VERIFICATION, (EXPLICIT,)),),
    max_length: int = 16_384,
    more: bytes = b"",
) -> bytes:
    """Return an A-ASSOCIATE-RQ PDU (PS3.8 9.3.2), `more` at the end of its user information."""
    items = _item(0x10, application.encode())
    for context_id, abstract, syntaxes in contexts:
        inner = _item(0x30, abstract.encode())
        inner += b"".join(_item(0x40, syntax.encode()) for syntax in syntaxes)
        items += _item(0x20, struct.pack(">BBBB", context_id, 0, 0, 0) + inner)
    about = _item(0x51, struct.pack(">I", max_length)) + _item(0x52, b"1.2.3.4") + more
    items += _item(0x50, about)
    body = struct.pack(">HH16s16s32x", version, 0, _ae(called), _ae(calling)) + items
    return struct.pack(">BBI", 1, 0, len(body)) + body


def role_item(uid: str, *, scu: bool, scp: bool) -> bytes:
    """Return an SCP/SCU role selection sub-item (PS3.7 D.3.3.4)."""
    length = struct.pack(">H", len(uid))
    return _item(0x54, length + uid.encode() + bytes([scu, scp]))


def extended_item(uid: str, information: bytes) -> bytes:
    """Return a SOP class extended negotiation sub-item (PS3.7 D.3.3.5)."""
    length = struct.pack(">H", len(uid))
    return _item(0x56, length + uid.encode() + information)


def response(command_field: int, message_id: int, status: int = 0) -> bytes:
    """Return the command set of a response without a data set."""
    return encode(
        {
            Element.COMMAND_FIELD: us(command_field | 0x8000),
            Element.MESSAGE_ID_RESPONDED_TO: us(message_id),
            Element.DATA_SET_TYPE: us(NO_DATA_SET),
            Element.STATUS: us(status),
        }
    )


def get_command(message_id: int) -> bytes:
    """Return the command set of a C-GET-RQ, without its identifier."""
    return encode(
        {
            Element.AFFECTED_SOP_CLASS_UID: ui("1.2.840.10008.5.1.4.1.2.2.3"),
            Element.COMMAND_FIELD: us(Field.C_GET),
            Element.MESSAGE_ID: us(message_id),
            Element.DATA_SET_TYPE: us(NO_DATA_SET),
        }
    )


def data_pdu(context_id: int, data: bytes, *, control: int = 3) -> bytes:
    """Return a P-DATA-TF PDU of one fragment; control 3 is a last command, 2 a last data."""
    return struct.pack(">BBIIBB", 4, 0, len(data) + 6, len(data) + 2, context_id, control) + data


def echo_command(message_id: int) -> bytes:
    """Return the command set of a C-ECHO-RQ."""
    return encode(
        {
            Element.AFFECTED_SOP_CLASS_UID: ui(VERIFICATION),
            Element.COMMAND_FIELD: us(Field.C_ECHO),
            Element.MESSAGE_ID: us(message_id),
            Element.DATA_SET_TYPE: us(NO_DATA_SET),
        }
    )


def _item(kind: int, value: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(value)) + value


def _ae(title: str) -> bytes:
    return title.encode().ljust(16)


def find_command(message_id: int) -> bytes:
    """Return the command set of a C-FIND-RQ, its identifier to follow."""
    return encode(
        {
            Element.AFFECTED_SOP_CLASS_UID: ui("1.2.840.10008.5.1.4.1.2.2.1"),
            Element.COMMAND_FIELD: us(Field.C_FIND),
            Element.MESSAGE_ID: us(message_id),
            Element.PRIORITY: us(0),
            Element.DATA_SET_TYPE: us(1),
        }
    )


def cancel_command(message_id: int) -> bytes:
    """Return the command set of a C-CANCEL-RQ."""
    return encode(
        {
            Element.COMMAND_FIELD: us(Field.C_CANCEL),
            Element.MESSAGE_ID_RESPONDED_TO: us(message_id),
            Element.DATA_SET_TYPE: us(NO_DATA_SET),
        }
    )


def store_command(sop_class_uid: str, sop_instance_uid: str, message_id: int = 1) -> bytes:
    """Return the command set of a C-STORE-RQ, its data set to follow."""
    return encode(
        {
            Element.AFFECTED_SOP_CLASS_UID: ui(sop_class_uid),
            Element.COMMAND_FIELD: us(Field.C_STORE),
            Element.MESSAGE_ID: us(message_id),
            Element.PRIORITY: us(0),
            Element.DATA_SET_TYPE: us(1),
            Element.AFFECTED_SOP_INSTANCE_UID: ui(sop_instance_uid),
        }
    )


def status_of(body: bytes) -> int:
    """Return the status (0000,0900) of the response in the body of a P-DATA-TF PDU."""
    length = int(struct.unpack_from(">I", body)[0])
    return decode(body[6 : 4 + length]).number(Element.STATUS)
