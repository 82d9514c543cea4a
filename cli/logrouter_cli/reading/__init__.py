"""Reads what commands work on, each in one way for all: files, packed ones, payloads, archived objects, log groups."""
