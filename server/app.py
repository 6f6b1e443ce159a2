"""The application: settings, database, files, rooms (DESIGN §3)."""

from __future__ import annotations

import importlib
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from server import config as settings
from server.accounts.auth import authenticate
from server.blueprints import Room, install
from server.db import db, engine_options
from server.files import Folder, Keeper
from server.paths import LateRule, Number, RawPaths
from server.schema import load_models

ROOMS = ("accounts", "projects", "datasets", "publishing", "submissions", "reviews", "villages",
         "openrosa", "changes", "exports", "audits", "openapi", "desk", "front")
POLICY = ("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
          "media-src 'self' blob:; style-src 'self'; connect-src 'self'; worker-src 'self'; object-src 'none'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
migrate = Migrate()


def create_app(config: settings.Config | None = None) -> Flask:
    """The whole application for these settings (default: those of the environment)."""
    config = config or settings.read()
    config.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("server", static_folder=None, template_folder="templates")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=config.database_url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.database_url),
        SECRET_KEY=settings.secret_key(config), MAX_CONTENT_LENGTH=config["MAX_UPLOAD_MB"] << 20,
        MAX_FORM_MEMORY_SIZE=16 << 20, MAX_FORM_PARTS=2000, PERMANENT_SESSION_LIFETIME=timedelta(hours=config["SESSION_HOURS"]))
    app.session_interface = NoSession()
    app.extensions["pokja.config"] = config
    app.extensions["pokja.files"] = keeper_of(config)
    app.extensions["pokja.authenticate"] = authenticate
    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"), compare_type=True, render_as_batch=True)
    app.url_rule_class, app.url_map.converters["int"] = LateRule, Number
    install(app)
    for name in ROOMS:
        app.register_blueprint(room(name))
    load_models()
    name_followers()
    app.after_request(guard)
    app.wsgi_app = RawPaths(_behind_proxies(app.wsgi_app, config))  # type: ignore[method-assign]
    return app


class NoSession(SessionInterface):
    """Flask's own cookie session is never used (log-ins are rows), so no request pays for reading and signing it."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        return self.make_null_session(app)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


def room(name: str) -> Room:
    """The blueprint of a room."""
    found: Room = importlib.import_module(f"server.{name}.views").room
    return found


def name_followers() -> None:
    """Who acts when a room below it changes something: rooms may not import upwards (see follow.py)."""
    from server import follow
    from server.reviews import store as reviews
    from server.submissions import store as submissions
    from server.villages import list_store
    from server.villages import store as villages

    follow.follow(villages.rescore)
    follow.areas_from(villages.codes)
    reviews.locks_from(villages.locked_since)
    follow.follow_trials(submissions.drop_trials)
    follow.follow_publishing(list_store.published)


def keeper_of(config: settings.Config) -> Keeper:
    """Where the files lie: a folder here, or an S3-compatible store."""
    if config.files_url.startswith("s3://"):
        from server.files_s3 import Bucket

        return Bucket(config.files_url)
    return Folder(Path(config.files_url))


def _behind_proxies(app: Any, config: settings.Config) -> Any:
    """Believe forwarding headers only when the peer is a trusted proxy."""
    import ipaddress

    networks = [ipaddress.ip_network(item, strict=False) for item in config["TRUSTED_PROXIES"]]
    fixed = ProxyFix(app, x_for=1, x_proto=1, x_host=1)

    def choose(environ: dict[str, Any], start_response: Any) -> Any:
        try:
            peer = ipaddress.ip_address(environ.get("REMOTE_ADDR", ""))
        except ValueError:
            return app(environ, start_response)
        trusted = any(peer in network for network in networks)
        return (fixed if trusted else app)(environ, start_response)

    return choose if networks else app


def guard(response: Response) -> Response:
    """Headers that every answer carries: nothing is guessed, framed, leaked or cached where it must not be."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Content-Security-Policy", POLICY)
    if request.method not in ("GET", "HEAD"):
        headers["Cache-Control"] = "no-store"
    else:
        headers.setdefault("Cache-Control", "private, no-cache")
    return response
