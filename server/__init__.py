"""The Flask application: rows, files and pages around what forms, sync and scoring know."""
