import jwt

issuer = "http://127.0.0.1:8787"
keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json")


def subject_of(token: str) -> str:
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("this is not an access token")
    key = keys.get_signing_key_from_jwt(token).key
    options = {"require": ["iss", "aud", "exp", "sub"]}
    claims = jwt.decode(
        token, key, algorithms=["ES256"], issuer=issuer, audience=issuer, options=options
    )
    return claims["sub"]
