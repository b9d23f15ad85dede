"""The sandbox's own door: the pretend gateway's page, its bank, and the phone that shows what was sent."""
