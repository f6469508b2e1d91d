"""The texts that people consent to, each version kept for as long as somebody may have agreed to it: for ever."""
