"""Preparation through Ray gives the shards of the plain path, whatever dies on the way."""

import threading
import time
from contextlib import suppress
from functools import partial

import psutil
import pytest
import ray

from train.corpus.batches import Corpus
from train.corpus.engines import local_engine, ray_engine
from train.corpus.prepare import prepare

SETTINGS = dict(rotations=6, holdout=0.5, shard_faces=3)


@pytest.fixture(scope="module")
def plain(portraits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    prepare(portraits, folder, engine=partial(local_engine, 1), **SETTINGS)
    return contents(folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def kill_a_busy_worker(killed):
    """Kill a worker process of Ray's while it cuts a shard."""
    while not killed:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # one that ended since the list was made
                if "ray::cut_shard" in " ".join(process.cmdline()):
                    process.kill()
                    killed.append(process.pid)
                    break
        time.sleep(0.02)


def test_two_workers_give_the_same_shards_though_one_is_killed(portraits, plain, tmp_path):
    killed = []
    killer = threading.Thread(target=kill_a_busy_worker, args=(killed,), daemon=True)
    killer.start()
    prepare(portraits, tmp_path, engine=partial(ray_engine, 2, "local"), **SETTINGS)
    assert killed and not ray.is_initialized()
    assert contents(tmp_path) == plain
    faces = plain["faces.csv"].count(b"\n") - 1
    assert sum(name.startswith("patches_") for name in plain) == -(-faces // SETTINGS["shard_faces"])


def test_training_reads_shards(plain, portraits, tmp_path):
    prepare(portraits, tmp_path, engine=partial(local_engine, 1), **{**SETTINGS, "shard_faces": 100})
    for name, data in plain.items():
        (tmp_path / "shards").mkdir(exist_ok=True)
        (tmp_path / "shards" / name).write_bytes(data)
    whole, shards = Corpus(tmp_path, "train"), Corpus(tmp_path / "shards", "train")
    assert len(whole) == len(shards)
    assert all((whole.eyes(face, 1) == shards.eyes(face, 1)).all() for face in range(len(whole)))
    batches = [corpus.batch((0, 3), 2, 2) for corpus in (whole, shards)]
    assert (batches[0].source == batches[1].source).all()
