"""A stand-in for the WebUI's `modules`: what this extension and its tests touch, and nothing more.

Every name in here exists in WebUI v1.10.1 with these parameters, and behaves as the tests named `test_facts_*` say,
which run on the real modules too.
"""
