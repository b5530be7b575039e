"""How well weights do on people they were not trained on."""
