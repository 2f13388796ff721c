#!/usr/bin/env bash
# Installs from Debian's packages what the recipes in other languages need. Go's libraries are only
# unpacked, into the given folder, because installing them would also install systemd's headers.
set -euo pipefail
folder="$1"
/usr/bin/python3 -c 'import jwt, cryptography' 2>/dev/null && missing=() || missing=(python3-jwt python3-cryptography)
command -v javac >/dev/null || missing+=(default-jdk-headless)
command -v go >/dev/null || missing+=(golang-go)
[ -e /usr/share/java/google-oauth-client.jar ] || missing+=(libgoogle-oauth-client-java)
if [ "${#missing[@]}" -gt 0 ] || [ ! -d "$folder" ]; then apt-get update -q; fi
if [ "${#missing[@]}" -gt 0 ]; then apt-get install -yq --no-install-recommends "${missing[@]}"; fi
if [ ! -d "$folder" ]; then
  packed="$(mktemp -d)"
  chmod 755 "$packed"
  (cd "$packed" && apt-get download -q \
    golang-github-coreos-go-oidc-dev golang-gopkg-square-go-jose.v2-dev golang-golang-x-oauth2-dev \
    golang-github-pquerna-cachecontrol-dev golang-golang-x-crypto-dev golang-golang-x-net-dev)
  for file in "$packed"/*.deb; do dpkg -x "$file" "$packed/unpacked"; done
  mkdir -p "$(dirname "$folder")"
  mv "$packed/unpacked/usr/share/gocode" "$folder"
  rm -rf "$packed"
fi
