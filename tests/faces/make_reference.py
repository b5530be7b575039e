"""Write MediaPipe's landmarks of the sample pictures to reference.json: `python -m tests.faces.make_reference`.

Needs `gazehub[mediapipe]` (Python 3.11 or 3.12, numpy 1), scikit-image and matplotlib.
"""

from __future__ import annotations

import json
from pathlib import Path

from gazehub.faces.mediapipe_package import MediaPipeLandmarker
from tests.faces.samples import digest, pictures, points

REFERENCE = Path(__file__).with_name("reference.json")


def main() -> None:
    landmarker = MediaPipeLandmarker()
    reference = {
        name: {"sha256": digest(picture), "faces": [points(face).round(4).tolist() for face in landmarker(picture)]}
        for name, picture in pictures().items()
    }
    REFERENCE.write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
