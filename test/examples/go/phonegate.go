package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

const issuer = "http://127.0.0.1:8787"

var keys = oidc.NewRemoteKeySet(context.Background(), issuer+"/.well-known/jwks.json")
var verifier = oidc.NewVerifier(issuer, keys, &oidc.Config{ClientID: issuer, SupportedSigningAlgs: []string{"ES256"}})

func subjectOf(ctx context.Context, token string) (string, error) {
	header, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	var kind struct{ Typ string }
	if json.Unmarshal(header, &kind) != nil || kind.Typ != "at+jwt" {
		return "", errors.New("this is not an access token")
	}
	verified, err := verifier.Verify(ctx, token)
	if err != nil {
		return "", err
	}
	return verified.Subject, nil
}
