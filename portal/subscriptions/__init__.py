"""Subscriptions: their terms, their calendar and the moves of their life."""
