"""From images on disk to prepared arrays and folds."""
