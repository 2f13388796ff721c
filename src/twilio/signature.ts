import { constantTimeEqual } from "../lib/constant-time.ts";

/**
 * Whether `X-Twilio-Signature` is Twilio's: base64 of HMAC-SHA1 under the auth token over the public
 * URL and every POST parameter's name and value, sorted by name. An API key's secret cannot do it.
 */
export async function isSignedByTwilio(
  authToken: string,
  url: string,
  parameters: URLSearchParams,
  signature: string,
): Promise<boolean> {
  const pairs = [...parameters].toSorted(([left], [right]) =>
    left < right ? -1 : left > right ? 1 : 0,
  );
  const signed = url + pairs.map(([name, value]) => name + value).join("");
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(authToken), algorithm, false, [
    "sign",
  ]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(signed)));
  return constantTimeEqual(btoa(String.fromCharCode(...digest)), signature);
}
