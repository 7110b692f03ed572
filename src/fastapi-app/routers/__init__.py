"""The HTTP interface: the page, the endpoints, and what every request passes."""
