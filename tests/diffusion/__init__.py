"""Tests of the stand-alone engine."""
