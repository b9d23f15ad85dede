"""The ground every domain stands on: settings, storage, time, money, errors; it knows nothing of what is sold."""
