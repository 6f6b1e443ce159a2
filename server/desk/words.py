"""Languages, times and numbers of the pages: Indonesian first, WIB, decimal comma (DOMAIN §6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel import dates, numbers
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_locale, gettext
from flask_babel import get_timezone as _zone

from scoring.figures import printed
from server.grants import NOBODY

LANGUAGES = {"id": "Indonesia", "en": "English"}
COOKIE = "language"  # what somebody who is not logged in chose


def install(app: Flask) -> None:
    """Give the application's templates their words and filters."""
    settings = app.extensions["pokja.config"]
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations/scores;translations/data;translations")
    Babel(app, default_locale=settings["DEFAULT_LANGUAGE"], default_timezone=settings["TIME_ZONE"], locale_selector=chosen,
          timezone_selector=lambda: settings["TIME_ZONE"])
    app.jinja_env.filters.update(moment=moment, day=day, clock=clock, ago=ago, number=number, points=points)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def chosen() -> str:
    """The page's language: the person's, else the browser's cookie, else the setting."""
    default = str(current_app.extensions["pokja.config"]["DEFAULT_LANGUAGE"])
    if not has_request_context():
        return default
    wanted = g.get("caller", NOBODY).language or request.cookies.get(COOKIE)
    return wanted if wanted in LANGUAGES else default


def language() -> str:
    """`id` or `en`."""
    locale = get_locale()
    return str(locale.language) if locale else "id"


def moment(value: datetime | None, form: str = "d MMM y, HH.mm") -> str:
    """A moment in the pages' time zone: "24 Nov 2026, 10.55 WIB"."""
    if value is None:
        return "–"
    if language() == "en":
        form = form.replace("HH.mm", "HH:mm")
    local = value.astimezone(_zone())
    zone = "WIB" if local.tzname() in ("WIB", "+07") else local.tzname()
    return f"{dates.format_datetime(local, form, locale=get_locale())} {zone}"


def day(value: datetime | date | str | None) -> str:
    """A date in full: "24 November 2026". A text that is no date comes back as it is."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value[:10])
        except ValueError:
            return str(value)
    if isinstance(value, datetime):
        value = value.astimezone(_zone()).date()
    return "–" if value is None else dates.format_date(value, "d MMMM y", locale=get_locale())


def clock(value: str) -> str:
    """A moment as a phone wrote it ("2026-11-24T10:55:00.000+07:00"), in the pages' zone; else the text itself."""
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment(read if read.tzinfo else read.replace(tzinfo=_zone()))


def ago(value: datetime | None) -> str:
    """How long ago in words: "3 jam yang lalu"."""
    if value is None:
        return str(gettext("never"))
    return dates.format_timedelta(value - datetime.now(UTC), add_direction=True, locale=get_locale())


def number(value: Any, decimals: int | None = None) -> str:
    """A number as its reader writes it: 132.495, 58,79. What is no number comes back as text."""
    try:
        exact = Decimal(str(value))
        if not exact.is_finite():
            return str(value)
    except ArithmeticError:
        return str(value)
    if decimals is not None:
        exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    places = max(0, -int(exact.as_tuple().exponent))
    form = "#,##0" + ("." + "0" * places if places else "")
    return numbers.format_decimal(exact, form, locale=get_locale(), decimal_quantization=False)


def points(value: Any) -> str:
    """A score or share with two decimals, rounded half up: 58,79."""
    return printed(value, language())
