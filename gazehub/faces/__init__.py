"""Finding faces: MediaPipe's detectors and attention mesh, run by onnxruntime, behind one small class."""
