"""A portal for payment links: subscriptions that a customer confirms by a link in a text or an email."""
