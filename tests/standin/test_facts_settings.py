"""Facts about the WebUI's settings that the extension rests on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from modules import options, paths, shared

from tests.standin import driver


@pytest.fixture
def opts(tmp_path: Any) -> Any:
    """Settings of a fresh install."""
    labels = {
        "skip": options.OptionInfo(1, "Skip"),
        "words": options.OptionInfo("usual", "Words", infotext="Words"),
        "yes": options.OptionInfo(True, "Yes"),
        "folder": options.OptionInfo("", "Folder", restrict_api=True),
    }
    made = options.Options(labels, set())
    made.load(str(tmp_path / "config.json"))
    return made


def test_a_fresh_install_has_stored_nothing_and_reads_defaults(opts: Any) -> None:
    assert opts.data == {}
    assert (opts.skip, opts.words) == (1, "usual")
    assert opts.get_default("skip") == 1
    assert opts.get_default("nothing") is None
    with pytest.raises(AttributeError):
        _ = opts.nothing


def test_setting_stores_and_says_whether_it_changed(opts: Any) -> None:
    assert opts.set("skip", 2) is True
    assert opts.set("skip", 2) is False
    assert opts.data == {"skip": 2}
    opts.skip = 3
    assert opts.skip == 3
    with pytest.raises(KeyError):
        opts.set("nothing", 1)


def test_restricted_settings_do_not_change_for_the_api(opts: Any) -> None:
    assert opts.set("folder", "elsewhere", is_api=True) is False
    assert opts.folder == ""


def test_frozen_settings_cannot_be_set(opts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.cmd_opts, "freeze_settings", True)
    with pytest.raises(AssertionError):
        opts.set("skip", 2)


def test_an_added_option_counts_as_stored_unless_it_is(opts: Any) -> None:
    opts.add_option("late", options.OptionInfo("x", "Late"))
    assert opts.data["late"] == "x"
    opts.data["late"] = "y"
    opts.add_option("late", options.OptionInfo("x", "Late"))
    assert opts.late == "y"


def test_an_infotexts_value_is_cast_by_the_default(opts: Any) -> None:
    assert opts.cast_value("skip", "2") == 2
    assert opts.cast_value("yes", "False") is False
    assert opts.cast_value("yes", "no") is True
    assert opts.cast_value("words", None) is None


def test_the_settings_the_extension_reads_have_these_defaults() -> None:
    usual = {"CLIP_stop_at_last_layers": 1, "emphasis": "Original", "s_min_uncond": 0.0, "skip_early_cond": 0.0}
    assert {key: shared.opts.get_default(key) for key in usual} == usual
    assert shared.opts.data_labels["CLIP_stop_at_last_layers"].infotext == "Clip skip"
    assert shared.opts.data_labels["emphasis"].infotext == "Emphasis"
    assert shared.OptionInfo is options.OptionInfo
    assert shared.cmd_opts.api_auth is None
    assert shared.opts.sd_vae == "Automatic"
    assert shared.cmd_opts.embeddings_dir == str(Path(paths.data_path, "embeddings"))


def test_override_settings_hold_during_the_run_and_only_stored_ones_come_back() -> None:
    seen = []
    probe = driver.always(process=lambda *_: seen.append((shared.opts.CLIP_stop_at_last_layers, shared.opts.emphasis)))
    shared.opts.data["emphasis"] = "Original"
    overrides = {"CLIP_stop_at_last_layers": 3, "emphasis": "No norm"}
    driver.run_with(driver.runner_of(probe), override_settings=overrides)
    assert seen == [(3, "No norm")]
    assert shared.opts.emphasis == "Original"
    assert shared.opts.CLIP_stop_at_last_layers == 3, "what was never stored leaks"


def test_override_settings_come_back_when_the_run_fails_too() -> None:
    def fail() -> None:
        raise RuntimeError("stopped")

    shared.opts.data["CLIP_stop_at_last_layers"] = 1
    p = driver.request(override_settings={"CLIP_stop_at_last_layers": 4})
    p.setup_prompts = fail
    from modules.processing import process_images

    with pytest.raises(RuntimeError, match="stopped"):
        process_images(p)
    assert shared.opts.CLIP_stop_at_last_layers == 1


def test_an_unknown_override_setting_ends_the_run() -> None:
    with pytest.raises(KeyError):
        driver.run_with(driver.runner_of(), override_settings={"no such setting": 1})


def test_the_checkpoint_and_the_token_counter() -> None:
    from modules import sd_hijack, sd_models

    assert dict(sd_hijack.model_hijack.embedding_db.word_embeddings) == {}
    info = sd_models.model_data.sd_model.sd_checkpoint_info
    assert isinstance(info.name_for_extra, str)
    assert len(info.shorthash) == 10
    count, room = sd_hijack.model_hijack.get_prompt_lengths("bad, low")
    assert (type(count), type(room)) == (int, int)
    assert sd_hijack.model_hijack.get_prompt_lengths(", ".join(["bad"] * 60))[1] == 150


def test_no_token_counts_without_a_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    from modules import sd_hijack

    monkeypatch.setattr(sd_hijack.model_hijack, "clip", None)
    assert sd_hijack.model_hijack.get_prompt_lengths("bad") == ("-", "-")


def test_samplers_and_schedule_types_and_what_becomes_of_unknown_ones() -> None:
    from modules import sd_samplers, sd_schedulers

    names = [sampler.name for sampler in sd_samplers.visible_samplers()]
    assert {"Euler", "Euler a", "DPM++ 2M"} <= set(names)
    assert [each.label for each in sd_schedulers.schedulers][:2] == ["Automatic", "Uniform"]
    assert {"Karras", "karras"} <= set(sd_schedulers.schedulers_map)

    def used(sampler: Any, scheduler: Any) -> tuple[Any, Any]:
        p = SimpleNamespace(sampler_name=sampler, scheduler=scheduler)
        sd_samplers.fix_p_invalid_sampler_and_scheduler(p)
        return p.sampler_name, p.scheduler

    assert used("Euler", None) == ("Euler", "Automatic")
    assert used("DPM++ 2M Karras", "Automatic") == ("DPM++ 2M", "Karras")
    assert used("Euler", "karras") == ("Euler", "Karras")
    assert used("Eulerian", "Automatic") == (names[0], "Automatic"), "another sampler, and no word about it"
    assert used("Euler", "Carras") == ("Euler", "Automatic"), "another schedule type, and no word about it"
