"""The console: where support signs in, finds a payment request, reads all that happened to it, and helps."""
