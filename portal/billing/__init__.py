"""Billing: the yes of the customer, what is owed for a period, and how it is collected exactly once."""
