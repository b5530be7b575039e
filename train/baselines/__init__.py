"""Systems that are not ours, trained on the same corpus and measured by the same script."""
