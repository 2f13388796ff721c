import { constantTimeEqual } from "../lib/constant-time.ts";

/**
 * Whether `X-Twilio-Signature` is Twilio's: base64 of HMAC-SHA1 under the auth token over the public
 * URL and every POST parameter's name and value, sorted by name. An API key's secret cannot do it.
 * The URL may have been signed with its port or without one: both are tried, as Twilio's own
 * libraries do.
 *
 * @param url as Twilio was given it, with its query.
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

/** With the port that it has, or else its scheme's; and with none, though it has one. */
function withAndWithoutPort(url: string): string[] {
  const [, scheme = "", host = "", port, rest = ""] =
    /^(https?:\/\/)(.+?)(:\d+)?((?:[/?#].*)?)$/s.exec(url) ?? [];
  const usualPort = scheme === "https://" ? ":443" : ":80";
  return [`${scheme}${host}${port ?? usualPort}${rest}`, `${scheme}${host}${rest}`];
}
