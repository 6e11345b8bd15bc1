"""The tokenizer of nearly every checkpoint: OpenCLIP's package has it, else the cache or the hub."""

from __future__ import annotations

import gzip
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import huggingface_hub
import pytest
from transformers import CLIPTokenizer

from pure_negative.diffusion import stock_tokenizer as module
from pure_negative.diffusion.stock_tokenizer import stock_tokenizer
from pure_negative.diffusion.tokens import PromptTokenizer
from pure_negative.errors import PureNegativeError

needs_package = pytest.mark.skipif(find_spec("open_clip") is None, reason="open_clip_torch is not installed")


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)


@needs_package
def test_the_package_has_it_whole_and_no_hub_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", lambda *_, **__: pytest.fail("asked"))
    found = PromptTokenizer(stock_tokenizer())
    assert (found.start, found.end) == (49406, 49407)
    assert found.count("a photo of a cat") == 5
    # The numbers of words in CLIP's own vocabulary, as the WebUI v1.10.1 sends them to the text encoder.
    assert found.chunks("a photo of a cat")[0].tokens[:7] == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert found.chunks("speech_bubble, lowres")[0].tokens[:7] == [49406, 4902, 318, 10799, 267, 1049, 934]
    assert found.chunks("漢字")[0].tokens[1:7] == [162, 120, 95, 35751, 501, 49407]


@needs_package
def test_its_code_is_not_imported():
    stock_tokenizer()
    assert "open_clip" not in sys.modules


@pytest.mark.parametrize("text", ["", "one line", "#version\n" + "a b\n" * 10])
def test_a_vocabulary_of_another_size_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str):
    (tmp_path / "open_clip").mkdir()
    (tmp_path / "open_clip" / "__init__.py").touch()
    (tmp_path / "open_clip" / "bpe_simple_vocab_16e6.txt.gz").write_bytes(gzip.compress(text.encode()))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", lambda *_, **__: [])
    with pytest.raises(PureNegativeError, match="neither in the package open_clip_torch"):
        stock_tokenizer()


@pytest.mark.usefixtures("without_package")
def test_a_stock_tokenizer_that_cannot_be_had_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    asked: list[bool] = []

    def nowhere(name: str, local_files_only: bool) -> None:
        asked.append(local_files_only)
        raise OSError(f"no {name}")

    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", nowhere)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with socket.create_server(("127.0.0.1", 0)) as hub:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", f"http://127.0.0.1:{hub.getsockname()[1]}")
        with pytest.raises(PureNegativeError, match="connect once"):
            stock_tokenizer()
    assert asked == [True, False]
    with pytest.raises(PureNegativeError, match="connect once"):
        stock_tokenizer()
    assert asked == [True, False, True]  # nobody answers there any more


@pytest.mark.usefixtures("without_package")
def test_offline_the_hub_is_not_asked(monkeypatch: pytest.MonkeyPatch):
    asked: list[bool] = []
    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", lambda name, local_files_only: asked.append(True) or [])
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(PureNegativeError, match="connect once"):
        stock_tokenizer()
    assert asked == [True]


@pytest.mark.usefixtures("without_package")
def test_an_empty_stock_tokenizer_is_none(monkeypatch: pytest.MonkeyPatch):
    """transformers gives one where there are no files."""
    empty = CLIPTokenizer()
    assert len(empty) < 10
    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", lambda name, local_files_only: empty)
    with pytest.raises(PureNegativeError, match="connect once"):
        stock_tokenizer()
