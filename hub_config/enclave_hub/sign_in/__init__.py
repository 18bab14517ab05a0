"""Who somebody is: by OpenID Connect, or by the one password of the demonstration."""
