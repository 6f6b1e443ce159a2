"""What is wrong with a rubric sheet, and in which row and column (DESIGN §7)."""

from __future__ import annotations


class RubricError(ValueError):
    """A rubric that cannot be used.

    `message` is a sentence for the sheet's author; `row` counts as in the spreadsheet (1 = header row).
    """

    def __init__(self, message: str, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.column = column

    @property
    def place(self) -> str:
        """Return "scoring, row 12, column params", or what of it is known."""
        parts = ["scoring", f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else ""]
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class UnknownField(RubricError):
    """The rubric names a field (`field`) that the form lacks."""

    def __init__(self, field: str, message: str, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message, row, column)
        self.field = field


class RatingError(ValueError):
    """A reviewer's rating that names no indicator of the rubric, or lies outside 0 to 100."""
