"""Alembic migrations: numbered, one idea each, safe while the code before them still runs."""
