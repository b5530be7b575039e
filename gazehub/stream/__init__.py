"""What is remembered between the frames of a film: who is who, where the head is, where the eyes are to look."""
