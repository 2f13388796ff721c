import { constantTimeEqual } from "../lib/constant-time.ts";

/**
 * Returns whether `X-Twilio-Signature` is valid: the base64 HMAC-SHA1 of the public URL and of all POST
 * parameters, sorted by name. Twilio may sign the URL with or without its port, so both are tried, as
 * Twilio's own libraries do.
 *
 * @param authToken the account's auth token. The secret of an API key does not work.
 * @param url as it was configured at Twilio, with its query.
 * @param parameters the form of the request.
 * @param signature the value of the header.
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
  const signedParameters = pairs.map(([name, value]) => name + value).join("");
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(authToken), algorithm, false, [
    "sign",
  ]);
  const isSigned = async (signedUrl: string) => {
    const text = encoder.encode(signedUrl + signedParameters);
    const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
    return constantTimeEqual(btoa(String.fromCharCode(...digest)), signature);
  };
  const answers = await Promise.all(withAndWithoutPort(url).map(isSigned));
  return answers.includes(true);
}

/** Returns the URL with its port, or with its scheme's default port, and the URL without a port. */
function withAndWithoutPort(url: string): string[] {
  const [, scheme = "", host = "", port, rest = ""] =
    /^(https?:\/\/)(.+?)(:\d+)?((?:[/?#].*)?)$/s.exec(url) ?? [];
  const usualPort = scheme === "https://" ? ":443" : ":80";
  return [`${scheme}${host}${port ?? usualPort}${rest}`, `${scheme}${host}${rest}`];
}
