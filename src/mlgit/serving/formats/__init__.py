"""Each kind of model file as a `Predictor`."""
