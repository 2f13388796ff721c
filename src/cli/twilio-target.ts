/** What the Worker will take for Twilio. */
export type TwilioTarget =
  /** The twin that we start, as `.dev.vars` says. */
  | { readonly kind: "twin" }
  /** The twin that we start, although `.dev.vars` names another local address. */
  | { readonly kind: "twin_instead"; readonly baseUrl: string; readonly configured: string }
  /** Another address: only told where it has no secrets in it. */
  | { readonly kind: "elsewhere"; readonly configured: string; readonly local: boolean }
  | { readonly kind: "twilio" };

/**
 * Decides by `TWILIO_BASE_URL` of `.dev.vars`. A TWIN_PORT that somebody chose beats another local address there,
 * since both mean a twin; it never beats anything else.
 */
export function judgeTwilioTarget(
  baseUrl: string | undefined,
  twinPort: number,
  twinPortIsChosen: boolean,
): TwilioTarget {
  if (baseUrl === undefined) return { kind: "twilio" };
  const url = URL.parse(baseUrl);
  if (url === null)
    return { kind: "elsewhere", configured: "an address it cannot read", local: false };
  const configured = url.origin;
  const local = isLoopback(url.hostname);
  const isTwin = ["127.0.0.1", "localhost"].includes(url.hostname) && url.port === `${twinPort}`;
  if (isTwin && url.protocol === "http:") return { kind: "twin" };
  return local && twinPortIsChosen
    ? { kind: "twin_instead", baseUrl: `http://127.0.0.1:${twinPort}`, configured }
    : { kind: "elsewhere", configured, local };
}

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
