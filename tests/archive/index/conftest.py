"""Both ways a search takes: few rows are looked up at once, of many each is looked at."""

import pytest


@pytest.fixture(params=["looked up", "looked at"])
def each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the test both ways: what is found must not depend on how."""
    if request.param == "looked at":
        for module in ("people", "conditions"):
            monkeypatch.setattr(f"archive.index.{module}.MOST_LOOKED_UP", -1)
