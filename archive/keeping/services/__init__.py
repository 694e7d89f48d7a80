"""Keep what was stored: verify it, rebuild its index, move it, and let it go by rule."""

from archive.keeping.services._reindex import Reindexed, reindex
from archive.keeping.services._verify import verify_some
from archive.keeping.services._verify_all import verify_all

__all__ = ["Reindexed", "reindex", "verify_all", "verify_some"]
