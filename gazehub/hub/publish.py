"""One complete model repository on the Hugging Face Hub. Nothing is uploaded that was not listed first."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import HfApi, ModelCard, hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, RepositoryNotFoundError

CARD_TEMPLATE = Path(__file__).parent / "card.md"
# Follow the weights; the rest is people's.
OWNED_METADATA = ("library_name", "base_model", "datasets", "eval_results", "model_name")
OWNED_BLOCK = re.compile(r"<!-- figures -->.*?<!-- /figures -->", re.DOTALL)


def push(
    write: Callable[[Path], None],
    repo_id: str,
    card: ModelCard | None = None,
    files: Mapping[str, Path] | None = None,
    *,
    private: bool | None = None,
    token: str | None = None,
    commit_message: str = "Upload weights",
    dry_run: bool = False,
    report: Callable[[str], None] = print,
) -> str | None:
    """Upload weights, card and further files as one commit.

    Args:
        write: writes the weights into a folder.
        card: None for a short one. On a repository that has a card, a person's edits stay: only its figures and the
            metadata that follow from the weights are renewed.
        files: path in the repository -> local file.
        dry_run: list, and upload nothing.
        report: gets one line per file before anything is sent.

    Returns:
        The address of the commit; None after a dry run.
    """
    old = _card_on_hub(repo_id, token, dry_run)
    with TemporaryDirectory() as place:
        folder = Path(place)
        write(folder)
        for path, source in (files or {}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / path)
        new = card or default_card(repo_id)
        (merge_cards(old, new) if old else new).save(folder / "README.md")
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            report(f"{path.stat().st_size:>12,}  {path.relative_to(folder)}")
        if dry_run:
            return None
        api = HfApi(token=token)
        api.create_repo(repo_id, private=private, exist_ok=True)
        return api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message=commit_message).commit_url


def default_card(repo_id: str, training: str = "Not stated.", figures: str = "Not measured.") -> ModelCard:
    """A card of which the person who pushes knows more than this program."""
    text = CARD_TEMPLATE.read_text()
    name = repo_id.split("/")[-1]
    return ModelCard(text.format(name=name, repo_id=repo_id, training=training, figures=figures))


def merge_cards(old: ModelCard, new: ModelCard) -> ModelCard:
    """The card that people see and may have edited, with the figures and metadata of the new weights."""
    figures = OWNED_BLOCK.search(new.content)
    content = old.content
    if figures:
        content = OWNED_BLOCK.sub(lambda _: figures.group(), content, count=1)
    merged = ModelCard(content)
    if figures:
        merged.data.eval_results = None  # go with the figures; those of the new weights follow
    for attribute in OWNED_METADATA:
        value = getattr(new.data, attribute, None)
        if value is not None:
            setattr(merged.data, attribute, value)
    return merged


def _card_on_hub(repo_id: str, token: str | None, dry_run: bool) -> ModelCard | None:
    try:
        path = hf_hub_download(repo_id, "README.md", token=token)
    except LocalEntryNotFoundError:  # no network, which is not the same as no card: a push must not replace one unseen
        if dry_run:
            return None
        raise
    except (RepositoryNotFoundError, EntryNotFoundError):
        return None
    return ModelCard.load(path)
