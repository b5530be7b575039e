"""The commands that live nowhere else, one file each: its options, and what it does."""
