"""The native API: Hyfin's shape in v3, v3.1 (snake_case) and v4 (camelCase)."""
