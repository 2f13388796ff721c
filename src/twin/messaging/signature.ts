/**
 * Returns `X-Twilio-Signature`: the base64 of an HMAC-SHA1 with the account's token as key. It
 * covers the URL as given, then each parameter's name and value, sorted by name (Twilio's "Webhooks
 * security").
 */
export async function signatureOf(
  authToken: string,
  url: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const sorted = Object.keys(parameters).toSorted();
  const signed = url + sorted.map((name) => name + parameters[name]).join("");
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const secret = encoder.encode(authToken);
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(signed));
  return btoa(String.fromCharCode(...new Uint8Array(mac)));
}
