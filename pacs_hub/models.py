"""Re-exports the tables of the roof, so that Django finds them under one label."""

from pacs_hub.site.models import SiteVersion

__all__ = ["SiteVersion"]
