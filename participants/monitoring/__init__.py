"""How a study is conducted, for who monitors it: by site, and the flow of its participants."""
