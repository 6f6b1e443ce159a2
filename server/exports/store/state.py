"""Whether anything of a project changed, in one cheap look (PROTOCOL §0 "ETag")."""

from __future__ import annotations

from sqlalchemy import func, select, text

from server.events import Event
from server.streams import Snapshot

_NAMES = ("user.update", "field_key.update")  # a sender's name stands in the rows


def state_of(snapshot: Snapshot, project_id: int) -> str:
    """A text that is the same only while the project is: the newest line of its log.

    PostgreSQL hands out ids before commits, so a line with a smaller one may still appear. While any transaction runs,
    its snapshot is part of the text: at worst, an answer is sent again that was known.
    """
    connection = snapshot.connection
    newest = connection.execute(select(Event.transaction_id, Event.id).where(Event.project_id == project_id).order_by(
        Event.transaction_id.desc(), Event.id.desc()).limit(1)).first()
    renamed = connection.scalar(select(func.max(Event.id)).where(Event.action.in_(_NAMES)))
    running = ""
    if snapshot.postgresql:
        running = str(connection.scalar(text(
            "SELECT CASE WHEN pg_snapshot_xmin(s) = pg_snapshot_xmax(s) THEN '' ELSE s::text END FROM pg_current_snapshot() s")))
    return f"{tuple(newest) if newest else ''}/{renamed}/{running}"
