"""Photos -> shards -> batches."""
