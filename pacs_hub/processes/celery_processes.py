"""Celery's two processes: the worker and the scheduler."""

from __future__ import annotations

import threading

from django.conf import settings

from pacs_hub.celery import app


def serve_worker(stop: threading.Event) -> None:  # noqa: ARG001 - Celery listens for SIGTERM itself
    """Run tasks until SIGTERM, then finish the ones in hand."""
    app.worker_main(
        [
            "worker",
            f"--pool={settings.CELERY_WORKER_POOL}",
            f"--concurrency={settings.CELERY_WORKER_CONCURRENCY}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--quiet",
        ]
    )


def serve_scheduler(stop: threading.Event) -> None:  # noqa: ARG001 - Celery listens itself
    """Send each sweep when it is due; the schedule lives in the settings, nothing on disk."""
    app.Beat(quiet=True).run()
