"""Network and images in, arrays on disk out: features, class probabilities, Fisher, activations."""
