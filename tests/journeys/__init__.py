"""Journeys: whole stories, in a real browser, against the product's own processes."""
