"""Eye contact in the visitor's own browser: static files, written into a folder that any host can serve."""
