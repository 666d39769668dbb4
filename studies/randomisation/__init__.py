"""How a study randomises: the scheme, its sealed list, drawing it, reading one made elsewhere."""
