"""The page of one instalment that is collected by link."""
