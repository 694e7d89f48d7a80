"""Who is who: merges, their undoing, and deletions, across archive and worklist."""
