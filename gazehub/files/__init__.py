"""Pictures and clips on disk."""
