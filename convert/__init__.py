"""Makes the landmark networks of `gazehub.faces` from MediaPipe's wheel; needs `convert/requirements.txt` alone."""
