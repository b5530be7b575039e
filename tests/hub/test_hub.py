"""Push, new process, load: through the public API and the real client, against a hub on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import ModelCard
from PIL import Image

from gazehub import GazePipeline
from gazehub.hub.publish import default_card, merge_cards
from tests.hub.hub_server import TOKEN, HubServer
from train.discriminator import Discriminator

ROOT = Path(__file__).parents[2]
REPO = "owner/gaze"
NO_HUB = "http://127.0.0.1:9"  # nobody answers
REPORT = {
    "cases": {
        "portraits": {"averted": 65, "eye contact": 0.8, "moved half-way": 0.9, "stays": 1.0},
        "all": {"averted": 138, "eye contact": 0.7, "moved half-way": 0.85, "outside": 0},
    },
    "groups": {"looking down": {"averted": 3, "eye contact": 0.3, "moved half-way": 0.6, "left alone": 1}},
    "redirect": {"error": 2.1},
    "slider": {"Spearman": 0.91, "steps the right way": 0.93},
    "pairs": {"PSNR": 33.5, "MS-SSIM": 0.98},
    "realism": {"corrected": 0.56, "surroundings": 0.55, "turned eyeball": 0.54},
    "identity": {"not measured": "no network"},
}

LOAD = """
import json, sys
import numpy as np, torch
from gazehub import GazeModel, GazePipeline, WeightsError
torch.set_num_threads(1)
results = []
for settings in json.loads(sys.argv[1]):
    source = settings.pop("source")
    photo = settings.pop("photo", None)
    if "dtype" in settings:
        settings["dtype"] = getattr(torch, settings["dtype"])
    try:
        model = GazeModel.from_pretrained(source, **settings)
        result = {"dtype": str(model.dtype)}
        if photo:
            result["pixels"] = np.asarray(GazePipeline(model).correct(photo).image).astype(int).tolist()
            result["rounded"] = all(torch.equal(each, each.half().float()) for each in model.parameters())
    except WeightsError as error:
        result = {"error": str(error)}
    results.append(result)
print(json.dumps(results))
"""


def run(server, home, *arguments, token=TOKEN, **environment):
    """A python process of its own, as a user would start it, that sees this hub and no other."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    env |= {"HF_ENDPOINT": server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(ROOT)}
    env |= {"HF_TOKEN": token, "HF_HUB_DISABLE_TELEMETRY": "1"} if token else {"HF_HUB_DISABLE_TELEMETRY": "1"}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=env | environment)


def load(server, home, *settings, **environment):
    done = run(server, home, "-c", LOAD, json.dumps(settings), **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def push(server, home, *arguments, **environment):
    return run(server, home, "-m", "train.push", *map(str, arguments), **environment)


@pytest.fixture(scope="module")
def training_run(model, tmp_path_factory):
    """A folder as train.train leaves it."""
    folder = tmp_path_factory.mktemp("run")
    model.save_pretrained(folder / "weights")
    Discriminator(channels=(8, 8, 8, 8)).save_pretrained(folder / "discriminator")
    for name in ("config.yaml", "manifest.json"):
        (folder / name).write_text("{}\n")
    losses = ["coarse", "fine", "edges", "cycle", "content", "angle", "gaze", "discriminator", "features"]
    rows = [["step", *losses], [19, *"123456789"], [39, *"987654321"]]
    (folder / "log.csv").write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    (folder / "report.json").write_text(json.dumps(REPORT))
    return folder


@pytest.fixture(scope="module")
def photo(one_face, tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    Image.fromarray(one_face).save(path)
    return path


@pytest.fixture(scope="module")
def hub(training_run, tmp_path_factory):
    """A hub to which a run was pushed, edited by a person, and pushed again. The first commit is `hub.first`."""
    server, home = HubServer(), tmp_path_factory.mktemp("home")
    dry = push(server, home, training_run, REPO, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert not server.repos and not any(call.startswith("P") for call in server.calls)
    done = push(server, home, training_run, REPO, "--report", training_run / "report.json")
    assert done.returncode == 0, done.stderr
    server.first = server.repos[REPO]["refs"]["main"]
    server.listed = {line.split()[1] for line in dry.stdout.splitlines() if line.startswith(" ")}
    files = dict(server.repos[REPO]["commits"][server.first])
    card = server.files(REPO)["README.md"].decode().replace("# gaze\n", "# Our own title\n\nA word of mine.\n")
    server.commit(REPO, files | {"README.md": server.store(card.encode())})
    changed = REPORT | {"redirect": {"error": 1.5}}
    (training_run / "report.json").write_text(json.dumps(changed))
    arguments = [training_run, REPO, "--report", training_run / "report.json", "--base-model", "owner/base"]
    again = push(server, home, *arguments)
    assert again.returncode == 0, again.stderr
    return server


def test_a_repository_is_complete_and_holds_what_was_listed(hub):
    assert (
        set(hub.files(REPO))
        == hub.listed
        == {
            "config.json",
            "diffusion_pytorch_model.safetensors",
            "diffusion_pytorch_model.fp16.safetensors",
            "README.md",
            *(f"onnx/{stage}.onnx" for stage in ("pam", "angle", "gcm", "gam", "cfm")),
            "docs/training.png",
            "sample.jpg",
            "training/config.yaml",
            "training/manifest.json",
            "training/log.csv",
            "training/discriminator/config.json",
            "training/discriminator/diffusion_pytorch_model.safetensors",
        }
    )


def test_half_precision_is_really_half(hub):
    files = hub.files(REPO)
    whole, half = (len(files[f"diffusion_pytorch_model{name}.safetensors"]) for name in ("", ".fp16"))
    assert half < 0.65 * whole


def test_the_card(hub):
    card = hub.files(REPO, hub.first)["README.md"].decode()
    metadata = card.split("---")[1]
    for words in ("library_name: gazehub", "pipeline_tag: image-to-image", "license:", "model-index:", "value: 2.1"):
        assert words in metadata
    assert "| `redirect` error over yaw ±20°, pitch ±10° | 2.1° |" in card
    assert "Half precision (fp16) changes the sample photo by" in card
    assert f'GazePipeline.from_pretrained("{REPO}")' in card


def test_a_second_push_keeps_what_a_person_wrote(hub):
    card = hub.files(REPO)["README.md"].decode()
    assert "# Our own title\n\nA word of mine." in card
    assert "| 1.5° |" in card and "| 2.1° |" not in card
    assert "value: 1.5" in card and "base_model: owner/base" in card


def test_figures_take_their_index_along(hub):
    """A push without a report leaves no figures, in the text or in the metadata."""
    old = ModelCard(hub.files(REPO)["README.md"].decode())
    merged = merge_cards(old, default_card(REPO))
    assert old.data.eval_results and merged.data.eval_results is None
    assert "Not measured." in merged.content and "model-index" not in str(merged)
    assert "# Our own title\n\nA word of mine." in merged.content


def test_a_new_process_loads_the_same_weights(hub, pipe, photo, tmp_path):
    expected = np.asarray(pipe.correct(photo).image).astype(int)
    online = load(
        hub,
        tmp_path,
        {"source": REPO, "photo": str(photo)},
        {"source": f"{REPO}@{hub.first}"},
        {"source": REPO, "revision": hub.first, "variant": "fp16", "photo": str(photo)},
        {"source": REPO, "variant": "fp16", "dtype": "float16"},
        {"source": REPO, "subfolder": "training/discriminator"},
        {"source": REPO, "revision": "no-such-branch"},
        {"source": "owner/nothing"},
        {"source": REPO, "variant": "bf8"},
    )
    assert np.array_equal(online[0]["pixels"], expected) and not online[0]["rounded"]
    assert online[1] == {"dtype": "torch.float32"}
    assert online[2]["dtype"] == "torch.float32"
    assert online[2]["rounded"] and np.abs(np.array(online[2]["pixels"]) - expected).max() <= 8
    assert online[3] == {"dtype": "torch.float16"}
    assert "GazeModel" in online[4]["error"]
    assert "no such revision" in online[5]["error"]
    assert "no such repository" in online[6]["error"] and "log in" in online[6]["error"]
    assert "error" in online[7] and "Traceback" not in online[7]["error"]

    calls = len(hub.calls)
    offline = load(hub, tmp_path, {"source": REPO, "photo": str(photo)}, {"source": "owner/else"}, HF_HUB_OFFLINE="1")
    assert np.array_equal(offline[0]["pixels"], expected)
    assert "can't be reached" in offline[1]["error"]
    assert len(hub.calls) == calls


LIGHT = """
import sys
sys.modules.update(torch=None, diffusers=None, safetensors=None, gradio=None, httpx=None, requests=None)
import numpy as np
from gazehub import GazePipeline, WeightsError
try:
    np.save(sys.argv[3], np.asarray(GazePipeline.from_pretrained(sys.argv[1]).correct(sys.argv[2]).image))
except WeightsError as error:
    print(error)
"""


def test_without_torch_only_the_onnx_files_are_fetched(hub, pipe, photo, tmp_path):
    expected = np.asarray(pipe.correct(photo).image).astype(int)
    for number, environment in enumerate(({}, {"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": NO_HUB})):
        hub.calls.clear()
        result = tmp_path / f"{number}.npy"
        done = run(hub, tmp_path / "home", "-c", LIGHT, REPO, str(photo), str(result), **environment)
        assert done.returncode == 0 and done.stdout == "", done.stderr + done.stdout
        assert np.abs(np.load(result) - expected).max() <= 1
        assert not any(call.startswith("GET") and "safetensors" in call for call in hub.calls)
    assert not hub.calls


def test_without_onnx_files_torch_is_needed(hub, photo, tmp_path):
    files = hub.repos[REPO]["commits"][hub.repos[REPO]["refs"]["main"]]
    heavy = {name: blob for name, blob in files.items() if not name.startswith("onnx/")}
    hub.repos["owner/heavy"] = {"private": False, "commits": {"c0" * 20: heavy}, "refs": {"main": "c0" * 20}}
    done = run(hub, tmp_path, "-c", LIGHT, "owner/heavy", str(photo), str(tmp_path / "result.npy"))
    assert "have no onnx/" in done.stdout and "pip install 'gazehub[torch]'" in done.stdout, done.stderr
    command = ["-m", "gazehub", "info", str(photo), "--weights", "owner/heavy"]
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": NO_HUB}):
        done = run(hub, tmp_path, *command, **environment)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("environment", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": NO_HUB}])
def test_without_torch_an_unreachable_hub_is_a_sentence(hub, photo, tmp_path, environment):
    done = run(hub, tmp_path, "-c", LIGHT, REPO, str(photo), str(tmp_path / "result.npy"), **environment)
    assert done.stdout.startswith(f"The weights of {REPO} can't be loaded: the hub can't be reached"), done.stderr


def test_a_push_of_weights_alone_is_noticed(hub, photo, tmp_path):
    """onnx/ of the weights before would draw other eyes than the repository says."""
    files = dict(hub.repos[REPO]["commits"][hub.repos[REPO]["refs"]["main"]])
    files["diffusion_pytorch_model.safetensors"] = hub.store(b"others")
    hub.repos["owner/mixed"] = {"private": False, "commits": {"c0": files}, "refs": {"main": "c0"}}
    done = run(hub, tmp_path, "-c", LIGHT, "owner/mixed", str(photo), str(tmp_path / "result.npy"))
    assert "made from other weights" in done.stdout, done.stderr


def test_a_private_repository_hides_from_strangers(hub, tmp_path):
    hub.repos["owner/secret"] = {**hub.repos[REPO], "private": True}
    stranger = load(hub, tmp_path / "a", {"source": "owner/secret"}, token=None)
    owner = load(hub, tmp_path / "b", {"source": "owner/secret"})
    assert "private" in stranger[0]["error"] and "log in" in stranger[0]["error"]
    assert owner == [{"dtype": "torch.float32"}]


def test_pickled_weights_are_refused(hub, tmp_path):
    files = hub.repos[REPO]["commits"][hub.repos[REPO]["refs"]["main"]]
    pickled = {"config.json": files["config.json"], "diffusion_pytorch_model.bin": hub.store(b"pickle")}
    hub.repos["owner/pickle"] = {"private": False, "commits": {"c0": pickled}, "refs": {"main": "c0"}}
    (found,) = load(hub, tmp_path, {"source": "owner/pickle"})
    assert "pickled weights are not loaded" in found["error"]
    assert not any("diffusion_pytorch_model.bin" in call for call in hub.calls)


def test_the_command_line_takes_a_hub_id(hub, photo, tmp_path):
    done = run(
        hub,
        tmp_path / "home",
        *["-m", "gazehub", "correct", str(photo), "-o", str(tmp_path / "a.png")],
        *["--weights", f"{REPO}@{hub.first}"],
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.png").is_file()
    wrong = run(hub, tmp_path / "home", *["-m", "gazehub", "info", str(photo), "--weights", f"{REPO}@never"])
    assert wrong.returncode == 2 and "no such revision" in wrong.stderr


def test_what_can_not_be_pushed_is_said(hub, training_run, tmp_path):
    refused = push(hub, tmp_path, tmp_path, REPO)
    assert refused.returncode == 2 and "error:" in refused.stderr
    stranger = push(hub, tmp_path, training_run, "owner/new", token=None)
    assert stranger.returncode == 2 and "error:" in stranger.stderr and "Traceback" not in stranger.stderr


def test_without_network_a_push_stops(hub, training_run, tmp_path):
    """It can't see the card that a person may have edited, so it must not replace it."""
    done = push(hub, tmp_path, training_run, REPO, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 2 and "error:" in done.stderr and "Traceback" not in done.stderr


def test_a_model_pushes_itself(hub, weights, tmp_path):
    code = f"from gazehub import GazeModel; GazeModel.from_pretrained({str(weights)!r}).push_to_hub('owner/mine')"
    done = run(hub, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    assert {"config.json", "README.md", "diffusion_pytorch_model.fp16.safetensors"} <= set(hub.files("owner/mine"))


def test_a_pipeline_loads_from_the_folder_that_was_pushed(training_run):
    assert GazePipeline.from_pretrained(training_run / "weights").networks is not None
