"""Mirrors the rooms. Real servers, a real Hub on loopback, nothing of ours patched."""
