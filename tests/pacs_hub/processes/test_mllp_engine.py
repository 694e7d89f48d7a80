"""Lanes outlive what goes wrong in them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from integrations.hl7.inbox.admission import Doorkeeper
from integrations.hl7.inbox.arrivals import Arrival, Receipt
from pacs_hub.processes.mllp_engine import Engine
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt
from tests.support.mllp_door import a_sender, a_site

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_whose_row_is_gone_leaves_its_lane_to_the_next(tmp_path: Path) -> None:
    a_site()
    a_sender()
    raw = adt("A28").encode()

    async def both() -> Receipt:
        engine = Engine(routes=ROUTES, doorkeeper=Doorkeeper(), papers=tmp_path)
        gone = engine.submit(Arrival(raw=raw, address="127.0.0.1", kept_as=999_999))
        with pytest.raises(ConnectionAbortedError):
            await asyncio.wait_for(gone.receipt, 10)
        after = engine.submit(Arrival(raw=raw, address="127.0.0.1"))
        receipt = await asyncio.wait_for(after.receipt, 10)
        await asyncio.to_thread(engine.close)
        return receipt

    assert b"MSA|AA|" in (asyncio.run(both()).answer or b"")
