"""Notifications: texts and emails to customers, from the row that owes them to the channel that carries them."""
