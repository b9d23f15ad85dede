"""The servers that tests run against: found, installed on Debian, started in folders of their own, and ended."""
