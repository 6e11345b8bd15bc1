"""Textual inversion embeddings: found by name, read without running code, and placed as a prompt's chunks allow."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from pure_negative.diffusion import embeddings, loading, token_count
from pure_negative.diffusion.checkpoint import Checkpoint
from pure_negative.diffusion.engine import Engine
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.diffusion.tokens import PromptTokenizer
from pure_negative.errors import PureNegativeError
from pure_negative.planning import choices, plan
from tests.diffusion import parts
from tests.diffusion.conftest import pixels, request
from tests.diffusion.test_vae_file import Hostile

WIDTH = 64


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A WebUI's folder with the embeddings of `parts`."""
    parts.put_embeddings(tmp_path / "embeddings")
    return tmp_path


@pytest.fixture
def tokenizer(loaded: Checkpoint, folder: Path) -> PromptTokenizer:
    return PromptTokenizer(loaded.text.tokenizer, folder / "embeddings", WIDTH)


def placed(tokenizer: PromptTokenizer, prompt: str) -> list[list[tuple[int, str]]]:
    """Each chunk's embeddings: where, and which."""
    return [[(place, each.name) for place, each in chunk.embeddings] for chunk in tokenizer.chunks(prompt)]


@pytest.mark.parametrize(("name", "count"), parts.EMBEDDINGS.items())
def test_every_layout_is_read(tokenizer: PromptTokenizer, name: str, count: int):
    found = tokenizer.embeddings.named(name.upper())
    assert found is not None
    assert torch.equal(found.vectors, parts.vectors(name))
    assert found.vectors.shape == (count, WIDTH)
    assert len(found.hash) == 12


def test_the_longest_name_counts_and_capitals_do_not(tokenizer: PromptTokenizer):
    assert placed(tokenizer, "AID210, aid, aid21") == [[(1, "aid210"), (10, "aid"), (12, "aid")]]


def test_each_vector_takes_a_token_and_has_the_weight(tokenizer: PromptTokenizer):
    (chunk,) = tokenizer.chunks("bad, (badv3:0.5) low")
    assert chunk.embeddings[0][0] == 3
    assert chunk.weights[:7] == [1.0, 1.0, 1.0, 0.5, 0.5, 1.0, 1.0]
    assert chunk.tokens[3:5] == [0, 0]


def test_vectors_that_do_not_fit_open_a_chunk(tokenizer: PromptTokenizer):
    assert placed(tokenizer, "bad " * 67 + "aid210") == [[(68, "aid210")]]
    assert placed(tokenizer, "bad " * 68 + "aid210") == [[], [(1, "aid210")]]


def test_more_vectors_than_a_chunk_takes_are_refused(tokenizer: PromptTokenizer, loaded: Checkpoint, folder: Path):
    save_file({"emb_params": torch.zeros(76, WIDTH)}, folder / "embeddings" / "long.safetensors")
    again = PromptTokenizer(loaded.text.tokenizer, folder / "embeddings", WIDTH)
    with pytest.raises(PureNegativeError, match="the embedding long has 76 vectors; a prompt's chunk takes 75"):
        again.chunks("bad, long")


def test_the_panel_s_count_counts_vectors(folder: Path, embedded_path: Path):
    assert token_count.counter(embedded_path, folder / "embeddings")("bad, aid210") == "10/75"
    assert token_count.counter(embedded_path)("bad, badv") != token_count.counter(embedded_path)("bad, badv3")


def _saved(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


UNUSABLE: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "wide": (lambda left: _saved({"string_to_param": {"*": torch.zeros(1, 768)}}), "768 wide, not 64"),
    "xl": (lambda left: _saved({"clip_g": torch.zeros(1, 1280), "clip_l": torch.zeros(1, 768)}), "for SDXL"),
    "two": (lambda left: _saved({"string_to_param": {"a": torch.zeros(1), "b": torch.zeros(1)}}), "holds 2 tensors"),
    "list": (lambda left: _saved([1]), "holds no embedding"),
    "none": (lambda left: _saved({"a": "text"}), "holds no embedding"),
    "flat": (lambda left: _saved({"a": torch.zeros(1, 1, WIDTH)}), "no list of vectors"),
    "cut": (lambda left: b"PK\x03\x04 and no more", "is damaged"),
    "hostile": (lambda left: _saved({"string_to_param": Hostile(left)}), "might run code"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_can_not_be_used_is_plain_text_and_said(loaded: Checkpoint, tmp_path: Path, name: str):
    content, says = UNUSABLE[name]
    left = tmp_path / "left"
    (tmp_path / f"{name}.pt").write_bytes(content(left))
    tokenizer = PromptTokenizer(loaded.text.tokenizer, tmp_path, WIDTH)
    plain = PromptTokenizer(loaded.text.tokenizer)
    assert tokenizer.chunks(f"bad, {name}") == plain.chunks(f"bad, {name}")
    assert tokenizer.embeddings.named(name) is None
    (note,) = tokenizer.embeddings.notes
    assert says in note
    assert not left.exists()


def test_the_first_textual_inversion_s_own_layout_is_read(tmp_path: Path):
    inner = torch.nn.ParameterDict({"*": torch.nn.Parameter(parts.vectors("aid"))})
    torch.save({"string_to_param": inner, "string_to_token": {"*": 265}}, tmp_path / "a.pt")
    assert torch.equal(embeddings.read(tmp_path / "a.pt", WIDTH).vectors, parts.vectors("aid"))


def test_empty_and_other_files_are_passed_over(loaded: Checkpoint, tmp_path: Path):
    (tmp_path / "bad.pt").touch()
    (tmp_path / "low.txt").write_text("x")
    tokenizer = PromptTokenizer(loaded.text.tokenizer, tmp_path, WIDTH)
    assert placed(tokenizer, "bad, low") == [[]]
    assert tokenizer.embeddings.notes == []


def test_a_batch_with_embeddings_is_its_single_pictures(folder: Path, embedded_path: Path):
    """Whichever of them the engine met first."""
    batch = [request(negative_prompt=text, steps=2) for text in ("aid210, bad", "toy", "bad", "badv3 (toy:1.2)")]
    together = Engine.load(embedded_path, embeddings=folder / "embeddings").render(batch)
    single = Engine.load(embedded_path, embeddings=folder / "embeddings")
    alone = [single.render([each])[0] for each in reversed(batch)][::-1]
    plain = Engine.load(embedded_path).render([batch[0]])[0]
    for one, other in zip(together, alone, strict=True):
        assert np.abs(pixels(one) - pixels(other)).max() <= 1
    assert np.abs(pixels(together[0]) - pixels(plain)).max() > 10


@pytest.mark.parametrize(("name", "missing"), [("aid210", False), ("aid999", True)])
def test_one_that_a_plan_names_and_is_not_there_is_said(folder: Path, embedded_path: Path, capsys, name, missing):
    made = plan.make(choices.read({"embeddings": name}))
    loading.engine(EngineOptions(str(embedded_path), models=str(folder), plan=made))
    err = capsys.readouterr().err
    assert (f"warning: The embedding {name} is not there, so its name is plain text" in err) == missing


def test_one_for_another_model_that_a_prompt_names_is_said(folder: Path, embedded_path: Path, capsys):
    save_file({"emb_params": torch.zeros(2, 768)}, folder / "embeddings" / "bad.safetensors")
    made = plan.make(choices.read({"prompt": "a bad cat"}))
    loading.engine(EngineOptions(str(embedded_path), models=str(folder), plan=made))
    assert "bad.safetensors is for another model: its vectors are 768 wide, not 64" in capsys.readouterr().err
