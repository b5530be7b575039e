"""What keeps visitors of the page apart from each other, and the server safe from any of them."""
