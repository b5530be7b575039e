"""A webcam in, a virtual camera with the eyes on the lens out, while a call goes on."""
