"""Customers: the people who are asked to pay, and how they are reached."""
