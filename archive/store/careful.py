"""A header whose odd values are absent: nothing an object says stops it from being kept; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydicom import Dataset
from pydicom.sequence import Sequence

from archive.dicom.part10 import UNREADABLE


class CarefulHeader(Mapping[str, Any]):
    """The values of a data set by keyword; one that cannot be decoded has no key."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def __getitem__(self, keyword: str) -> Any:
        """Return the value of `keyword`; a sequence comes with all of its values decoded.

        Raises:
            KeyError: it is absent, or cannot be decoded.
        """
        try:
            value = self._dataset[keyword].value
            if isinstance(value, Sequence):
                for item in value:
                    for element in item.iterall():
                        str(element.value)
            else:
                str(value)
        except UNREADABLE as error:
            raise KeyError(keyword) from error
        return value

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keywords."""
        return iter(self._dataset.dir())

    def __len__(self) -> int:
        """Return how many elements there are."""
        return len(self._dataset)
