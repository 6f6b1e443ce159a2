"""gunicorn with production settings (DESIGN §2, PROTOCOL §0)."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from server.baton import InTurn
from server.workers import EvenWorker, give_place, take_back

M_ARENA_MAX = -8  # malloc.h


class Server(BaseApplication):  # type: ignore[misc]
    """The application under gunicorn: workers share the loaded code, threads keep connections open."""

    def __init__(self, app: Flask, host: str, port: int, workers: int, threads: int) -> None:
        self.flask = app
        app.wsgi_app = InTurn(app.wsgi_app)  # type: ignore[method-assign]
        self.options: dict[str, Any] = {
            "bind": [f"{'[' + host + ']' if ':' in host else host}:{port}"],
            "workers": workers, "threads": threads, "worker_class": EvenWorker, "keepalive": 75,
            "preload_app": True, "timeout": 120, "graceful_timeout": 30, "max_requests": 0,
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 (gunicorn's heartbeat)
            "control_socket_disable": True,  # one socket for all servers of an account, and a thread that every fork stops
            "limit_request_line": 8190, "limit_request_field_size": 16380, "forwarded_allow_ips": "",
            "loglevel": "warning", "proc_name": "pokja",
            # No access log: addresses of phones hold their keys (PROTOCOL §0).
            "accesslog": None, "errorlog": "-", "pre_fork": _before_fork, "post_fork": _after_fork,
            "child_exit": _after_end,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.flask


def _before_fork(_server: Any, worker: Any) -> None:
    """What is loaded by now stays for good: the collector need not look at it again, nor copy its pages by doing so."""
    _share_memory()
    gc.collect()
    gc.freeze()
    # One request makes some thousand objects, hardly any of them in circles.
    gc.set_threshold(50_000, 20, 50)
    give_place(worker)


def _share_memory() -> None:
    """Threads of a worker take turns, so they need not keep memory apart: two pools instead of eight times the cores.

    What one thread frees the next can use while it is still in the processor's cache.
    """
    with suppress(OSError, AttributeError):  # only glibc has such pools
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def _after_end(_server: Any, worker: Any) -> None:
    take_back(worker)


def _after_fork(_server: Any, worker: Any) -> None:
    """A worker opens its own database connections; those of the parent must not be shared."""
    from server.db import db

    with worker.app.flask.app_context():
        db.engine.dispose(close=False)


def default_workers() -> int:
    """One worker per core, at least two so that one slow request never stops all others."""
    return max(2, min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2))
