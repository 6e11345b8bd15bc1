"""What the system refuses becomes one sentence; what is refused already, or is our own fault, stays what it is."""

from __future__ import annotations

import pytest

from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.io import os_errors


def test_the_systems_reason_ends_the_sentence(tmp_path):
    with (
        pytest.raises(PureNegativeError, match=r"^x: the file can't be read: No such file or directory\.$"),
        os_errors.told("x: the file can't be read"),
        (tmp_path / "x").open(),
    ):
        pass


def test_an_error_without_a_reason_of_the_systems_says_what_it_is():
    with (
        pytest.raises(PureNegativeError, match=r"^x can't be read: out of patience\.$"),
        os_errors.told("x can't be read"),
    ):
        raise TimeoutError("out of patience")


def test_a_sentence_of_ours_is_kept_and_an_error_of_the_program_is_none_of_the_systems():
    for error in (OutOfMemory("too large"), KeyError("x"), ValueError("x")):
        with pytest.raises(type(error)) as found, os_errors.told("x can't be read"):
            raise error
        assert found.value is error


def test_a_path_that_no_system_takes_is_refused_where_it_is_named(tmp_path):
    with (
        pytest.raises(PureNegativeError, match=r"^x can't be read: .*null"),
        os_errors.told("x can't be read", ValueError),
    ):
        (tmp_path / "a\0b").stat()
