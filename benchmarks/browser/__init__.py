"""What a browser makes of the web page and of the app, and the pictures that are made with one."""
