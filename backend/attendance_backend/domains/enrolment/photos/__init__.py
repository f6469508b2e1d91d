"""The photos that faces were enrolled from, where the school keeps them: for another model, for nobody's eyes."""
