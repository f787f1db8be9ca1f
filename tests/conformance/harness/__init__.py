"""Runs a sample of Khronos's conformance tests on both sides, and compares."""
