"""Villages, the periods they are assessed in, and their scores (DESIGN §4.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Instant, Json


class Village(Base):
    """One village: its code (a path in a prefix tree), names, and a point in degrees WGS84."""

    __tablename__ = "villages"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    subdistrict_code: Mapped[str] = mapped_column(String(32), index=True)
    subdistrict: Mapped[str] = mapped_column(String(200))
    lon: Mapped[float | None] = mapped_column()
    lat: Mapped[float | None] = mapped_column()
    outline: Mapped[dict[str, Any] | None] = mapped_column(Json)  # GeoJSON geometry, if somebody imported one


class Period(Base):
    """A period of one project. Locked, its scores stay as published."""

    __tablename__ = "periods"
    __table_args__ = (UniqueConstraint("project_id", "code"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"))
    code: Mapped[str] = mapped_column(String(32))
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    locked_by: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")


class ScoreRow(Base):
    """The score of one village in one period, as scoring.score.to_json gave it from the approved submission."""

    __tablename__ = "scores"
    __table_args__ = (UniqueConstraint("form_id", "village_code", "period"),
                      Index("ix_scores_project_period", "project_id", "period"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"))
    form_id: Mapped[int] = mapped_column(Id, ForeignKey("forms.id"))
    village_code: Mapped[str] = mapped_column(String(32))
    period: Mapped[str] = mapped_column(String(32))
    submission_id: Mapped[int] = mapped_column(Id, ForeignKey("submissions.id"))
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("submission_versions.id"))
    form_version_id: Mapped[int] = mapped_column(Id, ForeignKey("form_versions.id"))
    kind: Mapped[str] = mapped_column(String(16))  # score or readiness
    status: Mapped[str] = mapped_column(String(32), default="")  # of the Pokja, as answered
    formed: Mapped[bool] = mapped_column()
    total: Mapped[float | None] = mapped_column()
    lower: Mapped[float | None] = mapped_column()
    upper: Mapped[float | None] = mapped_column()
    completeness: Mapped[float | None] = mapped_column()
    class_code: Mapped[str | None] = mapped_column(String(64))
    provisional: Mapped[bool] = mapped_column(default=False)
    result: Mapped[dict[str, Any]] = mapped_column(Json)
    brief: Mapped[dict[str, Any]] = mapped_column(Json)  # of the result what lists show: its class, readiness and rubric
    computed_at: Mapped[datetime] = mapped_column(Instant)
