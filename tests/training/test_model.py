"""The model's parts: a VAE encoder set by hand, a decoder that starts as an enlargement, and a file that loads."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pure_negative.diffusion import checkpoint
from pure_negative.diffusion.engine import Engine
from training import by_hand, judge, latents, model, unet, vae
from training.averaging import averaged
from training.evaluate import batches, planned
from training.keeping import Keeper
from training.model import Parts


@pytest.fixture(scope="module")
def untrained():
    return vae.build()


@pytest.mark.parametrize("height", [128, 64])
def test_the_encoder_set_by_hand_makes_the_latents_that_training_uses(untrained, height):
    pictures = latents.batch(np.random.default_rng(0), 4)[1][:, :, :height]
    with torch.no_grad():
        made = untrained.encode(pictures).latent_dist.mode() * latents.SCALE
    assert torch.allclose(made, latents.latents(pictures), atol=1e-3)


def test_latents_of_drawings_are_about_1_in_spread():
    found = latents.latents(latents.batch(np.random.default_rng(1), 500)[1])
    assert found.std((0, 2, 3)).tolist() == pytest.approx([1, 1, 1, 1], abs=0.15)
    assert found.mean((0, 2, 3)).tolist() == pytest.approx([0, 0, 0, 0], abs=0.2)


def test_the_decoder_starts_with_the_colours_of_the_picture(untrained):
    pictures = latents.batch(np.random.default_rng(2), 4)[1]
    with torch.no_grad():
        drawn = untrained.decode(latents.latents(pictures) / latents.SCALE).sample
    inner = (slice(None), slice(None), slice(16, -16), slice(16, -16))
    small = torch.nn.functional.avg_pool2d
    assert (small(drawn, 8)[..., 2:-2, 2:-2] - small(pictures, 8)[..., 2:-2, 2:-2]).abs().mean() < 0.15
    assert (drawn[inner] - pictures[inner]).abs().mean() < 0.25


def test_a_checkpoint_holds_what_the_parts_hold(tmp_path):
    parts = Parts()
    path = tmp_path / f"{model.NAME}.safetensors"
    model.write(path, parts.tensors())
    loaded = checkpoint.load(path)
    for kept, made in ((loaded.unet, parts.unet), (loaded.vae, parts.vae), (loaded.text.model, parts.text)):
        for name, parameter in made.named_parameters():
            assert torch.equal(kept.state_dict()[name].float(), parameter.detach().half().float()), name
    assert path.stat().st_size <= 12e6


def test_the_engine_makes_a_picture_with_it(tmp_path):
    parts = Parts()
    parts.vae.load_state_dict(vae.build().state_dict())
    path = tmp_path / f"{model.NAME}.safetensors"
    model.write(path, parts.tensors())
    first = next(batches(planned(0.5, 4.0), range(2)))
    assert [picture.size for picture in Engine.load(path).render(first)] == [(128, 128)] * 2


def test_a_step_against_the_gradient_finds_the_same_velocity_better():
    torch.manual_seed(0)
    parts, left = Parts(), unet.signal_left()
    trained, tokenizer = unet.Model(parts.unet, parts.text), unet.PromptTokenizer(parts.tokenizer)

    def loss():
        torch.manual_seed(1)
        return unet.loss_of(trained, tokenizer, np.random.default_rng(1), left)

    before = loss()
    before.backward()
    torch.optim.SGD(trained.parameters(), 1e-3).step()
    assert loss() < before


def test_a_tint_of_the_whole_picture_is_no_small_error():
    tint, speckle = torch.ones(1, 4, 16, 16), torch.ones(1, 4, 16, 16)
    speckle[..., ::2] = -1
    assert unet.error(speckle).item() == pytest.approx(1)
    assert unet.error(tint).item() == pytest.approx(1 + unet.COARSE_WEIGHT * (4 + 16))


def test_training_is_taken_up_where_it_stopped(tmp_path):
    def trainer():
        module = torch.nn.Linear(2, 2)
        optimizer = torch.optim.Adam(module.parameters(), 0.1)
        return module, Keeper(tmp_path / "kept.pt", module, optimizer)

    module, keeper = trainer()
    assert [keeper.count(1.0, every=2) for _ in range(4)] == [False, True, False, True]
    again, found = trainer()
    assert found.step == 4
    assert torch.equal(again.weight, module.weight)


def test_the_average_keeps_little_of_the_start():
    module = torch.nn.Linear(1, 1)
    average = averaged(module, 0.999)
    with torch.no_grad():
        module.weight.fill_(5.0)
    for _ in range(300):
        average.update_parameters(module)
    assert average.module.weight.item() == pytest.approx(5.0, abs=0.01)


def test_setting_the_encoder_leaves_the_decoder_as_it_is(untrained):
    before = {name: parameter.clone() for name, parameter in untrained.decoder.named_parameters()}
    by_hand.set_encoder(untrained)
    assert all(torch.equal(before[name], parameter) for name, parameter in untrained.decoder.named_parameters())


def test_the_judge_is_right_about_drawings_that_went_through_the_kept_vae(tmp_path):
    trained, random = vae.trained(tmp_path), np.random.default_rng(5)
    drawings, pictures = latents.batch(random, 12)
    with torch.inference_mode():
        drawn = latents.as_pixels(trained.decode(latents.latents(pictures) / latents.SCALE).sample)
    found = [judge.look(pixels).spoiled for pixels in drawn]
    assert found == [bool(one.faults) for one in drawings]
    assert 2 < sum(found) < 10
