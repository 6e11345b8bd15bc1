"""The family of checkpoints that each built-in preset is made for."""

from __future__ import annotations

from pure_negative.preset import families, library


def test_each_that_is_told_is_a_built_in_preset():
    assert set(families._OTHERS) <= set(library.Library().built_in_ids())


def test_a_preset_whose_text_says_its_family_is_of_it():
    """By the words of its own description, hints and comments."""
    for name in library.Library().built_in_ids():
        text = (library.Library().built_in / f"{name}.yaml").read_text(encoding="utf-8")
        if "SDXL" in text or "sdxl" in text:
            assert families.of(name) in (families.SDXL, families.FLOW, families.CLOSED), name
        if "SD 2.x" in text or "SD2" in text:
            assert families.of(name) == families.SD2, name
        assert ("rectified" in text.split("sources:")[0] and name != "rd-lora") == (families.of(name) == families.FLOW)


def test_the_user_s_own_of_a_built_in_id_is_of_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PURE_NEGATIVE_DATA", str(tmp_path))
    assert families.of("wd-1.4") == families.SD2
    (tmp_path / "presets").mkdir(exist_ok=True)
    (tmp_path / "presets" / "wd-1.4.yaml").write_text("schema: 1\nid: wd-1.4\nname: mine\n", encoding="utf-8")
    assert families.of("wd-1.4") == families.ANY
    assert families.of("no-such") == families.ANY
