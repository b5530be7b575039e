"""The networks: `GazeModel` and what runs it."""
