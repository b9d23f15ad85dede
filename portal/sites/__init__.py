"""Sites are the tenants: their keys, their clock and their policy."""
