"""Folders of photos: worked through by one process or many, gone on with after a stop, reported line by line.

``plan -> engine (this process, processes, Ray Data) -> Record -> report``. Workers correct photos and write the
pictures; what comes back is a `Record`, never pixels. One writer, the process that was started, commits them.
"""
