"""An amendment of the protocol, carried over to the participants of a site."""
