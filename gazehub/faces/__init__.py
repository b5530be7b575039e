"""Finding faces: MediaPipe's detector and attention mesh behind one small class."""
