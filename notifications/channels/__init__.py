"""How a notification leaves the house: one module a channel, each with `send(notification)`."""
