"""Telling other programs of the school what happened, by signed requests to addresses that the office registers."""
