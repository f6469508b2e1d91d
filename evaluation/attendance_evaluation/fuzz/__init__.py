"""Hostile photos: made from good ones by a fixed seed, decoded and looked at in processes that may die of it."""
