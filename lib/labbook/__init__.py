"""A notebook-first research log: models, data, training, log and site. See README.md."""
